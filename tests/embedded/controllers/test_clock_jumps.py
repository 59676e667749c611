"""A wall clock that is set forward or back: durations go by the steady clock, so nothing else happens."""

import pytest

from kubetutor.api.objects import condition
from kubetutor.embedded.apiserver.tables.durations import since
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers.node_lifecycle import NodeLifecycleController
from kubetutor.embedded.controllers.pod_garbage_collector import PodGarbageCollector
from kubetutor.embedded.controllers.replicaset import seconds_until_available
from kubetutor.embedded.controllers.taint_eviction import TaintEvictionController
from kubetutor.embedded.kubelet.backoff import Backoff
from tests.embedded import manifests
from tests.embedded.hand_moved_clock import HandMovedClock
from tests.embedded.loops import Cluster

DAY = 24 * 3600
LEASES = "leases.coordination.k8s.io"
pytestmark = pytest.mark.parametrize("jump", [DAY, -DAY])


def lease(clock):
    return {"metadata": {"name": "lab-worker"}, "spec": {"renewTime": timestamp(clock.now())}}


@pytest.fixture
def cluster():
    cluster = Cluster(namespaces=("default", "kube-node-lease"))
    cluster.client.create("nodes", manifests.node("lab-worker"))
    cluster.client.create(LEASES, lease(cluster.clock), namespace="kube-node-lease")
    return cluster.run(
        NodeLifecycleController(cluster.context),
        TaintEvictionController(cluster.context),
        PodGarbageCollector(cluster.context),
    )


def ready(cluster):
    return condition(cluster.client.get("nodes", "lab-worker"), "Ready")["status"]


def test_a_node_that_lives_stays_ready(cluster, jump):
    cluster.clock.jump(jump)
    for _ in range(30):
        cluster.client.patch(LEASES, "lab-worker", lease(cluster.clock), namespace="kube-node-lease")
        cluster.advance(1)
        assert ready(cluster) == "True"


def test_a_node_that_died_is_noticed_no_sooner_and_no_later(cluster, jump):
    cluster.clock.jump(jump)
    cluster.advance(cluster.context.timings.node_monitor_grace - 1)
    assert ready(cluster) == "True"
    cluster.advance(2)
    assert ready(cluster) == "Unknown"


def test_a_back_off_is_as_long_as_ever(jump):
    clock = HandMovedClock()
    backoff = Backoff(clock, 1.0, 30.0, reset=60.0)
    backoff.step()
    clock.jump(jump)
    assert not backoff.has_been_well()
    backoff.step()
    assert backoff.seconds == 2.0


def test_a_pod_with_min_ready_seconds_is_available_in_time(jump):
    clock = HandMovedClock()
    pod = manifests.pod("web", node="lab-worker")
    entry = {"type": "Ready", "status": "True", "lastTransitionTime": timestamp(clock.now())}
    pod["status"] = {"conditions": [entry]}
    assert seconds_until_available(pod, 10, clock.now()) == 10.0
    clock.jump(jump)
    assert seconds_until_available(pod, 10, clock.now()) == 0.0


def test_an_age_is_never_negative(jump):
    clock = HandMovedClock()
    born = timestamp(clock.now())
    clock.jump(jump)
    assert since(born, clock.now()) == ("24h" if jump > 0 else "<invalid>")
