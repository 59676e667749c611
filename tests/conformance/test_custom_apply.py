"""Server-side apply to custom objects: their schema says which lists have keys and which maps are one value."""

from __future__ import annotations

import json

import pytest

from .custom import definition, served, version
from .raw import APPLY, MERGE

TEXT = {"type": "string"}
FIELDS = {
    "colour": TEXT,
    "size": {"type": "integer"},
    "lids": {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name", "kind"],
        "items": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": TEXT, "kind": {"type": "string", "default": "steel"}, "note": TEXT},
        },
    },
    "teas": {"type": "array", "x-kubernetes-list-type": "set", "items": TEXT},
    "steps": {"type": "array", "items": TEXT},
    "place": {
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "properties": {"room": TEXT, "shelf": TEXT},
    },
    "notes": {"type": "object", "additionalProperties": TEXT},
    "extra": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
}
SCHEMA = {"type": "object", "properties": {"spec": {"type": "object", "properties": FIELDS}}}


@pytest.fixture(scope="module")
def kind(server):
    with served(server, definition("", version(schema=SCHEMA))) as custom:
        yield custom


def attempt(kettles, spec, manager="ann", **options):
    path, body = kettles.path("kitchen"), kettles.body(spec=spec)
    return kettles.api("PATCH", path, body, content_type=APPLY, fieldManager=manager, **options)


def applied(kettles, spec, manager="ann", **options):
    answer = attempt(kettles, spec, manager, **options)
    assert answer.code in {200, 201}, answer.body
    return answer.object


def owners(obj):
    entries = obj["metadata"]["managedFields"]
    return {entry["manager"]: entry["fieldsV1"]["f:spec"] for entry in entries}


def test_an_apply_creates_and_a_second_one_changes_nothing(kettles):
    first = attempt(kettles, {"colour": "red"})
    assert first.code == 201
    again = attempt(kettles, {"colour": "red"})
    assert (again.code, again.object["metadata"]) == (200, first.object["metadata"])
    assert owners(first.object) == {"ann": {"f:colour": {}}}


def test_two_who_want_a_field_to_be_different_are_in_conflict(kettles):
    applied(kettles, {"colour": "red"})
    answer = attempt(kettles, {"colour": "blue"}, "bob")
    words = 'Apply failed with 1 conflict: conflict with "ann": .spec.colour'
    assert answer.refusal == (409, "Conflict", words)
    made = applied(kettles, {"colour": "blue"}, "bob", force="true")
    assert owners(made) == {"bob": {"f:colour": {}}}


def test_entries_of_a_keyed_list_have_their_own_owners(kettles):
    applied(kettles, {"lids": [{"name": "a", "note": "x"}]})
    made = applied(kettles, {"lids": [{"name": "b"}]}, "bob")
    assert [lid["name"] for lid in made["spec"]["lids"]] == ["a", "b"]
    key = 'k:{"kind":"steel","name":"%s"}'
    assert owners(made) == {
        "ann": {"f:lids": {key % "a": {".": {}, "f:name": {}, "f:note": {}}}},
        "bob": {"f:lids": {key % "b": {".": {}, "f:name": {}}}},
    }
    made = applied(kettles, {"lids": []})
    assert [lid["name"] for lid in made["spec"]["lids"]] == ["b"]


def test_members_of_a_set_have_their_own_owners(kettles):
    applied(kettles, {"teas": ["mint", "black"]})
    made = applied(kettles, {"teas": ["green"]}, "bob")
    assert sorted(made["spec"]["teas"]) == ["black", "green", "mint"]
    assert owners(made)["bob"] == {"f:teas": {'v:"green"': {}}}


def test_a_plain_list_is_one_value(kettles):
    applied(kettles, {"steps": ["fill", "boil"]})
    answer = attempt(kettles, {"steps": ["pour"]}, "bob")
    assert answer.message == 'Apply failed with 1 conflict: conflict with "ann": .spec.steps'


def test_an_atomic_map_is_one_value(kettles):
    made = applied(kettles, {"place": {"room": "kitchen"}})
    assert owners(made) == {"ann": {"f:place": {}}}
    answer = attempt(kettles, {"place": {"shelf": "top"}}, "bob")
    assert answer.message == 'Apply failed with 1 conflict: conflict with "ann": .spec.place'


def test_fields_of_any_name_have_their_own_owners(kettles):
    applied(kettles, {"notes": {"a": "1"}, "extra": {"x": {"y": [1, 2]}}})
    made = applied(kettles, {"notes": {"b": "2"}, "extra": {"z": 1}}, "bob")
    assert made["spec"] == {"notes": {"a": "1", "b": "2"}, "extra": {"x": {"y": [1, 2]}, "z": 1}}
    assert owners(made) == {
        "ann": {"f:extra": {"f:x": {".": {}, "f:y": {}}}, "f:notes": {"f:a": {}}},
        "bob": {"f:extra": {"f:z": {}}, "f:notes": {"f:b": {}}},
    }


def test_what_is_no_longer_applied_goes(kettles):
    applied(kettles, {"colour": "red", "size": 2})
    assert applied(kettles, {"colour": "red"})["spec"] == {"colour": "red"}


def test_who_updates_a_field_owns_it(kettles):
    applied(kettles, {"colour": "red", "size": 2})
    path = kettles.path("kitchen")
    made = kettles.api.patched(path, {"spec": {"colour": "blue"}}, MERGE, fieldManager="bob")
    assert owners(made) == {"ann": {"f:size": {}}, "bob": {"f:colour": {}}}
    answer = attempt(kettles, {"colour": "red"})
    assert answer.refusal[0] == 409
    assert f'conflict with "bob" using {kettles.group}/v1: .spec.colour' in answer.message


def test_a_field_that_the_schema_does_not_know_cannot_be_applied(kettles):
    answer = attempt(kettles, {"price": 9})
    where = f"(/kitchen; {kettles.group}/v1, Kind=Kettle)"
    assert (
        answer.message
        == f"failed to create typed patch object {where}: .spec.price: field not declared in schema"
    )


def test_kubectl_applies_on_the_server(kettles, kubectl):
    kubectl.namespace = kettles.api.namespace
    body = kettles.body()
    said = kubectl.ok(
        "apply", "--server-side", "-f", "-", stdin=json.dumps({**body, "spec": {"colour": "red"}})
    )
    assert said == f"kettle.{kettles.group}/kitchen serverside-applied\n"
