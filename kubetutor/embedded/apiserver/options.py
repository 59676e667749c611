"""What a request asks for besides its object: the query parameters and `DeleteOptions`, read once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.managed_fields import default_manager
from kubetutor.embedded.apiserver.status import bad_request
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kubetutor.embedded.apiserver.users import User

LONGEST_MANAGER = 128  # bytes
_MATCH = "resourceVersionMatch: Forbidden: "
BOOLEANS = {"true": True, "1": True, "false": False, "0": False, "": False}


REASONS = {
    "Required value": "FieldValueRequired",
    "Unsupported value": "FieldValueNotSupported",
    "Forbidden": "FieldValueForbidden",
    "Too long": "FieldValueTooLong",
}


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """Who writes, and how. `field_validation` is Strict, Warn or Ignore; `applied` is for server-side apply.

    `user` is None for the cluster's own parts, which may do everything.
    """

    manager: str = "unknown"
    dry_run: bool = False
    field_validation: str = "Warn"
    force: bool = False
    applied: bool = False
    user: User | None = None


@dataclass(frozen=True, slots=True)
class ListOptions:
    """Models `ListOptions`. `limit` 0 means all; `timeout` is in seconds."""

    label_selector: str = ""
    field_selector: str = ""
    limit: int = 0
    continue_token: str = ""
    resource_version: int | None = None
    version_match: str = ""
    watch: bool = False
    timeout: float | None = None
    bookmarks: bool = False
    send_initial_events: bool | None = None


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """Models `DeleteOptions`. `policy` is Orphan, Background, Foreground or None for the kind's own."""

    grace_period: int | None = None
    policy: str | None = None
    uid: str | None = None
    resource_version: str | None = None
    dry_run: bool = False


def write_options(query: Mapping[str, str], user_agent: str, kind: str = "CreateOptions") -> WriteOptions:
    """Read `CreateOptions`, `UpdateOptions` or `PatchOptions`: `kind` is what a refusal calls them."""
    validation, manager = query.get("fieldValidation", ""), query.get("fieldManager", "")
    if validation not in {"", "Strict", "Warn", "Ignore"}:
        raise invalid_options(
            kind,
            f'fieldValidation: Unsupported value: "{validation}": supported values: "", "Ignore", "Strict", "Warn"',
        )
    if len(manager.encode()) > LONGEST_MANAGER:
        raise invalid_options(kind, f"fieldManager: Too long: may not be more than {LONGEST_MANAGER} bytes")
    for position, char in enumerate(manager):
        if not char.isprintable():
            why = f"invalid character U+{ord(char):04X} (at position {position})"
            raise invalid_options(kind, f"fieldManager: Invalid value: {json.dumps(manager)}: {why}")
    return WriteOptions(
        manager=manager or default_manager(user_agent) or "unknown",
        dry_run="dryRun" in query and _dry_run([query["dryRun"]], kind),
        field_validation=validation or "Warn",
        force=_boolean(query, "force"),
    )


def require_manager(query: Mapping[str, str]) -> None:
    """Refuse an apply patch that does not say who applies."""
    if not query.get("fieldManager"):
        raise invalid_options("PatchOptions", "fieldManager: Required value: is required for apply patch")


def invalid_options(kind: str, *why: str) -> ApiError:
    """Answer a 422 about the options themselves; each `why` begins with the field."""
    details = {"group": "meta.k8s.io", "kind": kind, "causes": [_cause(each) for each in why]}
    said = why[0] if len(why) == 1 else f"[{', '.join(why)}]"
    return ApiError(422, "Invalid", f'{kind}.meta.k8s.io "" is invalid: {said}', details)


def _cause(why: str) -> dict[str, str]:
    field, _, message = why.partition(": ")
    reason = REASONS.get(message.partition(":")[0], "FieldValueInvalid")
    return {"reason": reason, "message": message, "field": field}


def refuse_force(options: WriteOptions) -> None:
    """Refuse `force` where nothing is applied."""
    if options.force:
        raise invalid_options("PatchOptions", "force: Forbidden: may not be specified for non-apply patch")


def _dry_run(stages: Sequence[Any], kind: str) -> bool:
    """Say whether nothing shall be kept: there are no stages but all of them."""
    if any(stage != "All" for stage in stages):
        shown = json.dumps(stages, separators=(",", ":"))
        raise invalid_options(kind, f'dryRun: Unsupported value: {shown}: supported values: "All"')
    return bool(stages)


def list_options(query: Mapping[str, str]) -> ListOptions:
    timeout = _integer(query, "timeoutSeconds")
    initial = query.get("sendInitialEvents")
    return ListOptions(
        label_selector=query.get("labelSelector", ""),
        field_selector=query.get("fieldSelector", ""),
        limit=_integer(query, "limit") or 0,
        continue_token=query.get("continue", ""),
        resource_version=_resource_version(query.get("resourceVersion", "")),
        version_match=query.get("resourceVersionMatch", ""),
        watch=_boolean(query, "watch"),
        timeout=_request_timeout(query, timeout),
        bookmarks=_boolean(query, "allowWatchBookmarks"),
        send_initial_events=None if initial is None else _boolean(query, "sendInitialEvents"),
    )


