"""The entries of `metadata.managedFields`: who, by which operation, owns which fields.

Models: k8s.io/apimachinery/pkg/util/managedfields/internal/{managedfields,capmanagers}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.managed_fields.field_set import Node, in_order, subtract, union

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

UPDATE, APPLY = "Update", "Apply"
MAX_UPDATERS = 10
ANCIENT = "ancient-changes"

Entry = dict[str, Any]


def entries_of(obj: Object | None) -> list[Entry]:
    """Answer the entries of a stored object."""
    return list(((obj or {}).get("metadata") or {}).get("managedFields") or ())


def readable_entries(given: Any) -> list[Entry]:
    """Answer the entries that a client wrote; none when they are not in a form that can be read."""
    return given if isinstance(given, list) and all(map(_is_readable, given)) else []


def _is_readable(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and entry.get("operation") in {UPDATE, APPLY}
        and bool(entry.get("apiVersion"))
        and entry.get("fieldsType") == "FieldsV1"
        and _is_node(entry.get("fieldsV1") or {})
    )


def _is_node(fields: Any) -> bool:
    return isinstance(fields, dict) and all(map(_is_node, fields.values()))


def make_entry(*, manager: str, operation: str, api_version: str, subresource: str = "") -> Entry:
    """Build an entry that owns nothing yet."""
    entry = {"manager": manager or "unknown", "operation": operation, "apiVersion": api_version}
    return {**entry, "subresource": subresource} if subresource else entry


def identity(entry: Entry) -> tuple[str, ...]:
    """Answer what makes two entries one: an applier stays the same when it changes the version."""
    version = entry["apiVersion"] if entry["operation"] == UPDATE else ""
    return str(entry.get("manager", "")), entry["operation"], version, str(entry.get("subresource", ""))


def fields_in(entry: Entry) -> Node | None:
    """Answer the fields that an entry owns; None when there are none."""
    return entry.get("fieldsV1") or None


def owning(entry: Entry, fields: Node, time: str | None) -> Entry:
    """Answer the entry with these fields and this time, its keys in upstream's order."""
    whole: Entry = {key: entry[key] for key in ("manager", "operation", "apiVersion") if key in entry}
    if time is not None:
        whole["time"] = time
    whole |= {"fieldsType": "FieldsV1", "fieldsV1": in_order(fields)}
    if entry.get("subresource"):
        whole["subresource"] = entry["subresource"]
    return whole


def release(entries: list[Entry], fields: Node | None) -> list[Entry]:
    """Take fields away from all; who is left with nothing goes."""
    kept = []
    for entry in entries:
        before = fields_in(entry)
        rest = subtract(before, fields)
        if rest is not None:
            kept.append(entry if rest == before else owning(entry, rest, entry.get("time")))
    return kept


def claim(entries: list[Entry], mine: Entry, fields: Node, now: str) -> list[Entry]:
    """Add fields to the entry that is `mine`, or begin it."""
    previous = next((entry for entry in entries if identity(entry) == identity(mine)), None)
    others = [entry for entry in entries if entry is not previous]
    whole = union(fields_in(previous), fields) if previous else fields
    return [*others, owning(mine, whole or {}, now)]


def capped(entries: list[Entry]) -> list[Entry]:
    """Merge the oldest updaters of a version into one, while there are more than ten."""
    updaters = sorted((e for e in entries if e["operation"] == UPDATE), key=lambda e: (_time(e), identity(e)))
    excess = len(updaters) - MAX_UPDATERS
    first_of_version: dict[str, Entry] = {}
    for entry in updaters:
        if excess <= 0:
            break
        first = first_of_version.setdefault(entry["apiVersion"], entry)
        if first is entry:
            continue
        bucket = make_entry(manager=ANCIENT, operation=UPDATE, api_version=entry["apiVersion"])
        merged = owning(bucket, union(fields_in(first), fields_in(entry)) or {}, entry.get("time"))
        entries = [other for other in entries if other is not first and other is not entry] + [merged]
        first_of_version[entry["apiVersion"]] = merged
        excess -= 1
    return entries


def record(obj: Object, entries: list[Entry]) -> None:
    """Write the entries into the object, in upstream's order."""
    metadata = obj.setdefault("metadata", {})
    if entries:
        metadata["managedFields"] = sorted(
            entries,
            key=lambda e: (
                e["operation"],
                _time(e),
                e.get("manager", ""),
                e["apiVersion"],
                e.get("subresource", ""),
            ),
        )
    else:
        metadata.pop("managedFields", None)


def _time(entry: Entry) -> str:
    return str(entry.get("time") or "")
