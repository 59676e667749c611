"""Who owns the number of replicas: the entries of a workload, as those of its Scale, and back.

Models: k8s.io/apimachinery/pkg/util/managedfields/scalehandler.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from kubetutor.embedded.apiserver.managed_fields.entries import (
    Entry,
    entries_of,
    fields_in,
    identity,
    owning,
    record,
    release,
)
from kubetutor.embedded.apiserver.managed_fields.field_set import LEAF, Node, intersect

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

REPLICAS: Node = {"f:spec": {"f:replicas": LEAF}}
SCALE_VERSION = "autoscaling/v1"
Path: TypeAlias = tuple[str, ...]


def note_owners_in_scale(scale: Object, obj: Object, path: Path) -> None:
    """Write into a Scale who owns the replicas of its workload, which are at `path`: `("spec", "replicas")`."""
    replicas = _node(path)
    owners = [{**entry, "apiVersion": SCALE_VERSION} for entry in entries_of(obj) if _owns(entry, replicas)]
    record(scale, [owning(each, REPLICAS, each.get("time")) for each in owners])


def note_owners_of_scale(obj: Object, scale: Object, path: Path) -> None:
    """Write into a workload who owns the replicas of its Scale. Who is new has no time, as upstream has it."""
    version, replicas = str(obj["apiVersion"]), _node(path)
    owners = [{**entry, "apiVersion": version} for entry in entries_of(scale) if _owns(entry, REPLICAS)]
    wanted = {identity(entry) for entry in owners}
    kept = []
    for entry in entries_of(obj):
        kept += [entry] if identity(entry) in wanted else release([entry], replicas)
    known = {identity(entry) for entry in kept}
    record(obj, kept + [owning(each, replicas, None) for each in owners if identity(each) not in known])


def _owns(entry: Entry, replicas: Node) -> bool:
    return intersect(fields_in(entry), replicas) is not None


def _node(path: Path) -> Node:
    node = LEAF
    for name in reversed(path):
        node = {f"f:{name}": node}
    return node
