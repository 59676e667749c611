"""Garbage: what goes with its owner, what stays, and in which order."""

import pytest

from kubetutor.embedded.controllers.deployment import DeploymentController
from kubetutor.embedded.controllers.garbage_collector import GarbageCollector
from kubetutor.embedded.controllers.replicaset import ReplicaSetController
from tests.embedded import manifests
from tests.embedded.loops import Cluster


@pytest.fixture
def cluster():
    cluster = Cluster(namespaces=("default", "elsewhere"))
    return cluster.run(GarbageCollector(cluster.context))


def add(cluster, name, *owners, namespace="default", block=True, **metadata):
    references = [
        {
            "apiVersion": "v1",
            "kind": each["kind"],
            "name": each["metadata"]["name"],
            "uid": each["metadata"]["uid"],
            "blockOwnerDeletion": block,
        }
        for each in owners
    ]
    body = {"metadata": {"name": name, "ownerReferences": references, **metadata}}
    if not references:
        del body["metadata"]["ownerReferences"]
    made = cluster.client.create("configmaps", body, namespace=namespace)
    cluster.settle()
    return made


def delete(cluster, name, policy="Background"):
    options = {"propagationPolicy": policy}
    cluster.client.delete("configmaps", name, namespace="default", options=options)
    cluster.settle()


def names(cluster):
    return {each["metadata"]["name"] for each in cluster.client.list("configmaps")}


def test_dependents_go_with_their_last_owner(cluster):
    order = add(cluster, "order")
    invoice = add(cluster, "invoice", order)
    add(cluster, "copy", invoice)
    add(cluster, "other")
    delete(cluster, "order")
    assert names(cluster) == {"other"}


def test_a_dependent_with_another_owner_stays_and_forgets_the_first(cluster):
    first, second = add(cluster, "first"), add(cluster, "second")
    add(cluster, "shared", first, second)
    delete(cluster, "first")
    assert names(cluster) == {"second", "shared"}
    shared = cluster.client.get("configmaps", "shared", namespace="default")
    assert [each["name"] for each in shared["metadata"]["ownerReferences"]] == ["second"]


def test_an_owner_of_the_same_name_is_a_stranger(cluster):
    order = add(cluster, "order")
    cluster.client.delete("configmaps", "order", namespace="default")
    add(cluster, "order")
    add(cluster, "invoice", order)
    assert names(cluster) == {"order"}


def test_an_owner_in_another_namespace_does_not_count(cluster):
    order = add(cluster, "order", namespace="elsewhere")
    add(cluster, "invoice", order)
    assert names(cluster) == {"order"}


def test_an_orphaned_dependent_stays(cluster):
    order = add(cluster, "order")
    add(cluster, "invoice", order)
    delete(cluster, "order", "Orphan")
    assert names(cluster) == {"invoice"}
    assert (
        "ownerReferences" not in cluster.client.get("configmaps", "invoice", namespace="default")["metadata"]
    )


def test_a_foreground_deletion_waits_for_dependents_that_block(cluster):
    order = add(cluster, "order")
    add(cluster, "invoice", order, finalizers=["shop.example/archive"])
    delete(cluster, "order", "Foreground")
    assert names(cluster) == {"order", "invoice"}
    body = {"metadata": {"finalizers": None}}
    cluster.client.patch("configmaps", "invoice", body, namespace="default")
    cluster.settle()
    assert names(cluster) == set()


def test_a_foreground_deletion_does_not_wait_for_others(cluster):
    order = add(cluster, "order")
    add(cluster, "invoice", order, block=False, finalizers=["shop.example/archive"])
    delete(cluster, "order", "Foreground")
    assert names(cluster) == {"invoice"}


def test_a_foreground_deletion_goes_down_the_tree(cluster):
    order = add(cluster, "order")
    invoice = add(cluster, "invoice", order)
    add(cluster, "copy", invoice, finalizers=["shop.example/archive"])
    delete(cluster, "order", "Foreground")
    assert names(cluster) == {"order", "invoice", "copy"}
    cluster.client.patch("configmaps", "copy", {"metadata": {"finalizers": None}}, namespace="default")
    cluster.settle()
    assert names(cluster) == set()


def test_an_owner_of_a_kind_that_nobody_knows_is_left_alone(cluster):
    reference = {"apiVersion": "shop.example/v1", "kind": "Order", "name": "one", "uid": "unknown"}
    body = {"metadata": {"name": "invoice", "ownerReferences": [reference]}}
    cluster.client.create("configmaps", body, namespace="default")
    cluster.settle()
    assert names(cluster) == {"invoice"}


@pytest.mark.parametrize("policy", ["Background", "Foreground"])
def test_a_deleted_deployment_takes_its_sets_and_pods_along(cluster, policy):
    cluster.run(DeploymentController(cluster.context), ReplicaSetController(cluster.context))
    cluster.client.create("deployments.apps", manifests.deployment())
    cluster.settle()
    options = {"propagationPolicy": policy}
    cluster.client.delete("deployments.apps", "web-app", namespace="default", options=options)
    cluster.settle()
    assert cluster.client.list("deployments.apps") == []
    assert cluster.client.list("replicasets.apps") == []
    assert cluster.pods() == []


def test_an_orphaned_set_keeps_its_pods(cluster):
    cluster.run(DeploymentController(cluster.context), ReplicaSetController(cluster.context))
    cluster.client.create("deployments.apps", manifests.deployment())
    cluster.settle()
    options = {"propagationPolicy": "Orphan"}
    cluster.client.delete("deployments.apps", "web-app", namespace="default", options=options)
    cluster.settle()
    assert len(cluster.client.list("replicasets.apps")) == 1
    assert len(cluster.pods()) == 3
