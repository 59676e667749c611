"""The way of an object into the store, put together as the registry does, over objects in memory."""

from __future__ import annotations

import copy
import ipaddress
import json
import uuid
from pathlib import Path
from typing import Any

from kubetutor.api.kinds import KINDS, Kind, kinds_by_api_version_and_kind
from kubetutor.embedded.apiserver.admission import Admission
from kubetutor.embedded.apiserver.decode import conform, decode
from kubetutor.embedded.apiserver.schema import Schema
from kubetutor.embedded.apiserver.service_addresses import ServiceAddresses
from kubetutor.embedded.apiserver.strategies import invalid_error, strategy_of
from kubetutor.errors import ApiError

UPSTREAM = Path(__file__).parents[2] / "upstream"
SCHEMA = Schema.load()


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
    """The objects that there are. Begins with the default namespace and its service account."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str | None, str], dict[str, Any]] = {}
        self.put("namespaces", {"metadata": {"name": "default"}})
        self.put("serviceaccounts", {"metadata": {"name": "default", "namespace": "default"}})

    def put(self, resource: str, obj: dict[str, Any]) -> None:
        metadata = obj["metadata"]
        self._objects[resource, metadata.get("namespace"), metadata["name"]] = obj

    def get(self, resource: str, namespace: str | None, name: str) -> dict[str, Any] | None:
        return self._objects.get((resource, namespace, name))

    def list(self, resource: str, namespace: str | None) -> list[dict[str, Any]]:
        return [
            obj
            for (kind, place, _), obj in self._objects.items()
            if kind == resource and namespace in {None, place}
        ]


class WritePath:
    def __init__(self) -> None:
        self.objects = Objects()
        addresses = ServiceAddresses(ipaddress.IPv4Network("10.96.0.0/16"))
        self.admission = Admission(self.objects, addresses, not_ready_toleration=300)

    def create_from(self, body: dict[str, Any]) -> dict[str, Any]:
        kind = kinds_by_api_version_and_kind()[body["apiVersion"], body["kind"]]
        return self.create(kind, "default" if kind.namespaced else None, json.dumps(body).encode())

    def create(
        self, kind: Kind, namespace: str | None, body: bytes, media: str = "application/json"
    ) -> dict[str, Any]:
        obj, _ = decode(kind, SCHEMA, body, media, "Strict")
        metadata, strategy = obj["metadata"], strategy_of(kind.resource)
        self._place(kind, namespace, metadata)
        strategy.defaults(obj)
        metadata["uid"] = str(uuid.uuid4())
        metadata["creationTimestamp"] = "2026-01-02T03:04:05Z"
        if "generateName" in metadata:
            metadata.setdefault("name", f"{metadata['generateName']}x7k2p")
        errors = self.admission.create(kind, obj)
        strategy.prepare_create(obj)
        errors = strategy.validate(obj) + errors
        if errors:
            raise invalid_error(kind, metadata.get("name", ""), errors)
        metadata["resourceVersion"] = "7"
        if self.objects.get(kind.resource, namespace, metadata["name"]):
            details = {"name": metadata["name"], "group": kind.group, "kind": kind.plural}
            raise ApiError(
                409,
                "AlreadyExists",
                f'{kind.resource} "{metadata["name"]}" already exists',
                {key: value for key, value in details.items() if value},
            )
        self.objects.put(kind.resource, obj)
        return obj

    def update(self, kind: Kind, namespace: str | None, name: str, new: dict[str, Any]) -> dict[str, Any]:
        old = self.objects.get(kind.resource, namespace, name)
        assert old is not None
        new, _ = conform(kind, SCHEMA, new, "Strict")
        strategy = strategy_of(kind.resource)
        strategy.defaults(new)
        errors = self.admission.update(kind, new, old)
        strategy.prepare_update(new, old)
        errors += strategy.validate(new) + strategy.validate_update(new, old)
        if errors:
            raise invalid_error(kind, name, errors)
        self.objects.put(kind.resource, new)
        return new

    def patch(self, kind: Kind, namespace: str | None, name: str, change: dict[str, Any]) -> dict[str, Any]:
        old = self.objects.get(kind.resource, namespace, name)
        assert old is not None
        return self.update(kind, namespace, name, merged(copy.deepcopy(old), change))

    def _place(self, kind: Kind, namespace: str | None, metadata: dict[str, Any]) -> None:
        if not kind.namespaced:
            return
        if metadata.setdefault("namespace", namespace) != namespace:
            raise ApiError(
                400,
                "BadRequest",
                "the namespace of the provided object does not match the namespace sent on the request",
            )
        if self.objects.get("namespaces", None, namespace or "") is None:
            raise ApiError(
                404,
                "NotFound",
                f'namespaces "{namespace}" not found',
                {"name": namespace, "kind": "namespaces"},
            )


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
