"""Schemas that the makers of other tools publish, as JSON schemas."""

import enum
import importlib.resources
import json
import pathlib
import typing

import azure.mgmt.appcontainers.models._enums as azure_enums
import azure.mgmt.appcontainers.types as azure_types
import typing_extensions  # whose TypedDict it is, for Pythons before 3.13

VENDORED = pathlib.Path(__file__).parent / "schemas"
SIMPLE = {str: "string", bool: "boolean", int: "integer", float: "number"}


def compose():
    """The Compose specification's own schema."""
    place = importlib.resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    return json.loads(place.read_text(encoding="utf-8"))


def cloud_formation(kind):
    """The type of a resource: `AWS::ECS::Service`."""
    name = kind.lower().replace("::", "-")
    return json.loads((VENDORED / f"{name}.json").read_text(encoding="utf-8"))


def cloud_run():
    """`Service` of Cloud Run's API of version 1, the one that takes Knative's words."""
    place = importlib.resources.files("googleapiclient") / "discovery_cache/documents/run.v1.json"
    schemas = json.loads(place.read_text(encoding="utf-8"))["schemas"]
    return {
        "$ref": "#/definitions/Service",
        "definitions": {name: _strict(each) for name, each in schemas.items()},
    }


def container_app():
    """`ContainerApp` of Azure's API, from the types of its client."""
    return _of_type(azure_types.ContainerApp, frozenset())


def _strict(schema):
    """Let `$ref` lead into `definitions`, and refuse properties that are not named."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        key: _strict(value)
        for key, value in schema.items()
        if key not in {"id", "description", "enumDescriptions"}
    }
    if isinstance(found.get("$ref"), str):
        return {"$ref": f"#/definitions/{schema['$ref']}"}
    if isinstance(found.get("properties"), dict):
        found["properties"] = {key: _strict(value) for key, value in schema["properties"].items()}
        found["additionalProperties"] = False
    found.pop("required", None)  # said of query parameters, by true and false
    return found


def _of_type(kind, above):
    """Write the schema of a type. A type within itself may be anything."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in SIMPLE:
        return {"type": SIMPLE[kind]}
    if origin is list:
        return {"type": "array", "items": _of_type(arguments[0], above)}
    if origin is typing.Union:
        known = [each for each in arguments if isinstance(each, type) and issubclass(each, enum.Enum)]
        return {"enum": [value.value for value in known[0]]} if known else {}
    if origin in {typing_extensions.Required, typing_extensions.NotRequired}:
        return _of_type(arguments[0], above)
    if typing_extensions.is_typeddict(kind) and kind not in above:
        names = {**vars(azure_enums), **vars(azure_types)}
        hints = typing_extensions.get_type_hints(kind, names, include_extras=True)
        return {
            "type": "object",
            "properties": {name: _of_type(hint, above | {kind}) for name, hint in hints.items()},
            "required": sorted(kind.__required_keys__),
            "additionalProperties": False,
        }
    return {}
