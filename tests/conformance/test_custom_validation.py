"""What a schema refuses, in the words of Kubernetes."""

from __future__ import annotations

import pytest

from .custom import definition, served, version
from .raw import MERGE

INVALID, REQUIRED, TYPE = "FieldValueInvalid", "FieldValueRequired", "FieldValueTypeInvalid"
TEXT = {"type": "string"}
FIELDS = {
    "amount": {"type": "number", "minimum": 0.5, "exclusiveMinimum": True, "maximum": 10, "multipleOf": 0.5},
    "code": {"type": "string", "pattern": "^[a-z]{3}$", "maxLength": 5},
    "name": {"type": "string", "minLength": 2},
    "count": {"type": "integer", "minimum": 1, "maximum": 3},
    "small": {"type": "integer", "format": "int32"},
    "size": {"type": "string", "enum": ["S", "L"]},
    "level": {"type": "integer", "enum": [1, 2]},
    "when": {"type": "string", "format": "date-time"},
    "address": {"type": "string", "format": "ipv4"},
    "id": {"type": "string", "format": "uuid"},
    "on": {"type": "boolean"},
    "port": {"x-kubernetes-int-or-string": True},
    "list": {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 2},
    "map": {"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 2, "minProperties": 1},
    "set": {"type": "array", "items": TEXT, "x-kubernetes-list-type": "set"},
    "keyed": {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name", "port"],
        "items": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": TEXT, "port": {"type": "integer", "default": 80}, "note": TEXT},
        },
    },
    "either": {
        "type": "object",
        "properties": {"a": TEXT, "b": TEXT},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "any": {
        "type": "object",
        "properties": {"a": TEXT, "b": TEXT},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "both": {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": TEXT},
        "allOf": [{"required": ["a"]}, {"properties": {"a": {"minimum": 5}}}],
    },
    "never": {"type": "object", "properties": {"a": TEXT}, "not": {"required": ["a"]}},
    "nested": {
        "type": "object", "required": ["must"], "properties": {"must": {"type": "object", "required": ["x"], "properties": {"x": TEXT}}},
    },
    "embedded": {
        "type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True,
    },
}  # fmt: skip
SCHEMA = {"type": "object", "properties": {"spec": {"type": "object", "properties": FIELDS}}}


def body(field):
    """Answer how a message begins."""
    return f"spec.{field} in body"


def wrong_type(field, wanted, seen):
    words = f'Invalid value: "{seen}": {body(field)} must be of type {wanted}: "{seen}"'
    return (TYPE, f"spec.{field}", words)


def invalid(field, value, words):
    return (INVALID, f"spec.{field}", f"Invalid value: {value}: {body(field)} {words}")


def whole(words):
    return (INVALID, "<nil>", f'Invalid value: "": {words}')


@pytest.fixture(scope="module")
def kind(server):
    with served(server, definition("", version(schema=SCHEMA))) as custom:
        yield custom


CASES = {
    "text for a number": ({"count": "2"}, [wrong_type("count", "integer", "string")]),
    "number for a text": ({"name": 12}, [wrong_type("name", "string", "integer")]),
    "fraction for an integer": (
        {"count": 1.5},
        [
            whole("Checked value must be of type integer (default format) in spec.count"),
            wrong_type("count", "integer", "number"),
        ],
    ),
    "too large for its format": (
        {"small": 2**31},
        [whole("Checked value must be of type integer with format int32 in spec.small")],
    ),
    "text for a boolean": ({"on": "yes"}, [wrong_type("on", "boolean", "string")]),
    "map for a list": ({"list": {"a": "b"}}, [wrong_type("list", "array", "object")]),
    "list for a map": ({"map": []}, [wrong_type("map", "object", "array")]),
    "boolean for either": ({"port": True}, [wrong_type("port", "integer,string", "boolean")]),
    "too small": ({"count": 0}, [invalid("count", 0, "should be greater than or equal to 1")]),
    "too large": ({"count": 4}, [invalid("count", 4, "should be less than or equal to 3")]),
    "just too small": ({"amount": 0.5}, [invalid("amount", 0.5, "should be greater than 0.5")]),
    "no multiple": ({"amount": 1.7}, [invalid("amount", 1.7, "should be a multiple of 0.5")]),
    "pattern": ({"code": "A1"}, [invalid("code", '"A1"', "should match '^[a-z]{3}$'")]),
    "pattern and a line break": ({"code": "abc\n"}, [invalid("code", '"abc\\n"', "should match '^[a-z]{3}$'")]),
    "too long": ({"code": "abcdef"}, [("FieldValueTooLong", "spec.code", "Too long: may not be more than 5 bytes")]),
    "too short": ({"name": "a"}, [invalid("name", '"a"', "should be at least 2 chars long")]),
    "enum": (
        {"size": "XL"},
        [("FieldValueNotSupported", "spec.size", 'Unsupported value: "XL": supported values: "S", "L"')],
    ),
    "enum of numbers": (
        {"level": 3},
        [("FieldValueNotSupported", "spec.level", 'Unsupported value: 3: supported values: "1", "2"')],
    ),
    "time": ({"when": "noon"}, [(TYPE, "spec.when", f'Invalid value: "noon": {body("when")} must be of type date-time: "noon"')]),
    "address": ({"address": "::1"}, [(TYPE, "spec.address", f'Invalid value: "::1": {body("address")} must be of type ipv4: "::1"')]),
    "uuid": ({"id": "x"}, [(TYPE, "spec.id", f'Invalid value: "x": {body("id")} must be of type uuid: "x"')]),
    "too many": ({"list": ["a", "b", "c"]}, [("FieldValueTooMany", "spec.list", "Too many: 3: must have at most 2 items")]),
    "too few": ({"list": []}, [invalid("list", 0, "should have at least 1 items")]),
    "an entry of a list": ({"list": ["a", 1]}, [wrong_type("list[1]", "string", "integer")]),
    "null in a list": ({"list": [None]}, [wrong_type("list[0]", "string", "null")]),
    "too many in a map": (
        {"map": {"a": 1, "b": 2, "c": 3}},
        [("FieldValueTooMany", "spec.map", "Too many: 3: must have at most 2 items")],
    ),
    "too few in a map": ({"map": {}}, [invalid("map", 0, "should have at least 1 properties")]),
    "a value of a map": ({"map": {"a": "x"}}, [wrong_type("map.a", "integer", "string")]),
    "twice in a set": ({"set": ["a", "b", "a"]}, [("FieldValueDuplicate", "spec.set[2]", 'Duplicate value: "a"')]),
    "twice by its keys": (
        {"keyed": [{"name": "a"}, {"name": "a", "port": 80}]},
        [("FieldValueDuplicate", "spec.keyed[1]", 'Duplicate value: {"name":"a","port":80}')],
    ),
    "without a key": ({"keyed": [{"note": "x"}]}, [(REQUIRED, "spec.keyed[0].name", "Required value")]),
    "required, deep down": ({"nested": {"must": {}}}, [(REQUIRED, "spec.nested.must.x", "Required value")]),
    "neither": (
        {"either": {}},
        [
            whole('"spec.either" must validate one and only one schema (oneOf). Found none valid'),
            (REQUIRED, "spec.either.a", "Required value"),
        ],
    ),
    "both": (
        {"either": {"a": "x", "b": "y"}},
        [whole('"spec.either" must validate one and only one schema (oneOf). Found 2 valid alternatives')],
    ),
    "none of any": (
        {"any": {}},
        [
            whole('"spec.any" must validate at least one schema (anyOf)'),
            (REQUIRED, "spec.any.a", "Required value"),
        ],
    ),
    "not all": (
        {"both": {"a": 1}},
        [
            whole('"spec.both" must validate all the schemas (allOf)'),
            invalid("both.a", 1, "should be greater than or equal to 5"),
        ],
    ),
    "never": ({"never": {"a": "x"}}, [whole('"spec.never" must not validate the schema (not)')]),
    "embedded": (
        {"embedded": {"spec": {}}},
        [(REQUIRED, "spec.embedded.apiVersion", "Required value"), (REQUIRED, "spec.embedded.kind", "Required value")],
    ),
    "several": (
        {"count": 0, "name": "a"},
        [invalid("count", 0, "should be greater than or equal to 1"), invalid("name", '"a"', "should be at least 2 chars long")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "expected"), CASES.values(), ids=CASES)
def test_what_is_refused(kettles, spec, expected):
    assert kettles.complaints(spec) == sorted(expected)


@pytest.mark.parametrize(
    "spec",
    [
        {"count": 2.0}, {"amount": 1.5}, {"port": 80}, {"port": "http"}, {"when": "2026-01-02T03:04:05Z"},
        {"code": "abc", "name": "äö", "small": 5, "list": ["a"], "set": ["a", "b"]},
        {"keyed": [{"name": "a"}, {"name": "a", "port": 81}]}, {"either": {"b": "x"}}, {"both": {"a": 5}},
        {"embedded": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"y": 1}}},
    ],
)  # fmt: skip
def test_what_is_taken(kettles, spec):
    assert kettles.post(spec).code == 201


def test_a_refusal_names_the_object_and_its_kind(kettles):
    answer = kettles.post({"count": 0})
    words = "spec.count: Invalid value: 0: spec.count in body should be greater than or equal to 1"
    assert answer.refusal == (422, "Invalid", f'Kettle.{kettles.group} "kitchen" is invalid: {words}')


def test_an_update_is_looked_at_too(kettles):
    kettles.made({"count": 1})
    answer = kettles.api("PATCH", kettles.path("kitchen"), {"spec": {"count": 9}}, content_type=MERGE)
    assert answer.code == 422
    assert "should be less than or equal to 3" in answer.message


def test_the_metadata_of_an_embedded_object_are_read(kettles):
    inner = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "owner": "ann"}}
    answer = kettles.post({"embedded": inner})
    assert answer.warnings == ['299 - "unknown field \\"spec.embedded.metadata.owner\\""']
    assert answer.object["spec"]["embedded"]["metadata"]["name"] == "x"
    assert "owner" not in answer.object["spec"]["embedded"]["metadata"]


def test_what_was_stored_before_a_rule_became_stricter_may_stay(api):
    loose = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"a": TEXT, "b": TEXT}}},
    }
    spec = {"type": "object", "properties": {"a": {"type": "string", "enum": ["x"]}, "b": TEXT}}
    with served(api, definition("", version(schema=loose))) as custom:
        custom.made({"a": "old", "b": "1"})
        strict = {"type": "object", "properties": {"spec": spec}}
        custom.changed({"spec": {"versions": [version(schema=strict)]}})
        for _ in range(100):  # until the new schema is in effect
            if custom.post({"a": "new"}, dryRun="All", name="garden").code == 422:
                break
        path = custom.path("kitchen")
        assert api.patched(path, {"spec": {"b": "2"}})["spec"] == {"a": "old", "b": "2"}
        assert api("PATCH", path, {"spec": {"a": "new"}}, content_type=MERGE).code == 422
