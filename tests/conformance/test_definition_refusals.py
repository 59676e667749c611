"""What a definition must not say, in the words of Kubernetes."""

from __future__ import annotations

import copy

import pytest

from .custom import DEFINITIONS, SCHEMA, definition, version

INVALID, REQUIRED, FORBIDDEN = "FieldValueInvalid", "FieldValueRequired", "FieldValueForbidden"
UNSUPPORTED = "FieldValueNotSupported"
ROOT = "spec.validation.openAPIV3Schema"  # where all versions are alike, upstream names none
SPEC = f"{ROOT}.properties[spec]"
TEXT = {"type": "string"}
LABEL = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')"
)


def of_spec(schema):
    """Answer a definition whose spec has this schema."""
    return definition("", version(schema={"type": "object", "properties": {"spec": schema}}))


def with_spec(**change):
    body = definition()
    body["spec"].update(change)
    return body


def with_version(**change):
    return definition("", version(**change))


def causes(api, body):
    answer = api("POST", DEFINITIONS, body, dryRun="All")
    assert answer.code == 422, answer.body
    return sorted(
        (each["reason"], each["field"], each["message"]) for each in answer.object["details"]["causes"]
    )


def column(**more):
    return with_version(
        additionalPrinterColumns=[{"name": "Colour", "type": "string", "jsonPath": ".spec.colour", **more}]
    )


def scale(**more):
    paths = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas", **more}
    return with_version(subresources={"scale": paths})


def listed(**more):
    items = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": TEXT, "port": {"type": "integer"}},
    }
    return of_spec({"type": "array", "items": items, **more})


def required(path, words=""):
    return (REQUIRED, path, f"Required value: {words}" if words else "Required value")


def forbidden(path, words):
    return (FORBIDDEN, path, f"Forbidden: {words}")


def invalid(path, value, words):
    return (INVALID, path, f"Invalid value: {value}: {words}")


