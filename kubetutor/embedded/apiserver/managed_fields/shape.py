"""Which values are owned as a whole, and which by their parts.

Models: sigs.k8s.io/structured-merge-diff/typed, k8s.io/kube-openapi/pkg/schemaconv.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.field import quote
from kubetutor.embedded.apiserver.managed_fields.field_set import key_default

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.embedded.apiserver.field_type import FieldType


def is_granular_map(type_: FieldType | None) -> bool:
    """Say whether a map or struct is owned by its parts. Without a schema it is."""
    return type_ is None or (type_.map_type != "atomic" and (bool(type_.fields) or type_.values is not None))


def is_granular_list(type_: FieldType | None) -> bool:
    """Say whether a list is owned by its entries: keyed lists and sets are."""
    return type_ is not None and type_.list_type in {"map", "set"}


def schema_errors(value: Any, type_: FieldType | None, path: str = "") -> Iterator[str]:
    """Find what keeps a configuration from being applied: undeclared fields, entries without keys, double entries."""
    if isinstance(value, dict) and type_ is not None and is_granular_map(type_):
        for key, child in value.items():
            declared = type_.field(key) or type_.values
            if declared is None:
                yield f"{path}.{key}: field not declared in schema"
            else:
                yield from schema_errors(child, declared, f"{path}.{key}")
    elif isinstance(value, list) and type_ is not None and is_granular_list(type_):
        yield from _entry_errors(value, type_, path)


def _entry_errors(entries: list[Any], type_: FieldType, path: str) -> Iterator[str]:
    seen = []
    for index, entry in enumerate(entries):
        where = f"{path}: element {index}"
        if type_.list_type == "set":
            key = f'="{entry}"' if isinstance(entry, str) else f"={entry}"
        elif not isinstance(entry, dict):
            yield f"{where}: associative list with keys may not have non-map elements"
            continue
        else:
            keys = type_.list_map_keys
            if all(entry.get(name, key_default(type_, name)) is None for name in keys):
                yield (
                    f"{where}: associative list with keys has an element that omits all key fields "
                    f"[{' '.join(map(quote, keys))}] (and doesn't have default values for any key fields)"
                )
                continue
            pairs = {name: entry.get(name, key_default(type_, name)) for name in sorted(type_.list_map_keys)}
            key = ",".join(f'{k}="{v}"' if isinstance(v, str) else f"{k}={v}" for k, v in pairs.items())
        if key in seen:
            yield f"{path}: duplicate entries for key [{key}]"
        seen.append(key)
        yield from schema_errors(entry, type_.items, f"{path}[{key}]")
