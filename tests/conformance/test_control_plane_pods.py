"""The parts of the control plane, as the pods that they are."""

import pytest

from kubetutor.api.objects import is_pod_ready, uid_of

from .conftest import eventually
from .manifests import pod
from .workloads import apply, wait_for

pytestmark = pytest.mark.kubectl

SYSTEM = "kube-system"
PARTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


def part(kubectl, name):
    """Answer the pod of a part of the control plane."""
    found = kubectl.api.list("pods", namespace=SYSTEM, label_selector=f"component={name},tier=control-plane")
    assert len(found) == 1, f"{len(found)} pods of {name}"
    return found[0]


@pytest.fixture(params=PARTS)
def component(request, kubectl):
    if kubectl.api.list("nodes", label_selector="node-role.kubernetes.io/control-plane") == []:
        pytest.skip("this cluster does not show its control plane")
    return request.param


def test_each_part_runs_as_a_pod_of_the_control_planes_node(kubectl, component):
    [node] = kubectl.api.list("nodes", label_selector="node-role.kubernetes.io/control-plane")
    found = part(kubectl, component)
    name = node["metadata"]["name"]
    assert found["metadata"]["name"] == f"{component}-{name}"
    assert found["spec"]["nodeName"] == name
    assert found["spec"]["hostNetwork"]
    assert found["spec"]["priorityClassName"] == "system-node-critical"
    assert found["status"]["podIP"] == found["status"]["hostIP"]
    assert is_pod_ready(found)


def test_it_is_the_mirror_of_a_static_pod(kubectl, component):
    metadata = part(kubectl, component)["metadata"]
    assert metadata["annotations"]["kubernetes.io/config.source"] == "file"
    assert (
        metadata["annotations"]["kubernetes.io/config.mirror"]
        == metadata["annotations"]["kubernetes.io/config.hash"]
    )
    [owner] = metadata["ownerReferences"]
    assert (owner["kind"], owner["controller"]) == ("Node", True)
    assert "serviceAccountName" not in part(kubectl, component)["spec"]


def test_its_container_has_the_name_image_and_command_of_the_part(kubectl, component):
    [container] = part(kubectl, component)["spec"]["containers"]
    assert container["name"] == container["command"][0] == component
    assert container["image"].startswith(f"registry.k8s.io/{component}:")


@pytest.mark.parametrize("name", ["kube-controller-manager", "kube-scheduler"])
def test_a_deleted_part_comes_back_and_does_its_work(kubectl, name):
    before = part(kubectl, name)
    kubectl.api.delete("pods", before["metadata"]["name"], namespace=SYSTEM)

    def is_back():
        now = part(kubectl, name)
        assert uid_of(now) != uid_of(before)
        return is_pod_ready(now)

    eventually(is_back)
    apply(kubectl, pod("shop"))
    wait_for(kubectl, "Ready", "pod/shop")
    kubectl.ok("create", "deployment", "web", "--image=my-app:1.0")
    kubectl.ok("rollout", "status", "deployment/web", "--timeout=50s")


def test_its_log_can_be_read(kubectl, component):
    name = part(kubectl, component)["metadata"]["name"]
    assert kubectl.ok("logs", "--namespace", SYSTEM, name, "--tail=5").strip()
