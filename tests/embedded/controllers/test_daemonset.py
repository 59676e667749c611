"""DaemonSets: which nodes, and how an update goes from node to node."""

import pytest

from kubetutor.api.objects import name_of
from kubetutor.embedded.controllers.daemonset import DaemonSetController
from kubetutor.embedded.controllers.daemonset_plan import limits
from kubetutor.embedded.controllers.daemonset_pods import should_run, target_of, tolerations_of
from kubetutor.embedded.controllers.failed_pods import FailedPods
from tests.embedded import manifests
from tests.embedded.loops import Cluster

NODES = ("alpha", "beta", "gamma")


@pytest.fixture
def cluster():
    cluster = Cluster()
    for name in NODES:
        cluster.client.create("nodes", manifests.node(name))
    return cluster.run(DaemonSetController(cluster.context))


def daemon_set(image="my-app:1.0", pod_spec=None, **spec):
    template = manifests.template("agent", image)
    template["spec"].update(pod_spec or {})
    body = {"selector": {"matchLabels": {"app": "agent"}}, "template": template, **spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "default"},
        "spec": body,
    }


def create(cluster, **changes):
    cluster.client.create("daemonsets.apps", daemon_set(**changes))
    cluster.settle()


def change_image(cluster, image):
    template = manifests.template("agent", image)
    body = {"spec": {"template": {"spec": template["spec"]}}}
    cluster.client.patch("daemonsets.apps", "agent", body, namespace="default")
    cluster.settle()


def images(cluster):
    return sorted(pod["spec"]["containers"][0]["image"][-3:] for pod in cluster.pods())


def bind(cluster, pod):
    body = {"spec": {"nodeName": target_of(pod)}}
    cluster.client.patch("pods", name_of(pod), body, namespace="default", subresource="binding")


def all_ready(cluster):
    for pod in cluster.pods():
        if not pod["spec"].get("nodeName"):
            bind(cluster, pod)
    cluster.make_ready(*cluster.pods())
    cluster.settle()


def status(cluster):
    return cluster.client.get("daemonsets.apps", "agent", namespace="default")["status"]


def test_every_node_gets_a_pod_and_a_new_node_too(cluster):
    create(cluster)
    assert sorted(map(target_of, cluster.pods())) == list(NODES)
    cluster.client.create("nodes", manifests.node("delta"))
    cluster.settle()
    assert sorted(map(target_of, cluster.pods())) == ["alpha", "beta", "delta", "gamma"]


def test_a_pod_that_waits_for_a_node_that_is_gone_is_deleted(cluster):
    create(cluster)
    cluster.client.delete("nodes", "beta")
    cluster.settle()
    assert sorted(map(target_of, cluster.pods())) == ["alpha", "gamma"]


def test_a_heartbeat_of_a_node_makes_no_work(cluster):
    create(cluster)
    before = len(cluster.client.writes)
    cluster.client.patch("nodes", "alpha", {"status": {"nodeInfo": {"osImage": "new"}}}, subresource="status")
    cluster.settle()
    assert len(cluster.client.writes) == before + 1


def test_an_update_takes_one_node_after_another(cluster):
    create(cluster)
    all_ready(cluster)
    change_image(cluster, "my-app:2.0")
    assert sum("deletionTimestamp" in pod["metadata"] for pod in cluster.pods()) == 1
    for new in (1, 2, 3):
        cluster.end_deleted_pods()
        assert images(cluster) == ["1.0"] * (3 - new) + ["2.0"] * new
        all_ready(cluster)
    assert status(cluster)["updatedNumberScheduled"] == 3


def test_pods_that_are_not_available_are_replaced_first_and_at_once(cluster):
    create(cluster)
    all_ready(cluster)
    for pod in cluster.pods()[:2]:
        cluster.set_pod(pod, phase="Running", ready=False)
    cluster.settle()
    change_image(cluster, "my-app:2.0")
    going = [pod for pod in cluster.pods() if "deletionTimestamp" in pod["metadata"]]
    assert [name_of(pod) for pod in going] == [name_of(pod) for pod in cluster.pods()[:2]]


def test_with_surge_new_pods_come_before_old_ones_go(cluster):
    rolling = {"maxSurge": 2, "maxUnavailable": 0}
    create(cluster, updateStrategy={"type": "RollingUpdate", "rollingUpdate": rolling})
    all_ready(cluster)
    change_image(cluster, "my-app:2.0")
    assert images(cluster) == ["1.0"] * 3 + ["2.0"] * 2
    all_ready(cluster)
    cluster.end_deleted_pods()
    all_ready(cluster)
    cluster.end_deleted_pods()
    assert images(cluster) == ["2.0"] * 3


def test_availability_comes_with_time_alone(cluster):
    create(cluster, minReadySeconds=10)
    all_ready(cluster)
    assert (status(cluster)["numberReady"], status(cluster).get("numberAvailable", 0)) == (3, 0)
    cluster.advance(11)
    assert status(cluster)["numberAvailable"] == 3


def test_a_node_may_keep_a_pod_that_it_would_not_get_anew():
    node = manifests.node("alpha", taints=[{"key": "kept", "effect": "NoSchedule"}])
    assert should_run(daemon_set(), node) == (False, True)
    node = manifests.node("alpha", taints=[{"key": "kept", "effect": "NoExecute"}])
    assert should_run(daemon_set(), node) == (False, False)


def test_a_named_node_is_the_only_one():
    named = daemon_set(pod_spec={"nodeName": "beta"})
    assert should_run(named, manifests.node("alpha")) == (False, False)
    assert should_run(named, manifests.node("beta")) == (True, True)


def test_pods_on_the_network_of_the_node_need_no_other_network():
    keys = {each["key"] for each in tolerations_of({"hostNetwork": True})}
    assert "node.kubernetes.io/network-unavailable" in keys
    assert "node.kubernetes.io/network-unavailable" not in {each["key"] for each in tolerations_of({})}


@pytest.mark.parametrize(
    ("rolling", "wanted"),
    [
        ({}, (0, 1)),
        ({"maxUnavailable": "40%", "maxSurge": 0}, (0, 2)),
        ({"maxUnavailable": 0, "maxSurge": "10%"}, (1, 0)),
        ({"maxUnavailable": "0%", "maxSurge": "0%"}, (0, 1)),
    ],
)
def test_limits_round_up(rolling, wanted):
    spec = {"spec": {"updateStrategy": {"rollingUpdate": rolling}}}
    assert limits(spec, 5) == wanted


def test_a_pod_that_fails_again_and_again_waits_longer():
    failed, now = FailedPods(), 0.0
    waits = []
    for _ in range(4):
        waits.append(failed.seconds_left("alpha", now))
        now += waits[-1]
        failed.seconds_left("alpha", now)
    assert waits == [0.0, 1.0, 2.0, 4.0]


def test_a_failed_pod_is_replaced_once_and_then_after_a_wait(cluster):
    create(cluster)
    all_ready(cluster)
    for _ in range(2):
        victim = next(pod for pod in cluster.pods() if target_of(pod) == "beta")
        cluster.set_pod(victim, phase="Failed", ready=False)
        cluster.settle()
        cluster.end_deleted_pods()
        all_ready(cluster) if name_of(victim) not in map(name_of, cluster.pods()) else None
    assert "Failed" in {pod["status"]["phase"] for pod in cluster.pods()}
    cluster.advance(2)
    assert "Failed" not in {pod["status"]["phase"] for pod in cluster.pods()}
