"""How many replicas a metric asks for: upstream's own examples, and the pods that count."""

from __future__ import annotations

import datetime as dt

import pytest

from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers.autoscaling.calculator import (
    Patience,
    ReplicaCountError,
    Sample,
    Target,
    Tolerances,
    group_pods,
    propose,
    requests_of,
)

NOW = dt.datetime(2030, 1, 1, 12, tzinfo=dt.UTC)
WINDOW = dt.timedelta(seconds=15)
PATIENCE = Patience(cpu_start=120, first_readiness=10)
LONG_AGO, JUST_NOW = NOW - dt.timedelta(minutes=10), NOW - dt.timedelta(seconds=30)
READY, UNREADY, STARTING, PENDING, FAILED, ENDING = [
    "ready",
    "unready",
    "starting",
    "pending",
    "failed",
    "ending",
]


def pod(index, state=READY, request="1"):
    started = JUST_NOW if state == STARTING else LONG_AGO
    ready = "False" if state in {UNREADY, PENDING, FAILED, ENDING} else "True"
    phase = {PENDING: "Pending", FAILED: "Failed"}.get(state, "Running")
    resources = {"requests": {"cpu": request}} if request else {}
    metadata = {"name": f"till-{index}", "namespace": "shop"}
    if state == ENDING:
        metadata["deletionTimestamp"] = timestamp(NOW)
    changed = NOW if state == STARTING else started
    return {
        "metadata": metadata,
        "spec": {"containers": [{"name": "till", "resources": resources}]},
        "status": {
            "phase": phase,
            "startTime": timestamp(started),
            "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": timestamp(changed)}],
        },
    }


def ask(current, target, uses, states=None, requests=None, tolerances=None):
    """`uses` has a number for each pod that was measured, from the first on."""
    count = max(len(uses), len(states or ()), len(requests or ()), current)
    states = [*(states or ()), *[READY] * (count - len(states or ()))]
    requests = [*(requests or ()), *["1"] * (count - len(requests or ()))]
    pods = [pod(index, states[index], requests[index]) for index in range(count)]
    samples = {f"till-{index}": Sample(use, NOW, WINDOW) for index, use in enumerate(uses) if use is not None}
    return propose(
        current,
        target,
        pods,
        samples=samples,
        tolerances=tolerances or Tolerances(),
        patience=PATIENCE,
        now=NOW,
    )


UTILIZATION = [
    # what it is about, current, target %, uses, states, replicas, seen %
    ("up", 3, 30, (300, 500, 700), (), 5, 50),
    ("up, and one is not ready", 3, 30, (300, 500, 700), (UNREADY,), 4, 60),
    ("up, and one is starting", 3, 30, (300, 500, 700), (STARTING,), 4, 60),
    ("up, but most are not ready", 3, 30, (400, 500, 700), (READY, UNREADY, UNREADY), 3, 40),
    ("up, but most are starting", 3, 30, (400, 500, 700), (READY, STARTING, STARTING), 3, 40),
    ("up, without failed pods", 2, 30, (500, 700), (READY, READY, FAILED, FAILED), 4, 60),
    ("up, without pods that end", 2, 30, (500, 700), (READY, READY, ENDING, ENDING), 4, 60),
    ("down", 5, 50, (100, 300, 500, 250, 250), (), 3, 28),
    ("down, and two are not ready", 5, 50, (100, 300, 500, 250, 250), (READY,) * 3 + (UNREADY,) * 2, 2, 30),
    ("down, and two are starting", 5, 50, (100, 300, 500, 250, 250), (READY,) * 3 + (STARTING,) * 2, 2, 30),
    ("down, and most are pending", 5, 50, (100,), (READY,) + (PENDING,) * 4, 1, 10),
    ("down, without failed pods", 5, 50, (100, 300, 500, 250, 250), (READY,) * 5 + (FAILED,) * 2, 3, 28),
    ("down, without pods that end", 5, 50, (100, 300, 500, 250, 250), (READY,) * 5 + (ENDING,) * 2, 3, 28),
    ("two of four are measured", 4, 100, (400, 95), (), 3, 24),
    ("one of two is measured, as wanted", 2, 100, (1000,), (), 2, 100),
    ("one of two is measured, above", 2, 100, (1900,), (), 2, 190),
    ("one of two is measured, below", 2, 100, (600,), (), 2, 60),
    ("one is not ready, one not measured", 3, 50, (100, 450), (UNREADY,), 3, 45),
    ("one is starting, one not measured", 3, 50, (100, 450), (STARTING,), 3, 45),
    ("one is not ready, one not measured, up", 3, 50, (100, 2000), (UNREADY,), 4, 200),
    ("one is not ready, one not measured, down", 4, 50, (100, 100, 100), (UNREADY,), 3, 10),
    ("a rolling update with one pod more", 2, 50, (100, 100, None), (), 2, 10),
]


@pytest.mark.parametrize("case", UTILIZATION, ids=lambda case: case[0])
def test_utilization(case):
    _, current, target, uses, states, replicas, seen = case
    proposal = ask(current, Target("cpu", utilization=target), uses, states)
    assert (proposal.replicas, proposal.utilization) == (replicas, seen)


