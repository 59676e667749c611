"""Refusals that a control loop knows the meaning of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubetutor.errors import ApiError


def is_namespace_terminating(error: ApiError) -> bool:
    """Say whether nothing may be created because the namespace is going away: no fault, and no news."""
    causes = (error.details or {}).get("causes") or ()
    return any(cause.get("reason") == "NamespaceTerminating" for cause in causes)
