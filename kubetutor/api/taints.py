"""Taints and tolerations: which pods a node repels.

Models: staging/src/k8s.io/api/core/v1/toleration.go (ToleratesTaint).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object


def tolerates(toleration: Object, taint: Object) -> bool:
    """Say whether one toleration makes up for one taint."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    match toleration.get("operator") or "Equal":
        case "Equal":
            return bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", "")
        case "Exists":
            return True
        case operator:
            return _compares(operator, toleration.get("value", ""), taint.get("value", ""))


def _compares(operator: str, limit: str, value: str) -> bool:
    """Compare numbers: `Gt` tolerates a taint with a greater value, `Lt` one with a smaller."""
    if not limit.lstrip("-").isdecimal() or not value.lstrip("-").isdecimal():
        return False
    return int(value) > int(limit) if operator == "Gt" else operator == "Lt" and int(value) < int(limit)


def first_untolerated(
    taints: Iterable[Object], tolerations: Iterable[Object], effects: frozenset[str]
) -> Object | None:
    """Answer the first taint with one of these effects that no toleration makes up for."""
    tolerations = tuple(tolerations)
    return next(
        (
            taint
            for taint in taints
            if taint["effect"] in effects and not any(tolerates(each, taint) for each in tolerations)
        ),
        None,
    )