def test_above_100_percent_a_pod_without_measurement_counts_as_on_target():
    uses, requests = (200, 100, 100), ("1", "1", "2", "2")
    proposal = ask(4, Target("cpu", utilization=300), uses, (UNREADY,), requests)
    assert (proposal.replicas, proposal.utilization) == (2, 6)


VALUES = [
    ("up", 3, 15000, (20000, 10000, 30000), (), 4, 20000),
    ("up, and who is not ready counts", 3, 15000, (50000, 10000, 30000), (READY, READY, UNREADY), 6, 30000),
    ("up, with most not ready", 3, 15000, (50000, 15000, 30000), (UNREADY, READY, UNREADY), 7, 31666),
    ("down", 5, 20000, (12000,) * 5, (), 3, 12000),
    ("near enough", 3, 20000, (20000, 21000, 21000), (), 3, 20666),
    ("three of five are measured, as wanted", 5, 20000, (20000, 19000, 21000), (), 5, 20000),
]


@pytest.mark.parametrize("case", VALUES, ids=lambda case: case[0])
def test_value(case):
    _, current, target, uses, states, replicas, seen = case
    proposal = ask(current, Target("memory", value=target), uses, states)
    assert (proposal.replicas, proposal.average) == (replicas, seen)


def test_within_the_tolerance_nothing_changes():
    proposal = ask(3, Target("cpu", utilization=100), (1010, 1030, 1020), requests=("0.9", "1", "1.1"))
    assert (proposal.replicas, proposal.utilization) == (3, 102)


@pytest.mark.parametrize(
    ("use", "replicas"), [(889, 3), (900, 3), (1100, 3), (1110, 4), (1500, 5), (800, 3), (500, 2)]
)
def test_the_tolerance_is_ten_percent_to_both_sides(use, replicas):
    assert ask(3, Target("cpu", utilization=100), (use,) * 3).replicas == replicas


def test_the_tolerance_can_be_chosen_for_each_side():
    quick = Tolerances(down=0.1, up=0.01)
    assert ask(3, Target("cpu", utilization=100), (1020,) * 3, tolerances=quick).replicas == 4
    slow = Tolerances(down=0.3, up=0.1)
    assert ask(4, Target("cpu", utilization=100), (750,) * 4, tolerances=slow).replicas == 4


@pytest.mark.parametrize(
    ("target", "uses", "states", "requests", "why"),
    [
        (Target("cpu", utilization=50), (100,), (UNREADY,), (), "did not receive metrics for targeted pods"),
        (
            Target("cpu", utilization=50),
            (200,),
            (),
            ("",),
            "missing request for cpu in container till of Pod",
        ),
        (Target("cpu", "queue", 50), (200,), (), (), "container queue not found in Pod till-0"),
    ],
)
def test_what_cannot_be_counted_is_said(target, uses, states, requests, why):
    with pytest.raises(ReplicaCountError, match=why):
        ask(1, target, uses, states, requests)


def test_no_pods_no_count():
    with pytest.raises(ReplicaCountError, match="no pods returned by selector"):
        propose(
            0,
            Target("cpu", utilization=50),
            [],
            samples={},
            tolerances=Tolerances(),
            patience=PATIENCE,
            now=NOW,
        )


def test_pods_are_sorted_by_what_their_measurement_is_good_for():
    pods = [
        pod(index, state) for index, state in enumerate((READY, UNREADY, STARTING, PENDING, FAILED, ENDING))
    ]
    samples = {f"till-{index}": Sample(1, NOW, WINDOW) for index in range(6)}
    groups = group_pods([*pods, pod(6)], samples, "cpu", patience=PATIENCE, now=NOW)
    assert groups.ready == ("till-0",)
    assert groups.unready == ("till-1", "till-2", "till-3")
    assert groups.missing == ("till-6",)


def test_readiness_means_nothing_for_memory():
    samples = {"till-0": Sample(1, NOW, WINDOW)}
    groups = group_pods([pod(0, UNREADY)], samples, "memory", patience=PATIENCE, now=NOW)
    assert groups.ready == ("till-0",)


def test_a_pod_that_was_ready_once_counts_when_it_is_not_any_more():
    later = pod(0, UNREADY)
    later["status"]["conditions"][0]["lastTransitionTime"] = timestamp(NOW - dt.timedelta(minutes=1))
    groups = group_pods([later], {"till-0": Sample(1, NOW, WINDOW)}, "cpu", patience=PATIENCE, now=NOW)
    assert groups.ready == ("till-0",)


def test_requests_are_those_of_all_containers_and_sidecars_or_of_the_pod():
    shop = pod(0, request="500m")
    side = {"name": "log", "restartPolicy": "Always", "resources": {"requests": {"cpu": "100m"}}}
    shop["spec"]["initContainers"] = [{"name": "prepare"}, side]
    assert requests_of([shop], "cpu") == {"till-0": 600}
    assert requests_of([shop], "cpu", "log") == {"till-0": 100}
    shop["spec"]["resources"] = {"requests": {"cpu": "2"}}
    assert requests_of([shop], "cpu") == {"till-0": 2000}
