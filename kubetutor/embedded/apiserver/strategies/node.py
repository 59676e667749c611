"""Nodes and their leases.

Models: ValidateNode in pkg/apis/core/validation, pkg/apis/coordination/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import cidr, label_value, qualified_name
from kubetutor.embedded.apiserver.field import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    malformed,
    one_of,
)
from kubetutor.embedded.apiserver.strategies.placement import TAINT_EFFECTS
from kubetutor.embedded.apiserver.strategies.resources import validate_amount
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object


def set_node_defaults(node: Object) -> None:
    node.setdefault("spec", {})
    status = node.get("status", {})
    if "capacity" in status:
        status.setdefault("allocatable", dict(status["capacity"]))


def keep_status(_: Object) -> None:
    """Leave a new node's status alone: a kubelet registers with it."""


def validate_node(node: Object) -> list[FieldError]:
    errors = _validate_taints(node["spec"].get("taints", []), "metadata.taints")
    for field in ("capacity", "allocatable"):
        for name, amount in node.get("status", {}).get(field, {}).items():
            errors += validate_amount(name, amount, f"status.{field}.{name}")
    for index, network in enumerate(node["spec"].get("podCIDRs", ())):
        errors += malformed(f"spec.podCIDRs[{index}]", network, cidr(network))
    return errors


def validate_node_update(new: Object, old: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    for name in ("podCIDRs", "providerID"):
        before = old["spec"].get(name)
        if before and new["spec"].get(name) != before:
            errors.append(
                forbidden(f"spec.{name}", "node updates may not change " + name + ' except from "" to valid')
            )
    return errors


def set_lease_defaults(lease: Object) -> None:
    lease.setdefault("spec", {})


def validate_lease(lease: Object) -> list[FieldError]:
    spec = lease["spec"]
    errors: list[FieldError] = []
    if spec.get("leaseDurationSeconds", 1) <= 0:
        errors.append(
            invalid("spec.leaseDurationSeconds", spec["leaseDurationSeconds"], "must be greater than 0")
        )
    if spec.get("leaseTransitions", 0) < 0:
        detail = "must be greater than or equal to 0"
        errors.append(invalid("spec.leaseTransitions", spec["leaseTransitions"], detail))
    if spec.get("preferredHolder") and not spec.get("strategy"):
        errors.append(forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined"))
    return errors


def _validate_taints(taints: list[Object], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(taints):
        at, key, value = f"{path}[{index}]", taint.get("key", ""), taint.get("value", "")
        effect = taint.get("effect", "")
        errors += malformed(f"{at}.key", key, qualified_name(key))
        complaints = label_value(value)
        if complaints:
            errors.append(invalid(f"{at}.value", value, ";".join(complaints)))
        errors += one_of(f"{at}.effect", effect, TAINT_EFFECTS)
        if (key, effect) in seen:
            shown = {"Key": key, "Value": value, "Effect": effect, "TimeAdded": taint.get("timeAdded")}
            errors.append(duplicate(at, shown, "taints must be unique by key and effect pair"))
        seen.add((key, effect))
    return errors


NODE = Strategy(
    defaults=set_node_defaults,
    prepare_create=keep_status,
    validate=validate_node,
    validate_update=validate_node_update,
)
LEASE = Strategy(defaults=set_lease_defaults, validate=validate_lease)
