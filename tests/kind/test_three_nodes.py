"""The image that was made here makes a cluster like any other: nodes, names, and traffic between pods."""

import json
import time

import pytest

pytestmark = pytest.mark.kind

SHOP = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "shop", "labels": {"app": "shop"}},
    "spec": {
        "containers": [
            {
                "name": "shop",
                "image": "my-app:1.0",
                "ports": [{"containerPort": 3000}],
                "readinessProbe": {"httpGet": {"path": "/healthz", "port": 3000}, "periodSeconds": 1},
            }
        ]
    },
}


@pytest.fixture
def shop(cluster, namespace):
    """A pod behind a service, and a way to run kubectl beside it."""

    def kubectl(*words):
        return cluster.kubectl("--namespace", namespace, *words)

    cluster.kubectl("--namespace", namespace, "apply", "--filename", "-", input=json.dumps(SHOP))
    kubectl("expose", "pod/shop", "--port", "80", "--target-port", "3000")
    kubectl("wait", "--for=condition=Ready", "pod/shop", "--timeout=60s")
    return kubectl


@pytest.fixture
def asker(shop):
    """A pod on another node than the shop."""
    node = shop("get", "pod", "shop", "--output", "jsonpath={.spec.nodeName}")
    other = {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {
                    "matchFields": [
                        {"key": "metadata.name", "operator": "NotIn", "values": [node]},
                    ]
                }
            ]
        }
    }
    overrides = {"spec": {"affinity": {"nodeAffinity": other}, "terminationGracePeriodSeconds": 0}}
    shop(
        "run", "asker", "--image=busybox:1.36", f"--overrides={json.dumps(overrides)}", "--", "sleep", "600"
    )  # fmt: skip
    shop("wait", "--for=condition=Ready", "pod/asker", "--timeout=60s")
    return shop


def test_all_three_nodes_are_ready(cluster):
    nodes = json.loads(cluster.kubectl("get", "nodes", "--output", "json"))["items"]
    assert sorted(node["metadata"]["name"].removeprefix(cluster.name) for node in nodes) == [
        "-control-plane",
        "-worker",
        "-worker2",
    ]
    cluster.wait_until_ready()


def test_a_pod_asks_a_service_by_its_name_and_a_pod_of_another_node_answers(asker):
    deadline = time.monotonic() + 20  # for the service's rules to reach the asker's node
    while True:
        said = asker("exec", "asker", "--", "sh", "-c", "wget -q -O - 'http://shop/?json' 2>&1 || true")
        if said.startswith("{") or time.monotonic() > deadline:
            break
    assert json.loads(said)["pod"] == "shop"


def test_the_pod_network_runs_without_a_restart(cluster):
    pods = json.loads(
        cluster.kubectl("--namespace", "kube-system", "get", "pods", "-l", "app=pod-network", "-o", "json")
    )
    restarts = [pod["status"]["containerStatuses"][0]["restartCount"] for pod in pods["items"]]
    assert restarts == [0, 0, 0]


def test_a_claim_is_served_by_the_node_of_the_pod_that_wants_it(cluster, namespace):
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "ledger"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
    }
    volumes = [{"name": "ledger", "persistentVolumeClaim": {"claimName": "ledger"}}]
    container = {
        "name": "writer",
        "image": "busybox:1.36",
        "command": ["sh", "-c", "echo kept >/ledger/line && sleep 600"],
        "volumeMounts": [{"name": "ledger", "mountPath": "/ledger"}],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "writer"},
        "spec": {"terminationGracePeriodSeconds": 0, "containers": [container], "volumes": volumes},
    }

    def kubectl(*words, **options):
        return cluster.kubectl("--namespace", namespace, *words, **options)

    for thing in (claim, pod):
        kubectl("apply", "--filename", "-", input=json.dumps(thing))
    kubectl("wait", "--for=condition=Ready", "pod/writer", "--timeout=60s")
    node = kubectl("get", "pod", "writer", "--output", "jsonpath={.spec.nodeName}")
    name = kubectl("get", "pvc", "ledger", "--output", "jsonpath={.spec.volumeName}")
    volume = json.loads(cluster.kubectl("get", "pv", name, "--output", "json"))
    (term,) = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]