MAP = {"x-kubernetes-list-type": "map"}
KEYS = "x-kubernetes-list-map-keys"
STRUCTURAL = {
    "no type": (of_spec({}), [required(f"{SPEC}.type", "must not be empty for specified object fields")]),
    "no type of items": (
        of_spec({"type": "array", "items": {}}),
        [required(f"{SPEC}.items.type", "must not be empty for specified array items")],
    ),
    "no items": (of_spec({"type": "array"}), [required(f"{SPEC}.items", "must be specified")]),
    "a root that is a text": (
        definition("", version(schema=TEXT)), [invalid(f"{ROOT}.type", '"string"', "must be object at the root")],
    ),
    "a root that may be null": (
        definition("", version(schema={"type": "object", "nullable": True})),
        [forbidden(f"{ROOT}.nullable", "nullable cannot be true at the root")],
    ),
    "a map at the root": (
        definition("", version(schema={"type": "object", "additionalProperties": TEXT})),
        [forbidden(f"{ROOT}.additionalProperties", "must not be used at the root")],
    ),
    "a type that is none": (
        of_spec({"type": "text"}),
        [(UNSUPPORTED, f"{SPEC}.type", 'Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"')],
    ),
    "a map and fields": (
        of_spec({"type": "object", "properties": {"a": TEXT}, "additionalProperties": TEXT}),
        [forbidden(f"{SPEC}.additionalProperties", "additionalProperties and properties are mutual exclusive")],
    ),
    "unique items": (
        of_spec({"type": "array", "items": TEXT, "uniqueItems": True}),
        [forbidden(f"{SPEC}.uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic")],
    ),
    "a type in a junctor": (
        of_spec({"type": "object", "properties": {"a": TEXT}, "anyOf": [{"properties": {"a": {"type": "string"}}}]}),
        [forbidden(f"{SPEC}.anyOf[0].properties[a].type", "must be empty to be structural")],
    ),
    "a field in a junctor alone": (
        definition("", version(schema={"type": "object", "properties": {"spec": TEXT}, "oneOf": [{"properties": {"status": {"minLength": 1}}}]})),
        [required(f"{ROOT}.properties[status]", f"because it is defined in {ROOT}.oneOf[0].properties[status]")],
    ),
    "a pattern that is none": (
        of_spec({"type": "string", "pattern": "["}),
        None,
    ),
    "metadata with rules": (
        definition("", version(schema={"type": "object", "properties": {"metadata": {"type": "object", "properties": {"labels": {"type": "object"}}}}})),
        [forbidden(f"{ROOT}.properties[metadata]", "must not specify anything other than name and generateName, but metadata is implicitly specified")],
    ),
    "kept fields that are not": (
        of_spec({"type": "object", "x-kubernetes-preserve-unknown-fields": False}),
        [invalid(f"{SPEC}.x-kubernetes-preserve-unknown-fields", "false", "must be true or undefined")],
    ),
    "an embedded text": (
        of_spec({"type": "string", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}),
        [invalid(f"{SPEC}.type", '"string"', "must be object if x-kubernetes-embedded-resource is true")],
    ),
    "a reference": (of_spec({"type": "object", "$ref": "#/x"}), [forbidden(f"{SPEC}.$ref", "$ref is not supported")]),
}  # fmt: skip
LISTS = {
    "a keyed list without keys": (listed(**MAP), [required(f"{SPEC}.{KEYS}", "must not be empty if x-kubernetes-list-type is map")]),
    "keys of a plain list": (listed(**{KEYS: ["name"]}), [required(f"{SPEC}.x-kubernetes-list-type", "must be map if x-kubernetes-list-map-keys is non-empty")]),
    "a key that is no field": (listed(**MAP, **{KEYS: ["size"]}), [invalid(f"{SPEC}.{KEYS}", '["size"]', "entries must all be names of item properties")]),
    "a key that may be missing": (
        listed(**MAP, **{KEYS: ["port"]}),
        [required(f"{SPEC}.items.properties[port].default", "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property")],
    ),
    "a list type that is none": (
        listed(**{"x-kubernetes-list-type": "bag"}),
        [(UNSUPPORTED, f"{SPEC}.x-kubernetes-list-type", 'Unsupported value: "bag": supported values: "atomic", "set", "map"')],
    ),
    "a list type of a text": (
        of_spec({"type": "string", "x-kubernetes-list-type": "atomic"}),
        [invalid(f"{SPEC}.type", '"string"', "must be array if x-kubernetes-list-type is specified")],
    ),
    "a map type of a text": (
        of_spec({"type": "string", "x-kubernetes-map-type": "atomic"}),
        [invalid(f"{SPEC}.type", '"string"', "must be object if x-kubernetes-map-type is specified")],
    ),
    "a set of maps": (
        listed(**{"x-kubernetes-list-type": "set"}),
        None,
    ),
}  # fmt: skip
DEFAULTS = {
    "a default of another type": (
        of_spec({"type": "integer", "default": "x"}),
        [("FieldValueTypeInvalid", f"{SPEC}.default", 'Invalid value: "string":  in body must be of type integer: "string"')],
    ),
    "a default with unknown fields": (
        of_spec({"type": "object", "properties": {"a": TEXT}, "default": {"b": 1}}),
        [invalid(f"{SPEC}.default", '{"b":1}', "must not have unknown fields")],
    ),
    "a default in metadata": (
        definition("", version(schema={"type": "object", "properties": {"kind": {"type": "string", "default": "x"}}})),
        [forbidden(f"{ROOT}.properties[kind].default", "must not be set in top-level kind")],
    ),
}  # fmt: skip
NAMES = {
    "another name": (
        {**definition(), "metadata": {"name": "pots.example.com"}},
        [invalid("metadata.name", '"pots.example.com"', 'must be spec.names.plural+"."+spec.group')],
    ),
    "no scope": (with_spec(scope=""), [required("spec.scope")]),
    "another scope": (
        with_spec(scope="Galaxy"),
        [(UNSUPPORTED, "spec.scope", 'Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"')],
    ),
    "kind and list of one name": (
        definition("", listKind="Kettle"), [invalid("spec.names.listKind", '"Kettle"', "kind and listKind may not be the same")],
    ),
    "a short name in capitals": (
        definition("", shortNames=["KT"]), [invalid("spec.names.shortNames[0]", '"KT"', LABEL)],
    ),
    "a kind with a blank": (
        definition("", kind="Tea Pot", listKind="TeaPots", singular="pot"),
        [invalid("spec.names.kind", '"Tea Pot"', f"may have mixed case, but should otherwise match: {LABEL}")],
    ),
    "unknown fields everywhere": (
        with_spec(preserveUnknownFields=True),
        None,
    ),
    "a webhook that is not used": (
        with_spec(conversion={"strategy": "Webhook"}),
        None,
    ),
}  # fmt: skip
VERSIONS = {
    "a column without a type": (
        column(type=""), [required("spec.additionalPrinterColumns[0].type", "must be one of boolean,date,integer,number,string")],
    ),
    "a column of another type": (
        column(type="text"),
        [invalid("spec.additionalPrinterColumns[0].type", '"text"', "must be one of boolean,date,integer,number,string")],
    ),
    "a path without a dot": (
        column(jsonPath="spec"),
        [invalid("spec.additionalPrinterColumns[0].JSONPath", '"spec"', "must be a simple json path starting with .")],
    ),
    "a scale of the status": (
        scale(specReplicasPath=".status.replicas"),
        [invalid("spec.subresources.scale.specReplicasPath", '".status.replicas"', "should be a json path under .spec")],
    ),
    "a scale without a path": (
        scale(statusReplicasPath=""), [required("spec.subresources.scale.statusReplicasPath")],
    ),
    "a warning of what is not deprecated": (
        with_version(deprecationWarning="old"),
        [invalid("spec.versions[0].deprecationWarning", '"old"', "can only be set for deprecated versions")],
    ),
    "a field that cannot be selected by": (
        with_version(selectableFields=[{"jsonPath": ".spec.lids"}]),
        [invalid("spec.selectableFields[0].jsonPath", '".spec.lids"', "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.")],
    ),
    "a field to select by that is none": (
        with_version(selectableFields=[{"jsonPath": ".spec.price"}]),
        [invalid("spec.selectableFields[0].jsonPath", '".spec.price"', "is an invalid path: does not refer to a valid field")],
    ),
    "a rule that says nothing": (
        of_spec({"type": "object", "x-kubernetes-validations": [{"rule": " "}]}),
        [required(f"{SPEC}.x-kubernetes-validations[0].rule", "rule is not specified")],
    ),
}  # fmt: skip
CASES = {**STRUCTURAL, **LISTS, **DEFAULTS, **NAMES, **VERSIONS}


