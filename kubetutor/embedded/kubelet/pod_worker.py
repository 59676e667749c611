"""One pod on its node, from the moment it is bound to it until it is gone.

1. Say ContainerCreating, make its volumes, take an address.
2. Run the init containers one by one; a sidecar stays on.
3. Run the containers, each by its restart policy. When all are over, the pod has Succeeded or Failed.
   An ephemeral container runs once, beside the others, from the moment that somebody adds it.
4. When it is deleted: say so, end the containers within its grace period, say how they ended,
   and remove the object with grace period 0.
5. When the object vanishes, kill what is left.

Models: pkg/kubelet/pod_workers.go, pkg/kubelet/kubelet.go (SyncPod, SyncTerminatingPod, SyncTerminatedPod).
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_pod_finished, key_of, name_of, namespace_of, uid_of
from kubetutor.embedded.clock import parse_timestamp, timestamp
from kubetutor.embedded.kubelet.addresses import NoAddressError
from kubetutor.embedded.kubelet.container import Container
from kubetutor.embedded.kubelet.pod_containers import PodContainers
from kubetutor.embedded.kubelet.pod_status import PodView, Termination, pod_status, statuses
from kubetutor.embedded.kubelet.volumes.pod_volumes import PodVolumes
from kubetutor.embedded.kubelet.volumes.size_limits import size_limits, until_exceeded
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.kubelet.node_context import NodeContext

log = logging.getLogger(__name__)

NEVER_RAN = Termination(
    137, "ContainerStatusUnknown", message="The container could not be located when the pod was terminated"
)
TRY_AGAIN = 2.0  # seconds until a write that the API server could not store is tried again
EVICTION_GRACE = 1.0  # seconds, whatever the pod would like
TOO_LONG = "Pod was active on the node longer than the specified deadline"


class PodWorker:
    """Owns the containers of one pod. `run` returns when the pod is gone from this node."""

    def __init__(self, node: NodeContext, pod: Object) -> None:
        self.node, self._pod = node, pod
        status = pod.get("status", {})
        self.containers = PodContainers(pod, self._container)
        self.containers.remember(status, node.clock.now())
        self._was_finished = is_pod_finished(pod)
        self._came_back = any(entry.get("containerID") for entry in statuses(status))
        self._start_time: str = status.get("startTime") or timestamp(node.clock.now())
        self._address: str | None = status.get("podIP")
        self._taken: str | None = None
        self._has_network = self._is_over = self._silent = False
        self._reason = self._message = ""
        self._deleting, self._gone = asyncio.Event(), asyncio.Event()
        self._deadline = 0.0
        self._deadline_changed = asyncio.Event()
        self._again: asyncio.Task[None] | None = None
        self._beside: list[asyncio.Task[object]] = []  # what runs until the containers are over
        has_begun = any(entry.state.container_id for entry in self.containers.main)
        self._is_initialized = not self.containers.init or has_begun
        self._volumes = node.volumes_by_uid[uid_of(pod)] = PodVolumes(node, self.manifest)
        self.update(pod)

    def _container(self, spec: Object, group: str) -> Container:
        return Container(self.node, self.manifest, spec, group=group, publish=self.publish)

    def manifest(self) -> Object:
        """Answer the newest object, with the addresses in its status that the containers are told."""
        pod = self.node.current(self._pod) or self._pod
        host = self.node.config.address
        own = {"hostIP": host, "hostIPs": [{"ip": host}]}
        if self._address:
            own |= {"podIP": self._address, "podIPs": [{"ip": self._address}]}
        return {"apiVersion": "v1", "kind": "Pod", **pod, "status": {**pod.get("status", {}), **own}}

    # -- what comes from outside ----------------------------------------------------------------------------

    def update(self, pod: Object | None) -> None:
        """The object has changed; None when it is gone."""
        if pod is None:
            self._gone.set()
            self._deleting.set()
            return
        self._take_over(pod)
        if is_being_deleted(pod):
            deadline = self.node.clock.monotonic() + float(
                pod["metadata"].get("deletionGracePeriodSeconds") or 0
            )
            is_first = not self._deleting.is_set()
            self._deadline = deadline if is_first else min(deadline, self._deadline)
            self._deleting.set()

    def _take_over(self, pod: Object) -> None:
        """Notice what may change in the spec of a pod that runs: images, deadline, containers to debug it."""
        old, self._pod = self._pod, pod
        self._volumes.note_pod_change(old, pod)
        if old["spec"].get("activeDeadlineSeconds") != pod["spec"].get("activeDeadlineSeconds"):
            self._deadline_changed.set()
        new = self.containers.update(pod)
        if self._has_network and not is_being_deleted(pod):
            self._debug_with(new)

    def silence(self) -> None:
        """Tell nobody anything from now on."""
        self._silent = True
        for container in self.containers:
            container.is_stopping = True

    def abandon(self) -> None:
        """The node is stopped: kill everything, tell nobody."""
        self.silence()
        for container in self.containers:
            container.kill()

    def _grace_left(self) -> float:
        if self._gone.is_set():
            return 0.0
        return self._deadline - self.node.clock.monotonic()

    # -- what is told ---------------------------------------------------------------------------------------

    def publish(self) -> None:
        """Write the status if it says anything new."""
        pod = None if self._silent else self.node.current(self._pod)
        if pod is None:
            return
        view = PodView(
            states={container.name: container.state for container in self.containers},
            host=self.node.config.address,
            start_time=self._start_time,
            address=self._address if self._has_network or self._is_over else None,
            has_network=self._has_network,
            is_over=self._is_over,
            reason=self._reason,
            message=self._message,
        )
        status, old = pod_status(pod, view, self.node.clock.now()), pod.get("status", {})
        changes = {name: value for name, value in status.items() if old.get(name) != value}
        if not changes:
            return
        try:
            self.node.client.patch(
                "pods", name_of(pod), {"status": changes}, namespace=namespace_of(pod), subresource="status"
            )
        except ApiError as error:
            if error.code != 404:
                log.warning("status of pod %s not written: %s", key_of(pod), error)
            if error.code >= 500 and self._again is None:
                self._again = asyncio.create_task(self._publish_again())

    async def _publish_again(self) -> None:
        """The API server could not store it: what is true now is told later."""
        await self.node.clock.sleep(TRY_AGAIN)
        self._again = None
        self.publish()

    # -- life -----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        life = asyncio.create_task(self._live())
        try:
            await self._until(life)
            if not life.done() or self._deleting.is_set():
                await self._terminate()
            await _cancelled(life)
            await self._remove_object()
        finally:
            self.abandon()
            await _cancelled(life)
            if self._again is not None:
                await _cancelled(self._again)
            if self._taken:
                self.node.addresses.release(self._taken)
            self.node.volumes_by_uid.pop(uid_of(self._pod), None)
            if self._gone.is_set():
                shutil.rmtree(self.node.pod_folder(self._pod), ignore_errors=True)

    async def _until(self, life: asyncio.Task[None]) -> None:
        """Wait until the pod is to go. A pod that has finished waits for that, too."""
        deleting = asyncio.create_task(self._deleting.wait())
        try:
            await asyncio.wait({life, deleting}, return_when=asyncio.FIRST_COMPLETED)
            if life.done():
                life.result()
                await deleting
        finally:
            deleting.cancel()

    async def _live(self) -> None:
        if self._was_finished or self._deleting.is_set():
            self._is_over = True
            return
        self._say_creating()
        await self._volumes.mount()
        await self._take_address()
        self._beside.append(asyncio.create_task(self._volumes.keep_fresh()))
        self._debug_with(self.containers.ephemeral)
        try:
            await self._run_containers()
            self._deadline = self._deadline or self.node.clock.monotonic() + self._own_grace()
            await self.containers.stop(self._grace_left)
        finally:
            for task in self._beside:
                task.cancel()
        self._end()

    def _debug_with(self, containers: list[Container]) -> None:
        self._beside += [asyncio.create_task(self._run_ephemeral(container)) for container in containers]

    async def _run_ephemeral(self, container: Container) -> None:
        await self._volumes.mount()  # it may be the first one that mounts some of them
        await container.run()

    async def _run_containers(self) -> None:
        """Run init and main containers to their end, or until the pod has used up its time or its room."""
        work = asyncio.create_task(self._initialize_and_run())
        eviction = self._watch_sizes()
        try:
            if await self._is_cut_short(work, eviction):
                self.containers.announce_stop()
                await self.containers.stop_ordinary(self._grace_left)
            else:
                work.result()
        finally:
            work.cancel()
            for task in eviction:
                task.cancel()

    def _watch_sizes(self) -> set[asyncio.Task[str]]:
        """Answer the task, if the pod needs one, that ends when a volume is too large."""
        limits, node = size_limits(self._pod["spec"]), self.node
        if not limits:
            return set()
        watch = until_exceeded(limits, self._volumes.places, node.clock, node.timings.volume_stats)
        return {asyncio.create_task(watch)}

    async def _is_cut_short(self, work: asyncio.Task[None], eviction: set[asyncio.Task[str]]) -> bool:
        """Wait for the end of the work; say whether an eviction or the pod's deadline, which may change, came first."""
        while not work.done():
            left = self._seconds_to_live()
            if left is not None and left <= 0:
                self._cut_short("DeadlineExceeded", TOO_LONG, self._own_grace())
                return True
            self._deadline_changed.clear()
            changed = asyncio.create_task(self._deadline_changed.wait())
            done, _ = await asyncio.wait(
                {work, changed, *eviction}, timeout=left, return_when=asyncio.FIRST_COMPLETED
            )
            changed.cancel()
            for task in eviction & done:
                self.node.events.warning(self.manifest(), "Evicted", task.result())
                self._cut_short("Evicted", task.result(), EVICTION_GRACE)
                return True
        return False

    def _cut_short(self, reason: str, message: str, grace: float) -> None:
        self._reason, self._message = reason, message
        self._deadline = self.node.clock.monotonic() + grace

    async def _initialize_and_run(self) -> None:
        if self._came_back and self._pod["spec"].get("restartPolicy") == "Never":
            return  # what may not restart does not come back with its node
        if await self._initialize():
            self._is_initialized = True
            await asyncio.gather(*(container.run() for container in self.containers.main))

    def _say_creating(self) -> None:
        if not self._came_back:
            self.publish()
            return
        changed = "Pod sandbox changed, it will be killed and re-created."
        self.node.events.normal(self.manifest(), "SandboxChanged", changed)
        self.publish()

    async def _take_address(self) -> None:
        if self._pod["spec"].get("hostNetwork"):
            self._address = self.node.config.address
        while not self._address or (self._taken is None and self._address != self.node.config.address):
            try:
                self._address = self._taken = self.node.addresses.take(self._address)
            except NoAddressError as error:
                text = f"Failed to create pod sandbox: {error}"
                self.node.events.warning(self.manifest(), "FailedCreatePodSandBox", text)
                await self.node.clock.sleep(self.node.timings.image_backoff_start)
        self._has_network = True

    def _seconds_to_live(self) -> float | None:
        limit = self._pod["spec"].get("activeDeadlineSeconds")
        if limit is None:
            return None
        passed = (self.node.clock.now() - parse_timestamp(self._start_time)).total_seconds()
        return float(limit) - max(passed, 0)  # less than 0: the clock was set back meanwhile

    def _own_grace(self) -> float:
        return float(self._pod["spec"].get("terminationGracePeriodSeconds", 30))

    async def _initialize(self) -> bool:
        """Run the init containers in order; say whether the containers may start."""
        for container in self.containers.init:
            if container.is_sidecar:
                self._beside.append(asyncio.create_task(container.run()))
                await container.has_started.wait()
                continue
            ended = await container.run()
            if ended.code != 0:
                return False
        return True

    # -- end ------------------------------------------------------------------------------------------------

    async def _terminate(self) -> None:
        """End the containers within the grace period: first all but the sidecars, then these, last first."""
        self.containers.announce_stop()
        self.publish()
        gone = asyncio.create_task(self._gone.wait())
        ending = asyncio.create_task(self.containers.stop(self._grace_left))
        try:
            await asyncio.wait({gone, ending}, return_when=asyncio.FIRST_COMPLETED)
            if self._gone.is_set():
                self.abandon()
            await ending
        finally:
            gone.cancel()
            ending.cancel()

    def _end(self) -> None:
        """No container runs any more, and none will: say how each ended."""
        for container in self.containers.known_to_have_begun(is_initialized=self._is_initialized):
            state = container.state
            if state.terminated is None:
                ended = state.last if state.last is not None else NEVER_RAN
                container.state = replace(
                    state,
                    running_since=None,
                    terminated=ended,
                    ready=False,
                    started=False,
                    waiting="",
                    message="",
                )
        self._is_over = True
        self._has_network = False
        self.publish()

    async def _remove_object(self) -> None:
        if self._gone.is_set() or self._silent:
            return
        if not self._was_finished:
            self._end()
        while not self._gone.is_set() and not self._is_removed():
            await self.node.clock.sleep(TRY_AGAIN)
        self._gone.set()

    def _is_removed(self) -> bool:
        """Delete the object; say whether that is done. It is not if the API server could not store it."""
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": uid_of(self._pod)}}
        name, namespace = name_of(self._pod), namespace_of(self._pod)
        try:
            self.node.client.delete("pods", name, namespace=namespace, options=options)
        except ApiError as error:
            if error.code not in {404, 409}:  # gone already, or another pod has the name
                log.warning("pod %s not removed: %s", key_of(self._pod), error)
            return error.code < 500
        return True


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
