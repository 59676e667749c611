"""Who owns what after a create, an update or a patch: who changes a field owns it, and nobody else does.

Models: k8s.io/apimachinery/pkg/util/managedfields/internal/fieldmanager.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.custom.structural import ObjectType
from kubetutor.embedded.apiserver.managed_fields.compare import compare_objects
from kubetutor.embedded.apiserver.managed_fields.entries import (
    UPDATE,
    Entry,
    capped,
    claim,
    entries_of,
    make_entry,
    readable_entries,
    record,
    release,
)

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.field_type import FieldType

MAX_MANAGER = 128  # bytes


def on_update(  # the contract with the registry
    new: Object, old: Object | None, *, manager: str, type_: FieldType | None, now: str, subresource: str = ""
) -> None:
    """Set `metadata.managedFields` of `new`. `old` is None on create; `now` is a time as objects write it.

    Call it after defaults were set and before anything else fills in fields (admission, the strategy): upstream
    counts what they set as nobody's. Cheap when little changed: equal parts are not looked into.
    """
    entries = _known_entries(new, old, subresource)
    if old is not None and not entries:
        record(new, [])  # an object that is not tracked, or not any longer, stays so
        return
    change = compare_objects(old or {}, new, type_, ignored=ignored_fields(subresource, type_))
    if change.touched is not None:
        entries = release(entries, change.touched)
    if change.written is not None:
        mine = make_entry(
            manager=manager,
            operation=UPDATE,
            api_version=str(new.get("apiVersion", "")),
            subresource=subresource,
        )
        entries = claim(entries, mine, change.written, now)
    record(new, capped(entries))


def ignored_fields(subresource: str, type_: FieldType | None) -> frozenset[str]:
    """Answer the fields whose changes the server throws away: the status, or all but the status."""
    if isinstance(type_, ObjectType):
        return type_.reset_fields(subresource)
    return frozenset({"spec"}) if subresource == "status" else frozenset({"status"})


def _known_entries(new: Object, old: Object | None, subresource: str) -> list[Entry]:
    """Answer the entries before this change. A client may write them itself, or reset them with an empty list."""
    known = entries_of(old)
    given = (new.get("metadata") or {}).get("managedFields")
    if subresource or given == known:
        return known
    if given in ([], [{}]):
        return []
    return readable_entries(given) or known


def default_manager(user_agent: str) -> str:
    """Name the manager of a request that does not: the user agent up to its first slash."""
    printable = "".join(char for char in user_agent.partition("/")[0] if char.isprintable())
    return printable.encode()[:MAX_MANAGER].decode(errors="ignore")
