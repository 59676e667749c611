"""Lifecycle hooks: what a container has done right after its start and right before its end.

Models: pkg/kubelet/lifecycle/handlers.go.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kubetutor.embedded.kubelet.probes import check_http
from kubetutor.embedded.kubelet.runtime import ProgramError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.kubelet.probes import Target

NO_LIMIT = 365 * 24 * 3600.0  # seconds; a hook may take as long as the container lives


async def run_hook(handler: Object, target: Target) -> str | None:
    """Run it to its end; answer what went wrong, if anything did."""
    if handler.get("exec"):
        command = handler["exec"].get("command") or ()
        try:
            code, output = await target.execute(command, NO_LIMIT)
        except ProgramError as error:
            return str(error)
        return f"command '{' '.join(command)}' exited with {code}: {output}" if code else None
    if handler.get("httpGet"):
        result = await check_http(handler["httpGet"], target, NO_LIMIT)
        return None if result.is_well else result.output
    if handler.get("sleep"):
        await asyncio.sleep(float(handler["sleep"]["seconds"]))
    return None
