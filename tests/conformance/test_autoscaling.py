"""Autoscalers: what they decide, what they say, and that real load makes a workload grow and its end shrink it."""

from __future__ import annotations

import subprocess

import pytest

from kubetutor.api.objects import condition

from .conftest import PATIENCE, eventually
from .manifests import pod, python, shell
from .manifests import replica_set as new_replica_set
from .workloads import apply, event, event_messages, wait_for

pytestmark = pytest.mark.kubectl

SLOW = 2 * PATIENCE  # a real cluster measures a new pod within half a minute, and looks every 15 seconds
LOOP = "while true; do i=0; while [ $i -lt 4000 ]; do i=$((i+1)); done; sleep 0.05; done"
HOLD = "import time; held = bytearray(b'x' * 30 * 1024**2); time.sleep(100000)"
QUICK_DOWN = {"scaleDown": {"stabilizationWindowSeconds": 0}}
CPU = "cpu resource utilization (percentage of request)"
NO_SCALE = "the HPA controller was unable to get the target's current scale: "


def deployment(replicas=1, script=None, cpu="50m", container=None):
    """Answer a deployment named till, calm unless its script is not."""
    chosen = container or (shell(script) if script else shell())
    if cpu:
        chosen["resources"] = {"requests": {"cpu": cpu}}
    made = pod("till", chosen)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "till"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "till"}},
            "template": {"metadata": {"labels": {"app": "till"}}, "spec": made["spec"]},
        },
    }


def resource(name="cpu", percent=None, value=None, **more):
    target = {"type": "Utilization", "averageUtilization": percent}
    if value is not None:
        target = {"type": "AverageValue", "averageValue": value}
    kind = "ContainerResource" if more else "Resource"
    return {"type": kind, kind[0].lower() + kind[1:]: {"name": name, "target": target, **more}}


def autoscaler(*metrics, name="till", target="Deployment/till", **spec):
    kind, _, of = target.partition("/")
    reference = {"apiVersion": "apps/v1", "kind": kind, "name": of}
    wanted = {"scaleTargetRef": reference, "minReplicas": 1, "maxReplicas": 2, **spec}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": {**wanted, "metrics": list(metrics) or [resource(percent=50)]},
    }


def read(kubectl, name="till"):
    return kubectl.read("horizontalpodautoscaler", name)


def until_said(kubectl, kind, reason, name="till"):
    """Wait until a condition has this reason; answer its status and message."""

    def said():
        found = condition(read(kubectl, name), kind) or {}
        assert found.get("reason") == reason, read(kubectl, name).get("status")
        return found["status"], found["message"]

    return eventually(said, within=SLOW, every=0.2)


def until_replicas(kubectl, wanted, thing="deployment/till"):
    def there():
        found = kubectl.read(*thing.split("/"))["spec"]["replicas"]
        assert found == wanted, (found, read(kubectl)["status"])
        return True

    eventually(there, within=SLOW, every=0.2)


def rescales(kubectl):
    return event_messages(kubectl, "till", "SuccessfulRescale")


# ---- what is asked for


def test_autoscale_makes_one(kubectl):
    apply(kubectl, deployment())
    said = kubectl.ok("autoscale", "deployment", "till", "--min=2", "--max=5", "--cpu=70%")
    assert said == "horizontalpodautoscaler.autoscaling/till autoscaled\n"
    spec = read(kubectl)["spec"]
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "till"}
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 5)
    assert spec["metrics"] == [resource(percent=70)]


def test_before_the_first_look_nothing_is_known(kubectl):
    apply(kubectl, deployment(), autoscaler())
    head, line = kubectl.ok("get", "hpa", "till").splitlines()
    assert head.split() == ["NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"]
    assert line.split()[:-1] == ["till", "Deployment/till", "cpu:", "<unknown>/50%", "1", "2", "0"]


# ---- what needs no metrics


def test_more_than_the_maximum_is_too_much(kubectl):
    apply(kubectl, deployment(3), autoscaler(maxReplicas=2))
    until_replicas(kubectl, 2)
    reason = "Current number of replicas above Spec.MaxReplicas"
    assert eventually(lambda: rescales(kubectl)) == [f"New size: 2; reason: {reason}"]
    status = eventually(lambda: read(kubectl)["status"].get("lastScaleTime") and read(kubectl)["status"])
    assert (status["currentReplicas"], status["desiredReplicas"]) == (3, 2)
    message = "the HPA controller was able to update the target scale to 2"
    assert until_said(kubectl, "AbleToScale", "SucceededRescale") == ("True", message)


