"""Namespaces: what they are given, and how they end."""

import pytest

from kubetutor.api.kinds import KINDS
from kubetutor.api.objects import condition
from kubetutor.embedded.controllers.namespace import NamespaceController
from kubetutor.embedded.controllers.serviceaccount import ServiceAccountController
from kubetutor.errors import ApiError
from tests.embedded import manifests
from tests.embedded.loops import Cluster


@pytest.fixture
def cluster():
    cluster = Cluster()
    cluster.run(ServiceAccountController(cluster.context, "-----CERTIFICATE-----"))
    cluster.run(NamespaceController(cluster.context))
    cluster.client.create("namespaces", {"metadata": {"name": "shop"}})
    return cluster.settle()


def delete(cluster):
    cluster.client.delete("namespaces", "shop")
    cluster.settle()


def is_gone(cluster):
    """Say whether the namespace is no more, and nothing that was in it."""
    lists = [cluster.client.list(kind.resource, namespace="shop") for kind in KINDS if kind.namespaced]
    names = [each["metadata"]["name"] for each in cluster.client.list("namespaces")]
    return names == ["default"] and not any(lists)


def get(cluster):
    return cluster.client.get("namespaces", "shop")


def test_a_namespace_gets_an_account_and_the_certificate(cluster):
    assert cluster.client.get("serviceaccounts", "default", namespace="shop")
    config_map = cluster.client.get("configmaps", "kube-root-ca.crt", namespace="shop")
    assert config_map["data"] == {"ca.crt": "-----CERTIFICATE-----"}
    assert "kubernetes.io/description" in config_map["metadata"]["annotations"]


def test_both_come_back_when_deleted_or_changed(cluster):
    cluster.client.delete("serviceaccounts", "default", namespace="shop")
    body = {"data": {"ca.crt": "forged"}}
    cluster.client.patch("configmaps", "kube-root-ca.crt", body, namespace="shop")
    cluster.settle()
    assert cluster.client.get("serviceaccounts", "default", namespace="shop")
    assert cluster.client.get("configmaps", "kube-root-ca.crt", namespace="shop")["data"] == {
        "ca.crt": "-----CERTIFICATE-----"
    }


def test_a_deleted_namespace_takes_everything_with_it(cluster):
    cluster.client.create("configmaps", {"metadata": {"name": "prices"}}, namespace="shop")
    told = {"metadata": {"name": "told"}, "involvedObject": {"namespace": "shop"}}
    cluster.client.create("events", told, namespace="shop")
    cluster.client.create("configmaps", {"metadata": {"name": "elsewhere"}}, namespace="default")
    delete(cluster)
    assert is_gone(cluster)
    assert {each["metadata"]["name"] for each in cluster.client.list("configmaps")} == {
        "elsewhere",
        "kube-root-ca.crt",
    }


def test_pods_end_before_the_rest_goes(cluster):
    cluster.client.create("pods", manifests.pod("web", node="lab-worker", namespace="shop"))
    cluster.client.create("configmaps", {"metadata": {"name": "prices"}}, namespace="shop")
    delete(cluster)
    assert "deletionTimestamp" in cluster.client.get("pods", "web", namespace="shop")["metadata"]
    assert cluster.client.get("configmaps", "prices", namespace="shop")
    remaining = condition(get(cluster), "NamespaceContentRemaining")
    assert (remaining["status"], remaining["reason"]) == ("True", "SomeResourcesRemain")
    assert remaining["message"] == (
        "Some resources are remaining: configmaps. has 2 resource instances, pods. has 1 resource instances, "
        "serviceaccounts. has 1 resource instances"
    )
    cluster.end_deleted_pods()
    assert is_gone(cluster)


def test_what_holds_a_namespace_is_named(cluster):
    body = {"metadata": {"name": "held", "finalizers": ["shop.example/paid"]}}
    cluster.client.create("configmaps", body, namespace="shop")
    delete(cluster)
    assert [each["type"] for each in get(cluster)["status"]["conditions"]] == [
        "NamespaceDeletionDiscoveryFailure",
        "NamespaceDeletionGroupVersionParsingFailure",
        "NamespaceDeletionContentFailure",
        "NamespaceContentRemaining",
        "NamespaceFinalizersRemaining",
    ]
    held = condition(get(cluster), "NamespaceFinalizersRemaining")
    assert held["message"] == (
        "Some content in the namespace has finalizers remaining: shop.example/paid in 1 resource instances"
    )
    cluster.client.patch("configmaps", "held", {"metadata": {"finalizers": None}}, namespace="shop")
    cluster.settle()
    assert is_gone(cluster)


def test_a_refused_deletion_is_told_and_tried_again(cluster):
    def refuse(verb, resource, _):
        if (verb, resource) == ("delete", "serviceaccounts"):
            raise ApiError(403, "Forbidden", "not today")

    cluster.client.refuse = refuse
    delete(cluster)
    failure = condition(get(cluster), "NamespaceDeletionContentFailure")
    assert failure["message"] == "Failed to delete all resource types, 1 remaining: not today"
    cluster.client.refuse = None
    cluster.settle()
    assert is_gone(cluster)
