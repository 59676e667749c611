"""Controllers that look after every kind learn of custom ones."""

import pytest

from kubetutor.embedded.apiserver.local_client import LocalClient
from kubetutor.embedded.apiserver.served_kinds import DEFINITIONS
from kubetutor.embedded.controllers import base
from kubetutor.embedded.controllers.custom_resources import CustomResource, CustomResources
from kubetutor.embedded.controllers.definitions import CLEANUP, DefinitionController
from kubetutor.embedded.controllers.resourcequota import ResourceQuotaController
from kubetutor.embedded.informer import Informers
from tests.embedded.api_server import RecordingClient, make_registry
from tests.embedded.hand_moved_clock import HandMovedClock

KETTLES = "kettles.shop.example"


@pytest.fixture
def context():
    clock = HandMovedClock()
    client = RecordingClient(make_registry(clock))
    return base.Context(client, Informers(client), clock, None, None)


def define(context):
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "kettles", "kind": "Kettle"}
    spec = {"group": "shop.example", "scope": "Namespaced", "names": names, "versions": [version]}
    LocalClient.create(context.client, DEFINITIONS, {"metadata": {"name": KETTLES}, "spec": spec})


def make(context, name="kitchen", **metadata):
    body = {"apiVersion": "shop.example/v1", "kind": "Kettle", "metadata": {"name": name, **metadata}}
    LocalClient.create(context.client, KETTLES, body, namespace="default")


def settle(controller):
    for _ in range(3):  # names, established, nothing more
        controller.reconcile(KETTLES)


def test_a_kind_is_told_of_once_and_remembered(context):
    told = []
    resources = CustomResources(context.informers)
    resources.on_kind(told.append)
    controller = DefinitionController(context)
    define(context)
    assert told == resources.served() == []
    settle(controller)
    assert told == resources.served() == [CustomResource(KETTLES, namespaced=True)]
    context.client.delete(DEFINITIONS, KETTLES)
    settle(controller)
    assert resources.served() == []
    assert resources.of_kind("shop.example/v1", "Kettle") == told[0]


def test_a_definition_goes_after_its_objects(context):
    controller = DefinitionController(context)
    define(context)
    settle(controller)
    make(context, finalizers=["shop.example/held"])
    context.client.delete(DEFINITIONS, KETTLES)
    settle(controller)
    definition = context.client.get(DEFINITIONS, KETTLES)
    assert definition["metadata"]["finalizers"] == [CLEANUP]
    assert definition["status"]["conditions"][-1]["reason"] == "InstanceDeletionInProgress"
    context.client.patch(KETTLES, "kitchen", {"metadata": {"finalizers": None}}, namespace="default")
    settle(controller)
    assert context.client.list(DEFINITIONS) == []


def test_a_quota_counts_custom_objects(context):
    define(context)
    settle(DefinitionController(context))
    make(context)
    hard = {f"count/{KETTLES}": "2"}
    context.client.create(
        "resourcequotas", {"metadata": {"name": "few"}, "spec": {"hard": hard}}, namespace="default"
    )
    ResourceQuotaController(context).reconcile("default/few")
    status = context.client.get("resourcequotas", "few", namespace="default")["status"]
    assert status == {"hard": hard, "used": {f"count/{KETTLES}": "1"}}
