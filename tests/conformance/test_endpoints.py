"""EndpointSlices: who may answer for a service at each moment."""

import re

import pytest

from .conftest import eventually
from .manifests import FOREVER, NOWHERE, deployment, pod, service, shell, web
from .workloads import apply, patch, rolled_out, wait_for

pytestmark = pytest.mark.kubectl


def slices(kubectl, name="web"):
    return kubectl.all("endpointslices", labels=f"kubernetes.io/service-name={name}")


def endpoints(kubectl, name="web"):
    return [endpoint for item in slices(kubectl, name) for endpoint in item.get("endpoints") or ()]


def conditions(kubectl):
    """Answer ready, serving and terminating of each pod by its name."""
    return {
        e["targetRef"]["name"]: tuple(e["conditions"][kind] for kind in ("ready", "serving", "terminating"))
        for e in endpoints(kubectl)
    }


def test_the_slice_lists_each_pod_with_its_node(kubectl):
    apply(kubectl, service(), deployment(2))
    rolled_out(kubectl)
    eventually(lambda: len(endpoints(kubectl)) == 2)
    pods = {item["metadata"]["name"]: item for item in kubectl.pods()}
    for endpoint in endpoints(kubectl):
        target = endpoint["targetRef"]
        item = pods[target["name"]]
        assert endpoint["addresses"] == [item["status"]["podIP"]]
        assert endpoint["nodeName"] == item["spec"]["nodeName"]
        assert (target["kind"], target["namespace"]) == ("Pod", kubectl.namespace)
        assert target["uid"] == item["metadata"]["uid"]


