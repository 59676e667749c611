"""A small API server in memory: what the kubelet needs of `Client`, and nothing of the real one's rules."""

from __future__ import annotations

import copy
import itertools
import uuid

from kubetutor.api.objects import key_of, name_of
from kubetutor.embedded.client import Change
from kubetutor.embedded.clock import SystemClock, timestamp
from kubetutor.errors import ApiError


def merge(old, patch):
    """Apply a JSON merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


class MemoryClient:
    """Satisfies `Client`. `changes` is the history: (type, resource, object)."""

    def __init__(self):
        self.objects = {}
        self.watchers = []
        self.changes = []
        self._serial = itertools.count(1)

    def _key(self, resource, name, namespace):
        return resource, f"{namespace}/{name}" if namespace else name

    def _tell(self, kind, resource, obj, old):
        self.changes.append((kind, resource, obj))
        for watched, callback in list(self.watchers):
            if watched == resource:
                callback(Change(kind, obj, old))

    def _store(self, kind, resource, obj, old=None):
        obj = copy.deepcopy(obj)
        obj["metadata"]["resourceVersion"] = str(next(self._serial))
        self.objects[resource, key_of(obj)] = obj
        self._tell(kind, resource, obj, old)
        return obj

    def get(self, resource, name, *, namespace=None):
        key = self._key(resource, name, namespace)
        if key not in self.objects:
            raise ApiError(404, "NotFound", f'{resource} "{name}" not found')
        return self.objects[key]

    def list(self, resource, *, namespace=None):
        return [
            obj
            for (of, _), obj in self.objects.items()
            if of == resource and (namespace is None or obj["metadata"].get("namespace") == namespace)
        ]

    def create(self, resource, obj, *, namespace=None):
        obj = copy.deepcopy(obj)
        if namespace:
            obj["metadata"]["namespace"] = namespace
        if (resource, key_of(obj)) in self.objects:
            raise ApiError(409, "AlreadyExists", f'{resource} "{name_of(obj)}" already exists')
        obj["metadata"].setdefault("uid", str(uuid.uuid4()))
        obj["metadata"].setdefault("generation", 1)
        return self._store("ADDED", resource, obj)

    def patch(self, resource, name, body, *, namespace=None, subresource=""):
        old = self.get(resource, name, namespace=namespace)
        if subresource:
            body = {subresource: body[subresource]}
        return self._store("MODIFIED", resource, merge(old, body), old)

    def update(self, resource, obj, *, subresource=""):  # noqa: ARG002  # the protocol has it
        old = self.get(resource, name_of(obj), namespace=obj["metadata"].get("namespace"))
        return self._store("MODIFIED", resource, obj, old)

    def delete(self, resource, name, *, namespace=None, options=None):
        old = self.get(resource, name, namespace=namespace)
        options = options or {}
        uid = (options.get("preconditions") or {}).get("uid")
        if uid and uid != old["metadata"]["uid"]:
            raise ApiError(409, "Conflict", "the uid is another's")
        grace = options.get("gracePeriodSeconds")
        if grace is None:
            grace = old.get("spec", {}).get("terminationGracePeriodSeconds", 30)
        if resource != "pods" or grace == 0 or not old["spec"].get("nodeName"):
            del self.objects[self._key(resource, name, namespace)]
            self._tell("DELETED", resource, old, old)
            return old
        metadata = {
            "deletionTimestamp": timestamp(SystemClock().now()),
            "deletionGracePeriodSeconds": grace,
            "generation": old["metadata"].get("generation", 1) + 1,
        }
        return self._store("MODIFIED", resource, merge(old, {"metadata": metadata}), old)

    def watch(self, resource, on_change, *, namespace=None):  # noqa: ARG002  # the protocol has it
        entry = (resource, on_change)
        self.watchers.append(entry)
        for obj in self.list(resource):
            on_change(Change("ADDED", obj))
        return _Subscription(self.watchers, entry)


class _Subscription:
    def __init__(self, watchers, entry):
        self.watchers, self.entry = watchers, entry

    def close(self):
        if self.entry in self.watchers:
            self.watchers.remove(self.entry)
