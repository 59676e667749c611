"""Rules in CEL that a schema states: what they refuse, and when they are asked."""

from __future__ import annotations

import pytest

from .custom import DEFINITIONS, definition, served, version
from .raw import MERGE

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
RULES = "x-kubernetes-validations"
SPEC = {
    "type": "object",
    RULES: [
        {"rule": "self.least <= self.most", "message": "least must not be more than most"},
        {"rule": "!has(self.a) || !has(self.b)"},
        {
            "rule": "!has(self.colour) || self.colour != 'pink'",
            "messageExpression": "'not ' + self.colour",
            "fieldPath": ".colour",
        },
        {"rule": "!has(self.secret)", "reason": "FieldValueForbidden", "message": "no secrets here"},
    ],
    "properties": {
        "least": {**NUMBER, "default": 0},
        "most": {**NUMBER, "default": 10},
        "a": TEXT,
        "b": TEXT,
        "colour": {"type": "string", "maxLength": 10},
        "secret": TEXT,
        "code": {
            "type": "string",
            "maxLength": 10,
            RULES: [{"rule": "self == oldSelf", "message": "code cannot change"}],
        },
        "name": {"type": "string", "maxLength": 20, RULES: [{"rule": "self.startsWith('tea')"}]},
        "namespace": {"type": "string", "maxLength": 20},
        "list": {
            "type": "array",
            "maxItems": 5,
            "items": {"type": "string", "maxLength": 5},
            RULES: [{"rule": "self.all(x, x.matches('^[a-z]+$'))", "message": "only letters"}],
        },
        "lids": {
            "type": "array",
            "maxItems": 5,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 5},
                    "size": {**NUMBER, RULES: [{"rule": "self >= oldSelf", "message": "only larger"}]},
                },
            },
        },
    },
}
ROOT = [{"rule": "self.metadata.name != 'forbidden'", "message": "no such name"}]
SCHEMA = {"type": "object", "properties": {"spec": SPEC}, RULES: ROOT}


@pytest.fixture(scope="module")
def kind(server):
    with served(server, definition("", version(schema=SCHEMA))) as custom:
        yield custom


def refused(kettles, change):
    answer = kettles.api("PATCH", kettles.path("kitchen"), {"spec": change}, content_type=MERGE)
    assert answer.code == 422, answer.body
    return [(each["field"], each["message"]) for each in answer.object["details"]["causes"]]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"least": 11}, [("FieldValueInvalid", "spec", "Invalid value: least must not be more than most")]),
        ({"a": "x", "b": "y"}, [("FieldValueInvalid", "spec", "Invalid value: failed rule: !has(self.a) || !has(self.b)")]),
        ({"colour": "pink"}, [("FieldValueInvalid", "spec.colour", "Invalid value: not pink")]),
        ({"secret": "x"}, [("FieldValueForbidden", "spec", "Forbidden: no secrets here")]),
        ({"name": "pot"}, [("FieldValueInvalid", "spec.name", "Invalid value: \"pot\": failed rule: self.startsWith('tea')")]),
        ({"list": ["a", "1"]}, [("FieldValueInvalid", "spec.list", "Invalid value: only letters")]),
    ],
    ids=["two fields", "no message", "expression", "reason", "text", "list"],
)  # fmt: skip
def test_what_a_rule_refuses(kettles, spec, expected):
    assert kettles.complaints(spec) == expected


def test_what_the_rules_allow_is_taken(kettles):
    kettles.made({"least": 3, "most": 5, "a": "x", "name": "teapot", "list": ["a", "b"], "code": "x"})


def test_a_rule_can_ask_for_the_name(kettles):
    answer = kettles.post({}, name="forbidden")
    assert answer.refusal == (
        422, "Invalid", f'Kettle.{kettles.group} "forbidden" is invalid: <nil>: Invalid value: no such name',
    )  # fmt: skip


def test_a_rule_about_changes_is_asked_when_there_was_something(kettles):
    kettles.made({"code": "one"})
    assert refused(kettles, {"code": "two"}) == [("spec.code", 'Invalid value: "two": code cannot change')]
    kettles.api.patched(kettles.path("kitchen"), {"spec": {"code": None}})
    kettles.api.patched(kettles.path("kitchen"), {"spec": {"code": "two"}})


def test_a_rule_about_changes_compares_entries_by_their_keys(kettles):
    kettles.made({"lids": [{"name": "a", "size": 3}, {"name": "b", "size": 1}]})
    smaller = {"lids": [{"name": "b", "size": 2}, {"name": "a", "size": 2}]}
    assert refused(kettles, smaller) == [("spec.lids[1].size", "Invalid value: 2: only larger")]


def test_rules_are_not_asked_about_what_is_invalid_anyway(kettles):
    words = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"
    found = kettles.complaints({"least": "x", "most": 5})
    assert ("FieldValueInvalid", "<nil>", f"Invalid value: null: {words}") in found


def test_a_rule_that_cannot_be_read_is_refused(server):
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "string", "maxLength": 5, RULES: [{"rule": "self ="}]}},
    }
    answer = server("POST", DEFINITIONS, definition("", version(schema=schema)))
    assert answer.code == 422
    [cause] = answer.object["details"]["causes"]
    assert cause["field"] == f"spec.validation.openAPIV3Schema.properties[spec].{RULES}[0].rule"
    assert "compilation failed: ERROR: <input>" in cause["message"]
