"""Notes on a pod why it is taken away: the condition DisruptionTarget.

Models: pkg/controller/tainteviction, pkg/controller/podgc (both add the condition before they delete).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of, namespace_of, uid_of
from kubetutor.embedded.controllers import conditions

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Client


def mark_disrupted(client: Client, pod: Object, *, cause: tuple[str, str], now: str, phase: str = "") -> None:
    """Add the condition, with `cause` as its reason and message, and set the phase if one is given."""
    reason, message = cause
    entry = {
        "type": "DisruptionTarget",
        "status": "True",
        "lastTransitionTime": now,
        "reason": reason,
        "message": message,
    }
    current = tuple(pod.get("status", {}).get("conditions") or ())
    status: Object = {"conditions": list(conditions.put(current, entry))}
    if phase:
        status["phase"] = phase
    body = {"metadata": {"uid": uid_of(pod)}, "status": status}
    client.patch("pods", name_of(pod), body, namespace=namespace_of(pod), subresource="status")
