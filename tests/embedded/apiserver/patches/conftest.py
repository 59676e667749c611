"""Types of fields, read straight from the definitions that `kubernetes-validate` carries."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

import pytest

from kubetutor.embedded.apiserver.definitions import REF_PREFIX, definition_names, load_definitions

UPSTREAM = Path(__file__).parents[3] / "upstream"


class DefinedType:
    """A `FieldType` over a JSON schema: what a property says, and what the definition that it refers to says."""

    def __init__(self, definitions, schema):
        self.definitions = definitions
        target = definitions.get(schema.get("$ref", "").removeprefix(REF_PREFIX), {})
        self.schema = {**target, **schema}

    def _child(self, schema):
        return DefinedType(self.definitions, schema) if isinstance(schema, dict) and schema else None

    def field(self, name):
        return self._fields.get(name) or self._remember(name)

    def _remember(self, name):
        self._fields[name] = self._child(self.schema.get("properties", {}).get(name))
        return self._fields[name]

    @cached_property
    def _fields(self):
        return {}

    @cached_property
    def items(self):
        return self._child(self.schema.get("items"))

    @cached_property
    def values(self):
        return self._child(self.schema.get("additionalProperties"))

    @cached_property
    def fields(self):
        return frozenset(self.schema.get("properties", ()))

    @cached_property
    def required(self):
        return frozenset(self.schema.get("required", ()))

    @cached_property
    def merge_key(self):
        return self.schema.get("x-kubernetes-patch-merge-key")

    @cached_property
    def patch_strategies(self):
        return tuple(filter(None, self.schema.get("x-kubernetes-patch-strategy", "").split(",")))

    @cached_property
    def list_type(self):
        return self.schema.get("x-kubernetes-list-type")

    @cached_property
    def list_map_keys(self):
        return tuple(self.schema.get("x-kubernetes-list-map-keys", ()))

    @cached_property
    def map_type(self):
        return self.schema.get("x-kubernetes-map-type")


@pytest.fixture(scope="session")
def definitions():
    return load_definitions()


@pytest.fixture(scope="session")
def type_of(definitions):
    """Answer the type of an object or of an (apiVersion, kind) pair."""
    names, types = definition_names(definitions), {}

    def answer(api_version, kind):
        if (api_version, kind) not in types:
            group, _, version = api_version.rpartition("/")
            types[api_version, kind] = DefinedType(definitions, definitions[names[group, version, kind]])
        return types[api_version, kind]

    return answer


@pytest.fixture(scope="session")
def created():
    """What was sent to a real cluster and what it stored, but for refused requests."""
    return [case for case in json.loads((UPSTREAM / "created.json").read_text()) if case["code"] == 201]


@pytest.fixture(scope="session")
def refusals():
    """Requests that a real cluster refused, by name."""
    return {case["name"]: case for case in json.loads((UPSTREAM / "refusals.json").read_text())}
