"""Custom kinds for tests: each has a group of its own, so that tests do not get in each other's way."""

from __future__ import annotations

import contextlib
import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .conftest import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .raw import Answer, Api

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SPEC = {
    "type": "object",
    "required": ["colour"],
    "properties": {
        "colour": {"type": "string", "enum": ["red", "blue", "green"]},
        "litres": {"type": "integer", "default": 1, "minimum": 1, "maximum": 9},
        "label": {"type": "string", "nullable": True},
        "limit": {"x-kubernetes-int-or-string": True},
        "notes": {"type": "object", "additionalProperties": {"type": "string"}},
        "lids": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "metal": {"type": "boolean"}},
            },
        },
        "teas": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "extra": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "replicas": {"type": "integer"},
    },
}
STATUS = {
    "type": "object",
    "properties": {
        "phase": {"type": "string"},
        "replicas": {"type": "integer"},
        "selector": {"type": "string"},
        "seen": {"type": "integer", "minimum": 0},
    },
}
SCHEMA = {"type": "object", "properties": {"spec": SPEC, "status": STATUS}}


def new_group() -> str:
    return f"tea-{uuid.uuid4().hex[:8]}.example.com"


def version(name: str = "v1", schema: Any = None, **more: Any) -> dict[str, Any]:
    whole = {"name": name, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema or SCHEMA}}
    return {**whole, **more}


def definition(group: str = "", *versions: Any, scope: str = "Namespaced", **names: Any) -> dict[str, Any]:
    """Answer the definition of kettles."""
    group = group or new_group()
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names.get('plural', 'kettles')}.{group}"},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"plural": "kettles", "kind": "Kettle", **names},
            "versions": list(versions) or [version()],
        },
    }


def conditions(body: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    """Map the types of conditions to their status, reason and message."""
    found = body["status"].get("conditions") or ()
    return {each["type"]: (each["status"], each["reason"], each["message"]) for each in found}


@dataclass
class Custom:
    """A custom kind that is served, as seen from the namespace of `api`."""

    api: Api
    definition: dict[str, Any]

    @property
    def name(self) -> str:
        return self.definition["metadata"]["name"]

    @property
    def group(self) -> str:
        return self.definition["spec"]["group"]

    def path(self, name: str = "", version: str = "v1") -> str:
        spec = self.definition["spec"]
        place = f"namespaces/{self.api.namespace}/" if spec["scope"] == "Namespaced" else ""
        path = f"/apis/{self.group}/{version}/{place}{spec['names']['plural']}"
        return f"{path}/{name}" if name else path

    def body(
        self, name: str = "kitchen", spec: Any = None, version: str = "v1", **metadata: Any
    ) -> dict[str, Any]:
        return {
            "apiVersion": f"{self.group}/{version}",
            "kind": self.definition["spec"]["names"]["kind"],
            "metadata": {"name": name, **metadata},
            "spec": {"colour": "red"} if spec is None else spec,
        }

    def post(self, spec: Any = None, name: str = "kitchen", **options: Any) -> Answer:
        return self.api("POST", self.path(), self.body(name, spec), **options)

    def made(self, spec: Any = None, name: str = "kitchen", **options: Any) -> dict[str, Any]:
        answer = self.post(spec, name, **options)
        assert answer.code == 201, answer.body
        return answer.object

    def complaints(self, spec: Any) -> list[tuple[str, str, str]]:
        """Answer what is said of an object with this spec: reason, field and message of each cause."""
        answer = self.post(spec)
        assert answer.code == 422, answer.body
        causes = answer.object["details"]["causes"]
        return sorted((each["reason"], each["field"], each["message"]) for each in causes)

    def changed(self, change: Any) -> dict[str, Any]:
        """Change the definition with a merge patch, and wait until that is in effect."""
        return self.api.patched(f"{DEFINITIONS}/{self.name}", change)


def is_served(server: Api, body: dict[str, Any]) -> bool:
    """Say whether every version of the kind is found by clients, and answers."""
    spec = body["spec"]
    for each in spec["versions"]:
        if not each["served"]:
            continue
        listed = server("GET", f"/apis/{spec['group']}/{each['name']}")
        if listed.code != 200 or spec["names"]["plural"] not in [
            r["name"] for r in listed.object["resources"]
        ]:
            return False
        if server("GET", f"/apis/{spec['group']}/{each['name']}/{spec['names']['plural']}").code != 200:
            return False
    return True


def establish(server: Api, body: dict[str, Any]) -> dict[str, Any]:
    made = server.made(DEFINITIONS, body)
    eventually(lambda: is_served(server, body))
    return made


def remove(server: Api, body: dict[str, Any]) -> None:
    path = f"{DEFINITIONS}/{body['metadata']['name']}"
    server("DELETE", path)
    eventually(lambda: server("GET", path).code == 404)


@contextlib.contextmanager
def served(server: Api, body: dict[str, Any]) -> Iterator[Custom]:
    """Define a kind, answer it when it is served, and remove it afterwards."""
    establish(server, body)
    try:
        yield Custom(server, body)
    finally:
        remove(server, body)


def manifest(body: Any) -> str:
    return json.dumps(body)
