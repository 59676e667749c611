"""A small API server in memory: just enough of it to run controllers and the scheduler against.

The real registry is tested elsewhere; this one keeps the same promises to those who watch.
"""

from __future__ import annotations

import copy
import datetime as dt
import itertools
from collections import defaultdict

from kubetutor.api.kinds import kinds_by_resource
from kubetutor.api.objects import is_being_deleted, key_of, labels_of, name_of, namespace_of
from kubetutor.api.selectors import matches, parse_fields, parse_labels
from kubetutor.embedded.client import Change
from kubetutor.embedded.clock import timestamp
from kubetutor.errors import ApiError


class HandMovedClock:
    """Time passes only when a test says so. The wall clock may jump on its own."""

    def __init__(self):
        self._wall = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
        self._monotonic = 1000.0

    def now(self):
        return self._wall

    def monotonic(self):
        return self._monotonic

    async def sleep(self, seconds):
        self.advance(seconds)

    def advance(self, seconds):
        self._monotonic += seconds
        self._wall += dt.timedelta(seconds=seconds)

    def jump(self, seconds):
        """Set the wall clock forward or back, as somebody with a wrong watch would."""
        self._wall += dt.timedelta(seconds=seconds)


def merge(target, patch):
    """Apply RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


class Watch:
    def __init__(self, watches, entry):
        self._watches, self._entry = watches, entry

    def close(self):
        if self._entry in self._watches:
            self._watches.remove(self._entry)


class FakeClient:
    def __init__(self, clock):
        self._clock = clock
        self._objects = defaultdict(dict)
        self._watches = defaultdict(list)
        self._serial = itertools.count(1)
        self.refuse = None
        """A test may put a function (verb, resource, object) here that raises ApiError."""
        self.writes = []

    # ---- reads

    def get(self, resource, name, *, namespace=None):
        try:
            return self._objects[resource][f"{namespace}/{name}" if namespace else name]
        except KeyError:
            raise ApiError(404, "NotFound", f'{resource} "{name}" not found') from None

    def list(self, resource, *, namespace=None, label_selector="", field_selector=""):
        wanted, fields = parse_labels(label_selector), parse_fields(field_selector)
        return [
            obj
            for obj in self._objects[resource].values()
            if namespace in (None, namespace_of(obj))
            and matches(wanted, labels_of(obj))
            and all(self._has(obj, *field) for field in fields)
        ]

    @staticmethod
    def _has(obj, path, operator, value):
        found = obj
        for part in path.split("."):
            found = found.get(part, {})
        return (found == value) == (operator == "=")

    def watch(self, resource, on_change, *, namespace=None):
        entry = (on_change, namespace)
        self._watches[resource].append(entry)
        for obj in list(self._objects[resource].values()):
            if namespace in (None, namespace_of(obj)):
                on_change(Change("ADDED", obj))
        return Watch(self._watches[resource], entry)

    # ---- writes

    def create(self, resource, obj, *, namespace=None):
        self._note("create", resource, obj)
        obj = copy.deepcopy(obj)
        kind, serial = kinds_by_resource()[resource], next(self._serial)
        metadata = obj.setdefault("metadata", {})
        if kind.namespaced:
            metadata["namespace"] = namespace or metadata.get("namespace") or "default"
        if "name" not in metadata:
            metadata["name"] = f"{metadata['generateName']}{serial:05d}"
        metadata.update(uid=f"uid-{serial}", creationTimestamp=timestamp(self._clock.now()), generation=1)
        obj = {"apiVersion": kind.api_version, "kind": kind.kind, **obj}
        if key_of(obj) in self._objects[resource]:
            raise ApiError(409, "AlreadyExists", f'{resource} "{name_of(obj)}" already exists')
        if resource == "pods":
            obj.setdefault("status", {}).setdefault("phase", "Pending")
        return self._store("ADDED", resource, obj)

    def update(self, resource, obj, *, subresource=""):
        self._note("update", resource, obj)
        current = self.get(resource, name_of(obj), namespace=namespace_of(obj))
        version = obj["metadata"].get("resourceVersion")
        if version and version != current["metadata"]["resourceVersion"]:
            raise ApiError(409, "Conflict", "the object has been modified")
        obj = copy.deepcopy(obj)
        if subresource == "status":
            obj = {**current, "status": obj.get("status", {})}
        return self._replace(resource, current, obj)

    def patch(self, resource, name, body, *, namespace=None, subresource=""):
        self._note("patch", resource, body)
        current = self.get(resource, name, namespace=namespace)
        if subresource == "binding" and current["spec"].get("nodeName"):
            raise ApiError(409, "Conflict", f"pod {name} is already assigned")
        if subresource == "status":
            body = {"status": body.get("status", {})}
        return self._replace(resource, current, merge(current, copy.deepcopy(body)))

    def delete(self, resource, name, *, namespace=None, options=None):
        self._note("delete", resource, {"name": name, "options": options})
        current = self.get(resource, name, namespace=namespace)
        options = options or {}
        wanted = (options.get("preconditions") or {}).get("uid")
        if wanted not in (None, current["metadata"]["uid"]):
            raise ApiError(409, "Conflict", "the uid is another")
        metadata = dict(current["metadata"])
        extra = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}.get(options.get("propagationPolicy"))
        finalizers = [*metadata.get("finalizers", ())]
        if extra and extra not in finalizers:
            finalizers.append(extra)
        grace = options.get("gracePeriodSeconds", 30 if resource == "pods" else 0)
        graceful = resource == "pods" and grace > 0 and current["spec"].get("nodeName")
        if not finalizers and not graceful and resource != "namespaces":
            return self._remove(resource, current)
        metadata.setdefault("deletionTimestamp", timestamp(self._clock.now()))
        if finalizers:
            metadata["finalizers"] = finalizers
        if resource == "pods":
            metadata["deletionGracePeriodSeconds"] = grace
        return self._replace(resource, current, {**current, "metadata": metadata})

    # ---- what a test does from outside

    def vanish(self, resource, key):
        """Remove at once, as a kubelet does when a pod has ended."""
        self._remove(resource, self._objects[resource][key])

    def _note(self, verb, resource, obj):
        if self.refuse is not None:
            self.refuse(verb, resource, obj)
        if resource != "events":
            self.writes.append((verb, resource))

    def _replace(self, resource, current, obj):
        if {**obj, "metadata": {**obj["metadata"]}} == current:
            return current
        metadata = dict(obj["metadata"])
        if obj.get("spec") != current.get("spec"):
            metadata["generation"] = current["metadata"]["generation"] + 1
        for name in ("finalizers", "ownerReferences", "annotations", "labels"):
            if name in metadata and not metadata[name]:
                del metadata[name]
        obj = {**obj, "metadata": metadata}
        holds = obj.get("spec", {}).get("finalizers") if resource == "namespaces" else None
        graceful = resource == "pods" and metadata.get("deletionGracePeriodSeconds", 0) > 0
        if is_being_deleted(obj) and not metadata.get("finalizers") and not holds and not graceful:
            return self._remove(resource, obj)
        return self._store("MODIFIED", resource, obj)

    def _store(self, change, resource, obj):
        old = self._objects[resource].get(key_of(obj))
        version = str(next(self._serial))
        obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": version}}
        self._objects[resource][key_of(obj)] = obj
        self._tell(Change(change, obj, old), resource)
        return obj

    def _remove(self, resource, obj):
        old = self._objects[resource].pop(key_of(obj))
        self._tell(Change("DELETED", obj, old), resource)
        return obj

    def _tell(self, change, resource):
        for on_change, namespace in list(self._watches[resource]):
            if namespace in (None, namespace_of(change.object)):
                on_change(change)