def check_list(options: ListOptions) -> None:
    """Refuse what makes no sense together when a list is asked for. Raises ApiError 400, 422."""
    match, version = options.version_match, options.resource_version
    wrong = []
    if options.send_initial_events is not None:
        wrong.append("sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list")
    if match and version is None:
        wrong.append(_MATCH + "resourceVersionMatch is forbidden unless resourceVersion is provided")
    if match and options.continue_token:
        wrong.append(_MATCH + "resourceVersionMatch is forbidden when continue is provided")
    if match not in {"", "Exact", "NotOlderThan"}:
        wrong.append(
            f'resourceVersionMatch: Unsupported value: "{match}": supported values: "Exact", "NotOlderThan", ""'
        )
    if match == "Exact" and version == 0:
        wrong.append(_MATCH + 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    if wrong:
        raise invalid_options("ListOptions", *wrong)
    if options.continue_token and version:
        raise bad_request("specifying resource version is not allowed when using continue")


def check_watch(options: ListOptions) -> None:
    """Refuse what makes no sense together when a watch is asked for. Raises ApiError 400, 422."""
    match, wrong = options.version_match, []
    if options.send_initial_events is not None and match != "NotOlderThan":
        wrong.append(_MATCH + "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
    if options.send_initial_events is None and match:
        wrong.append(
            _MATCH + "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        )
    if match not in {"", "NotOlderThan"}:
        wrong.append(f'resourceVersionMatch: Unsupported value: "{match}": supported values: "NotOlderThan"')
    if options.continue_token:
        wrong.append(_MATCH + "resourceVersionMatch is forbidden when continue is provided")
    if wrong:
        raise invalid_options("ListOptions", *wrong)
    if options.limit < 0:
        raise bad_request("limit must not be negative")


def wanted_revision(options: ListOptions) -> int | None:
    """Answer the revision at which a list shall be shown, or None for as it is now.

    Models: k8s.io/apimachinery, the table of `resourceVersion` and `limit` in "Kubernetes API Concepts".
    """
    version, match = options.resource_version, options.version_match
    is_exact = match == "Exact" or (not match and options.limit > 0)
    return version if version and is_exact else None


def _request_timeout(query: Mapping[str, str], seconds: int | None) -> float | None:
    """Answer `timeoutSeconds`, or else kubectl's `timeout=2s`."""
    if seconds is not None:
        return float(seconds)
    text = query.get("timeout", "")
    number = text.removesuffix("s")
    if text.endswith("s") and number.isdigit():
        return float(number) or None
    return None


def delete_options(body: Any, query: Mapping[str, str]) -> DeleteOptions:
    """Read the body of a DELETE, or else its query."""
    options = body if isinstance(body, dict) else {}
    preconditions = options.get("preconditions") or {}
    grace = options.get("gracePeriodSeconds", _integer(query, "gracePeriodSeconds"))
    policy = options.get("propagationPolicy") or query.get("propagationPolicy")
    orphan = options.get("orphanDependents")
    dry_run = options.get("dryRun") or ([query["dryRun"]] if "dryRun" in query else [])
    if policy is None and orphan is not None:
        policy = "Orphan" if orphan else "Background"
    if not isinstance(preconditions, dict) or not isinstance(grace, int | None) or isinstance(grace, bool):
        raise bad_request("DeleteOptions: gracePeriodSeconds must be a number and preconditions an object")
    if not isinstance(dry_run, list):
        raise bad_request("DeleteOptions: dryRun must be a list")
    if policy not in {None, "Orphan", "Background", "Foreground"}:
        raise invalid_options(
            "DeleteOptions",
            f'propagationPolicy: Unsupported value: "{policy}": '
            'supported values: "Foreground", "Background", "Orphan", "nil"',
        )
    return DeleteOptions(
        grace_period=grace,
        policy=policy,
        uid=preconditions.get("uid"),
        resource_version=preconditions.get("resourceVersion"),
        dry_run=_dry_run(dry_run, "DeleteOptions"),
    )


def _boolean(query: Mapping[str, str], name: str) -> bool:
    value = query.get(name, "")
    # Models: k8s.io/apimachinery/pkg/runtime/converter.go, Convert_Slice_string_To_bool: any other text is true.
    return BOOLEANS.get(value.lower(), True)


def _integer(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    number = int(text) if len(text) < 20 else 2**63
    if not -(2**63) <= number < 2**63:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": value out of range')
    return number


def _resource_version(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise bad_request(
            f'invalid resource version: resourceVersion: Invalid value: "{text}": '
            f'strconv.ParseUint: parsing "{text}": invalid syntax'
        )
    return int(text)
