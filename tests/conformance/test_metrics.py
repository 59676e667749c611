"""What pods and nodes use, as it is measured: metrics.k8s.io and `kubectl top`.

The pods are there for all tests of this file: a real cluster takes half a minute to measure a new one.
"""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest

from kubetutor.api.quantities import parse

from .conftest import PATIENCE, eventually, new_namespace
from .manifests import NOWHERE, pod, python, shell
from .workloads import apply, wait_for

pytestmark = pytest.mark.kubectl

GROUP = "/apis/metrics.k8s.io/v1beta1"
MIB = 1024**2
LOOP = "while true; do i=0; while [ $i -lt 4000 ]; do i=$((i+1)); done; sleep 0.05; done"
HOLD = f"import time; held = bytearray(b'x' * {50 * MIB}); print('held', flush=True); time.sleep(100000)"
GO_DURATION = re.compile(r"([0-9]+m)?[0-9.]+s")


@pytest.fixture(scope="module")
def shop(cluster):
    """A kubectl in a namespace with pods that are measured: calm, busy, large, a pair, and one whose child is busy."""
    with new_namespace(cluster) as kubectl:
        apply(
            kubectl,
            pod("calm"),
            pod("busy", shell(LOOP), labels={"app": "till", "load": "high"}),
            pod("parent", shell(f"({LOOP}) & wait"), labels={"app": "till"}),
            pod("large", python(HOLD)),
            pod("pair", shell(name="front"), shell(name="back")),
        )
        names = ("busy", "calm", "large", "pair", "parent")
        wait_for(kubectl, "Ready", *(f"pod/{name}" for name in names))
        eventually(lambda: set(measured(kubectl)) == set(names), within=2 * PATIENCE, every=0.5)
        yield kubectl


@pytest.fixture
def api(server, shop):
    server.namespace = shop.namespace
    return server


def pods(kubectl):
    return f"{GROUP}/namespaces/{kubectl.namespace}/pods"


def measured(kubectl):
    """Map the pods that have metrics to them."""
    found = json.loads(kubectl.ok("get", "--raw", pods(kubectl)))
    return {item["metadata"]["name"]: item for item in found["items"]}


def used(item, resource):
    return float(sum(parse(container["usage"][resource]) for container in item["containers"]))


def rows(text):
    head, *lines = text.splitlines()
    return head.split(), [line.split() for line in lines]


def test_metrics_have_each_container_of_a_pod(shop):
    found = measured(shop)["pair"]
    assert {container["name"] for container in found["containers"]} == {"front", "back"}
    assert all(set(container["usage"]) == {"cpu", "memory"} for container in found["containers"])


def test_metrics_say_when_they_were_taken_and_over_how_long(api, shop):
    found = api.read(f"{pods(shop)}/busy")
    assert (found["kind"], found["apiVersion"]) == ("PodMetrics", "metrics.k8s.io/v1beta1")
    taken = dt.datetime.fromisoformat(found["timestamp"])
    assert abs((dt.datetime.now(dt.UTC) - taken).total_seconds()) < 60
    assert GO_DURATION.fullmatch(found["window"])
    assert "creationTimestamp" in found["metadata"]


def test_metrics_have_the_labels_of_their_pod(shop):
    metadata = measured(shop)["busy"]["metadata"]
    assert metadata["labels"] == {"app": "till", "load": "high"}
    assert (metadata["name"], metadata["namespace"]) == ("busy", shop.namespace)
    assert not {"uid", "resourceVersion", "annotations", "managedFields"} & set(metadata)


def test_a_list_of_metrics_has_no_version(api, shop):
    found = api.read(pods(shop))
    assert (found["kind"], found["metadata"]) == ("PodMetricsList", {})


def test_metrics_are_in_the_order_of_names(api, shop):
    assert api("GET", pods(shop)).names == ["busy", "calm", "large", "pair", "parent"]


def test_metrics_can_be_chosen_by_labels(api, shop):
    assert api("GET", pods(shop), labelSelector="app=till").names == ["busy", "parent"]
    assert api("GET", pods(shop), labelSelector="app=till,load!=high").names == ["parent"]


