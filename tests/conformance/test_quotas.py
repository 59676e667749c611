"""What a namespace allows: quotas, and limits with their defaults."""

import pytest

from .conftest import eventually
from .manifests import NOWHERE, config_map, pod, shell
from .workloads import apply, create, wait_field

pytestmark = pytest.mark.kubectl


def still(name, **resources):
    """Answer a pod that asks for something and is never placed."""
    return pod(name, shell(resources=resources), nodeSelector=NOWHERE)


def quota(kubectl, hard):
    """Make a quota and wait until it holds."""
    kubectl.ok("create", "quota", "few", f"--hard={hard}")
    wanted = dict(pair.split("=") for pair in hard.split(","))
    wait_field(kubectl, "resourcequota/few", "status.hard", wanted)


def limits(kind="Container", **limit):
    return {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "sizes"},
        "spec": {"limits": [{"type": kind, **limit}]},
    }


def test_a_quota_of_pods_refuses_one_too_many(kubectl):
    quota(kubectl, "pods=1")
    apply(kubectl, still("first"))
    answer = create(kubectl, still("second"))
    assert answer.err == (
        'Error from server (Forbidden): error when creating "STDIN": pods "second" is forbidden: '
        "exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1\n"
    )


def test_a_quota_shows_what_is_used(kubectl):
    quota(kubectl, "pods=3")
    apply(kubectl, still("first"), still("second"))
    wait_field(kubectl, "resourcequota/few", "status.used.pods", "2")
    kubectl.ok("delete", "pod", "first")
    wait_field(kubectl, "resourcequota/few", "status.used.pods", "1")


def test_a_quota_of_cpu_wants_every_pod_to_ask(kubectl):
    quota(kubectl, "requests.cpu=1")
    answer = create(kubectl, still("shop"))
    assert answer.code == 1
    assert "failed quota: few: must specify requests.cpu for: main" in answer.err


def test_a_quota_of_cpu_adds_up_what_pods_ask_for(kubectl):
    quota(kubectl, "requests.cpu=1")
    apply(kubectl, still("first", requests={"cpu": "600m"}))
    answer = create(kubectl, still("second", requests={"cpu": "500m"}))
    assert answer.code == 1
    assert (
        "exceeded quota: few, requested: requests.cpu=500m, used: requests.cpu=600m, limited: requests.cpu=1"
        in (answer.err)
    )


def test_a_quota_can_count_objects_of_any_kind(kubectl):
    quota(kubectl, "count/configmaps=2")
    eventually(lambda: kubectl.read("configmap", "kube-root-ca.crt"))
    wait_field(kubectl, "resourcequota/few", "status.used", {"count/configmaps": "1"})
    apply(kubectl, config_map("one"))
    answer = create(kubectl, config_map("two"))
    assert answer.code == 1
    assert "exceeded quota: few, requested: count/configmaps=1, used: count/configmaps=2" in answer.err


def test_a_limit_range_gives_containers_their_requests_and_limits(kubectl):
    apply(kubectl, limits(default={"cpu": "200m"}, defaultRequest={"cpu": "100m"}))
    apply(kubectl, still("shop"))
    resources = kubectl.read("pod", "shop")["spec"]["containers"][0]["resources"]
    assert resources == {"limits": {"cpu": "200m"}, "requests": {"cpu": "100m"}}


def test_a_limit_range_says_in_the_pod_what_it_has_set(kubectl):
    apply(kubectl, limits(default={"cpu": "200m"}))
    apply(kubectl, still("shop"))
    annotations = kubectl.read("pod", "shop")["metadata"]["annotations"]
    assert annotations["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: cpu request for container main; cpu limit for container main"
    )


def test_a_limit_range_refuses_more_than_its_maximum(kubectl):
    apply(kubectl, limits(max={"memory": "64Mi"}))
    answer = create(kubectl, still("shop", limits={"memory": "128Mi"}))
    assert answer.code == 1
    assert (
        'pods "shop" is forbidden: maximum memory usage per Container is 64Mi, but limit is 128Mi'
        in answer.err
    )


def test_a_limit_range_refuses_less_than_its_minimum(kubectl):
    apply(kubectl, limits(min={"cpu": "50m"}))
    answer = create(kubectl, still("shop", requests={"cpu": "10m"}))
    assert answer.code == 1
    assert (
        'pods "shop" is forbidden: minimum cpu usage per Container is 50m, but request is 10m' in answer.err
    )


def test_pods_that_are_there_stay_when_a_limit_comes(kubectl):
    apply(kubectl, still("shop", limits={"memory": "128Mi"}))
    apply(kubectl, limits(max={"memory": "64Mi"}))
    assert kubectl.ok("label", "pod", "shop", "team=checkout") == "pod/shop labeled\n"
