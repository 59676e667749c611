"""A deletion is at once, after a grace period, or after the finalizers."""

import datetime as dt

import pytest

from kubetutor.api.kinds import kinds_by_resource
from kubetutor.embedded.apiserver.deletion import is_finished, plan_deletion
from kubetutor.embedded.apiserver.options import DeleteOptions
from kubetutor.errors import ApiError

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
POD = kinds_by_resource()["pods"]
CONFIG_MAP = kinds_by_resource()["configmaps"]
NAMESPACE = kinds_by_resource()["namespaces"]


def pod(**spec):
    metadata = {"name": "web", "namespace": "shop", "uid": "u1", "resourceVersion": "7", "generation": 1}
    return {
        "metadata": metadata,
        "spec": {"terminationGracePeriodSeconds": 30, **spec},
        "status": {"phase": "Running"},
    }


def test_a_plain_object_goes_at_once():
    obj = {"metadata": {"name": "a", "uid": "u", "resourceVersion": "1"}}
    assert plan_deletion(CONFIG_MAP, obj, DeleteOptions(), NOW).now


def test_a_running_pod_gets_its_grace_period():
    plan = plan_deletion(POD, pod(nodeName="one"), DeleteOptions(), NOW)
    assert not plan.now
    metadata = plan.object["metadata"]
    assert metadata["deletionTimestamp"] == "2026-01-02T03:04:35Z"
    assert metadata["deletionGracePeriodSeconds"] == 30
    assert metadata["generation"] == 2


def test_a_pod_that_no_node_has_goes_at_once():
    assert plan_deletion(POD, pod(), DeleteOptions(), NOW).now


def test_a_finished_pod_goes_at_once():
    finished = {**pod(nodeName="one"), "status": {"phase": "Succeeded"}}
    assert plan_deletion(POD, finished, DeleteOptions(), NOW).now


def test_a_grace_of_zero_is_now():
    assert plan_deletion(POD, pod(nodeName="one"), DeleteOptions(grace_period=0), NOW).now


def test_a_later_wish_may_shorten_the_grace_and_not_lengthen_it():
    first = plan_deletion(POD, pod(nodeName="one"), DeleteOptions(grace_period=10), NOW).object
    longer = plan_deletion(POD, first, DeleteOptions(grace_period=60), NOW).object
    assert longer["metadata"] == first["metadata"]
    shorter = plan_deletion(POD, first, DeleteOptions(grace_period=1), NOW).object
    assert shorter["metadata"]["deletionGracePeriodSeconds"] == 1


def test_a_shorter_grace_counts_from_the_first_wish():
    first = plan_deletion(POD, pod(nodeName="one"), DeleteOptions(grace_period=60), NOW).object
    later = NOW + dt.timedelta(seconds=5)
    shorter = plan_deletion(POD, first, DeleteOptions(grace_period=10), later).object
    assert shorter["metadata"]["deletionTimestamp"] == "2026-01-02T03:04:15Z"
    assert shorter["metadata"]["generation"] == first["metadata"]["generation"]


def test_a_second_wish_that_names_no_grace_leaves_the_first():
    first = plan_deletion(POD, pod(nodeName="one"), DeleteOptions(grace_period=60), NOW).object
    assert plan_deletion(POD, first, DeleteOptions(), NOW).object["metadata"] == first["metadata"]


def test_a_negative_grace_is_one_second():
    plan = plan_deletion(POD, pod(nodeName="one"), DeleteOptions(grace_period=-5), NOW)
    assert plan.object["metadata"]["deletionGracePeriodSeconds"] == 1


@pytest.mark.parametrize(
    ("policy", "finalizer"), [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")]
)
def test_a_propagation_policy_becomes_a_finalizer(policy, finalizer):
    obj = {"metadata": {"name": "a", "uid": "u", "resourceVersion": "1"}}
    plan = plan_deletion(CONFIG_MAP, obj, DeleteOptions(policy=policy), NOW)
    assert not plan.now
    assert plan.object["metadata"]["finalizers"] == [finalizer]


def test_an_object_with_finalizers_stays_until_they_are_done():
    obj = {"metadata": {"name": "a", "uid": "u", "resourceVersion": "1", "finalizers": ["shop/lock"]}}
    plan = plan_deletion(CONFIG_MAP, obj, DeleteOptions(), NOW)
    assert not plan.now
    assert not is_finished(CONFIG_MAP, plan.object)
    released = {"metadata": {**plan.object["metadata"], "finalizers": []}}
    assert is_finished(CONFIG_MAP, released)


def test_a_namespace_terminates_until_its_spec_has_no_finalizers():
    obj = {
        "metadata": {"name": "shop", "uid": "u", "resourceVersion": "1"},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }
    plan = plan_deletion(NAMESPACE, obj, DeleteOptions(), NOW)
    assert not plan.now
    assert plan.object["status"]["phase"] == "Terminating"
    assert is_finished(NAMESPACE, {**plan.object, "spec": {}})


def test_a_precondition_that_fails_is_a_conflict():
    with pytest.raises(ApiError) as error:
        plan_deletion(POD, pod(nodeName="one"), DeleteOptions(uid="other"), NOW)
    assert error.value.code == 409
