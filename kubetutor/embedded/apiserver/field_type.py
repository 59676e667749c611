"""What a patch must know of a field's type. The schemas provide it; nothing here is typed in by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection


class FieldType(Protocol):
    """The type of one field. A struct answers `field`, a map has `values`, a list has `items`."""

    @property
    def items(self) -> FieldType | None: ...

    @property
    def values(self) -> FieldType | None: ...

    @property
    def fields(self) -> Collection[str]:
        """Answer the names of the struct's declared fields; none for what is no struct."""

    @property
    def required(self) -> Collection[str]:
        """Answer the names of the struct's required fields."""

    @property
    def merge_key(self) -> str | None:
        """Answer `x-kubernetes-patch-merge-key`."""

    @property
    def patch_strategies(self) -> tuple[str, ...]:
        """Answer `x-kubernetes-patch-strategy`, split: some of "merge", "retainKeys", "replace"."""

    @property
    def list_type(self) -> str | None:
        """Answer `x-kubernetes-list-type`: "map", "set" or "atomic"; None is atomic."""

    @property
    def list_map_keys(self) -> tuple[str, ...]: ...

    @property
    def map_type(self) -> str | None:
        """Answer `x-kubernetes-map-type`: "atomic" or "granular"; None is granular."""

    def field(self, name: str) -> FieldType | None:
        """Answer the type of a struct's field, or None when the struct does not declare it."""
