"""Server-side apply: a manager states the fields that it cares for, and owns them.

1. Read who owns what. An object that nobody tracked belongs to "before-first-apply".
2. Merge the configuration into the object.
3. Take out what this manager applied the last time, does not apply now, and nobody else owns.
4. Every field that this changes and another manager owns is a conflict: refuse, or with `force` take it over.

Models: sigs.k8s.io/structured-merge-diff/merge/update.go,
k8s.io/apimachinery/pkg/util/managedfields/internal/{structuredmerge,conflict}.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.go_json import clone
from kubetutor.embedded.apiserver.managed_fields.compare import (
    NEVER_OWNED_METADATA,
    compare_objects,
    fields_of,
    ownable,
)
from kubetutor.embedded.apiserver.managed_fields.entries import (
    APPLY,
    UPDATE,
    Entry,
    claim,
    entries_of,
    fields_in,
    identity,
    make_entry,
    owning,
    record,
    release,
)
from kubetutor.embedded.apiserver.managed_fields.field_set import (
    Node,
    intersect,
    paths,
    subtract,
    union,
    with_named_fields,
)
from kubetutor.embedded.apiserver.managed_fields.merge import merge_applied, remove_fields
from kubetutor.embedded.apiserver.managed_fields.shape import schema_errors
from kubetutor.embedded.apiserver.managed_fields.update import ignored_fields
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Collection

    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.field_type import FieldType


def server_side_apply(  # noqa: PLR0913  # the contract with the registry
    applied: Object, current: Object | None, *, stated: Object, manager: str, force: bool, type_: FieldType | None, now: str,
    subresource: str = "",
) -> Object:  # fmt: skip
    """Answer the merged object with its `managedFields`; defaults are not set yet. `current` is None on create.

    `stated` is the configuration as the manager wrote it, with what says nothing: an empty map is owned too.

    Raises ApiError: 409 with one cause for each conflict.
    """
    ignored = ignored_fields(subresource, type_)
    mine = make_entry(
        manager=manager, operation=APPLY, api_version=str(applied["apiVersion"]), subresource=subresource
    )
    entries = _tracked(current, type_, now) if current else []
    previous = next((entry for entry in entries if identity(entry) == identity(mine)), None)
    others = [entry for entry in entries if entry is not previous]
    own = fields_of(ownable(stated, ignored), type_)

    merged: Object = merge_applied(clone(current or {}), _mergeable(applied, current, ignored), type_)
    if previous:
        _take_out(merged, fields_in(previous), _owned_by_all(others, own), type_)
    change = compare_objects(current or {}, merged, type_, ignored=ignored)
    if not force:
        _refuse_conflicts(others, change.written)
    record(merged, _with_own(release(others, change.touched), mine, own, _time(previous, own, now)))
    return merged


def check_applied(applied: Object, type_: FieldType | None) -> None:
    """Refuse, with 400, a configuration that the schema does not know.

    Unlike upstream: there this is a 500 without a reason; the words, and so kubectl's line, are the same.
    """
    errors = list(schema_errors(applied, type_))
    if not errors:
        return
    metadata = applied.get("metadata") or {}
    group, _, version = str(applied.get("apiVersion", "")).rpartition("/")
    where = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}; {group}/{version}, Kind={applied.get('kind')}"
    words = errors[0] if len(errors) == 1 else "\n  ".join(["errors:", *errors])
    raise ApiError(400, None, f"failed to create typed patch object ({where}): {words}")


def _mergeable(applied: Object, current: Object | None, ignored: Collection[str]) -> Object:
    """Copy a configuration without what cannot be changed this way: `creationTimestamp: null`, another's `status`."""
    copy: Object = clone(
        {key: value for key, value in applied.items() if current is None or key not in ignored}
    )
    metadata = copy.get("metadata") or {}
    for name in [name for name, value in metadata.items() if value is None and name in NEVER_OWNED_METADATA]:
        del metadata[name]
    return copy


def _tracked(current: Object, type_: FieldType | None, now: str) -> list[Entry]:
    entries = entries_of(current)
    if entries:
        return entries
    written = compare_objects({}, current, type_, ignored=ignored_fields("", type_)).written
    before = make_entry(
        manager="before-first-apply", operation=UPDATE, api_version=str(current["apiVersion"])
    )
    return claim([], before, written, now) if written else []


def _owned_by_all(others: list[Entry], stated: Node | None) -> Node | None:
    whole = stated
    for entry in others:
        whole = union(whole, fields_in(entry))
    return whole


def _take_out(merged: Object, last: Node | None, owned: Node | None, type_: FieldType | None) -> None:
    kept = with_named_fields({"f:metadata": {"f:name": {}}, **(owned or {})}, type_)
    gone = subtract(with_named_fields(last or {}, type_), kept)
    if gone:
        remove_fields(merged, gone, type_)


def _time(previous: Entry | None, stated: Node | None, now: str) -> str:
    """Keep the time when the manager states what it stated before: then applying twice changes nothing."""
    if previous and fields_in(previous) == stated:
        return str(previous.get("time", now))
    return now


def _with_own(entries: list[Entry], mine: Entry, stated: Node | None, time: str) -> list[Entry]:
    return [*entries, owning(mine, stated, time)] if stated else entries


def _refuse_conflicts(others: list[Entry], written: Node | None) -> None:
    conflicts = []
    for entry in sorted(others, key=identity):
        taken = intersect(fields_in(entry), written)
        if taken:
            conflicts += [(_describe(entry), path) for path in paths(taken)]
    if not conflicts:
        return
    if len(conflicts) == 1:
        message = f"Apply failed with 1 conflict: conflict with {conflicts[0][0]}: {conflicts[0][1]}"
    else:
        lines = []
        for who in dict.fromkeys(who for who, _ in conflicts):
            lines += [f"conflicts with {who}:", *(f"- {path}" for owner, path in conflicts if owner == who)]
        message = f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(lines)
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": path}
        for who, path in conflicts
    ]
    raise ApiError(409, "Conflict", message, {"causes": causes})


def _describe(entry: Entry) -> str:
    words = f'"{entry.get("manager", "")}"'
    if entry.get("subresource"):
        words += f' with subresource "{entry["subresource"]}"'
    return f"{words} using {entry['apiVersion']}" if entry["operation"] == UPDATE else words
