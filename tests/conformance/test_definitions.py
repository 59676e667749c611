"""CustomResourceDefinitions: how they become kinds, and how they go."""

from __future__ import annotations

import pytest

from .conftest import eventually
from .custom import (
    DEFINITIONS,
    SCHEMA,
    Custom,
    conditions,
    definition,
    establish,
    is_served,
    new_group,
    remove,
    served,
    version,
)
from .raw import JSON

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@pytest.fixture
def kettles(api):
    with served(api, definition(shortNames=["ket"], categories=["kitchen"])) as custom:
        yield custom


def stored(custom):
    return custom.api.read(f"{DEFINITIONS}/{custom.name}")


def test_a_definition_gets_its_defaults(api):
    body = definition()
    made = establish(api, body)
    try:
        assert made["spec"]["names"] == {
            "plural": "kettles", "singular": "kettle", "kind": "Kettle", "listKind": "KettleList",
        }  # fmt: skip
        assert made["spec"]["conversion"] == {"strategy": "None"}
        assert made["metadata"]["generation"] == 1
    finally:
        remove(api, body)


def test_a_definition_is_accepted_and_established(kettles):
    found = stored(kettles)
    assert conditions(found) == {
        "NamesAccepted": ("True", "NoConflicts", "no conflicts found"),
        "Established": ("True", "InitialNamesAccepted", "the initial names have been accepted"),
    }
    assert found["status"]["acceptedNames"] == found["spec"]["names"]
    assert found["status"]["storedVersions"] == ["v1"]
    assert {entry["manager"] for entry in found["metadata"]["managedFields"]} >= {"kube-apiserver"}


def test_kubectl_waits_until_a_definition_is_established(kettles, kubectl):
    text = kubectl.ok("wait", "--for", "condition=established", f"crd/{kettles.name}", "--timeout=20s")
    assert text == f"customresourcedefinition.apiextensions.k8s.io/{kettles.name} condition met\n"


def test_discovery_names_the_kind_at_once(kettles):
    api, group = kettles.api, kettles.group
    assert api.read(f"/apis/{group}") == {
        "kind": "APIGroup",
        "apiVersion": "v1",
        "name": group,
        "versions": [{"groupVersion": f"{group}/v1", "version": "v1"}],
        "preferredVersion": {"groupVersion": f"{group}/v1", "version": "v1"},
    }
    [resource] = api.read(f"/apis/{group}/v1")["resources"]
    assert resource.pop("storageVersionHash")
    assert resource == {
        "name": "kettles",
        "singularName": "kettle",
        "namespaced": True,
        "kind": "Kettle",
        "verbs": ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
        "shortNames": ["ket"],
        "categories": ["kitchen"],
    }
    assert group in [each["name"] for each in api.read("/apis")["groups"]]


def test_the_aggregated_document_has_the_kind(kettles):
    def found():
        answer = kettles.api("GET", "/apis", headers={"Accept": f"{AGGREGATED},{JSON}"})
        return [each for each in answer.object["items"] if each["metadata"]["name"] == kettles.group]

    [item] = eventually(found)
    [one] = item["versions"]
    assert one["version"] == "v1"
    assert one["resources"] == [
        {
            "resource": "kettles",
            "responseKind": {"group": kettles.group, "version": "v1", "kind": "Kettle"},
            "scope": "Namespaced",
            "singularResource": "kettle",
            "verbs": ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
            "shortNames": ["ket"],
            "categories": ["kitchen"],
        }
    ]


def test_the_mark_of_discovery_changes_with_the_kinds(api):
    def mark():
        return api("GET", "/apis", headers={"Accept": AGGREGATED}).headers["ETag"]

    before, body = mark(), definition()
    establish(api, body)
    try:
        eventually(lambda: mark() != before)
    finally:
        remove(api, body)


def test_a_name_that_is_taken_is_not_accepted(kettles):
    api = kettles.api
    body = definition(kettles.group, plural="pots", singular="pot", kind="Kettle")
    api.made(DEFINITIONS, body)
    try:
        found = eventually(lambda: conditions(api.read(f"{DEFINITIONS}/{body['metadata']['name']}")))
        assert found == {
            "NamesAccepted": ("False", "ListKindConflict", '"KettleList" is already in use'),
            "Established": ("False", "NotAccepted", "not all names are accepted"),
        }
        assert api("GET", f"/apis/{kettles.group}/v1/pots").code == 404
    finally:
        remove(api, body)


def test_a_name_that_becomes_free_is_accepted(api):
    group = new_group()
    first = definition(group, shortNames=["k"])
    second = definition(group, plural="pots", singular="pot", kind="Pot", shortNames=["k"])
    establish(api, first)
    api.made(DEFINITIONS, second)
    path = f"{DEFINITIONS}/{second['metadata']['name']}"
    try:
        found = eventually(lambda: conditions(api.read(path)))
        assert found["NamesAccepted"] == ("False", "ShortNamesConflict", '"k" is already in use')
        remove(api, first)
        eventually(lambda: conditions(api.read(path))["NamesAccepted"][0] == "True")
        eventually(lambda: is_served(api, second))
    finally:
        remove(api, first)
        remove(api, second)


