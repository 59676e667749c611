"""The containers of one pod, in their three groups: init, main, and ephemeral ones, which may be added while it runs.

Models: pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions: what is whose, and what is started once).
"""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import TYPE_CHECKING

from kubetutor.embedded.kubelet.pod_status import first_state, remembered_state, statuses

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator

    from kubetutor.api.objects import Object
    from kubetutor.embedded.kubelet.container import Container

GROUPS = INIT, MAIN, EPHEMERAL = "initContainers", "containers", "ephemeralContainers"


class PodContainers:
    """`make` makes a container from its manifest and the name of its group."""

    def __init__(self, pod: Object, make: Callable[[Object, str], Container]) -> None:
        self._make = make
        self._first = first_state(pod["spec"])
        self.init, self.main, self.ephemeral = (
            [self._made(spec, group) for spec in pod["spec"].get(group) or ()] for group in GROUPS
        )

    def _made(self, spec: Object, group: str) -> Container:
        container = self._make(spec, group)
        container.state = self._first
        return container

    def __iter__(self) -> Iterator[Container]:
        return chain(self.init, self.main, self.ephemeral)

    def find(self, name: str) -> Container | None:
        return next((container for container in self if container.name == name), None)

    def remember(self, status: Object, now: dt.datetime) -> None:
        """Take up what an earlier kubelet reported; its processes are gone."""
        known = {entry["name"]: entry for entry in statuses(status)}
        for container in self:
            if (known.get(container.name) or {}).get("containerID"):
                container.state = remembered_state(container.spec, known[container.name], now)

    def update(self, pod: Object) -> list[Container]:
        """Take over what may change in the manifest; answer the containers that are new in it."""
        specs = [*(pod["spec"].get(INIT) or ()), *pod["spec"][MAIN]]
        for container, spec in zip((*self.init, *self.main), specs, strict=True):
            container.update(spec)
        known = {container.name for container in self.ephemeral}
        added = [spec for spec in pod["spec"].get(EPHEMERAL) or () if spec["name"] not in known]
        new = [self._made(spec, EPHEMERAL) for spec in added]
        self.ephemeral += new
        return new

    def known_to_have_begun(self, *, is_initialized: bool) -> list[Container]:
        """Leave out containers whose turn never came: they wait for ever."""
        begun = [index for index, entry in enumerate(self.init, start=1) if entry.state.container_id]
        ephemeral = [entry for entry in self.ephemeral if entry.state.container_id]
        return [*self.init[: max(begun, default=0)], *(self.main if is_initialized else ()), *ephemeral]

    # -- end ------------------------------------------------------------------------------------------------

    def announce_stop(self) -> None:
        for container in self:
            if container.process is not None:
                container.event("Normal", "Killing", f"Stopping container {container.name}")

    async def stop_ordinary(self, grace: Callable[[], float]) -> None:
        await _stop((container for container in self if not container.is_sidecar), grace)

    async def stop(self, grace: Callable[[], float]) -> None:
        """First all but the sidecars, then these, the last one first."""
        await self.stop_ordinary(grace)
        for container in reversed(self.init):
            await container.stop(grace)


async def _stop(containers: Iterable[Container], grace: Callable[[], float]) -> None:
    await asyncio.gather(*(container.stop(grace) for container in containers))
