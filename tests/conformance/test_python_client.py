"""The article's example through the official Python client."""

import contextlib

import kubernetes
import pytest
from kubernetes.stream import portforward, stream

from .conftest import EXAMPLE, eventually

pytestmark = pytest.mark.kubectl


@pytest.fixture
def client(cluster):
    configuration = kubernetes.client.Configuration()
    kubernetes.config.load_kube_config(str(cluster.kubeconfig), client_configuration=configuration)
    with kubernetes.client.ApiClient(configuration) as client:
        yield client


@pytest.fixture
def core(client):
    return kubernetes.client.CoreV1Api(client)


@pytest.fixture
def apps(client):
    return kubernetes.client.AppsV1Api(client)


@pytest.fixture
def example_pods(kubectl, client, core):
    """The example, created by the client from its file; answer its pods once they are Ready."""
    kubernetes.utils.create_from_yaml(client, str(EXAMPLE), namespace=kubectl.namespace)

    def ready():
        pods = core.list_namespaced_pod(kubectl.namespace, label_selector="app=web").items
        conditions = [c for pod in pods for c in pod.status.conditions or () if c.type == "Ready"]
        return pods if sum(c.status == "True" for c in conditions) == 3 else None

    return eventually(ready)


def test_create_from_yaml_brings_three_ready_pods(example_pods):
    assert {pod.status.phase for pod in example_pods} == {"Running"}


@pytest.mark.usefixtures("example_pods")
def test_watch_tells_of_pods_as_they_come(kubectl, apps, core):
    watch, seen = kubernetes.watch.Watch(), set()
    apps.patch_namespaced_deployment_scale("web-app", kubectl.namespace, {"spec": {"replicas": 4}})
    for event in watch.stream(core.list_namespaced_pod, kubectl.namespace, timeout_seconds=20):
        seen.add(event["object"].metadata.name)
        if len(seen) == 4:
            watch.stop()
    assert len(seen) == 4


def test_logs_exec_and_port_forward(kubectl, core, example_pods):
    name, namespace = example_pods[0].metadata.name, kubectl.namespace
    assert "3000" in core.read_namespaced_pod_log(name, namespace)
    said = stream(
        core.connect_get_namespaced_pod_exec,
        name,
        namespace,
        command=["sh", "-c", "echo from $HOSTNAME"],
        stdout=True,
        stderr=True,
        stdin=False,
        tty=False,
    )
    assert said == f"from {name}\n"
    forward = portforward(core.connect_get_namespaced_pod_portforward, name, namespace, ports="3000")
    with contextlib.closing(forward.socket(3000)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        answer = b""
        while not answer.endswith(
            b"\r\n\r\nok\n"
        ):  # all of it: the client's thread fails when its reader leaves early
            answer += connection.recv(4096)
        assert answer.startswith(b"HTTP/1.0 200 OK")


@pytest.mark.usefixtures("example_pods")
def test_rollout_and_roll_back(kubectl, apps):
    namespace = kubectl.namespace
    body = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "my-app:2.0"}]}}}}
    apps.patch_namespaced_deployment("web-app", namespace, body)

    def rolled_out(revision):
        def check():
            deployment = apps.read_namespaced_deployment("web-app", namespace)
            annotations, status = deployment.metadata.annotations, deployment.status
            return (
                annotations["deployment.kubernetes.io/revision"] == revision
                and status.observed_generation == deployment.metadata.generation
                and status.updated_replicas == status.ready_replicas == status.replicas == 3
            )

        return check

    eventually(rolled_out("2"))
    body["spec"]["template"]["spec"]["containers"][0]["image"] = "my-app:1.0"
    apps.patch_namespaced_deployment("web-app", namespace, body)
    eventually(rolled_out("3"))
    assert len(apps.list_namespaced_replica_set(namespace).items) == 2


def test_a_refusal_is_an_api_exception(kubectl, core):
    with pytest.raises(kubernetes.client.ApiException) as error:
        core.read_namespaced_pod("ghost", kubectl.namespace)
    assert (error.value.status, error.value.reason) == (404, "Not Found")


def test_the_dynamic_client_applies_and_deletes(kubectl, client):
    dynamic = kubernetes.dynamic.DynamicClient(client)
    config_maps = dynamic.resources.get(api_version="v1", kind="ConfigMap")
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings"},
        "data": {"color": "blue"},
    }
    made = config_maps.server_side_apply(body=body, namespace=kubectl.namespace, field_manager="shop")
    assert made.data.color == "blue"
    config_maps.delete(name="settings", namespace=kubectl.namespace)
    names = [item.metadata.name for item in config_maps.get(namespace=kubectl.namespace).items]
    assert "settings" not in names