def test_deleting_a_definition_deletes_its_objects(kettles):
    kettles.made()
    answer = kettles.api("DELETE", f"{DEFINITIONS}/{kettles.name}")
    assert (answer.code, answer.object["kind"]) == (200, "CustomResourceDefinition")
    assert answer.object["metadata"]["finalizers"] == [CLEANUP]
    eventually(lambda: kettles.api("GET", f"{DEFINITIONS}/{kettles.name}").code == 404)
    eventually(lambda: kettles.api("GET", kettles.path()).code == 404)
    establish(kettles.api, kettles.definition)
    assert kettles.api.read(kettles.path())["items"] == []


def test_a_definition_waits_for_objects_that_are_held(kettles):
    api, path = kettles.api, f"{DEFINITIONS}/{kettles.name}"
    api.made(kettles.path(), kettles.body(finalizers=["shop.example/held"]))
    assert api("DELETE", path).code == 200
    found = eventually(lambda: conditions(api.read(path)).get("Terminating"))
    assert found[0] == "True"
    eventually(lambda: "deletionTimestamp" in api.read(kettles.path("kitchen"))["metadata"])
    refused = kettles.post(name="garden")
    assert refused.refusal == (
        403,
        "Forbidden",
        f'{kettles.name} "garden" is forbidden: create not allowed while custom resource definition is terminating',
    )
    [resource] = api.read(f"/apis/{kettles.group}/v1")["resources"]
    assert resource["verbs"] == ["delete", "deletecollection", "get", "list", "watch"]
    api.patched(kettles.path("kitchen"), {"metadata": {"finalizers": None}})
    eventually(lambda: api("GET", path).code == 404)


def test_a_watch_sees_a_definition_come_and_go(api):
    body = definition()
    name = body["metadata"]["name"]
    with api.watching(DEFINITIONS, fieldSelector=f"metadata.name={name}", resourceVersion="0") as events:
        establish(api, body)
        remove(api, body)
        seen = []
        for event in events:
            seen.append(event["type"])
            if event["type"] == "DELETED":
                break
    assert seen[0] == "ADDED"
    assert set(seen[1:-1]) == {"MODIFIED"}


def test_a_path_that_no_definition_knows_is_plain_text(kettles):
    for path in ("v9/kettles", "v1/pots", "v9"):
        answer = kettles.api("GET", f"/apis/{kettles.group}/{path}")
        assert (answer.code, answer.body) == (404, b"404 page not found\n")


def test_a_subresource_that_is_not_defined_is_a_status(kettles):
    kettles.made()
    answer = kettles.api("GET", kettles.path("kitchen/status"))
    assert answer.refusal == (404, "NotFound", f'{kettles.name} "kitchen" not found')


def test_an_update_of_a_definition_must_name_its_version(kettles):
    body = {**kettles.definition, "metadata": {"name": kettles.name}}
    answer = kettles.api("PUT", f"{DEFINITIONS}/{kettles.name}", body)
    assert answer.code == 422
    [cause] = answer.object["details"]["causes"]
    assert cause["message"] == "Invalid value: 0: must be specified for an update"


def test_a_change_of_the_schema_is_in_effect_for_the_next_object(kettles):
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"size": {"type": "string"}}}},
    }
    kettles.changed({"spec": {"versions": [version(schema=schema)]}})

    def size():
        return kettles.post({"size": "L", "colour": "red"}, dryRun="All").object.get("spec") == {"size": "L"}

    eventually(size)
    assert stored(kettles)["metadata"]["generation"] == 2


def test_some_of_a_definition_cannot_change(kettles):
    path = f"{DEFINITIONS}/{kettles.name}"
    change = {"spec": {"scope": "Cluster", "names": {"kind": "Pot"}}}
    answer = kettles.api("PATCH", path, change, content_type="application/merge-patch+json")
    assert answer.code == 422
    causes = {each["field"]: each["message"] for each in answer.object["details"]["causes"]}
    assert causes["spec.scope"] == 'Invalid value: "Cluster": field is immutable'
    assert causes["spec.names.kind"] == 'Invalid value: "Pot": field is immutable'


def test_who_is_not_there_cannot_be_established(api):
    body = definition()
    custom = Custom(api, body)
    assert api("GET", custom.path()).code == 404
    dry = api("POST", DEFINITIONS, body, dryRun="All")
    assert dry.code == 201
    assert dry.object["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == SCHEMA
    assert api("GET", f"{DEFINITIONS}/{custom.name}").code == 404
