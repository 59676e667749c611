"""Pods: what a new one starts as, and the little of it that may change.

Models: pkg/registry/core/pod/strategy.go, ValidatePodUpdate in pkg/apis/core/validation.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import orjson

from kubetutor.api.quantities import parse as amount_of
from kubetutor.embedded.apiserver.field import FieldError, forbidden, invalid, required
from kubetutor.embedded.apiserver.strategies.containers import validate_images
from kubetutor.embedded.apiserver.strategies.pod_defaults import set_pod_defaults
from kubetutor.embedded.apiserver.strategies.pod_spec import MAX_INT32, validate_pod_spec
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_CHANGEABLE = (
    "`spec.containers[*].image`", "`spec.initContainers[*].image`", "`spec.activeDeadlineSeconds`",
    "`spec.tolerations` (only additions to existing tolerations)",
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
)  # fmt: skip
_GATED = "Scheduling is blocked due to non-empty scheduling gates"


def prepare_create(pod: Object) -> None:
    pod["status"] = {"phase": "Pending", "qosClass": qos_class(pod["spec"])}
    if pod["spec"].get("schedulingGates"):
        condition = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "SchedulingGated",
            "message": _GATED,
        }
        pod["status"]["conditions"] = [{**condition, "lastProbeTime": None, "lastTransitionTime": None}]


def prepare_update(new: Object, old: Object) -> None:
    new["status"] = old.get("status", {})


def validate(pod: Object) -> list[FieldError]:
    spec = pod.get("spec", {})
    errors = validate_pod_spec(spec, "spec", is_pod=True)
    errors += validate_images(spec.get("containers", []), "spec.containers")
    return errors + validate_images(spec.get("initContainers", []), "spec.initContainers")


def validate_update(new: Object, old: Object) -> list[FieldError]:
    """Check that nothing has changed but images, deadline, tolerations and scheduling gates."""
    after, before = new["spec"], old["spec"]
    errors: list[FieldError] = []
    for group in ("containers", "initContainers"):
        if len(after.get(group, ())) != len(before.get(group, ())):
            return [forbidden(f"spec.{group}", "pod updates may not add or remove containers")]
        errors += _images_required(after.get(group, ()), f"spec.{group}")
    deadline_errors = _validate_deadline(after, before)
    if deadline_errors and "activeDeadlineSeconds" in after:
        return errors + deadline_errors
    errors += deadline_errors + _only_added_tolerations(after, before) + _only_deleted_gates(after, before)
    if after == before:
        return errors
    undone = _with_changeable_fields_of(after, before)
    if undone != before:
        detail = f"pod updates may not change fields other than {','.join(_CHANGEABLE)}\n"
        errors.append(forbidden("spec", detail + difference(before, undone)))
    return errors


def qos_class(spec: Object) -> str:
    """Answer Guaranteed, Burstable or BestEffort.

    Models: pkg/apis/core/helper/qos/qos.go.
    """
    requests: set[tuple[str, str]] = set()
    guaranteed = True
    containers = [*spec.get("containers", ()), *spec.get("initContainers", ())]
    for container in containers:
        resources = container.get("resources", {})
        wanted, limited = _compute(resources.get("requests", {})), _compute(resources.get("limits", {}))
        requests |= {*wanted.items(), *limited.items()}
        guaranteed = guaranteed and set(limited) == {"cpu", "memory"} and wanted in ({}, limited)
    if not requests:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"


def _compute(amounts: dict[str, str]) -> dict[str, str]:
    return {
        name: amount
        for name, amount in amounts.items()
        if name in {"cpu", "memory"} and amount_of(amount) > 0
    }


def _images_required(containers: Any, path: str) -> list[FieldError]:
    return [
        required(f"{path}[{index}].image") for index, item in enumerate(containers) if not item.get("image")
    ]


def _validate_deadline(after: Object, before: Object) -> list[FieldError]:
    path, deadline, previous = (
        "spec.activeDeadlineSeconds", after.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds"),
    )  # fmt: skip
    if deadline is None:
        if previous is None:
            return []
        return [invalid(path, None, "must not update from a positive integer to nil value")]
    if not 0 <= deadline <= MAX_INT32:
        return [invalid(path, deadline, f"must be between 0 and {MAX_INT32}, inclusive")]
    if previous is not None and previous < deadline:
        return [invalid(path, deadline, "must be less than or equal to previous value")]
    return []


def _only_added_tolerations(after: Object, before: Object) -> list[FieldError]:
    kept = [_without_seconds(toleration) for toleration in after.get("tolerations", ())]
    if all(_without_seconds(toleration) in kept for toleration in before.get("tolerations", ())):
        return []
    detail = "existing toleration can not be modified except its tolerationSeconds"
    return [forbidden("spec.tolerations", detail)]


def _without_seconds(toleration: Object) -> Object:
    return {name: value for name, value in toleration.items() if name != "tolerationSeconds"}


def _only_deleted_gates(after: Object, before: Object) -> list[FieldError]:
    old = {gate.get("name") for gate in before.get("schedulingGates", ())}
    return [
        forbidden(
            f"spec.schedulingGates[{index}].name",
            f"only deletion is allowed, but found new scheduling gate '{gate.get('name', '')}'",
        )
        for index, gate in enumerate(after.get("schedulingGates", ()))
        if gate.get("name") not in old
    ]


def _with_changeable_fields_of(after: Object, before: Object) -> Object:
    """Answer the new specification with everything put back that may change."""
    undone = dict(after)
    for group in ("containers", "initContainers"):
        if group in after:
            undone[group] = [
                {**new, "image": old.get("image", "")}
                for new, old in zip(after[group], before[group], strict=True)
            ]
    names = ["activeDeadlineSeconds", "tolerations", "schedulingGates"]
    if before.get("schedulingGates"):
        names.append("nodeSelector")
    if before.get("terminationGracePeriodSeconds", 0) < 0 and after.get("terminationGracePeriodSeconds") == 1:
        names.append("terminationGracePeriodSeconds")
    for name in names:
        undone.pop(name, None)
        if name in before:
            undone[name] = before[name]
    return undone


def difference(before: Object, after: Object) -> str:
    """Show what differs. Unlike upstream: the fields have the names that a manifest gives them."""
    old, new = (
        orjson.dumps(spec, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
        .decode()
        .splitlines(keepends=True)
        for spec in (before, after)
    )
    return "".join(list(difflib.unified_diff(old, new))[2:])


STRATEGY = Strategy(
    defaults=set_pod_defaults,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    has_generation=True,
)