def test_the_slice_belongs_to_its_service(kubectl):
    apply(kubectl, service())
    (only,) = eventually(lambda: slices(kubectl))
    metadata = only["metadata"]
    assert re.fullmatch("web-[bcdfghjklmnpqrstvwxz2456789]{5}", metadata["name"])
    assert metadata["generateName"] == "web-"
    assert metadata["labels"] == {
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "kubernetes.io/service-name": "web",
    }
    (owner,) = metadata["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["controller"]) == ("Service", "web", True)
    assert only["addressType"] == "IPv4"


def test_a_service_without_pods_has_an_empty_slice(kubectl):
    apply(kubectl, service())
    (only,) = eventually(lambda: slices(kubectl))
    assert not only.get("endpoints")
    assert kubectl.ok("get", "endpointslices", "--no-headers").split()[1:4] == ["IPv4", "<unset>", "<unset>"]


def test_a_named_target_port_is_looked_up_in_each_pod(kubectl):
    ports = [{"name": "http", "port": 80, "targetPort": "web-port"}]
    named = [{"name": "web-port", "containerPort": 3000}]
    apply(kubectl, service(ports=ports), pod("web", web(ports=named)))
    wait_for(kubectl, "Ready", "pod/web")
    eventually(lambda: endpoints(kubectl))
    (only,) = slices(kubectl)
    assert only["ports"] == [{"name": "http", "port": 3000, "protocol": "TCP"}]


def test_pods_that_name_different_ports_are_in_different_slices(kubectl):
    apply(kubectl, service(ports=[{"port": 80, "targetPort": "web-port"}]))
    for name, number in (("old", 8080), ("new", 3000)):
        named = [{"name": "web-port", "containerPort": number}]
        apply(kubectl, pod(name, shell(ports=named), labels={"app": "web"}))
    eventually(
        lambda: {item["ports"][0]["port"] for item in slices(kubectl) if item.get("ports")} == {8080, 3000}
    )


def test_a_pod_that_is_not_ready_is_listed_as_not_ready(kubectl):
    probe = {"exec": {"command": ["false"]}}
    apply(kubectl, service(), pod("web", shell(readinessProbe=probe)))
    eventually(lambda: conditions(kubectl) == {"web": (False, False, False)})


def test_a_service_can_want_pods_that_are_not_ready_too(kubectl):
    probe = {"exec": {"command": ["false"]}}
    apply(kubectl, service(publishNotReadyAddresses=True), pod("web", shell(readinessProbe=probe)))
    eventually(lambda: conditions(kubectl) == {"web": (True, False, False)})


def test_a_pod_on_its_way_out_still_serves_but_is_not_ready(kubectl):
    deaf = shell("trap '' TERM; " + FOREVER.partition(";")[2])
    apply(kubectl, service(), pod("web", deaf, terminationGracePeriodSeconds=600))
    wait_for(kubectl, "Ready", "pod/web")
    eventually(lambda: conditions(kubectl) == {"web": (True, True, False)})
    kubectl.ok("delete", "pod", "web", "--wait=false")
    eventually(lambda: conditions(kubectl) == {"web": (False, True, True)})
    kubectl.ok("delete", "pod", "web", "--grace-period=0", "--force")
    eventually(lambda: conditions(kubectl) == {})


def test_a_pod_without_an_address_is_not_listed(kubectl):
    apply(kubectl, service(), pod("web", nodeSelector=NOWHERE))
    wait_for(kubectl, "PodScheduled=False", "pod/web")
    (only,) = eventually(lambda: slices(kubectl))
    assert not only.get("endpoints")


def test_a_pod_that_loses_its_label_leaves_the_slice(kubectl):
    apply(kubectl, service(), pod("web"))
    wait_for(kubectl, "Ready", "pod/web")
    eventually(lambda: endpoints(kubectl))
    kubectl.ok("label", "pod", "web", "app-")
    eventually(lambda: not endpoints(kubectl))


def test_a_finished_pod_answers_no_more(kubectl):
    script = "while [ ! -e done ]; do sleep 0.1; done"
    apply(kubectl, service(), pod("web", shell(script), restartPolicy="Never"))
    wait_for(kubectl, "Ready", "pod/web")
    eventually(lambda: conditions(kubectl) == {"web": (True, True, False)})
    kubectl.ok("exec", "web", "--", "touch", "done")
    # It may stay listed as not ready: its slice is not written again for the change of its phase alone.
    eventually(lambda: conditions(kubectl) in ({}, {"web": (False, False, False)}))


def test_the_slice_of_a_headless_service_says_so(kubectl):
    apply(kubectl, service(clusterIP="None"))
    (only,) = eventually(lambda: slices(kubectl))
    assert only["metadata"]["labels"]["service.kubernetes.io/headless"] == ""


def test_a_service_without_selector_gets_no_slice(kubectl):
    apply(kubectl, service("by-hand", selector=None), service())
    eventually(lambda: slices(kubectl))
    assert slices(kubectl, "by-hand") == []


def test_a_slice_that_is_deleted_comes_back(kubectl):
    apply(kubectl, service())
    (first,) = eventually(lambda: slices(kubectl))
    kubectl.ok("delete", "endpointslice", first["metadata"]["name"])
    eventually(lambda: [s for s in slices(kubectl) if s["metadata"]["uid"] != first["metadata"]["uid"]])


def test_a_changed_port_of_a_service_changes_its_slice(kubectl):
    apply(kubectl, service(), pod("web"))
    wait_for(kubectl, "Ready", "pod/web")
    eventually(lambda: [item["ports"][0]["port"] for item in slices(kubectl) if item.get("ports")] == [3000])
    patch(kubectl, "service/web", {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}})
    eventually(lambda: [item["ports"][0]["port"] for item in slices(kubectl) if item.get("ports")] == [8080])


def test_endpoints_of_the_old_kind_list_ready_addresses(kubectl):
    apply(kubectl, service(), pod("web"))
    wait_for(kubectl, "Ready", "pod/web")
    address = kubectl.read("pod", "web")["status"]["podIP"]

    def listed():
        found = kubectl("get", "endpoints", "web", "-o", "json")
        return f'"ip": "{address}"' in found.out and found

    assert (
        "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
        in eventually(listed).err
    )
