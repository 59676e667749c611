"""What other objects add to a pod or a service, or hold against it."""

from __future__ import annotations

import copy
import ipaddress
import json

import pytest

from kubetutor.api.kinds import kinds_by_resource
from kubetutor.embedded.apiserver.service_addresses import ServiceAddresses, taken_by
from kubetutor.errors import ApiError
from tests.embedded.apiserver.write_path import WritePath

PODS, SERVICES = kinds_by_resource()["pods"], kinds_by_resource()["services"]


@pytest.fixture
def path():
    return WritePath()


def pod(name="shop", **spec):
    containers = [{"name": "web", "image": "my-app:1.0"}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": containers, **spec},
    }


def service(name="web", **spec):
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def refusal(act):
    with pytest.raises(ApiError) as error:
        act()
    return error.value


def test_a_pod_waits_for_its_service_account(path):
    error = refusal(lambda: path.create_from(pod(serviceAccountName="robot")))
    assert (error.code, error.reason) == (403, "Forbidden")
    assert error.message == (
        'pods "shop" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found'
    )
    assert error.details == {"name": "shop", "kind": "pods"}


def test_a_pod_without_token_gets_no_volume(path):
    assert "volumes" not in path.create_from(pod(automountServiceAccountToken=False))["spec"]
    account = {"metadata": {"name": "default", "namespace": "default"}, "automountServiceAccountToken": False}
    path.objects.put("serviceaccounts", account)
    assert "volumes" not in path.create_from(pod("other"))["spec"]


def test_a_pod_gets_the_pull_secrets_of_its_account(path):
    account = {"metadata": {"name": "default", "namespace": "default"}, "imagePullSecrets": [{"name": "key"}]}
    path.objects.put("serviceaccounts", account)
    assert path.create_from(pod())["spec"]["imagePullSecrets"] == [{"name": "key"}]


def test_own_tolerations_are_not_doubled(path):
    own = {
        "key": "node.kubernetes.io/not-ready",
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": 5,
    }
    tolerations = path.create_from(pod(tolerations=[own]))["spec"]["tolerations"]
    assert [item.get("tolerationSeconds") for item in tolerations] == [5, 300]
    assert len(path.create_from(pod("any", tolerations=[{"operator": "Exists"}]))["spec"]["tolerations"]) == 1


def test_priority_comes_from_the_class(path):
    path.create_from({
        "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "urgent"}, "value": 7,
        "preemptionPolicy": "Never",
    })  # fmt: skip
    spec = path.create_from(pod(priorityClassName="urgent"))["spec"]
    assert (spec["priority"], spec["preemptionPolicy"]) == (7, "Never")
    assert path.create_from(pod("plain"))["spec"]["priority"] == 0
    error = refusal(lambda: path.create_from(pod("sly", priority=9)))
    assert "must not be provided in pod spec" in error.message


def test_ephemeral_containers_cannot_be_created_with_the_pod(path):
    error = refusal(
        lambda: path.create_from(pod(ephemeralContainers=[{"name": "debug", "image": "my-app:1.0"}]))
    )
    assert error.message.endswith("spec.ephemeralContainers: Forbidden: cannot be set on create")


