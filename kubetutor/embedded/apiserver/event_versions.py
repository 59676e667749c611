"""An Event has two forms: core `v1` is stored, `events.k8s.io/v1` is shown under its newer names.

Models: pkg/apis/events/v1/conversion.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

CORE_BY_NEW = {
    "note": "message",
    "regarding": "involvedObject",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
NEW_BY_CORE = {core: new for new, core in CORE_BY_NEW.items()}


def to_new(event: Object) -> Object:
    return {NEW_BY_CORE.get(name, name): value for name, value in event.items()} | {
        "apiVersion": "events.k8s.io/v1"
    }


def to_core(event: Object) -> Object:
    return {CORE_BY_NEW.get(name, name): value for name, value in event.items()} | {"apiVersion": "v1"}
