"""An Event has two forms: core `v1` is stored, `events.k8s.io/v1` is shown under its newer names.

Models: pkg/apis/events/v1/conversion.go.
"""

from __future__ import annotations

import re
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


def fields_to_core(selector: str) -> str:
    """Say a field selector in the words of the core form: `regarding.name=web` is `involvedObject.name=web`."""
    for new, core in (("regarding.", "involvedObject."), ("reportingController", "reportingComponent")):
        selector = re.sub(rf"(^|,)\s*{re.escape(new)}", rf"\g<1>{core}", selector)
    return selector


def to_new(event: Object) -> Object:
    return {NEW_BY_CORE.get(name, name): value for name, value in event.items()} | {
        "apiVersion": "events.k8s.io/v1"
    }


def to_core(event: Object) -> Object:
    return {CORE_BY_NEW.get(name, name): value for name, value in event.items()} | {"apiVersion": "v1"}
