"""The rules of the two exercises of the pods lesson, on facts; `test_proven.py` proves them on a live cluster."""

import dataclasses

import pytest

from kubetutor.cluster import share
from kubetutor.course import pods_kitchen, pods_till
from kubetutor.course.pods_kitchen import TWO_IN_ONE, KitchenFacts, end_of, volumes_of
from kubetutor.course.pods_till import COMES_BACK, TillFacts
from kubetutor.exercises.expect import judge

TILL = TillFacts(
    exists=True, has_liveness=True, restarts=1, stuck=3.0, said_stuck=True, calm=4.0, is_ready=True
)
KITCHEN = KitchenFacts(
    exists=True, containers=("cook", "clerk"), clerk_runs=True, shares=True, written=9, shown=8, newest_shown=8
)  # fmt: skip


def judged(exercise, facts):
    return judge(exercise.rules, facts, untouched=exercise.untouched, passed=exercise.passed).result


@pytest.mark.parametrize(("exercise", "facts"), [(COMES_BACK, TILL), (TWO_IN_ONE, KITCHEN)])
def test_what_is_asked_for_passes(exercise, facts):
    assert judged(exercise, facts).passed


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"is_first": True, "restarts": 0}, "begin"),
        ({"exists": False}, "gone"),
        ({"restarts": 0, "failing": "ErrImagePull"}, "cannot-start"),
        ({"said_stuck": False}, "eager"),
        ({"restarts": 3}, "eager"),
        ({"restarts": 0, "has_liveness": False}, "no-probe"),
        ({"restarts": 0, "has_liveness": False, "has_readiness": True}, "readiness"),
        ({"stuck": 26.0}, "slow"),
        ({"is_ready": False}, "not-ready"),
        ({"calm": 1.0}, "not-ready"),
    ],
)
def test_each_state_of_the_till_gets_its_hint(change, slug):
    assert judged(COMES_BACK, dataclasses.replace(TILL, **change)).hint.slug == slug


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"is_first": True, "containers": ("cook",)}, "begin"),
        ({"exists": False}, "gone"),
        ({"containers": ("cook", "helper")}, "no-clerk"),
        ({"clerk_ends": "Completed, exit code 0"}, "ends"),
        ({"shares": False}, "not-shared"),
        ({"shown": 0, "newest_shown": 0}, "silent"),
        ({"written": 30}, "behind"),
        ({"shown": 2}, "behind"),
    ],
)
def test_each_state_of_the_kitchen_gets_its_hint(change, slug):
    assert judged(TWO_IN_ONE, dataclasses.replace(KITCHEN, **change)).hint.slug == slug


def test_the_seconds_of_a_stuck_till_come_from_its_first_run():
    run = {"startedAt": "2026-01-01T10:00:00Z", "finishedAt": "2026-01-01T10:00:07Z"}
    status = {
        "name": "till",
        "restartCount": 1,
        "lastState": {"terminated": run},
        "state": {"running": {"startedAt": "2026-01-01T10:00:08Z"}},
    }
    pod = {
        "metadata": {"name": "till"},
        "spec": {"containers": [{"name": "till", "livenessProbe": {}}]},
        "status": {"containerStatuses": [status]},
    }
    facts = pods_till.facts_of(pod, is_first=False, now="2026-01-01T10:00:30+00:00")
    assert (facts.restarts, facts.stuck, facts.calm) == (1, 3.0, 22.0)
    status.update(restartCount=0, lastState={})
    assert pods_till.facts_of(pod, is_first=False, now="2026-01-01T10:00:30+00:00").stuck == 18.0


def test_what_a_container_mounts_and_how_it_ended_is_read_from_the_pod():
    mounts = [
        {"name": "orders", "mountPath": "/orders"},
        {"name": "token", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"},
    ]
    ended = {"terminated": {"reason": "Completed", "exitCode": 0}}
    pod = {
        "spec": {"containers": [{"name": "clerk", "volumeMounts": mounts}]},
        "status": {"containerStatuses": [{"name": "clerk", "lastState": ended, "state": {"running": {}}}]},
    }
    assert volumes_of(pod, "clerk") == {"orders"}
    assert volumes_of(pod, "cook") == set()
    assert end_of(pod, "clerk") == "Completed, exit code 0"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (pods_till.MANIFEST, pods_till.HEAD + pods_till.BODY),
        (pods_kitchen.MANIFEST, pods_kitchen.TOP + pods_kitchen.COOKS),
    ],
)
def test_the_answers_begin_with_the_manifest_of_the_lesson(name, text):
    there = (share.folder("lessons") / name).read_text(encoding="utf-8")
    assert "".join(line for line in there.splitlines(keepends=True) if not line.startswith("#")) == text
