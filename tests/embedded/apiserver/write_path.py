"""The way of an object into the store: from what a client sent, through the registry."""

from __future__ import annotations

import copy
import ipaddress
import json
from pathlib import Path
from typing import Any

from kubetutor.api.kinds import KINDS, Kind, kinds_by_api_version_and_kind
from kubetutor.embedded.apiserver.decode import conform, decode
from kubetutor.embedded.apiserver.options import WriteOptions
from tests.embedded.api_server import make_registry, schema
from tests.embedded.hand_moved_clock import HandMovedClock

UPSTREAM = Path(__file__).parents[2] / "upstream"
SCHEMA = schema()


def golden(name: str) -> list[dict[str, Any]]:
    return json.loads((UPSTREAM / name).read_text())


def kind_at(path: str) -> tuple[Kind, str | None, str | None]:
    """Answer the kind, the namespace and the name that a URL path is about."""
    parts = path.partition("?")[0].strip("/").split("/")
    group, rest = ("", parts[2:]) if parts[0] == "api" else (parts[1], parts[3:])
    namespace = None
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    kind = next(kind for kind in KINDS if (kind.group, kind.plural) == (group, rest[0]))
    return kind, namespace, rest[1] if len(rest) > 1 else None


class Objects:
    """What is stored, past every check."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def put(self, resource: str, obj: dict[str, Any]) -> None:
        metadata = obj["metadata"]
        is_there = self.get(resource, metadata.get("namespace"), metadata["name"])
        (self._store.update if is_there else self._store.create)(resource, obj)

    def get(self, resource: str, namespace: str | None, name: str) -> dict[str, Any] | None:
        return self._store.get(resource, namespace, name)


class WritePath:
    """From bytes to the store. Begins with the default namespace and its service account."""

    def __init__(self) -> None:
        self.registry = make_registry(HandMovedClock(), services=ipaddress.IPv4Network("10.96.0.0/16"))
        self.objects = Objects(self.registry.store)
        self.admission = self.registry._admission

    def create_from(self, body: dict[str, Any]) -> dict[str, Any]:
        kind = kinds_by_api_version_and_kind()[body["apiVersion"], body["kind"]]
        return self.create(kind, "default" if kind.namespaced else None, json.dumps(body).encode())

    def create(
        self, kind: Kind, namespace: str | None, body: bytes, media: str = "application/json"
    ) -> dict[str, Any]:
        obj, _ = decode(kind, SCHEMA, body, media, "Strict")
        return self.registry.create(kind, namespace, obj, WriteOptions())

    def update(self, kind: Kind, namespace: str | None, name: str, new: dict[str, Any]) -> dict[str, Any]:
        new, _ = conform(kind, SCHEMA, new, "Strict")
        return self.registry.update(kind, namespace, name, new, WriteOptions())

    def patch(self, kind: Kind, namespace: str | None, name: str, change: dict[str, Any]) -> dict[str, Any]:
        old = self.registry.get(kind, namespace, name)
        return self.update(kind, namespace, name, merged(copy.deepcopy(old), change))


def merged(target: Any, change: Any) -> Any:
    """Merge as a patch does; lists of named things are merged by name."""
    if isinstance(target, dict) and isinstance(change, dict):
        for key, value in change.items():
            if value is None:
                target.pop(key, None)
            else:
                target[key] = merged(target.get(key), value)
        return target
    if isinstance(target, list) and isinstance(change, list) and all("name" in item for item in change):
        by_name = {item["name"]: item for item in target}
        for item in change:
            by_name[item["name"]] = merged(by_name.get(item["name"]), item)
        return list(by_name.values())
    return change
