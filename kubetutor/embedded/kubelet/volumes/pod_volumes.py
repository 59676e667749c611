"""Looks after the volumes of one pod, from before its containers start until it is gone.

1. Make each volume that a container mounts: a folder for an emptyDir, files for what is made of objects, a path for what is there already.
2. What cannot be made is told in an Event, FailedMount. Try again as soon as an object changes that the pod's volumes
   are made of, or else after a wait that doubles. No container starts before all is there.
3. While the pod lives, write files anew when their objects change: at once when it is the pod, after a while when it
   is another object, and in time when it is a token.
4. When the pod is gone, its folder goes, and they with it.

Models: pkg/kubelet/volumemanager, pkg/volume/util/operationexecutor.
Unlike upstream: a pod whose ConfigMap appears starts at once, not when the wait is over.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kubetutor.api.objects import annotations_of, key_of, labels_of
from kubetutor.embedded.kubelet.backoff import Backoff
from kubetutor.embedded.kubelet.volumes.atomic_writer import write_atomically
from kubetutor.embedded.kubelet.volumes.claims import claimed_place
from kubetutor.embedded.kubelet.volumes.contents import (
    View,
    VolumeError,
    is_made_of_objects,
    references,
    volume_files,
)
from kubetutor.embedded.kubelet.volumes.places import make_empty_dir, make_host_path, own_place
from kubetutor.embedded.kubelet.volumes.tokens import PodTokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kubetutor.api.objects import Object
    from kubetutor.embedded.kubelet.node_context import NodeContext

FIRST_WAIT, LONGEST_WAIT = (
    0.5,
    122.0,
)  # seconds; upstream's initialDurationBeforeError and maxDurationBeforeError


def mounted_names(pod: Object) -> set[str]:
    """Answer the volumes that containers mount. Nobody looks for the others, so they need not be there."""
    spec = pod["spec"]
    groups = ("initContainers", "containers", "ephemeralContainers")
    containers = (container for group in groups for container in spec.get(group) or ())
    return {mount["name"] for container in containers for mount in container.get("volumeMounts") or ()}


class PodVolumes:
    """The volumes of one pod. `pod` answers the newest manifest."""

    def __init__(self, node: NodeContext, pod: Callable[[], Object]) -> None:
        self._node, self._pod = node, pod
        self._tokens = PodTokens(node.client, node.clock)
        self._references = references(pod())
        self._changed, self._pod_changed = asyncio.Event(), asyncio.Event()
        self.places: dict[str, Path] = {}

    # -- what comes from outside ----------------------------------------------------------------------------

    def note_change(self, resource: str, changed: Object) -> None:
        """An object of the cluster has changed."""
        if (resource, key_of(changed)) in self._references:
            self._changed.set()

    def note_pod_change(self, old: Object, new: Object) -> None:
        """The pod has changed: files that tell of it are written at once."""
        if (labels_of(old), annotations_of(old)) != (labels_of(new), annotations_of(new)):
            self._pod_changed.set()
            self._changed.set()

    # -- life -----------------------------------------------------------------------------------------------

    async def mount(self) -> None:
        """Return when all volumes are there. Tells what is missing, each time that it looked."""
        backoff = self._new_backoff()
        while not self.set_up():
            backoff.step()
            await self._wait(self._changed, backoff.seconds)
            self._changed.clear()

    async def keep_fresh(self) -> None:
        """Write files anew when what they tell has changed, until cancelled. What fails is tried again, later each time."""
        backoff = self._new_backoff()
        while True:
            await self._wait(self._changed, backoff.seconds or self._tokens.seconds_left())
            if self._changed.is_set():
                await self._wait(self._pod_changed, self._node.timings.volume_sync)
            self._changed.clear()
            self._pod_changed.clear()
            if self.set_up():
                backoff = self._new_backoff()
            else:
                backoff.step()

    def _new_backoff(self) -> Backoff:
        return Backoff(self._node.clock, FIRST_WAIT, LONGEST_WAIT)

    async def _wait(self, event: asyncio.Event, seconds: float | None) -> None:
        """Wait for an event, but not longer than so many seconds."""
        waiting = {asyncio.create_task(event.wait())}
        if seconds is not None:
            waiting.add(asyncio.create_task(self._node.clock.sleep(seconds)))  # type: ignore[arg-type]  # its answer is not looked at
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    # -- one look -------------------------------------------------------------------------------------------

    def set_up(self) -> bool:
        """Make or renew every volume, and tell of those that cannot be; say whether all are there."""
        pod, is_whole = self._pod(), True
        mounted = mounted_names(pod)
        for volume in pod["spec"].get("volumes") or ():
            if volume["name"] not in mounted:
                continue
            try:
                self.places[volume["name"]] = self._set_up_one(pod, volume)
            except (VolumeError, OSError) as error:
                reason = error.strerror if isinstance(error, OSError) else str(error)
                self._node.events.warning(
                    pod, "FailedMount", f'MountVolume.SetUp failed for volume "{volume["name"]}" : {reason}'
                )
                is_whole = False
        return is_whole

    def _set_up_one(self, pod: Object, volume: Object) -> Path:
        node_folder = self._node.config.folder
        if is_made_of_objects(volume):
            view = View(pod, self._node.find, lambda source: self._tokens.get(pod, source))
            files = volume_files(volume, view)
            place = own_place(self._node.pod_folder(pod), volume)
            write_atomically(place, files, self._node.clock.now())
        elif "emptyDir" in volume:
            place = own_place(self._node.pod_folder(pod), volume)
            make_empty_dir(place)
        elif "hostPath" in volume:
            place = make_host_path(node_folder, volume["hostPath"])
        elif "persistentVolumeClaim" in volume:
            place = claimed_place(node_folder, pod, volume["persistentVolumeClaim"], self._node.find)
        else:
            kind = next((field for field in volume if field != "name"), "such")
            raise VolumeError(f"{kind} volumes are not modelled by this cluster")
        return place
