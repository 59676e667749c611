"""Kinds in several versions, and kinds of the whole cluster."""

from __future__ import annotations

import pytest

from .conftest import eventually
from .custom import DEFINITIONS, Custom, definition, new_group, remove, served, version
from .raw import APPLY, MERGE

TEXT = {"type": "string"}
OLD = {
    "type": "object",
    "properties": {
        "spec": {"type": "object", "properties": {"colour": TEXT, "size": {"type": "string", "default": "S"}}}
    },
}
NEW = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {"colour": TEXT, "litres": {"type": "integer", "default": 2}},
        }
    },
}
COMMON = {
    "type": "object",
    "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
}


def versions():
    return [
        version("v1alpha1", COMMON, storage=False, served=False),
        version("v1beta1", COMMON, storage=False, deprecated=True),
        version("v1", COMMON),
        version("v2beta1", COMMON, storage=False),
    ]


@pytest.fixture(scope="module")
def kind(server):
    with served(server, definition("", *versions())) as custom:
        yield custom


def test_the_versions_are_in_order(kettles):
    group = kettles.api.read(f"/apis/{kettles.group}")
    assert [each["version"] for each in group["versions"]] == ["v1", "v2beta1", "v1beta1"]
    assert group["preferredVersion"]["version"] == "v1"


def test_an_object_is_the_same_in_each_version(kettles):
    made = kettles.made({"colour": "red"})
    found = kettles.api.read(kettles.path("kitchen", "v2beta1"))
    assert found["apiVersion"] == f"{kettles.group}/v2beta1"
    assert {**found, "apiVersion": made["apiVersion"]} == made
    assert (
        kettles.api.read(kettles.path("", "v2beta1"))["items"][0]["apiVersion"] == f"{kettles.group}/v2beta1"
    )


def test_a_version_that_is_not_served_is_not_found(kettles):
    answer = kettles.api("GET", kettles.path("", "v1alpha1"))
    assert (answer.code, answer.body) == (404, b"404 page not found\n")


def test_a_deprecated_version_is_warned_of(kettles):
    answer = kettles.api("GET", kettles.path("", "v1beta1"))
    words = f"{kettles.group}/v1beta1 Kettle is deprecated; use {kettles.group}/v1 Kettle"
    assert answer.warnings == [f'299 - "{words}"']


def test_who_writes_in_another_version_owns_it_there(kettles):
    kettles.made({"colour": "red"}, fieldManager="ann")
    path = kettles.path("kitchen", "v2beta1")
    made = kettles.api.patched(path, {"spec": {"litres": 3}}, MERGE, fieldManager="bob")
    assert made["apiVersion"] == f"{kettles.group}/v2beta1"
    owners = {
        each["manager"]: each["apiVersion"].partition("/")[2] for each in made["metadata"]["managedFields"]
    }
    assert owners == {"ann": "v1", "bob": "v2beta1"}


def test_an_apply_can_change_its_version(kettles):
    for number, name in enumerate(("v1", "v2beta1")):
        body = kettles.body(spec={"litres": number}, version=name)
        answer = kettles.api(
            "PATCH", kettles.path("kitchen", name), body, content_type=APPLY, fieldManager="ann"
        )
        assert answer.code in {200, 201}
    [entry] = answer.object["metadata"]["managedFields"]
    assert entry["apiVersion"] == f"{kettles.group}/v2beta1"


def test_a_watch_is_in_the_version_that_was_asked_for(kettles):
    with kettles.api.watching(kettles.path("", "v2beta1"), resourceVersion="0") as events:
        kettles.made({"colour": "red"})
        assert next(events)["object"]["apiVersion"] == f"{kettles.group}/v2beta1"


def test_an_update_without_a_change_in_another_version_is_none(kettles):
    made = kettles.made({"colour": "red"})
    path = kettles.path("kitchen", "v2beta1")
    answer = kettles.api("PUT", path, {**made, "apiVersion": f"{kettles.group}/v2beta1"})
    assert answer.object["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_stored_versions_are_remembered(api):
    with served(api, definition("", version("v1", COMMON), version("v2", COMMON, storage=False))) as custom:
        path = f"{DEFINITIONS}/{custom.name}"
        both = [version("v1", COMMON, storage=False), version("v2", COMMON)]
        assert custom.changed({"spec": {"versions": both}})["status"]["storedVersions"] == ["v1", "v2"]
        answer = api("PATCH", path, {"spec": {"versions": both[1:]}}, content_type=MERGE)
        assert answer.code == 422
        [cause] = answer.object["details"]["causes"]
        assert cause["field"] == "status.storedVersions[0]"
        assert cause["message"].startswith(
            'Invalid value: "v1": missing from spec.versions; v1 was previously'
        )
        api.patched(f"{path}/status", {"status": {"storedVersions": ["v2"]}})
        api.patched(path, {"spec": {"versions": both[1:]}})
        eventually(lambda: api("GET", custom.path()).code == 404)


def test_each_version_has_its_own_schema(api):
    body = definition("", version("v1", OLD), version("v2", NEW, storage=False))
    with served(api, body) as custom:
        made = custom.made({"colour": "red", "litres": 5})
        assert made["spec"] == {"colour": "red", "size": "S"}
        refused = api("POST", custom.path("", "v2"), custom.body("two", {"litres": "5"}, "v2"))
        assert "spec.litres in body must be of type integer" in refused.message
        other = api.made(custom.path("", "v2"), custom.body("two", {"colour": "blue"}, "v2"))
        assert other["spec"] == {"colour": "blue"}  # v1, in which it is stored, knows no litres
        assert api.read(custom.path("two"))["spec"] == {"colour": "blue", "size": "S"}


def test_a_default_that_comes_later_shows_in_what_is_stored(api):
    before = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"colour": TEXT, "size": TEXT}}},
    }
    with served(api, definition("", version(schema=before))) as custom:
        assert custom.made({"colour": "red"})["spec"] == {"colour": "red"}
        custom.changed({"spec": {"versions": [version(schema=OLD)]}})
        eventually(lambda: api.read(custom.path("kitchen"))["spec"] == {"colour": "red", "size": "S"})
        assert api.read(custom.path())["items"][0]["spec"] == {"colour": "red", "size": "S"}


def test_a_kind_of_the_whole_cluster(api):
    with served(api, definition(scope="Cluster")) as custom:
        body = custom.body()
        made = api.made(custom.path(), body)
        assert "namespace" not in made["metadata"]
        answer = api("GET", f"/apis/{custom.group}/v1/namespaces/{api.namespace}/kettles")
        assert (answer.code, answer.body) == (404, b"404 page not found\n")
        assert api("GET", custom.path(), fieldSelector="metadata.namespace=x").code == 400
        assert api("DELETE", custom.path("kitchen")).code == 200


def test_a_definition_names_its_kinds_in_any_case(api):
    group = new_group()
    body = definition(group, plural="teapots", singular="pot", kind="TeaPot", listKind="TeaPots")
    try:
        with served(api, body) as custom:
            assert isinstance(custom, Custom)
            custom.made()
            found = api.read(custom.path())
            assert found["kind"] == "TeaPots"
            [resource] = api.read(f"/apis/{group}/v1")["resources"]
            assert (resource["singularName"], resource["kind"]) == ("pot", "TeaPot")
    finally:
        remove(api, body)