def test_fewer_than_the_minimum_are_too_few(kubectl):
    apply(kubectl, deployment(1), autoscaler(minReplicas=2, maxReplicas=4))
    until_replicas(kubectl, 2)
    reason = "Current number of replicas below Spec.MinReplicas"
    assert eventually(lambda: rescales(kubectl)) == [f"New size: 2; reason: {reason}"]


def test_a_replica_set_can_be_scaled(kubectl):
    apply(kubectl, new_replica_set("till", 3), autoscaler(target="ReplicaSet/till"))
    until_replicas(kubectl, 2, "replicaset/till")


def test_a_stateful_set_can_be_scaled(kubectl):
    made = deployment(3)
    spec = {**made["spec"], "serviceName": "tills", "podManagementPolicy": "Parallel"}
    apply(kubectl, {**made, "kind": "StatefulSet", "spec": spec}, autoscaler(target="StatefulSet/till"))
    until_replicas(kubectl, 2, "statefulset/till")


def test_what_has_no_replicas_is_left_alone(kubectl):
    apply(kubectl, deployment(0), autoscaler())
    message = "scaling is disabled since the replica count of the target is zero"
    assert until_said(kubectl, "ScalingActive", "ScalingDisabled") == ("False", message)
    assert kubectl.read("deployment", "till")["spec"]["replicas"] == 0


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("Deployment/ghost", 'deployments.apps "ghost" not found'),
        ("Shop/till", 'no matches for kind "Shop" in group "apps"'),
        ("DaemonSet/till", "the server could not find the requested resource"),
    ],
    ids=["missing", "no such kind", "no scale"],
)
def test_a_target_that_cannot_be_scaled_is_said(kubectl, target, why):
    apply(kubectl, autoscaler(target=target))
    assert until_said(kubectl, "AbleToScale", "FailedGetScale") == ("False", NO_SCALE + why)
    assert event(kubectl, "till", "FailedGetScale") == why


def test_two_autoscalers_for_the_same_pods_are_said(kubectl):
    apply(kubectl, deployment(), autoscaler(), autoscaler(name="other"))
    status, message = until_said(kubectl, "ScalingActive", "AmbiguousSelector")
    assert status == "False"
    assert message.startswith("pods by selector app=till are controlled by multiple HPAs: [")
    assert all(f"{kubectl.namespace}/{name}" in message for name in ("till", "other"))


# ---- what cannot be had


def test_pods_without_requests_have_no_utilization(kubectl):
    apply(kubectl, deployment(cpu=None), autoscaler())
    wait_for(kubectl, "Available", "deployment/till")
    name = kubectl.pods("app=till")[0]["metadata"]["name"]
    why = f"failed to get cpu utilization: missing request for cpu in container main of Pod {name}"
    eventually(
        lambda: why in event_messages(kubectl, "till", "FailedGetResourceMetric"), within=SLOW, every=0.2
    )
    whole = f"the HPA was unable to compute the replica count: {why}"
    assert until_said(kubectl, "ScalingActive", "FailedGetResourceMetric") == ("False", whole)
    outer = f"first error is: failed to get cpu resource metric value: {why}"
    expected = f"invalid metrics (1 invalid out of 1), {outer}"
    assert expected in event_messages(kubectl, "till", "FailedComputeMetricsReplicas")


def test_a_metric_that_nobody_serves_is_said(kubectl):
    orders = {"metric": {"name": "orders"}, "target": {"type": "AverageValue", "averageValue": "10"}}
    apply(kubectl, deployment(), autoscaler({"type": "Pods", "pods": orders}))
    none = "no custom metrics API (custom.metrics.k8s.io) registered"
    why = f"unable to get metric orders: unable to fetch metrics from custom metrics API: {none}"
    assert event_said(kubectl, "FailedGetPodsMetric") == why
    whole = f"the HPA was unable to compute the replica count: {why}"
    assert until_said(kubectl, "ScalingActive", "FailedGetPodsMetric") == ("False", whole)


def event_said(kubectl, reason):
    return eventually(lambda: event_messages(kubectl, "till", reason), within=SLOW, every=0.2)[0]


# ---- what is measured


