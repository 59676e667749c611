"""The parts of the control plane as objects: `kubectl get componentstatuses`. Nothing is stored; they are made when asked for.

Models: pkg/registry/core/componentstatus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubetutor.api.objects import Object

COMPONENTS = ("controller-manager", "etcd-0", "scheduler")


def component_statuses(errors: Mapping[str, str] | None = None) -> list[Object]:
    """Answer the components in upstream's order. `errors` maps a component that is not well to what is wrong with it."""
    return [_component_status(name, (errors or {}).get(name)) for name in COMPONENTS]


def _component_status(name: str, error: str | None) -> Object:
    healthy = {"type": "Healthy", "status": "True", "message": "ok"}
    unhealthy = {"type": "Healthy", "status": "False", "message": error}
    return {
        "kind": "ComponentStatus",
        "apiVersion": "v1",
        "metadata": {"name": name},
        "conditions": [healthy if error is None else unhealthy],
    }
