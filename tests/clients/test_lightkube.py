"""What users of lightkube do: its models and its client, unmodified, on several kinds."""

from __future__ import annotations

import pytest
from lightkube import ALL_NS, ApiError, AsyncClient, Client, KubeConfig
from lightkube.core.exceptions import ConditionError
from lightkube.generic_resource import create_namespaced_resource
from lightkube.models.apps_v1 import DeploymentSpec
from lightkube.models.autoscaling_v1 import ScaleSpec
from lightkube.models.batch_v1 import JobSpec
from lightkube.models.core_v1 import Container, PodSpec, PodTemplateSpec
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta
from lightkube.operators import in_, not_exists
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import ConfigMap, Namespace, Node, Pod, Secret
from lightkube.types import CascadeType, PatchType

from kubetutor.api.wait import until

pytestmark = pytest.mark.both

IMAGE = "busybox:1.36"
LABELS = {"app": "cart"}


@pytest.fixture
def client(cluster, namespace):
    config = KubeConfig.from_file(cluster.kubeconfig)
    with Client(config=config, namespace=namespace, field_manager="shopkeeper") as made:
        yield made


def config_map(name, data, **metadata):
    return ConfigMap(metadata=ObjectMeta(name=name, **metadata), data=data)


def template(script, **spec):
    container = Container(name="cart", image=IMAGE, command=["sh", "-c", script])
    return PodTemplateSpec(metadata=ObjectMeta(labels=LABELS), spec=PodSpec(containers=[container], **spec))


def pod(name, script):
    made = template(script, restartPolicy="Never", terminationGracePeriodSeconds=0)
    return Pod(metadata=ObjectMeta(name=name, labels=LABELS), spec=made.spec)


def test_the_life_of_a_config_map(client):
    made = client.create(config_map("prices", {"tea": "2"}))
    assert made.metadata.uid
    made.data["coffee"] = "3"
    assert client.replace(made).data == {"tea": "2", "coffee": "3"}
    client.delete(ConfigMap, "prices")
    with pytest.raises(ApiError) as refused:
        client.get(ConfigMap, "prices")
    assert (refused.value.status.code, refused.value.status.reason) == (404, "NotFound")


def test_replacing_an_old_version_is_a_conflict(client):
    old = client.create(config_map("prices", {"tea": "2"}))
    client.patch(ConfigMap, "prices", {"data": {"tea": "3"}})
    with pytest.raises(ApiError) as refused:
        client.replace(old)
    assert (refused.value.status.code, refused.value.status.reason) == (409, "Conflict")


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        (PatchType.MERGE, {"data": {"tea": "3", "milk": None}}),
        (PatchType.STRATEGIC, {"data": {"tea": "3", "milk": None}}),
        (PatchType.JSON, [
            {"op": "replace", "path": "/data/tea", "value": "3"}, {"op": "remove", "path": "/data/milk"},
        ]),
    ],
    ids=["merge", "strategic", "json"],
)  # fmt: skip
def test_patches(client, kind, patch):
    client.create(config_map("prices", {"tea": "2", "milk": "1"}))
    assert client.patch(ConfigMap, "prices", patch, patch_type=kind).data == {"tea": "3"}


def test_applying_makes_an_object_and_then_removes_what_is_no_longer_said(client):
    applied = {"apiVersion": "v1", "kind": "ConfigMap"}
    client.apply(ConfigMap(**applied, metadata=ObjectMeta(name="prices"), data={"tea": "2", "milk": "1"}))
    found = client.apply(ConfigMap(**applied, metadata=ObjectMeta(name="prices"), data={"tea": "3"}))
    assert found.data == {"tea": "3"}
    assert [entry.manager for entry in found.metadata.managedFields] == ["shopkeeper"]


def test_applying_what_somebody_else_applied_is_a_conflict_unless_forced(client):
    applied = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": ObjectMeta(name="prices")}
    client.apply(ConfigMap(**applied, data={"tea": "2"}))
    with pytest.raises(ApiError) as refused:
        client.apply(ConfigMap(**applied, data={"tea": "9"}), field_manager="rival")
    assert refused.value.status.code == 409
    assert client.apply(ConfigMap(**applied, data={"tea": "9"}), field_manager="rival", force=True).data == {
        "tea": "9"
    }


def test_lists_by_labels_and_fields_and_in_pages(client):
    for name, size in (("one", "small"), ("two", "large"), ("three", None)):
        client.create(config_map(name, {}, labels={"shop": "yes", **({"size": size} if size else {})}))

    def names(**chosen):
        return sorted(each.metadata.name for each in client.list(ConfigMap, **chosen))

    assert names(labels={"size": in_(["small", "medium"])}) == ["one"]
    assert names(labels={"shop": "yes", "size": not_exists()}) == ["three"]
    assert names(fields={"metadata.name": "two"}) == ["two"]
    assert names(labels={"shop": "yes"}, chunk_size=1) == ["one", "three", "two"]