def test_limit_ranges_give_requests_and_limits(path):
    limits = [{"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "100m"}}]
    path.create_from(
        {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "l"}, "spec": {"limits": limits}}
    )
    (container,) = path.create_from(pod())["spec"]["containers"]
    assert container["resources"] == {"limits": {"cpu": "1"}, "requests": {"cpu": "100m"}}


def test_a_quota_on_cpu_wants_every_container_to_say_how_much(path):
    quota = {"metadata": {"name": "small", "namespace": "default"}, "spec": {"hard": {"requests.cpu": "1"}}}
    path.objects.put("resourcequotas", quota)
    error = refusal(lambda: path.create_from(pod()))
    assert error.message.endswith("failed quota: small: must specify requests.cpu for: web")
    big = pod(containers=[{"name": "web", "image": "a", "resources": {"requests": {"cpu": "2"}}}])
    error = refusal(lambda: path.create_from(big))
    assert error.message.endswith(
        "exceeded quota: small, requested: requests.cpu=2, used: requests.cpu=0, limited: requests.cpu=1"
    )


def test_addresses_and_node_ports_are_never_given_twice():
    path = WritePath()
    path.admission._addresses = ServiceAddresses(ipaddress.IPv4Network("10.96.0.0/28"), range(30000, 30014))
    stored = [path.create_from(service(f"web-{number}", type="NodePort")) for number in range(14)]
    addresses = {item["spec"]["clusterIP"] for item in stored}
    node_ports = {item["spec"]["ports"][0]["nodePort"] for item in stored}
    assert len(addresses) == len(node_ports) == 14
    error = refusal(lambda: path.create_from(service("late")))
    assert error.code == 422
    assert "range is full" in error.message


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"clusterIP": "10.96.0.9"}, "failed to allocate IP 10.96.0.9: provided IP is already allocated"),
        (
            {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30007}]},
            "provided port is already allocated",
        ),
        ({"ipFamilyPolicy": "RequireDualStack"}, "this cluster is not configured for dual-stack services"),
        ({"ipFamilies": ["IPv6"]}, "not configured on this cluster"),
    ],
)
def test_what_is_taken_or_missing_is_refused(path, spec, words):
    path.create_from(
        service("first", clusterIP="10.96.0.9", type="NodePort", ports=[{"port": 80, "nodePort": 30007}])
    )
    error = refusal(lambda: path.create_from(service("second", **spec)))
    assert error.code == 422
    assert words in error.message


def test_udp_and_tcp_may_share_a_node_port(path):
    path.create_from(service("tcp", type="NodePort", ports=[{"port": 80, "nodePort": 30007}]))
    udp = service("udp", type="NodePort", ports=[{"port": 80, "nodePort": 30007, "protocol": "UDP"}])
    assert path.create_from(udp)["spec"]["ports"][0]["nodePort"] == 30007


def test_replacing_a_service_keeps_its_address_and_node_port(path):
    stored = copy.deepcopy(path.create_from(service(type="NodePort")))
    again = {
        **service(type="NodePort"),
        "metadata": {key: stored["metadata"][key] for key in ("name", "namespace", "resourceVersion")},
    }
    updated = path.update(SERVICES, "default", "web", again)
    assert updated["spec"]["clusterIP"] == stored["spec"]["clusterIP"]
    assert updated["spec"]["ports"] == stored["spec"]["ports"]


def test_a_service_changes_its_type_there_and_back(path):
    stored = copy.deepcopy(path.create_from(service()))
    balanced = path.patch(SERVICES, "default", "web", {"spec": {"type": "LoadBalancer"}})
    assert balanced["spec"]["ports"][0]["nodePort"] in range(30000, 32768)
    assert balanced["spec"]["allocateLoadBalancerNodePorts"] is True
    back = path.patch(SERVICES, "default", "web", {"spec": {"type": "ClusterIP"}})
    assert back["spec"] == stored["spec"]
    named = path.patch(
        SERVICES, "default", "web", {"spec": {"type": "ExternalName", "externalName": "example.com"}}
    )
    assert "clusterIP" not in named["spec"]


def test_what_is_taken_follows_from_the_services_there_are():
    services = [
        {"spec": {"clusterIPs": ["None"]}},
        {"spec": {"clusterIPs": ["10.96.0.1"], "ports": [{"nodePort": 30001}]}},
    ]
    taken = taken_by(services)
    assert taken.addresses == {"10.96.0.1"}
    assert taken.node_ports == {("TCP", 30001)}


def test_ordinary_namespaces_may_be_deleted(path):
    path.admission.delete(kinds_by_resource()["namespaces"], {"metadata": {"name": "staging"}})


def test_an_update_of_a_pod_keeps_its_priority(path):
    stored = path.create_from(pod())
    changed = json.loads(json.dumps(stored))
    del changed["spec"]["priority"], changed["spec"]["preemptionPolicy"]
    assert path.update(PODS, "default", "shop", changed)["spec"]["priority"] == 0