def test_metrics_can_be_chosen_by_name_and_by_no_other_field(api, shop):
    assert api("GET", pods(shop), fieldSelector="metadata.name=calm").names == ["calm"]
    refused = api("GET", pods(shop), fieldSelector="spec.nodeName=x")
    assert refused.code == 400
    known = 'only "metadata.name", "metadata.namespace"'
    assert f'"spec.nodeName" is not a known field selector: {known}' in refused.message


def test_who_works_uses_more_than_who_sleeps(shop):
    found = measured(shop)
    assert used(found["busy"], "cpu") > 0.05
    assert used(found["calm"], "cpu") < 0.02


def test_what_a_child_of_the_program_does_counts(shop):
    assert used(measured(shop)["parent"], "cpu") > 0.05


def test_memory_is_what_the_program_holds(shop):
    found = measured(shop)
    assert 50 * MIB < used(found["large"], "memory") < 100 * MIB
    assert used(found["calm"], "memory") < 20 * MIB


def test_a_pod_that_is_not_there_has_no_metrics(api, shop):
    assert api("GET", f"{pods(shop)}/ghost").refusal == (404, "NotFound", 'pods "ghost" not found')


def test_a_pod_that_does_not_run_has_no_metrics(api, shop):
    apply(shop, pod("waiting", nodeSelector=NOWHERE))
    refusal = api("GET", f"{pods(shop)}/waiting").refusal
    shop.ok("delete", "pod", "waiting", "--wait=false")
    assert refusal == (
        404,
        "NotFound",
        'pods "waiting" not found',
    )  # the metrics server looks at Running pods only


def test_a_pod_that_has_just_started_has_no_metrics_yet(api, shop):
    apply(shop, pod("young"))
    wait_for(shop, "Ready", "pod/young")
    refusal = api("GET", f"{pods(shop)}/young").refusal
    shop.ok("delete", "pod", "young", "--wait=false")
    assert refusal == (404, "NotFound", f'podmetrics.metrics.k8s.io "{shop.namespace}/young" not found')


def test_nodes_have_metrics(api, shop):
    nodes = {node["metadata"]["name"]: node for node in shop.all("nodes")}
    found = api.read(f"{GROUP}/nodes")
    assert found["kind"] == "NodeMetricsList"
    assert {item["metadata"]["name"] for item in found["items"]} == set(nodes)
    one = found["items"][0]
    assert set(one["usage"]) == {"cpu", "memory"}
    assert one["metadata"]["labels"] == nodes[one["metadata"]["name"]]["metadata"]["labels"]


def test_one_node_has_metrics(api, shop):
    name = shop.all("nodes")[0]["metadata"]["name"]
    found = api.read(f"{GROUP}/nodes/{name}")
    assert (found["kind"], found["metadata"]["name"]) == ("NodeMetrics", name)
    assert api("GET", f"{GROUP}/nodes/ghost").refusal == (404, "NotFound", 'node "ghost" not found')


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_metrics_cannot_be_written(api, shop, method):
    path = pods(shop) if method == "POST" else f"{pods(shop)}/calm"
    assert api(method, path, {}).code == 405


def test_metrics_cannot_be_watched(api, shop):
    refused = api("GET", pods(shop), watch="1")
    message = 'watch is not supported on resources of kind "pods.metrics.k8s.io"'
    assert refused.refusal == (405, "MethodNotAllowed", message)


def test_metrics_are_a_table_too(shop):
    head, lines = rows(shop.ok("get", "podmetrics"))
    assert head == ["NAME", "CPU", "MEMORY", "WINDOW"]
    assert [line[0] for line in lines] == ["busy", "calm", "large", "pair", "parent"]
    head, lines = rows(shop.ok("get", "nodemetrics"))
    assert head == ["NAME", "CPU", "MEMORY", "WINDOW"]


def test_what_is_measured_is_a_kind_of_resource(shop):
    _head, lines = rows(shop.ok("api-resources", "--api-group=metrics.k8s.io", "-o", "wide"))
    assert lines == [
        ["nodes", "metrics.k8s.io/v1beta1", "false", "NodeMetrics", "get,list"],
        ["pods", "metrics.k8s.io/v1beta1", "true", "PodMetrics", "get,list"],
    ]


