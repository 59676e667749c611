"""How far and how fast an autoscaler may go."""

from __future__ import annotations

import pytest

from kubetutor.embedded.controllers.autoscaling.rules import History, Limits, allow, allow_by_behavior

NOW = 10_000.0
ROOM = Limits(1, 1000)


def history(recommendations=(), changes=()):
    """Each is (seconds ago, number), the oldest first."""
    made = History()
    for ago, replicas in recommendations:
        made.recommend(replicas, NOW - ago)
    for ago, by in changes:
        made.change(by, NOW - ago)
    return made


def rules(*policies, select="Max", window=0):
    chosen = [{"type": kind, "value": value, "periodSeconds": period} for kind, value, period in policies]
    return {"selectPolicy": select, "policies": chosen, "stabilizationWindowSeconds": window}


FREE = rules(("Percent", 100000, 60))


def decide(current, wanted, *, up=FREE, down=FREE, limits=ROOM, past=None):
    behavior = {"scaleUp": up, "scaleDown": down}
    return allow_by_behavior(
        current, wanted, behavior, limits=limits, history=past or history(), now=NOW, window=300
    )


@pytest.mark.parametrize(
    ("current", "wanted", "limits", "replicas", "reason"),
    [
        (3, 5, Limits(1, 10), 5, "DesiredWithinRange"),
        (1, 9, Limits(1, 10), 4, "ScaleUpLimit"),
        (3, 9, Limits(1, 10), 6, "ScaleUpLimit"),
        (3, 9, Limits(1, 6), 6, "TooManyReplicas"),
        (3, 9, Limits(1, 5), 5, "TooManyReplicas"),
        (3, 1, Limits(2, 5), 2, "TooFewReplicas"),
        (3, 0, Limits(1, 5), 1, "TooFewReplicas"),
    ],
)
def test_without_behavior_it_doubles_at_most_and_keeps_its_limits(current, wanted, limits, replicas, reason):
    allowed = allow(current, wanted, limits=limits, history=history(), now=NOW, window=300)
    assert (allowed.replicas, allowed.limited[0]) == (replicas, reason)


def test_on_the_way_down_the_highest_recommendation_of_the_window_holds():
    past = history([(301, 9), (299, 7), (100, 4)])
    allowed = allow(8, 2, limits=ROOM, history=past, now=NOW, window=300)
    assert (allowed.replicas, allowed.able[0]) == (7, "ScaleDownStabilized")
    later = allow(8, 2, limits=ROOM, history=past, now=NOW + 300, window=300)
    assert (later.replicas, later.able[0]) == (2, "ReadyForNewScale")


@pytest.mark.parametrize(
    ("policies", "select", "current", "wanted", "replicas"),
    [
        ([("Pods", 4, 60)], "Max", 10, 20, 14),
        ([("Percent", 50, 60)], "Max", 10, 20, 15),
        ([("Percent", 10, 60)], "Max", 1, 20, 2),  # rounded up, or it would never grow
        ([("Pods", 4, 60), ("Percent", 100, 60)], "Max", 10, 30, 20),
        ([("Pods", 4, 60), ("Percent", 100, 60)], "Min", 10, 30, 14),
        ([("Pods", 4, 60)], "Disabled", 10, 30, 10),
        ([("Pods", 4, 60)], "Max", 10, 12, 12),
    ],
)
def test_policies_limit_the_way_up(policies, select, current, wanted, replicas):
    assert decide(current, wanted, up=rules(*policies, select=select)).replicas == replicas


@pytest.mark.parametrize(
    ("policies", "select", "current", "wanted", "replicas"),
    [
        ([("Pods", 4, 60)], "Max", 10, 1, 6),
        ([("Percent", 50, 60)], "Max", 11, 1, 5),
        ([("Pods", 4, 60), ("Percent", 10, 60)], "Max", 80, 1, 72),
        ([("Pods", 4, 60), ("Percent", 10, 60)], "Min", 80, 1, 76),
        ([("Pods", 4, 60)], "Disabled", 10, 1, 10),
    ],
)
def test_policies_limit_the_way_down(policies, select, current, wanted, replicas):
    assert decide(current, wanted, down=rules(*policies, select=select)).replicas == replicas


def test_what_was_added_in_the_period_counts():
    slow = rules(("Pods", 4, 60))
    allowed = decide(13, 20, up=slow, past=history(changes=[(61, 5), (59, 3)]))
    assert (allowed.replicas, allowed.limited[0]) == (14, "ScaleUpLimit")
    assert decide(14, 20, up=slow, past=history(changes=[(30, 4)])).replicas == 14


def test_what_was_taken_in_the_period_counts():
    slow = rules(("Pods", 4, 60))
    allowed = decide(8, 1, down=slow, past=history(changes=[(30, -2)]))
    assert (allowed.replicas, allowed.limited[0]) == (6, "ScaleDownLimit")


def test_each_way_can_wait_for_its_window():
    past = history([(50, 3), (20, 8)])
    up = decide(5, 9, up={**FREE, "stabilizationWindowSeconds": 60}, past=past)
    assert (up.replicas, up.able[0]) == (5, "ScaleUpStabilized")
    down = decide(5, 2, down={**FREE, "stabilizationWindowSeconds": 60}, past=past)
    assert (down.replicas, down.able[0]) == (5, "ScaleDownStabilized")


def test_a_window_that_is_not_given_is_the_clusters_own_on_the_way_down():
    down = {key: value for key, value in FREE.items() if key != "stabilizationWindowSeconds"}
    assert decide(5, 2, down=down, past=history([(299, 4)])).replicas == 4
    assert decide(5, 2, down=down, past=history([(301, 4)])).replicas == 2


def test_minimum_and_maximum_hold_with_behavior_too():
    most = decide(5, 50, limits=Limits(2, 8))
    assert (most.replicas, most.limited[0]) == (8, "TooManyReplicas")
    least = decide(5, 0, limits=Limits(2, 8))
    assert (least.replicas, least.limited[0]) == (2, "TooFewReplicas")


def test_what_is_longer_ago_than_any_window_is_forgotten():
    past = history([(7000, 1)], [(7000, 1)])
    past.recommend(2, NOW)
    past.change(1, NOW)
    assert [moment.value for moment in past.recommendations] == [2]
    assert [moment.value for moment in past.changes] == [1]
