"""How the control plane's parts are: the deprecated `componentstatuses`, which people still ask for.

Whoever gets an answer has reached all of them: they run in the process that answers.
Models: pkg/registry/core/componentstatus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

COMPONENTS = ("controller-manager", "etcd-0", "scheduler")


def statuses() -> list[Object]:
    return [
        {
            "kind": "ComponentStatus",
            "apiVersion": "v1",
            "metadata": {"name": name},
            "conditions": [{"type": "Healthy", "status": "True", "message": "ok"}],
        }
        for name in COMPONENTS
    ]
