"""How many pods a disruption budget lets go, and what a drain makes of it."""

import pytest

from .conftest import eventually
from .manifests import deployment, pod, shell
from .workloads import apply, condition_of, rolled_out, wait_for

pytestmark = pytest.mark.kubectl


def budget(**spec):
    selector = {"matchLabels": {"app": "web"}}
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web"},
        "spec": {"selector": selector, **spec},
    }


def numbers(kubectl):
    status = kubectl.read("poddisruptionbudget", "web").get("status", {})
    names = ("expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed")
    return tuple(status.get(name) for name in names)


@pytest.fixture
def three(kubectl):
    made = deployment(3, shell())
    made["spec"]["template"]["metadata"]["labels"]["test"] = kubectl.namespace  # a drain looks everywhere
    apply(kubectl, made)
    rolled_out(kubectl)
    return kubectl


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"minAvailable": 2}, (3, 2, 3, 1)),
        ({"minAvailable": "50%"}, (3, 2, 3, 1)),
        ({"maxUnavailable": 1}, (3, 2, 3, 1)),
        ({"maxUnavailable": "50%"}, (3, 1, 3, 2)),
        ({"minAvailable": 4}, (3, 4, 3, 0)),
    ],
)
def test_a_budget_says_how_many_pods_may_go(three, spec, expected):
    apply(three, budget(**spec))
    eventually(lambda: numbers(three) == expected)
    may = expected[-1] > 0
    status, reason, _ = condition_of(three.read("poddisruptionbudget", "web"), "DisruptionAllowed")
    assert (status, reason) == (("True", "SufficientPods") if may else ("False", "InsufficientPods"))


def test_a_budget_follows_its_deployment(three):
    apply(three, budget(maxUnavailable=1))
    eventually(lambda: numbers(three) == (3, 2, 3, 1))
    three.ok("scale", "deployment/web", "--replicas=2")
    eventually(lambda: numbers(three) == (2, 1, 2, 1))


def test_a_pod_that_nobody_controls_is_not_expected(kubectl):
    apply(kubectl, pod("web"), budget(maxUnavailable=1))
    wait_for(kubectl, "Ready", "pod/web")
    eventually(lambda: numbers(kubectl) == (0, 0, 1, 0))


@pytest.mark.usefixtures("own_cluster")
def test_an_eviction_in_a_drain_waits_for_the_budget(three):
    apply(three, budget(maxUnavailable=0))
    eventually(lambda: numbers(three) == (3, 3, 3, 0))
    node = three.pods()[0]["spec"]["nodeName"]
    chosen = f"--pod-selector=test={three.namespace}"
    try:
        answer = three("drain", node, chosen, "--ignore-daemonsets", "--timeout=3s")
    finally:
        three.ok("uncordon", node)
    assert answer.code == 1
    assert "Cannot evict pod as it would violate the pod's disruption budget." in answer.err
    assert len(three.pods()) == 3
