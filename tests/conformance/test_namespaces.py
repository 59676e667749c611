"""A namespace: what is in it from the start, and how it ends."""

import pytest

from .conftest import eventually, new_namespace
from .manifests import config_map, deployment
from .workloads import apply, condition_of, create, patch, rolled_out

pytestmark = pytest.mark.kubectl


@pytest.fixture
def doomed(cluster):
    """A kubectl in a namespace that the test deletes."""
    with new_namespace(cluster) as tool:
        yield tool


def is_gone(kubectl):
    return kubectl.lacks("namespace", kubectl.namespace)


def read(kubectl):
    return kubectl.read("namespace", kubectl.namespace)


def test_a_new_namespace_is_active_and_labelled_with_its_name(kubectl):
    namespace = read(kubectl)
    assert namespace["status"] == {"phase": "Active"}
    assert namespace["metadata"]["labels"] == {"kubernetes.io/metadata.name": kubectl.namespace}
    assert namespace["spec"] == {"finalizers": ["kubernetes"]}


def test_a_new_namespace_gets_a_service_account(kubectl):
    eventually(lambda: kubectl.read("serviceaccount", "default"))


def test_a_new_namespace_gets_the_certificate_of_the_cluster(kubectl):
    found = eventually(lambda: kubectl.read("configmap", "kube-root-ca.crt"))
    assert found["data"]["ca.crt"].startswith("-----BEGIN CERTIFICATE-----")


def test_the_service_account_comes_back_when_it_is_deleted(kubectl):
    eventually(lambda: kubectl.read("serviceaccount", "default"))
    first = kubectl.read("serviceaccount", "default")["metadata"]["uid"]
    kubectl.ok("delete", "serviceaccount", "default")
    eventually(lambda: kubectl.read("serviceaccount", "default")["metadata"]["uid"] != first)


def test_everything_in_a_namespace_goes_with_it(doomed):
    apply(doomed, config_map("settings"), deployment(1))
    rolled_out(doomed)
    doomed.ok("delete", "namespace", doomed.namespace, "--wait=false")
    eventually(lambda: is_gone(doomed))
    assert "No resources found" in doomed("get", "deployments,replicasets,pods,configmaps").err


def test_a_namespace_waits_for_the_finalizers_in_it_and_says_for_which(doomed):
    apply(doomed, config_map("held", finalizers=["example.com/hold"]))
    doomed.ok("delete", "namespace", doomed.namespace, "--wait=false")
    assert read(doomed)["status"]["phase"] == "Terminating"
    held_by = (
        "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
    )
    why = ("True", "SomeFinalizersRemain", held_by)
    eventually(lambda: condition_of(read(doomed), "NamespaceFinalizersRemaining") == why)
    assert condition_of(read(doomed), "NamespaceContentRemaining") == (
        "True",
        "SomeResourcesRemain",
        "Some resources are remaining: configmaps. has 1 resource instances",
    )
    patch(doomed, "configmap/held", {"metadata": {"finalizers": None}})
    eventually(lambda: is_gone(doomed))


def test_nothing_can_be_made_in_a_namespace_that_is_terminating(doomed):
    apply(doomed, config_map("held", finalizers=["example.com/hold"]))
    doomed.ok("delete", "namespace", doomed.namespace, "--wait=false")
    answer = create(doomed, config_map("late"))
    assert answer.err == (
        f'Error from server (Forbidden): error when creating "STDIN": configmaps "late" is forbidden: '
        f"unable to create new content in namespace {doomed.namespace} because it is being terminated\n"
    )
    patch(doomed, "configmap/held", {"metadata": {"finalizers": None}})


def test_nothing_can_be_made_in_a_namespace_that_is_not_there(kubectl):
    answer = kubectl("create", "configmap", "settings", "-n", "no-such-namespace")
    assert answer.err == ('error: failed to create configmap: namespaces "no-such-namespace" not found\n')


def test_the_default_namespace_cannot_be_deleted(kubectl):
    answer = kubectl("delete", "namespace", "default", "--dry-run=server")
    assert answer.code == 1
    assert 'namespaces "default" is forbidden: this namespace may not be deleted' in answer.err