def test_load_makes_it_grow(kubectl):
    apply(kubectl, deployment(1, LOOP), autoscaler())
    until_replicas(kubectl, 2)
    assert eventually(lambda: rescales(kubectl)) == [f"New size: 2; reason: {CPU} above target"]
    message = f"the HPA was able to successfully calculate a replica count from {CPU}"
    assert until_said(kubectl, "ScalingActive", "ValidMetricFound") == ("True", message)
    limit = "the desired replica count is more than the maximum replica count"
    assert until_said(kubectl, "ScalingLimited", "TooManyReplicas") == ("True", limit)
    [metric] = read(kubectl)["status"]["currentMetrics"]
    current = metric["resource"]["current"]
    assert current["averageUtilization"] > 50
    assert current["averageValue"].endswith("m")
    line = kubectl.ok("get", "hpa", "till", "--no-headers").split()
    assert line[2] == "cpu:"
    assert line[3].endswith("%/50%")


def test_without_load_it_shrinks(kubectl):
    apply(kubectl, deployment(2), autoscaler(behavior=QUICK_DOWN))
    until_replicas(kubectl, 1)
    assert eventually(lambda: rescales(kubectl)) == ["New size: 1; reason: All metrics below target"]
    few = "the desired replica count is less than the minimum replica count"
    assert until_said(kubectl, "ScalingLimited", "TooFewReplicas") == ("True", few)
    size = "recommended size matches current size"
    assert until_said(kubectl, "AbleToScale", "ReadyForNewScale") == ("True", size)


def test_recent_recommendations_hold_it(kubectl):
    slow = {"scaleDown": {"stabilizationWindowSeconds": 3600}}
    apply(kubectl, deployment(2), autoscaler(behavior=slow))
    message = (
        "recent recommendations were higher than current one, applying the highest recent recommendation"
    )
    assert until_said(kubectl, "AbleToScale", "ScaleDownStabilized") == ("True", message)
    assert kubectl.read("deployment", "till")["spec"]["replicas"] == 2


def test_shrinking_can_be_forbidden(kubectl):
    never = {"scaleDown": {"stabilizationWindowSeconds": 0, "selectPolicy": "Disabled"}}
    apply(kubectl, deployment(2), autoscaler(behavior=never))
    message = "the desired replica count is decreasing faster than the maximum scale rate"
    assert until_said(kubectl, "ScalingLimited", "ScaleDownLimit") == ("True", message)
    assert kubectl.read("deployment", "till")["spec"]["replicas"] == 2


def test_a_policy_limits_how_fast_it_grows(kubectl):
    slow = {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 600}]}}
    apply(kubectl, deployment(1, LOOP), autoscaler(maxReplicas=8, behavior=slow))
    until_replicas(kubectl, 2)
    message = "the desired replica count is increasing faster than the maximum scale rate"
    assert until_said(kubectl, "ScalingLimited", "ScaleUpLimit") == ("True", message)


def test_memory_counts_by_its_amount(kubectl):
    memory = resource("memory", value="15Mi")
    apply(kubectl, deployment(container=python(HOLD)), autoscaler(memory))
    until_replicas(kubectl, 2)
    assert eventually(lambda: rescales(kubectl)) == ["New size: 2; reason: memory resource above target"]


def test_one_container_can_be_the_measure(kubectl):
    made = deployment(1, LOOP)
    made["spec"]["template"]["spec"]["containers"].append(shell(name="helper"))
    apply(kubectl, made, autoscaler(resource(percent=50, container="main")))
    until_replicas(kubectl, 2)
    name = "cpu container resource utilization (percentage of request)"
    assert eventually(lambda: rescales(kubectl)) == [f"New size: 2; reason: {name} above target"]
    [metric] = read(kubectl)["status"]["currentMetrics"]
    assert (metric["type"], metric["containerResource"]["container"]) == ("ContainerResource", "main")


def test_real_load_comes_and_goes(kubectl):
    """The pods are calm; the load is a command that is executed in one of them until its input ends."""
    apply(kubectl, deployment(1), autoscaler(behavior=QUICK_DOWN))
    wait_for(kubectl, "Available", "deployment/till")
    name = kubectl.pods("app=till")[0]["metadata"]["name"]
    command = ["sh", "-c", f"({LOOP}) & read line; kill $!"]
    load = subprocess.Popen(
        kubectl.argv("exec", "-i", name, "--", *command), stdin=subprocess.PIPE, env=kubectl.environment
    )
    try:
        until_replicas(kubectl, 2)
    finally:
        load.communicate(b"\n", timeout=PATIENCE)
    until_replicas(kubectl, 1)
    above, below = f"New size: 2; reason: {CPU} above target", "New size: 1; reason: All metrics below target"
    assert eventually(lambda: len(rescales(kubectl)) == 2 and rescales(kubectl)) == [above, below]
