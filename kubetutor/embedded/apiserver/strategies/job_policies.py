"""What a job says of the end of its pods: podFailurePolicy, successPolicy, the limits of indexes; and who runs it.

Models: validatePodFailurePolicy, validateSuccessPolicy in pkg/apis/batch/validation.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kubetutor.api.formats import dns_subdomain, qualified_name
from kubetutor.embedded.apiserver.field import (
    FieldError,
    duplicate,
    invalid,
    malformed,
    not_supported,
    one_of,
    required,
)

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
STATUSES = ("False", "True", "Unknown")
MOST_INDEXES = 100_000


def set_policy_defaults(spec: Object) -> None:
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or ():
        for pattern in rule.get("onPodConditions") or ():
            pattern.setdefault("status", "True")


def validate_policies(spec: Object, path: str) -> list[FieldError]:
    errors = _validate_limits(spec, path)
    manager = spec.get("managedBy")
    if manager is not None:
        host, _, rest = manager.partition("/")
        if not rest or dns_subdomain(host):
            detail = 'must be a domain-prefixed path (such as "acme.io/foo")'
            errors.append(invalid(f"{path}.managedBy", manager, detail))
    for index, rule in enumerate((spec.get("podFailurePolicy") or {}).get("rules") or ()):
        errors += _validate_failure_rule(rule, spec, f"{path}.podFailurePolicy.rules[{index}]")
    if "successPolicy" in spec:
        errors += _validate_success(spec["successPolicy"], spec, f"{path}.successPolicy")
    replacement = spec.get("podReplacementPolicy")
    supported = ("Failed",) if "podFailurePolicy" in spec else ("Failed", "TerminatingOrFailed")
    if replacement is not None and replacement not in supported:
        errors.append(not_supported(f"{path}.podReplacementPolicy", replacement, supported))
    return errors


def _validate_limits(spec: Object, path: str) -> list[FieldError]:
    if spec.get("completionMode") != "Indexed":
        return []
    errors: list[FieldError] = []
    most = f"must be less than or equal to {MOST_INDEXES} when completion mode is Indexed"
    if spec.get("parallelism", 0) > MOST_INDEXES:
        errors.append(invalid(f"{path}.parallelism", spec["parallelism"], most))
    failed, completions = spec.get("maxFailedIndexes"), spec.get("completions", 0)
    if failed is not None and "backoffLimitPerIndex" not in spec:
        errors.append(required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    if failed is not None and failed > completions:
        errors.append(
            invalid(f"{path}.maxFailedIndexes", failed, "must be less than or equal to completions")
        )
    return errors


def _validate_failure_rule(rule: Object, spec: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    action = rule.get("action", "")
    if not action:
        errors.append(required(f"{path}.action", 'valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'))
    elif action not in ACTIONS:
        errors.append(not_supported(f"{path}.action", action, ACTIONS))
    elif action == "FailIndex" and "backoffLimitPerIndex" not in spec:
        errors.append(invalid(f"{path}.action", action, "requires the backoffLimitPerIndex to be set"))
    codes, conditions = rule.get("onExitCodes"), rule.get("onPodConditions")
    if codes is not None:
        errors += _validate_exit_codes(codes, spec, f"{path}.onExitCodes")
    for index, pattern in enumerate(conditions or ()):
        at = f"{path}.onPodConditions[{index}]"
        errors += malformed(f"{at}.type", pattern.get("type", ""), qualified_name(pattern.get("type", "")))
        errors += one_of(f"{at}.status", pattern.get("status"), STATUSES)
    if codes is not None and conditions:
        errors.append(_wrong(path, "specifying both OnExitCodes and OnPodConditions is not supported"))
    if codes is None and not conditions:
        errors.append(_wrong(path, "specifying one of OnExitCodes and OnPodConditions is required"))
    return errors


def _wrong(path: str, detail: str) -> FieldError:
    """Answer that something is invalid without showing it."""
    return FieldError("FieldValueInvalid", path, f"Invalid value: {detail}")


def _validate_exit_codes(codes: Object, spec: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    operator, values, name = codes.get("operator", ""), codes.get("values") or [], codes.get("containerName")
    errors += one_of(f"{path}.operator", operator, ("In", "NotIn"))
    pod = spec.get("template", {}).get("spec", {})
    names = {each.get("name") for field in ("containers", "initContainers") for each in pod.get(field) or ()}
    if name is not None and name not in names:
        detail = "must be one of the container or initContainer names in the pod template"
        errors.append(invalid(f"{path}.containerName", name, detail))
    if not values:
        errors.append(invalid(f"{path}.values", values, "at least one value is required"))
    for index, value in enumerate(values):
        if value in values[:index]:
            errors.append(duplicate(f"{path}.values[{index}]", value))
        if value == 0 and operator == "In":
            errors.append(invalid(f"{path}.values[{index}]", value, "must not be 0 for the In operator"))
    if values != sorted(values):
        errors.append(invalid(f"{path}.values", values, "must be ordered"))
    return errors


def _validate_success(policy: Object, spec: Object, path: str) -> list[FieldError]:
    rules = policy.get("rules") or ()
    if spec.get("completionMode") != "Indexed":
        shown = {"Rules": [_shown(rule) for rule in rules] or None}
        return [invalid(path, shown, "requires indexed completion mode")]
    if not rules:
        detail = "at least one rules must be specified when the successPolicy is specified"
        return [required(f"{path}.rules", detail)]
    completions = spec.get("completions", 0)
    return [
        error
        for index, rule in enumerate(rules)
        for error in _validate_success_rule(rule, completions, f"{path}.rules[{index}]")
    ]


def _shown(rule: Object) -> Object:
    return {"SucceededIndexes": rule.get("succeededIndexes"), "SucceededCount": rule.get("succeededCount")}


def _validate_success_rule(rule: Object, completions: int, path: str) -> list[FieldError]:
    indexes, count = rule.get("succeededIndexes"), rule.get("succeededCount")
    if indexes is None and count is None:
        return [required(path, "at least one of succeededCount or succeededIndexes must be specified")]
    errors: list[FieldError] = []
    total, complaint = _count(indexes, completions) if indexes is not None else (0, "")
    if complaint:
        detail = f"error parsing succeededIndexes: {complaint}"
        errors.append(invalid(f"{path}.succeededIndexes", indexes, detail))
    if count is None:
        return errors
    at = f"{path}.succeededCount"
    if count > completions:
        detail = f"must be less than or equal to {completions} (the number of specified completions)"
        errors.append(invalid(at, count, detail))
    if indexes is not None and not complaint and count > total:
        what = "the number of indexes in the specified succeededIndexes field"
        errors.append(invalid(at, count, f"must be less than or equal to {total} ({what})"))
    return errors


def _count(text: str, completions: int) -> tuple[int, str]:
    """Answer how many indexes a text names, and what is wrong with it."""
    total, last = 0, -1
    for part in text.split(",") if text else ():
        ends = part.split("-")
        if len(ends) > 2:
            rule = (
                "violates the requirement that an index interval can have at most two parts separated by '-'"
            )
            return 0, f'the fragment "{part}" {rule}'
        numbers: list[Any] = []
        for end in ends:
            if not end.isdecimal():
                return 0, f'cannot convert string to integer for index: "{end}"'
            if int(end) >= completions:
                return 0, f'too large index: "{end}"'
            numbers.append(int(end))
        for previous, number in ((last, numbers[0]), *pairwise(numbers)):
            if previous >= number:
                return 0, f"non-increasing order, previous: {previous}, current: {number}"
        total, last = total + numbers[-1] - numbers[0] + 1, numbers[-1]
    return total, ""
