"""Strategic merge patches: merge patches that know which lists are keyed, and how to order them.

In a patch, beside plain values:
`$patch: delete|replace`           delete or replace the map or the list that holds it, or the list's entry
`$setElementOrder/NAME`            the order that the entries of list NAME shall have
`$deleteFromPrimitiveList/NAME`    values to drop from a list of plain values
`$retainKeys`                      the only keys that shall stay

Models: k8s.io/apimachinery/pkg/util/strategicpatch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.go_json import go_format, go_type
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.embedded.apiserver.field_type import FieldType

    Map = dict[str, Any]

DIRECTIVE = "$patch"
RETAIN_KEYS = "$retainKeys"
SET_ORDER = "$setElementOrder"
DELETE_FROM_LIST = "$deleteFromPrimitiveList"
REJECTED = "the server rejected our request due to an error in our request"


def strategic_merge(original: Map, patch: Map, type_: FieldType | None) -> Map:
    """Answer the merged map. Both arguments are used up: pass copies."""
    if DIRECTIVE in patch:
        return _directed(patch)
    _retain_keys(original, patch)
    _merge_ordered_lists(original, patch, type_)
    for key, value in patch.items():
        name = _parallel_list_name(key, DELETE_FROM_LIST)
        if name is not None:
            _delete_from_list(original, name, value)
        elif value is None:
            original.pop(key, None)
        else:
            _merge_value(original, key, value, type_.field(key) or type_.values if type_ else None)
    return original


def _merge_value(original: Map, key: str, value: Any, type_: FieldType | None) -> None:
    current = original.get(key)
    if isinstance(current, dict) and isinstance(value, dict):
        replace = "replace" in _strategies(type_)
        original[key] = value if replace else strategic_merge(current, value, type_)
    elif isinstance(current, list) and isinstance(value, list):
        original[key] = _merge_lists(current, value, type_)
    else:
        keep, clean = _without_directives(value)
        if keep:
            original[key] = clean
        else:
            original.pop(key, None)


def _strategies(type_: FieldType | None) -> tuple[str, ...]:
    return type_.patch_strategies if type_ else ()


def _directed(patch: Map) -> Map:
    directive = patch.pop(DIRECTIVE)
    if directive == "replace":
        return patch
    if directive == "delete":
        return {}
    raise _unnamed_error(f"unknown patch type: {go_format(directive)} in map: {go_format(patch)}")


def _retain_keys(original: Map, patch: Map) -> None:
    if RETAIN_KEYS not in patch:
        return
    retained = patch.pop(RETAIN_KEYS)
    named = [k for k, v in patch.items() if v is not None and not k.startswith((DELETE_FROM_LIST, SET_ORDER))]
    if not isinstance(retained, list) or any(key not in retained for key in named):
        raise _bad_request("invalid patch format of retainKeys")
    for key in [key for key in original if key not in retained]:
        del original[key]


def _parallel_list_name(key: str, prefix: str) -> str | None:
    if not key.startswith(prefix):
        return None
    head, slash, name = key.partition("/")
    if head != prefix or not slash:
        what = "primitive list" if prefix == DELETE_FROM_LIST else "setElementOrder list"
        raise _bad_request(f"invalid patch format of {what}")
    return name


def _delete_from_list(original: Map, name: str, unwanted: Any) -> None:
    current = original.get(name)
    if unwanted is None:
        original.pop(name, None)
    elif isinstance(current, list) and isinstance(unwanted, list):
        _kind_of_entries(current, unwanted)
        original[name] = [value for value in current if value not in unwanted]


def _merge_ordered_lists(original: Map, patch: Map, type_: FieldType | None) -> None:
    """Merge each list that has a `$setElementOrder`, and take it out of the patch."""
    for key in [key for key in patch if key.startswith(SET_ORDER)]:
        name = str(_parallel_list_name(key, SET_ORDER))
        order, patched, current = patch.pop(key), patch.pop(name, None), original.get(name)
        for value in (order, patched or [], current or []):
            if not isinstance(value, list):
                raise _unnamed_error(f"expected a []interface {{}}, but received a {go_type(value)}")
        field = type_.field(name) if type_ else None
        merge_key = (field.merge_key if field else None) or ""
        _check_order(patched, order, merge_key)
        if current is None and patched is None:
            continue
        merged = _merge_lists(current, patched, field) if current and patched else current or patched or []
        merged = [entry for entry in merged if not (isinstance(entry, dict) and DIRECTIVE in entry)]
        original[name] = _arrange(merged, order, current or [], merge_key)


def _check_order(patched: list[Any] | None, order: list[Any], merge_key: str) -> None:
    """Refuse a patch whose entries stand in another order than its `$setElementOrder`."""
    kept = [entry for entry in patched or [] if not (isinstance(entry, dict) and DIRECTIVE in entry)]
    if not kept or not order:
        return
    wanted = iter(_keys_of(order, merge_key))
    if not all(key in wanted for key in _keys_of(kept, merge_key)):
        raise _unnamed_error(
            f"The order in patch list:\n{go_format(patched)}\n doesn't match {SET_ORDER} list:\n{go_format(order)}\n"
        )


def _merge_lists(current: list[Any], patch: list[Any], type_: FieldType | None) -> list[Any]:
    if "merge" not in _strategies(type_):
        return [clean for keep, clean in map(_without_directives, patch) if keep]
    if not current and not patch:
        return current
    if _kind_of_entries(current, patch) != go_type({}):
        merged = list(dict.fromkeys([*current, *patch]))
        return _arrange(merged, patch, current, "")
    merge_key = (type_.merge_key if type_ else None) or ""
    if not merge_key:
        raise _unnamed_error("cannot merge lists without merge key for type struct")
    current, patch = _obey_directives(current, patch, merge_key)
    merged = _merge_entries(current, patch, merge_key, type_.items if type_ else None)
    return _arrange(merged, patch, current, merge_key)


def _obey_directives(current: list[Map], patch: list[Map], merge_key: str) -> tuple[list[Map], list[Map]]:
    """Answer what is left of the current entries, and the patch's plain entries."""
    plain, replace = [], False
    for entry in patch:
        directive = entry.get(DIRECTIVE)
        if DIRECTIVE not in entry:
            plain.append(entry)
        elif directive == "delete":
            unwanted = _key_of(entry, merge_key)
            current = [other for other in current if other.get(merge_key) != unwanted]
        elif directive == "replace":
            replace = True
        elif directive == "merge":
            raise _unnamed_error("merging lists cannot yet be specified in the patch")
        else:
            raise _unnamed_error(f"unknown patch type: {go_format(directive)} in map: {go_format(entry)}")
    return (plain, []) if replace else (current, plain)


