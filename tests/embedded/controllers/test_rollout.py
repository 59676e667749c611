"""Rolling updates keep their promises whatever the pods do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubetutor.embedded.controllers.revisions import template_hash
from kubetutor.embedded.controllers.rollout import fenceposts, plan_rolling, plan_scale, replicas_of
from tests.embedded import manifests


def rolling(replicas, surge, unavailable):
    strategy = {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable},
    }
    return manifests.deployment(replicas=replicas, strategy=strategy)


def a_set(name, replicas, available, *, revision=1, desired=None, most=None):
    annotations = {"deployment.kubernetes.io/revision": str(revision)}
    if desired is not None:
        annotations["deployment.kubernetes.io/desired-replicas"] = str(desired)
        annotations["deployment.kubernetes.io/max-replicas"] = str(most)
    return {
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"replicas": replicas},
        "status": {"availableReplicas": available, "replicas": replicas},
    }


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "answer"),
    [
        (3, "25%", "25%", (1, 0)),
        (10, "25%", "25%", (3, 2)),
        (4, "25%", "25%", (1, 1)),
        (1, "25%", "25%", (1, 0)),
        (3, 0, 0, (0, 1)),
        (3, 0, "10%", (0, 1)),
        (2, 1, 5, (1, 2)),
        (0, "25%", "25%", (0, 0)),
        (5, "100%", "0%", (5, 0)),
    ],
)
def test_percentages_of_surge_round_up_and_of_unavailable_down(replicas, surge, unavailable, answer):
    assert fenceposts(rolling(replicas, surge, unavailable)) == answer


def test_unhealthy_old_pods_go_before_healthy_ones():
    deployment = rolling(3, 1, 1)
    healthy, broken = a_set("healthy", 2, 2, revision=1), a_set("broken", 1, 0, revision=2)
    plan = plan_rolling(deployment, a_set("new", 1, 0, revision=3), [healthy, broken])
    assert [(each["metadata"]["name"], size) for each, size in plan.scale] == [("broken", 0)]


def test_a_smaller_size_is_taken_from_all_sets_in_proportion():
    deployment = rolling(5, 0, 1)
    new, old = a_set("new", 2, 2, revision=2, desired=10, most=10), a_set("old", 8, 8, desired=10, most=10)
    plan = plan_scale(deployment, new, [old])
    assert {each["metadata"]["name"]: size for each, size in plan.scale} == {"old": 4, "new": 1}


def test_the_hash_is_stable_well_formed_and_depends_on_collisions():
    template = manifests.template()
    assert template_hash(template) == template_hash(dict(reversed(template.items())))
    assert template_hash(template) != template_hash(template, 1)
    assert len(template_hash(template)) == 10


sizes = st.integers(0, 8)


@given(
    replicas=st.integers(1, 12),
    surge=sizes,
    unavailable=sizes,
    luck=st.lists(st.integers(0, 4), min_size=1, max_size=20),
)
def test_a_rollout_stays_between_its_fenceposts_and_ends(replicas, surge, unavailable, luck):
    deployment = rolling(replicas, surge, unavailable)
    surge, unavailable = fenceposts(deployment)
    old, new = a_set("old", replicas, replicas), None
    for step in range(200):
        plan = plan_rolling(deployment, new, [old])
        if plan.create is not None:
            new = a_set("new", plan.create, 0, revision=2)
        for each, size in plan.scale:
            available = min(each["status"]["availableReplicas"], size)
            changed = a_set(each["metadata"]["name"], size, available)
            old, new = (changed, new) if each is old else (old, changed)
        total = replicas_of(old) + replicas_of(new)
        available = old["status"]["availableReplicas"] + new["status"]["availableReplicas"]
        assert total <= replicas + surge
        assert available >= replicas - unavailable
        if (replicas_of(old), new["status"]["availableReplicas"]) == (0, replicas):
            return
        started = luck[step % len(luck)] if step < 100 else 8  # in the end, every pod starts
        more = min(replicas_of(new), new["status"]["availableReplicas"] + started)
        new = a_set("new", replicas_of(new), more, revision=2)
    pytest.fail("the rollout did not end")
