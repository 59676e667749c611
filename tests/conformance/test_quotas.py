"""What a namespace allows: quotas, and limits with their defaults."""

import pytest

from .conftest import eventually
from .manifests import NOWHERE, config_map, pod, shell
from .workloads import apply, create, wait_field

pytestmark = pytest.mark.kubectl


def still(name, **resources):
    """Answer a pod that asks for something and is never placed."""
    return pod(name, shell(resources=resources), nodeSelector=NOWHERE)


def quota(kubectl, hard, *scopes):
    """Make a quota and wait until it holds."""
    kubectl.ok("create", "quota", "few", f"--hard={hard}", *scopes)
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


SMALL = {"cpu": "10m", "memory": "16Mi"}


@pytest.mark.parametrize(
    ("scope", "counted", "other"),
    [
        ("BestEffort", {}, {"requests": SMALL}),
        ("NotBestEffort", {"limits": SMALL}, {}),
    ],
)
def test_a_quota_can_be_for_pods_that_ask_for_something_or_for_nothing(kubectl, scope, counted, other):
    quota(kubectl, "pods=1", f"--scopes={scope}")
    apply(kubectl, still("other", **other), still("first", **counted))
    wait_field(kubectl, "resourcequota/few", "status.used", {"pods": "1"})
    answer = create(kubectl, still("second", **counted))
    assert "exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1" in answer.err
    apply(kubectl, still("another", **other))


def test_a_quota_can_be_for_pods_with_a_deadline(kubectl):
    quota(kubectl, "pods=1", "--scopes=Terminating")
    short = pod("short", shell(), nodeSelector=NOWHERE, activeDeadlineSeconds=600)
    apply(kubectl, still("lasting"), short)
    wait_field(kubectl, "resourcequota/few", "status.used", {"pods": "1"})
    answer = create(kubectl, {**short, "metadata": {"name": "shorter"}})
    assert "exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1" in answer.err
    apply(kubectl, still("longer"))


def test_a_quota_with_a_scope_wants_only_pods_in_it_to_ask(kubectl):
    quota(kubectl, "requests.cpu=1", "--scopes=NotBestEffort")
    apply(kubectl, still("idle"))
    answer = create(kubectl, still("shop", requests={"memory": "16Mi"}))
    assert "failed quota: few: must specify requests.cpu for: main" in answer.err


def scoped(hard, *scopes, **requirement):
    expressions = {"scopeSelector": {"matchExpressions": [requirement]}} if requirement else {}
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "few"},
        "spec": {"hard": hard, **({"scopes": list(scopes)} if scopes else {}), **expressions},
    }


IMPORTANT = {"scopeName": "PriorityClass", "operator": "In", "values": ["system-node-critical"]}


def test_a_quota_can_be_for_pods_of_some_priorities(kubectl):
    apply(kubectl, scoped({"pods": "1"}, **{**IMPORTANT, "operator": "NotIn"}))
    wait_field(kubectl, "resourcequota/few", "status.hard", {"pods": "1"})
    critical = {"priorityClassName": "system-node-critical", "nodeSelector": NOWHERE}
    apply(kubectl, still("plain"), pod("critical", shell(), **critical))
    wait_field(kubectl, "resourcequota/few", "status.used", {"pods": "1"})
    answer = create(kubectl, still("second"))
    assert "exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1" in answer.err


def test_a_quota_says_in_its_description_what_its_scopes_mean(kubectl):
    quota(kubectl, "pods=1", "--scopes=BestEffort")
    assert "Scopes:     BestEffort\n" in kubectl.ok("describe", "quota", "few")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (
            scoped({"pods": "1"}, "BestEffort", "NotBestEffort"),
            'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
        ),
        (scoped({"pods": "1"}, "Sunny"), 'spec.scopes: Invalid value: ["Sunny"]: unsupported scope'),
        (
            scoped({"cpu": "1"}, "BestEffort"),
            'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
        ),
        (
            scoped({"pods": "1"}, **{**IMPORTANT, "values": []}),
            "values: Required value: must be at least one value when `operator` is 'In' or 'NotIn'",
        ),
        (
            scoped({"pods": "1"}, **{**IMPORTANT, "scopeName": "BestEffort"}),
            "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ",
        ),
    ],
)
def test_scopes_that_make_no_sense_are_refused(kubectl, wrong, words):
    answer = create(kubectl, wrong)
    assert answer.code == 1
    assert words in answer.err


def test_the_scopes_of_a_quota_cannot_be_changed(kubectl):
    quota(kubectl, "pods=1", "--scopes=BestEffort")
    answer = kubectl("patch", "quota", "few", "--type=merge", "-p", '{"spec":{"scopes":["Terminating"]}}')
    assert 'spec.scopes: Invalid value: ["Terminating"]: field is immutable' in answer.err


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
