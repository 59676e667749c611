"""The rule that limits each step, from what upstream's controller does with maxSurge and maxUnavailable."""

import pytest

from kubetutor.widgets.rollout.rule import rule_of


def rule(made):
    return rule_of(made.deployment, made.sets, made.pods)


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "most", "least"),
    [
        (3, "25%", "25%", 4, 3),  # 0.75 rounds up to 1, and down to 0
        (4, "25%", "25%", 5, 3),
        (10, "25%", "25%", 13, 8),  # 2.5 rounds up to 3, and down to 2
        (5, "50%", "50%", 8, 3),
        (3, 1, 0, 4, 3),
        (3, 0, 1, 3, 2),
        (3, 0, 0, 3, 2),  # both zero would let nothing move
        (1, "0%", "25%", 1, 0),  # both come to zero
        (3, "100%", "100%", 6, 0),
        (2, 0, 5, 2, 0),  # no more can be unavailable than there are
        (0, "25%", "25%", 0, 0),
        (200, "33%", "33%", 266, 134),
    ],
)
def test_the_limits_in_pods(rollout, replicas, surge, unavailable, most, least):
    found = rule(rollout(replicas, "my-app:2.0").rolling(surge, unavailable))
    assert (found.most, found.least) == (most, least)


def test_the_defaults_are_a_quarter(rollout):
    found = rule(rollout(4, "my-app:2.0").spec(strategy={"type": "RollingUpdate"}))
    assert (found.surge.said, found.unavailable.said, found.most, found.least) == ("25%", "25%", 5, 3)


def test_both_limits_hold_until_a_new_pod_is_available(halfway):
    halfway.sets[1]["status"]["availableReplicas"] = 1
    found = rule(halfway)
    assert (found.total, found.available, found.ending, found.state) == (4, 3, 1, "held")
    assert (found.upper.state, found.lower.state) == ("holds", "holds")
    assert (
        found.upper.sentence
        == "No new pod may start: 4 of at most 4 exist, so it waits for an old one to end."
    )
    assert found.lower.sentence == "No old pod may end: 3 available of at least 3."
    assert found.next == "The next step waits until web-app-h2-eeeee is available."


def test_the_upper_limit_leaves_room_for_new_pods(rollout):
    made = rollout(3, "my-app:2.0").set(1, "my-app:1.0", 2, available=2).set(2, "my-app:2.0", 1, available=1)
    found = rule(made)
    assert (found.upper.state, found.state) == ("open", "moving")
    assert found.upper.sentence == "1 more new pod may start: 3 of at most 4 exist."
    assert found.next == "Next: 1 more new pod starts."


def test_the_lower_limit_lets_old_pods_end(rollout):
    made = rollout(3, "my-app:2.0").set(1, "my-app:1.0", 3, available=3).set(2, "my-app:2.0", 1, available=1)
    found = rule(made)
    assert (found.upper.state, found.lower.state) == ("holds", "open")
    assert found.lower.sentence == "1 old pod may end: 4 available of at least 3."
    assert found.next == "Next: 1 old pod ends."


def test_without_surge_an_old_pod_ends_first(rollout):
    made = rollout(3, "my-app:2.0").rolling(0, 1).set(1, "my-app:1.0", 3, available=3).set(2, "my-app:2.0", 0)
    found = rule(made)
    assert (found.upper.state, found.lower.state) == ("holds", "open")
    assert found.lower.sentence == "1 old pod may end: 3 available of at least 2."


def test_new_pods_that_are_not_available_are_made_up_for(rollout):
    """Upstream: spare = all - least - unavailable new ones. Here 5 - 3 - 2 = 0, though an old pod is not available."""
    made = rollout(4, "my-app:2.0").set(1, "my-app:1.0", 3, available=3).set(2, "my-app:2.0", 2)
    assert rule(made).lower.state == "holds"


def test_old_pods_that_are_not_available_go_first(rollout):
    made = rollout(3, "my-app:2.0").set(1, "my-app:1.0", 3, available=0).set(2, "my-app:2.0", 1, available=1)
    found = rule(made)
    assert found.lower.state == "open"
    assert found.lower.sentence == "1 old pod may end: 1 available of at least 3."


def test_pods_that_end_do_not_count(rollout):
    made = rollout(3, "my-app:2.0").set(1, "my-app:1.0", 2, available=2).set(2, "my-app:2.0", 1, available=1)
    for letter in "abc":
        made.pod(1, letter, ending=True)
    found = rule(made)
    assert (found.total, found.ending) == (3, 3)


