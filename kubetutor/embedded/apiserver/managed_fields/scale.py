"""Who owns the number of replicas: the entries of a workload, as those of its Scale, and back.

Models: k8s.io/apimachinery/pkg/util/managedfields/scalehandler.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def note_owners_in_scale(scale: Object, obj: Object) -> None:
    """Write into a Scale who owns the replicas of its workload."""
    owners = [{**entry, "apiVersion": SCALE_VERSION} for entry in entries_of(obj) if _owns_replicas(entry)]
    record(scale, [owning(each, REPLICAS, each.get("time")) for each in owners])


def note_owners_of_scale(obj: Object, scale: Object) -> None:
    """Write into a workload who owns the replicas of its Scale. Who is new has no time, as upstream has it."""
    version = str(obj["apiVersion"])
    owners = [{**entry, "apiVersion": version} for entry in entries_of(scale) if _owns_replicas(entry)]
    wanted = {identity(entry) for entry in owners}
    kept = []
    for entry in entries_of(obj):
        kept += [entry] if identity(entry) in wanted else release([entry], REPLICAS)
    known = {identity(entry) for entry in kept}
    record(obj, kept + [owning(each, REPLICAS, None) for each in owners if identity(each) not in known])


def _owns_replicas(entry: Entry) -> bool:
    return intersect(fields_in(entry), REPLICAS) is not None
