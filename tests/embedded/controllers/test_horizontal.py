"""The autoscaler's loop: what it does and what it says, on a clock that only the test moves."""

from __future__ import annotations

import pytest

from kubetutor.api.objects import condition, labels_of
from kubetutor.api.selectors import matches
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers.autoscaling.horizontal import AUTOSCALERS, HorizontalController
from kubetutor.embedded.controllers.deployment import DeploymentController
from kubetutor.embedded.controllers.replicaset import ReplicaSetController
from kubetutor.embedded.timings import CLASSROOM
from kubetutor.errors import ApiError
from tests.embedded import manifests
from tests.embedded.loops import Cluster

PERIOD = CLASSROOM.autoscaler_sync
NO_SAMPLE = "unable to get metrics for resource cpu: no metrics returned from resource metrics API"


class Load:
    """A metrics server whose pods use what the test says, in thousandths of a core each."""

    def __init__(self, cluster):
        self._cluster = cluster
        self.each = None

    def pods(self, namespace, requirements):
        if self.each is None:
            return []
        now = self._cluster.clock.now()
        return [
            {
                "metadata": {"name": pod["metadata"]["name"], "namespace": namespace},
                "timestamp": timestamp(now),
                "window": "2.5s",
                "containers": [{"name": "web", "usage": {"cpu": f"{self.each}m", "memory": "64Mi"}}],
            }
            for pod in self._cluster.client.list("pods", namespace=namespace)
            if matches(requirements, labels_of(pod))
        ]


@pytest.fixture
def cluster():
    cluster = Cluster()
    cluster.load = Load(cluster)
    cluster.run(
        DeploymentController(cluster.context),
        ReplicaSetController(cluster.context),
        HorizontalController(cluster.context, cluster.load),
    )
    return cluster


def deployment(replicas=1, cpu="100m"):
    made = manifests.deployment("web", replicas=replicas)
    container = {"name": "web", "image": "my-app:1.0"}
    if cpu:
        container["resources"] = {"requests": {"cpu": cpu}}
    made["spec"]["template"]["spec"]["containers"] = [container]
    return made


def autoscale(cluster, name="web", target="web", kind="Deployment", **spec):
    reference = {"apiVersion": "apps/v1", "kind": kind, "name": target}
    resource = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
    wanted = {"scaleTargetRef": reference, "minReplicas": 1, "maxReplicas": 10, **spec}
    wanted.setdefault("metrics", [{"type": "Resource", "resource": resource}])
    body = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": wanted,
    }
    cluster.client.create(AUTOSCALERS, body, namespace="default")
    cluster.settle()


def start(cluster, replicas=1, *, cpu="100m", **spec):
    """A deployment whose pods have been ready for long, and an autoscaler for it."""
    cluster.client.create("deployments.apps", deployment(replicas, cpu), namespace="default")
    cluster.settle()
    be_ready(cluster)
    cluster.advance(CLASSROOM.autoscaler_cpu_start)
    autoscale(cluster, **spec)


def be_ready(cluster):
    cluster.make_ready(*cluster.pods())
    for pod in cluster.pods():
        if not pod["status"].get("startTime"):
            body = {"status": {"startTime": timestamp(cluster.clock.now())}}
            cluster.client.patch(
                "pods", pod["metadata"]["name"], body, namespace="default", subresource="status"
            )
    cluster.settle()


def replicas(cluster):
    return cluster.client.get("deployments.apps", "web", namespace="default")["spec"]["replicas"]


def autoscaler(cluster, name="web"):
    return cluster.client.get(AUTOSCALERS, name, namespace="default")


def said(cluster, kind, name="web"):
    found = condition(autoscaler(cluster, name), kind)
    return found and (found["status"], found["reason"])


def told(cluster):
    return cluster.events("horizontal-pod-autoscaler")


def test_nothing_happens_before_the_first_period_is_over(cluster):
    start(cluster)
    cluster.load.each = 400
    cluster.advance(PERIOD - 0.5)
    assert (replicas(cluster), autoscaler(cluster)["status"]) == (
        1,
        {"desiredReplicas": 0, "currentMetrics": None},
    )


def test_load_makes_it_grow_and_is_told(cluster):
    start(cluster)
    cluster.load.each = 150
    cluster.advance(PERIOD)
    assert replicas(cluster) == 3
    status = autoscaler(cluster)["status"]
    assert (status["currentReplicas"], status["desiredReplicas"]) == (1, 3)
    assert status["currentMetrics"] == [
        {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 150, "averageValue": "150m"}}}
    ]  # fmt: skip
    assert status["lastScaleTime"] == timestamp(cluster.clock.now())
    assert said(cluster, "AbleToScale") == ("True", "SucceededRescale")
    assert said(cluster, "ScalingActive") == ("True", "ValidMetricFound")
    assert said(cluster, "ScalingLimited") == ("False", "DesiredWithinRange")
    reason = "cpu resource utilization (percentage of request) above target"
    assert told(cluster) == [("SuccessfulRescale", f"New size: 3; reason: {reason}")]


def test_it_doubles_at_most(cluster):
    start(cluster, replicas=3)
    cluster.load.each = 1000
    cluster.advance(PERIOD)
    assert replicas(cluster) == 6
    assert said(cluster, "ScalingLimited") == ("True", "ScaleUpLimit")


def test_without_load_it_shrinks_after_the_window(cluster):
    start(cluster, replicas=4)
    cluster.load.each = 10
    cluster.advance(CLASSROOM.autoscaler_downscale)
    assert replicas(cluster) == 4
    assert said(cluster, "AbleToScale") == ("True", "ScaleDownStabilized")
    cluster.advance(2 * PERIOD)
    assert replicas(cluster) == 1
    assert told(cluster) == [("SuccessfulRescale", "New size: 1; reason: All metrics below target")]