def test_a_new_set_that_is_full_waits_for_its_last_pods(rollout):
    made = rollout(3, "my-app:2.0").set(1, "my-app:1.0", 0).set(2, "my-app:2.0", 3, available=2)
    made.pod(2, "a").pod(2, "b").pod(2, "c", ready=False)
    found = rule(made)
    assert (found.upper.state, found.lower.state) == ("rest", "rest")
    assert found.lower.sentence == "No old pod is left to end: 2 available of at least 3."
    assert found.next == "The rollout is complete as soon as web-app-h2-c is available."


def test_a_complete_rollout_says_so(rollout):
    made = rollout(3, "my-app:2.0").set(1, "my-app:1.0", 0).set(2, "my-app:2.0", 3, available=3)
    found = rule(made)
    assert found.state == "complete"
    assert found.next.startswith("The rollout is complete: 3 pods of revision 2.")


def test_it_is_not_complete_while_an_old_set_counts_pods(rollout):
    made = rollout(3, "my-app:2.0").set(1, "my-app:1.0", 0).set(2, "my-app:2.0", 3, available=3)
    made.sets[0]["status"]["replicas"] = 1
    found = rule(made)
    assert (found.state, found.next) == ("held", "The last old pods are ending.")


def test_two_old_sets_are_one_crowd(rollout):
    made = rollout(4, "my-app:3.0")
    made.set(1, "my-app:1.0", 2, available=2).set(2, "my-app:2.0", 1).set(3, "my-app:3.0", 2, available=1)
    found = rule(made)
    assert (found.total, found.available, found.most, found.least) == (5, 3, 5, 3)
    assert found.lower.sentence == "1 old pod may end: 3 available of at least 3.", (
        "the one that does not serve"
    )


def test_paused_comes_before_the_limits(halfway):
    found = rule(halfway.spec(paused=True))
    assert found.state == "paused"
    assert found.next.startswith("Paused: ")


def test_a_change_that_the_controller_has_not_seen_is_said(halfway):
    halfway.deployment["metadata"]["generation"] = 3
    found = rule(halfway)
    assert (found.state, found.next) == (
        "unseen",
        "The Deployment controller has not made the new ReplicaSet yet.",
    )


def test_an_exceeded_deadline_says_who_serves_and_that_nothing_rolls_back(halfway):
    found = rule(halfway.condition("Progressing", "False", "ProgressDeadlineExceeded"))
    assert found.state == "held", "the first condition of a type counts"
    halfway.deployment["status"]["conditions"].pop(0)
    found = rule(halfway)
    assert found.state == "stopped"
    assert found.next == (
        "The rollout has stopped: no progress within 600 s. 2 old pods still serve. "
        "Kubernetes does not roll back by itself: undo it, or ship a version that works."
    )


def test_min_ready_seconds_are_part_of_being_available(halfway):
    assert "is available: Ready for 20 s (minReadySeconds)." in rule(halfway.spec(minReadySeconds=20)).next


def test_many_awaited_pods_are_a_number(rollout):
    made = rollout(10, "my-app:2.0").set(1, "my-app:1.0", 8, available=8).set(2, "my-app:2.0", 5)
    for letter in "abcde":
        made.pod(2, letter, ready=False)
    assert rule(made).next == "The next step waits until 5 new pods are available."


def test_the_hash_label_does_not_make_a_template_another(rollout):
    made = rollout(3, "my-app:1.0").set(1, "my-app:1.0", 3, available=3)
    assert rule(made).state == "complete"


def test_sets_of_others_are_no_business_of_this_rollout(halfway):
    halfway.sets[0]["metadata"]["ownerReferences"][0]["uid"] = "another"
    assert rule(halfway).total == 2


class TestRecreate:
    def made(self, rollout, old, new, available=0):
        made = rollout(3, "my-app:2.0").spec(strategy={"type": "Recreate"})
        return made.set(1, "my-app:1.0", old, available=old).set(2, "my-app:2.0", new, available=available)

    def test_no_new_pod_starts_while_an_old_one_is_there(self, rollout):
        found = rule(self.made(rollout, 0, 0).pod(1, "a", ending=True))
        assert (found.upper.state, found.state) == ("holds", "held")
        assert found.upper.sentence == "No new pod may start: 1 old pod is still there."
        assert "Until then nobody serves." in found.next

    def test_then_all_start_at_once(self, rollout):
        found = rule(self.made(rollout, 0, 3).pod(2, "a", ready=False))
        assert (found.upper.state, found.lower.state) == ("open", "rest")
        assert found.next == "The rollout is complete as soon as 3 new pods are available."

    def test_it_completes_like_any_other(self, rollout):
        assert rule(self.made(rollout, 0, 3, available=3)).state == "complete"