def _merge_entries(
    current: list[Map], patch: list[Map], merge_key: str, type_: FieldType | None
) -> list[Map]:
    merged = list(current)
    for entry in patch:
        key = _key_of(entry, merge_key)
        at = next(
            (i for i, other in enumerate(merged) if merge_key in other and other[merge_key] == key), None
        )
        if at is None:
            merged.append(_without_directives(entry)[1])
        else:
            merged[at] = strategic_merge(merged[at], entry, type_)
    return merged


def _arrange(merged: list[Any], order: list[Any], current: list[Any], merge_key: str) -> list[Any]:
    """Put the patch's entries in `order`; the server's keep theirs, and go in front where they were in front."""
    wanted, served = _keys_of(order, merge_key), _keys_of(current, merge_key)
    keyed = list(zip(_keys_of(merged, merge_key), merged, strict=True))
    patched = sorted((pair for pair in keyed if pair[0] in wanted), key=lambda pair: wanted.index(pair[0]))
    others = [pair for pair in keyed if pair[0] not in wanted]
    others.sort(key=lambda pair: served.index(pair[0]) if pair[0] in served else len(served))
    result = []
    while others and patched:
        mine, theirs = patched[0][0], others[0][0]
        stands_first = mine in served and theirs in served and served.index(theirs) < served.index(mine)
        result.append((others if stands_first else patched).pop(0)[1])
    return result + [value for _, value in patched + others]


def _keys_of(entries: list[Any], merge_key: str) -> list[Any]:
    return [_key_of(entry, merge_key) for entry in entries] if merge_key else entries


def _key_of(entry: Any, merge_key: str) -> Any:
    if not isinstance(entry, dict):
        raise _unnamed_error(f"expected a map[string]interface {{}}, but received a {go_type(entry)}")
    if merge_key not in entry:
        raise _unnamed_error(f"map: {go_format(entry)} does not contain declared merge key: {merge_key}")
    return entry[merge_key]


def _kind_of_entries(*lists: list[Any]) -> str:
    kinds = {go_type(entry) for entries in lists for entry in entries}
    if go_type([]) in kinds:
        raise ApiError(422, "Invalid", REJECTED, {})
    if len(kinds) > 1:
        raise _unnamed_error(f"list element types are not identical: {go_format(list(lists))}")
    return kinds.pop() if kinds else ""


def _without_directives(value: Any) -> tuple[bool, Any]:
    """Answer whether to keep a value that meets nothing to merge with, and the value without nulls and directives."""
    if isinstance(value, dict):
        if DIRECTIVE in value:
            return False, None
        pairs = {key: _without_directives(child) for key, child in value.items() if child is not None}
        return True, {key: clean for key, (keep, clean) in pairs.items() if keep}
    if isinstance(value, list):
        return True, [clean for keep, clean in map(_without_directives, value) if keep]
    return True, value


def _bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def _unnamed_error(message: str) -> ApiError:
    """Unlike upstream: there it is a 500 without a reason; the words, and so kubectl's line, are the same."""
    return ApiError(400, None, message)