def test_the_group_is_discovered(api):
    found = api.read(GROUP)
    assert found["groupVersion"] == "metrics.k8s.io/v1beta1"
    names = [(entry["name"], entry["singularName"], entry["verbs"]) for entry in found["resources"]]
    assert names == [("nodes", "", ["get", "list"]), ("pods", "", ["get", "list"])]
    group = api.read("/apis/metrics.k8s.io")
    assert group["preferredVersion"] == {"groupVersion": "metrics.k8s.io/v1beta1", "version": "v1beta1"}


def test_top_shows_pods(shop):
    head, lines = rows(shop.ok("top", "pods"))
    assert head == ["NAME", "CPU(cores)", "MEMORY(bytes)"]
    assert [line[0] for line in lines] == ["busy", "calm", "large", "pair", "parent"]
    assert all(
        re.fullmatch(r"[0-9]+m", cpu) and re.fullmatch(r"[0-9]+Mi", memory) for _, cpu, memory in lines
    )


def test_top_shows_one_pod_or_those_with_labels(shop):
    assert [line[0] for line in rows(shop.ok("top", "pod", "calm"))[1]] == ["calm"]
    assert [line[0] for line in rows(shop.ok("top", "pods", "-l", "app=till"))[1]] == ["busy", "parent"]


def test_top_shows_containers(shop):
    head, lines = rows(shop.ok("top", "pod", "pair", "--containers"))
    assert head == ["POD", "NAME", "CPU(cores)", "MEMORY(bytes)"]
    assert sorted(line[:2] for line in lines) == [["pair", "back"], ["pair", "front"]]


def test_top_sorts(shop):
    by_memory = [line[0] for line in rows(shop.ok("top", "pods", "--sort-by=memory"))[1]]
    assert by_memory[0] == "large"
    by_cpu = [line[0] for line in rows(shop.ok("top", "pods", "--sort-by=cpu"))[1]]
    assert set(by_cpu[:2]) == {"busy", "parent"}


def test_top_shows_all_namespaces(shop):
    head, lines = rows(shop.ok("top", "pods", "-A"))
    assert head == ["NAMESPACE", "NAME", "CPU(cores)", "MEMORY(bytes)"]
    assert [shop.namespace, "calm"] in [line[:2] for line in lines]


def test_top_shows_nodes_and_their_share(shop):
    head, lines = rows(shop.ok("top", "nodes"))
    assert head == ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"]
    assert {line[0] for line in lines} == {node["metadata"]["name"] for node in shop.all("nodes")}
    assert all(re.fullmatch(r"[0-9]+%", line[2]) and re.fullmatch(r"[0-9]+%", line[4]) for line in lines)


def test_top_says_what_it_cannot_show(shop):
    assert shop("top", "pod", "ghost").err == 'Error from server (NotFound): pods "ghost" not found\n'
    assert shop("top", "node", "ghost").err == 'Error from server (NotFound): node "ghost" not found\n'
    assert "No resources found" in shop("top", "pods", "-l", "app=nobody").text


def test_who_serves_metrics_is_an_object(shop):
    head, lines = rows(shop.ok("get", "apiservice", "v1.apps", "v1beta1.metrics.k8s.io"))
    assert head == ["NAME", "SERVICE", "AVAILABLE", "AGE"]
    assert [line[:3] for line in lines] == [
        ["v1.apps", "Local", "True"],
        ["v1beta1.metrics.k8s.io", "kube-system/metrics-server", "True"],
    ]
    shop.ok("wait", "--for=condition=Available", "apiservice/v1beta1.metrics.k8s.io", "--timeout=20s")


def test_what_the_api_server_serves_itself_says_so(api):
    found = api.read("/apis/apiregistration.k8s.io/v1/apiservices/v1.apps")
    assert found["metadata"]["labels"] == {"kube-aggregator.kubernetes.io/automanaged": "onstart"}
    assert found["spec"] == {
        "group": "apps", "version": "v1", "groupPriorityMinimum": 17800, "versionPriority": 15,
    }  # fmt: skip
    [available] = found["status"]["conditions"]
    message = "Local APIServices are always available"
    assert (available["status"], available["reason"], available["message"]) == ("True", "Local", message)


def test_kubectl_explains_what_is_measured(shop):
    said = shop("explain", "podmetrics.containers.usage")
    assert said.code == 0, said.text
    assert "The memory usage is the memory working set." in said.out
