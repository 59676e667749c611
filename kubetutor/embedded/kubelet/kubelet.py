"""The kubelet of one node.

1. Register the node, ready at once, and from then on renew its lease.
2. Watch the pods that are bound to this node; each has a worker of its own.
3. Answer the API server: logs, exec, attach, port-forward.

Models: pkg/kubelet/kubelet.go, pkg/kubelet/nodelease.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_true, key_of, uid_of
from kubetutor.embedded.clock import micro_timestamp
from kubetutor.embedded.kubelet.addresses import PodAddresses
from kubetutor.embedded.kubelet.connections import Connections
from kubetutor.embedded.kubelet.name_files import NameFiles
from kubetutor.embedded.kubelet.node_context import NodeConfig, NodeContext
from kubetutor.embedded.kubelet.node_status import new_lease, new_node, node_conditions, node_status
from kubetutor.embedded.kubelet.pod_worker import PodWorker
from kubetutor.embedded.kubelet.static_pods import StaticPods
from kubetutor.embedded.kubelet.usage import Running, running_containers
from kubetutor.embedded.kubelet.volumes.claims import remove_provisioned
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change, Client
    from kubetutor.embedded.clock import Clock
    from kubetutor.embedded.events import EventRecorder
    from kubetutor.embedded.informer import Informers
    from kubetutor.embedded.kubelet.runtime import Runtime
    from kubetutor.embedded.timings import Timings

__all__ = ["Kubelet", "NodeConfig"]

log = logging.getLogger(__name__)

LEASES, LEASE_NAMESPACE = "leases.coordination.k8s.io", "kube-node-lease"
WATCHED = (
    "pods",
    "services",
    "configmaps",
    "secrets",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
)
LAST_MOMENT = 1.0  # seconds that processes have to end by themselves when the cluster stops


class Kubelet(Connections):
    """One node. Satisfies `NodeApi`."""

    def __init__(  # noqa: PLR0913, PLR0917  # the contract with control_plane.py
        self,
        node: NodeConfig,
        client: Client,
        informers: Informers,
        clock: Clock,
        timings: Timings,
        events: EventRecorder,
        runtime: Runtime,
    ) -> None:
        self.config = node
        self._client, self._informers, self._clock, self._timings = client, informers, clock, timings
        self._workers: dict[str, PodWorker] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._run_task: asyncio.Task[None] | None = None
        self._is_stopped = False
        self._context = NodeContext(
            config=node,
            client=client,
            informers=informers,
            clock=clock,
            timings=timings,
            events=events.as_component("kubelet", node.name),
            runtime=runtime,
            addresses=PodAddresses(node.pod_network),
            names=NameFiles(node, informers),
        )
        super().__init__(self._context, self._workers)

    async def run(self) -> None:
        """Be the node, until cancelled or stopped."""
        self._run_task = asyncio.current_task()
        self.config.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for resource in WATCHED:
            self._informers[resource]  # its watch begins
        self._remove_orphans()
        node = self._register()
        self._renew_lease(node)
        self._context.names.start()
        self._informers["pods"].on_change(self._on_pod_change)
        self._informers["nodes"].on_change(self._on_node_change)
        static_pods = StaticPods(self._context, self.config.static_pods)
        static_pods.start(node)
        self._informers["configmaps"].on_change(self._on_config_map_change)
        self._informers["secrets"].on_change(self._on_secret_change)
        self._informers["persistentvolumes"].on_change(self._on_volume_change)
        try:
            await asyncio.gather(self._keep_lease(), self._keep_status())
        finally:
            self._informers["pods"].off_change(self._on_pod_change)
            self._informers["nodes"].off_change(self._on_node_change)
            static_pods.stop()
            self._context.names.stop()
            self._informers["configmaps"].off_change(self._on_config_map_change)
            self._informers["secrets"].off_change(self._on_secret_change)
            self._informers["persistentvolumes"].off_change(self._on_volume_change)
            self._abandon_all()

    def _remove_orphans(self) -> None:
        """Remove what pods left here that went while the node was down: logs, and volumes with secrets in them."""
        known = {uid_of(pod) for pod in self._informers["pods"].list()}
        for folder in (self.config.folder / "pods").glob("*"):
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def _register(self) -> Object:
        now = self._clock.now()
        try:
            node = self._client.create("nodes", new_node(self.config, now))
        except ApiError as error:
            if error.code != 409:
                raise
            node = self._client.get("nodes", self.config.name)
        status = node_status(self.config, node, now)
        return self._client.patch("nodes", self.config.name, {"status": status}, subresource="status")

    async def _keep_lease(self) -> None:
        while True:
            await self._clock.sleep(self._timings.lease_renew)
            node = self._informers["nodes"].get(self.config.name)
            if node is None:
                log.warning(
                    "node %s: its object was deleted; it stays away until it is started again",
                    self.config.name,
                )
                continue
            self._renew_lease(node)
            if not is_true(node, "Ready"):
                self._write_conditions(node)

    def _renew_lease(self, node: Object) -> None:
        now = self._clock.now()
        lease = new_lease(self.config, node, self._timings.lease_duration, now)
        renewal = {"spec": {**lease["spec"], "renewTime": micro_timestamp(now)}}
        try:
            try:
                self._client.patch(LEASES, self.config.name, renewal, namespace=LEASE_NAMESPACE)
            except ApiError as error:
                if error.code != 404:
                    raise
                self._client.create(LEASES, lease, namespace=LEASE_NAMESPACE)
        except ApiError as error:
            log.warning("lease of node %s not renewed: %s", self.config.name, error)

    async def _keep_status(self) -> None:
        while True:
            await self._clock.sleep(self._timings.node_status_update)
            node = self._informers["nodes"].get(self.config.name)
            if node is not None:
                self._write_conditions(node)

    def _write_conditions(self, node: Object) -> None:
        body = {"status": {"conditions": node_conditions(node, self._clock.now())}}
        try:
            self._client.patch("nodes", self.config.name, body, subresource="status")
        except ApiError as error:
            log.warning("status of node %s not written: %s", self.config.name, error)

    def _on_node_change(self, change: Change) -> None:
        if change.type != "DELETED" and key_of(change.object) == self.config.name:
            asyncio.get_running_loop().call_soon(self._offer_extended_resources)

    def _offer_extended_resources(self) -> None:
        """Let pods have what somebody wrote into the node's capacity."""
        node = self._informers["nodes"].get(self.config.name)
        status = (node or {}).get("status", {})
        more = {name: amount for name, amount in status.get("capacity", {}).items() if "/" in name}
        if more.items() <= status.get("allocatable", {}).items():
            return
        body = {"status": {"allocatable": more}}
        try:
            self._client.patch("nodes", self.config.name, body, subresource="status")
        except ApiError as error:
            log.warning("status of node %s not written: %s", self.config.name, error)

    def running(self) -> list[Running]:
        """List the containers that run now, for who measures what they use."""
        return running_containers(self._workers.values())

    # -- pods -----------------------------------------------------------------------------------------------

    def _on_pod_change(self, change: Change) -> None:
        pod = change.object
        if self._is_stopped or pod["spec"].get("nodeName") != self.config.name:
            return
        worker = self._workers.get(uid_of(pod))
        if change.type == "DELETED":
            if worker is not None:
                worker.update(None)
        elif worker is not None:
            worker.update(pod)
        else:
            self._start_worker(pod)

    def _on_config_map_change(self, change: Change) -> None:
        for volumes in self._context.volumes_by_uid.values():
            volumes.note_change("configmaps", change.object)

    def _on_secret_change(self, change: Change) -> None:
        for volumes in self._context.volumes_by_uid.values():
            volumes.note_change("secrets", change.object)

    def _on_volume_change(self, change: Change) -> None:
        if change.type == "DELETED":
            remove_provisioned(self.config.folder, change.object)

    def _start_worker(self, pod: Object) -> None:
        uid = uid_of(pod)
        self._workers[uid] = PodWorker(self._context, pod)
        task = self._tasks[uid] = asyncio.create_task(self._work(pod), name=f"pod {key_of(pod)}")
        task.add_done_callback(lambda _: self._forget(uid))

    async def _work(self, pod: Object) -> None:
        """Run the pod's worker; one that failed is replaced after a while, as long as the pod is there."""
        known: Object | None = pod
        while known is not None:
            try:
                await self._workers[uid_of(pod)].run()
            except Exception:
                log.exception("pod %s on node %s", key_of(pod), self.config.name)
            else:
                return
            await self._clock.sleep(self._timings.image_backoff_start)
            known = self._context.current(pod)
            if known is not None:
                self._workers[uid_of(pod)] = PodWorker(self._context, known)

    def _forget(self, uid: str) -> None:
        self._workers.pop(uid, None)
        self._tasks.pop(uid, None)

    async def stop(self, *, graceful: bool) -> None:
        """Stop the node. Not graceful: it dies silently. Graceful: its processes may finish, for a moment.

        Either way nobody is told; pods stay as they are and come back when the node does.
        """
        self._is_stopped = True
        if graceful:
            await self._let_finish()
        tasks = list(self._tasks.values())
        self._abandon_all()
        if self._run_task is not None and self._run_task is not asyncio.current_task():
            tasks.append(self._run_task)
            self._run_task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _abandon_all(self) -> None:
        self._is_stopped = True
        for worker in list(self._workers.values()):
            worker.abandon()
        for task in self._tasks.values():
            task.cancel()

    async def _let_finish(self) -> None:
        deadline = self._clock.monotonic() + LAST_MOMENT
        ending = []
        for worker in self._workers.values():
            worker.silence()
            ending += [
                entry.end_process(lambda: deadline - self._clock.monotonic()) for entry in worker.containers
            ]
        await asyncio.gather(*ending)
