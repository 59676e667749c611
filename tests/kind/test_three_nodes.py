"""The kind cluster of the lessons: its nodes get ready, and a sample image that was loaded into them runs and answers."""

import json

import pytest

pytestmark = pytest.mark.kind

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "shop", "labels": {"app": "shop"}},
    "spec": {
        "terminationGracePeriodSeconds": 1,
        "containers": [
            {
                "name": "shop",
                "image": "kubetutor/my-app:1.0",
                "imagePullPolicy": "Never",
                "ports": [{"containerPort": 3000}],
                "readinessProbe": {"httpGet": {"path": "/healthz", "port": 3000}, "periodSeconds": 1},
            }
        ],
    },
}


@pytest.fixture(scope="module")
def shop(kind_cluster, my_app_image, tmp_path_factory):
    """A pod of the sample image behind a service."""
    kind_cluster.load(my_app_image)
    manifest = tmp_path_factory.mktemp("manifests") / "shop.json"
    manifest.write_text(json.dumps(POD))
    kind_cluster("apply", "--filename", str(manifest))
    kind_cluster("expose", "pod/shop", "--port", "80", "--target-port", "3000")
    kind_cluster("wait", "--for=condition=Ready", "pod/shop", "--timeout=60s", seconds=70)
    yield kind_cluster
    kind_cluster("delete", "pod/shop", "service/shop")


def test_all_three_nodes_are_ready(kind_cluster):
    kind_cluster("wait", "--for=condition=Ready", "nodes", "--all", "--timeout=120s", seconds=130)
    nodes = json.loads(kind_cluster("get", "nodes", "--output", "json"))["items"]
    assert sorted(node["metadata"]["name"] for node in nodes) == [
        "kubetutor-test-kind-control-plane",
        "kubetutor-test-kind-worker",
        "kubetutor-test-kind-worker2",
    ]


def test_a_pod_of_the_sample_image_answers(shop):
    said = shop("get", "--raw", "/api/v1/namespaces/default/pods/shop:3000/proxy/?json")
    assert json.loads(said) == {"app": "my-app", "version": "1.0", "pod": "shop", "node": "unknown"}