def test_new_pods_that_start_do_not_count_as_load(cluster):
    start(cluster)
    cluster.load.each = 90
    cluster.advance(PERIOD)
    assert replicas(cluster) == 2
    be_ready(cluster)
    cluster.advance(PERIOD)  # the new one's measurement began before it was ready
    assert replicas(cluster) == 2
    cluster.advance(PERIOD)
    assert replicas(cluster) == 4


def test_before_the_first_sample_it_says_so(cluster):
    start(cluster)
    cluster.advance(PERIOD)
    assert autoscaler(cluster)["status"]["currentMetrics"] == [{"type": ""}]
    why = f"failed to get cpu utilization: {NO_SAMPLE}"
    found = condition(autoscaler(cluster), "ScalingActive")
    assert (found["status"], found["reason"]) == ("False", "FailedGetResourceMetric")
    assert found["message"] == f"the HPA was unable to compute the replica count: {why}"
    whole = f"failed to get cpu resource metric value: {why}"
    assert told(cluster) == [
        ("FailedGetResourceMetric", why),
        ("FailedComputeMetricsReplicas", f"invalid metrics (1 invalid out of 1), first error is: {whole}"),
    ]


def test_pods_without_requests_have_no_utilization(cluster):
    start(cluster, cpu="")
    cluster.load.each = 100
    cluster.advance(PERIOD)
    name = cluster.pods()[0]["metadata"]["name"]
    why = f"missing request for cpu in container web of Pod {name}"
    assert ("FailedGetResourceMetric", f"failed to get cpu utilization: {why}") in told(cluster)


def test_one_metric_that_fails_forbids_shrinking_but_not_growing(cluster):
    good = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
    bad = {"metric": {"name": "orders"}, "target": {"type": "AverageValue", "averageValue": "5"}}
    start(
        cluster, replicas=2, metrics=[{"type": "Resource", "resource": good}, {"type": "Pods", "pods": bad}]
    )
    cluster.load.each = 10
    cluster.advance(CLASSROOM.autoscaler_downscale + 2 * PERIOD)
    assert replicas(cluster) == 2
    assert said(cluster, "ScalingActive") == ("False", "FailedGetPodsMetric")
    cluster.load.each = 100
    cluster.advance(PERIOD)
    assert replicas(cluster) == 4


@pytest.mark.parametrize(
    ("wanted", "spec", "replicas_then", "reason"),
    [
        (5, {"maxReplicas": 3}, 3, "Current number of replicas above Spec.MaxReplicas"),
        (1, {"minReplicas": 2}, 2, "Current number of replicas below Spec.MinReplicas"),
    ],
)
def test_its_limits_need_no_metrics(cluster, wanted, spec, replicas_then, reason):
    start(cluster, replicas=wanted, **spec)
    cluster.advance(PERIOD)
    assert replicas(cluster) == replicas_then
    assert told(cluster) == [("SuccessfulRescale", f"New size: {replicas_then}; reason: {reason}")]


def test_a_target_without_replicas_stays_so(cluster):
    start(cluster, replicas=0)
    cluster.advance(PERIOD)
    assert replicas(cluster) == 0
    assert said(cluster, "ScalingActive") == ("False", "ScalingDisabled")


@pytest.mark.parametrize(
    ("kind", "target", "why"),
    [
        ("Deployment", "ghost", 'deployments.apps "ghost" not found'),
        ("Shop", "web", 'no matches for kind "Shop" in group "apps"'),
        ("DaemonSet", "web", "the server could not find the requested resource"),
    ],
)
def test_a_target_that_cannot_be_scaled_is_told(cluster, kind, target, why):
    autoscale(cluster, target=target, kind=kind)
    cluster.advance(PERIOD)
    found = condition(autoscaler(cluster), "AbleToScale")
    message = f"the HPA controller was unable to get the target's current scale: {why}"
    assert (found["status"], found["reason"], found["message"]) == ("False", "FailedGetScale", message)
    assert told(cluster) == [("FailedGetScale", why)]


def test_a_scale_that_is_refused_is_told(cluster):
    start(cluster)
    cluster.load.each = 150

    def refuse(verb, resource, _obj):
        if (verb, resource) == ("patch", "deployments.apps") and "status" not in _obj:
            raise ApiError(403, "Forbidden", "not today")

    cluster.client.refuse = refuse
    cluster.advance(PERIOD)
    assert said(cluster, "AbleToScale") == ("False", "FailedUpdateScale")
    assert [reason for reason, _ in told(cluster)] == ["FailedRescale"]


def test_two_autoscalers_for_the_same_pods_both_stop(cluster):
    start(cluster)
    autoscale(cluster, name="other")
    cluster.load.each = 150
    cluster.advance(2 * PERIOD)
    message = "pods by selector app=web are controlled by multiple HPAs: [default/other default/web]"
    found = condition(autoscaler(cluster, "other"), "ScalingActive")
    assert (found["reason"], found["message"]) == ("AmbiguousSelector", message)


def test_a_deleted_autoscaler_leaves_the_replicas_as_they_are(cluster):
    start(cluster)
    cluster.load.each = 150
    cluster.advance(PERIOD)
    cluster.client.delete(AUTOSCALERS, "web", namespace="default")
    cluster.load.each = 5
    cluster.advance(2 * CLASSROOM.autoscaler_downscale)
    assert replicas(cluster) == 3


def test_a_status_that_says_nothing_new_is_not_written(cluster):
    start(cluster)
    cluster.load.each = 50
    cluster.advance(3 * PERIOD)
    before = autoscaler(cluster)["metadata"]["resourceVersion"]
    cluster.advance(5 * PERIOD)
    assert autoscaler(cluster)["metadata"]["resourceVersion"] == before
