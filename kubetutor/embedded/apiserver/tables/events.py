"""Events, in both of their forms: `v1` and `events.k8s.io/v1` name the same fields differently.

Models: pkg/printers/internalversion/printers.go (printEvent).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.tables.durations import since
from kubetutor.embedded.apiserver.tables.layout import Column, Layout, at, name, wide

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.objects import Object


def _either(obj: Object, core: str, events: str, default: Any = "") -> Any:
    """Answer a field by its name in `v1`, else by its name in `events.k8s.io/v1`."""
    return at(obj, core) or at(obj, events, default)


def _source(obj: Object) -> str:
    component = _either(obj, "source.component", "deprecatedSource.component")
    host = _either(obj, "source.host", "deprecatedSource.host") or obj.get("reportingInstance", "")
    component = component or _either(obj, "reportingComponent", "reportingController")
    return f"{component}, {host}" if host else str(component)


def _event(obj: Object, now: dt.datetime) -> list[Any]:
    involved = _either(obj, "involvedObject", "regarding", {})
    kind, involved_name = involved.get("kind", "").lower(), involved.get("name")
    first = _either(obj, "firstTimestamp", "deprecatedFirstTimestamp") or obj.get("eventTime")
    last = _either(obj, "lastTimestamp", "deprecatedLastTimestamp") or first
    count = _either(obj, "count", "deprecatedCount", 0) or 1
    series = obj.get("series")
    if series:
        last, count = series.get("lastObservedTime"), series.get("count", 0)
    return [
        since(last, now),
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{kind}/{involved_name}" if involved_name else kind,
        involved.get("fieldPath", ""),
        _source(obj),
        _either(obj, "message", "note").strip(),
        since(first, now),
        count,
        name(obj),
    ]


EVENT = Layout(
    (
        *(Column(n) for n in ("Last Seen", "Type", "Reason", "Object")),
        wide("Subobject"),
        wide("Source"),
        Column("Message"),
        wide("First Seen"),
        wide("Count"),
        wide("Name", "name"),
    ),
    _event,
)
LAYOUTS = {"events": EVENT, "events.events.k8s.io": EVENT}