@pytest.mark.parametrize(("body", "expected"), CASES.values(), ids=CASES)
def test_what_is_refused(server, body, expected):
    found = causes(server, copy.deepcopy(body))
    if expected is None:
        assert found
    else:
        assert found == sorted(expected)


@pytest.mark.parametrize("spec", [{}, {"spec": None}, {"spec": {}}], ids=["none", "null", "empty"])
def test_without_a_spec_it_lacks_all_that_a_spec_says(server, spec):
    body = {key: value for key, value in definition().items() if key != "spec"} | spec
    lacking = {field for reason, field, _message in causes(server, body) if reason == REQUIRED}
    assert lacking == {
        "spec.group", "spec.scope", "spec.names.plural", "spec.names.singular", "spec.names.kind", "spec.names.listKind",
    }  # fmt: skip


def test_one_version_is_stored(server):
    body = definition("", version("v1"), version("v2"))
    answer = server("POST", DEFINITIONS, body, dryRun="All")
    assert answer.code == 422
    assert "must have exactly one version marked as storage version" in answer.message
    body = definition("", version("v1"), version("v1", storage=False))
    assert "must contain unique version names" in server("POST", DEFINITIONS, body, dryRun="All").message


def test_versions_that_differ_are_named(server):
    wrong = {"type": "object", "properties": {"spec": {}}}
    body = definition("", version("v1"), version("v2", schema=wrong, storage=False))
    path = "spec.versions[1].schema.openAPIV3Schema.properties[spec].type"
    assert causes(server, body) == [required(path, "must not be empty for specified object fields")]


def test_versions_of_one_schema_are_selected_by_the_same_fields(server):
    fields = [{"jsonPath": ".spec.colour"}]
    body = definition("", version("v1", selectableFields=fields), version("v2", storage=False))
    words = "may only be set when `version.schema.openAPIV3Schema` is not included"
    assert causes(server, body) == [invalid("spec.versions[0].selectableFields", '""', words)]


def test_a_schema_is_required(server):
    body = definition()
    del body["spec"]["versions"][0]["schema"]
    [cause] = server("POST", DEFINITIONS, body, dryRun="All").object["details"]["causes"]
    assert cause["field"] == "spec.versions[0].schema.openAPIV3Schema"


def test_a_group_of_kubernetes_needs_an_approval(server):
    body = definition("tea.k8s.io")
    answer = server("POST", DEFINITIONS, body, dryRun="All")
    [cause] = answer.object["details"]["causes"]
    assert cause["field"] == "metadata.annotations[api-approved.kubernetes.io]"
    assert cause["message"].startswith(
        'Required value: protected groups must have approval annotation "api-approved'
    )
    body["metadata"]["annotations"] = {"api-approved.kubernetes.io": "unapproved, for a test"}
    assert server("POST", DEFINITIONS, body, dryRun="All").code == 201


def test_a_format_that_nobody_knows_is_warned_of(server):
    schema = {"type": "object", "properties": {"spec": {"type": "string", "format": "colour"}}}
    answer = server("POST", DEFINITIONS, definition("", version(schema=schema)), dryRun="All")
    assert (answer.code, answer.warnings) == (201, ['299 - "unrecognized format \\"colour\\""'])


def test_the_schema_of_the_tests_is_fine(server):
    answer = server("POST", DEFINITIONS, definition("", version(schema=SCHEMA)), dryRun="All")
    assert (answer.code, answer.warnings) == (201, [])