def test_a_watch_tells_what_happens(client):
    found = client.list(ConfigMap)
    list(found)
    client.create(config_map("prices", {"tea": "2"}))
    client.patch(ConfigMap, "prices", {"data": {"tea": "3"}})
    client.delete(ConfigMap, "prices")
    seen = []
    for event, obj in client.watch(
        ConfigMap, fields={"metadata.name": "prices"}, resource_version=found.resourceVersion, server_timeout=30
    ):  # fmt: skip
        seen.append((event, obj.data["tea"]))
        if event == "DELETED":
            break
    assert seen == [("ADDED", "2"), ("MODIFIED", "3"), ("DELETED", "3")]


def test_labels_and_annotations_are_set(client):
    client.create(config_map("prices", {}, labels={"old": "yes"}))
    found = client.set(ConfigMap, "prices", labels={"old": None, "new": "yes"}, annotations={"seen": "today"})
    assert (found.metadata.labels, found.metadata.annotations) == ({"new": "yes"}, {"seen": "today"})


def test_a_dry_run_leaves_nothing(client):
    assert client.create(config_map("prices", {"tea": "2"}), dry_run=True).data == {"tea": "2"}
    assert list(client.list(ConfigMap, fields={"metadata.name": "prices"})) == []


def test_a_whole_collection_is_deleted(client):
    for name in ("one", "two"):
        client.create(Secret(metadata=ObjectMeta(name=name), stringData={"pin": "1234"}))
    assert client.get(Secret, "one").data == {"pin": "MTIzNA=="}
    client.deletecollection(Secret)
    assert list(client.list(Secret)) == []


def test_kinds_of_the_whole_cluster_and_all_namespaces(client, namespace):
    assert client.get(Namespace, namespace).status.phase == "Active"
    assert all(node.status.nodeInfo.kubeletVersion for node in client.list(Node))
    assert "kubernetes" in {
        each.metadata.name
        for each in client.list(
            create_namespaced_resource("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices"),
            namespace=ALL_NS,
        )
    }


def test_a_deployment_becomes_available_is_scaled_and_goes_with_its_pods(client):
    spec = DeploymentSpec(
        replicas=1,
        selector=LabelSelector(matchLabels=LABELS),
        template=template("sleep 1000", terminationGracePeriodSeconds=0),
    )
    client.create(Deployment(metadata=ObjectMeta(name="cart"), spec=spec))
    found = client.wait(Deployment, "cart", for_conditions=["Available"])
    assert found.status.readyReplicas == 1
    scale = client.get(Deployment.Scale, "cart")
    scale.spec = ScaleSpec(replicas=2)
    assert client.replace(scale, "cart").spec.replicas == 2
    until(lambda: client.get(Deployment, "cart").status.readyReplicas == 2, what="two pods")
    assert len(list(client.list(Pod, labels=LABELS))) == 2
    client.delete(Deployment, "cart", cascade=CascadeType.FOREGROUND)
    until(lambda: not list(client.list(Deployment)), what="the end of the deployment")
    assert list(client.list(Pod, labels=LABELS)) == []


def test_logs_at_the_end_and_as_they_come(client):
    client.create(pod("cart", "echo one; echo two; echo three"))
    until(lambda: client.get(Pod, "cart").status.phase != "Pending", what="the pod to run")
    assert list(client.log("cart", follow=True)) == ["one\n", "two\n", "three\n"]
    assert list(client.log("cart", tail_lines=1)) == ["three\n"]


async def test_a_command_in_a_pod(client, cluster, namespace):
    """The asynchronous client: the plain one reads on from a socket that it has closed, and may take another's bytes."""
    client.create(pod("cart", "sleep 1000"))
    client.wait(Pod, "cart", for_conditions=["Ready"])
    async with AsyncClient(config=KubeConfig.from_file(cluster.kubeconfig), namespace=namespace) as other:
        script = "echo fine; echo odd >&2; exit 3"
        answer = await other.exec("cart", command=["sh", "-c", script], stdout=True, stderr=True)
        assert (answer.stdout, answer.stderr, answer.exit_code) == ("fine\n", "odd\n", 3)
        assert (await other.exec("cart", command=["cat"], stdin="tea", stdout=True)).stdout == "tea"


@pytest.mark.parametrize(("script", "condition"), [("true", "Complete"), ("exit 1", "Failed")])
def test_a_job_is_waited_for(client, script, condition):
    spec = JobSpec(backoffLimit=0, template=template(script, restartPolicy="Never"))
    client.create(Job(metadata=ObjectMeta(name="count"), spec=spec))
    if condition == "Failed":
        with pytest.raises(ConditionError):
            client.wait(Job, "count", for_conditions=["Complete"], raise_for_conditions=["Failed"])
    else:
        assert client.wait(Job, "count", for_conditions=["Complete"]).status.succeeded == 1
