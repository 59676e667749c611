"""Wires a cluster together: read this first.

1. The store opens its database; the registry puts every kind behind the same verbs.
2. The API server listens, over TLS, for those who have the token.
3. Controllers, the scheduler, the service proxy and one kubelet per node start. Each is given a client and
   a clock and nothing else: they live on list, watch and patch.
4. The cluster is ready when every node says that it is.

Everything runs in one event loop, except the pods: those are processes of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from kubetutor.api import kubeconfig
from kubetutor.api.objects import is_true, key_of
from kubetutor.embedded import control_socket, identity
from kubetutor.embedded.apiserver.accounts.claims import token_signer
from kubetutor.embedded.apiserver.accounts.issuer import TokenIssuer
from kubetutor.embedded.apiserver.admission import Admission
from kubetutor.embedded.apiserver.app import App, nodes_of
from kubetutor.embedded.apiserver.authentication import ADMIN, Authenticator
from kubetutor.embedded.apiserver.definitions import VERSION
from kubetutor.embedded.apiserver.event_expiry import expire_events
from kubetutor.embedded.apiserver.local_client import LocalClient
from kubetutor.embedded.apiserver.openapi import OpenApi
from kubetutor.embedded.apiserver.registry import Registry
from kubetutor.embedded.apiserver.schema import Schema
from kubetutor.embedded.apiserver.server import make_server
from kubetutor.embedded.apiserver.service_addresses import ServiceAddresses
from kubetutor.embedded.bootstrap import bootstrap, bootstrap_roles
from kubetutor.embedded.client_authority import ClientAuthority
from kubetutor.embedded.controllers import base
from kubetutor.embedded.controllers.every import Keys, all_controllers
from kubetutor.embedded.events import EventRecorder
from kubetutor.embedded.informer import Informers
from kubetutor.embedded.kubelet.kubelet import Kubelet
from kubetutor.embedded.kubelet.node_context import NodeConfig
from kubetutor.embedded.kubelet.processes import ProcessRuntime
from kubetutor.embedded.machines import Machines
from kubetutor.embedded.network.proxy import ServiceProxy
from kubetutor.embedded.scheduler.scheduler import Scheduler
from kubetutor.embedded.store import Store
from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from kubetutor.embedded.client import Change
    from kubetutor.embedded.clock import Clock
    from kubetutor.embedded.timings import Timings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node that the cluster shall have. `role` is control-plane or worker."""

    name: str
    role: str
    labels: dict[str, str] = field(default_factory=dict)


class ControlPlane:
    """One cluster. `folder` holds everything that it keeps; its lock must be held."""

    def __init__(self, folder: Path, nodes: tuple[NodeSpec, ...], clock: Clock, timings: Timings) -> None:
        self._folder, self._nodes, self._clock, self._timings = folder, nodes, clock, timings
        self.identity, self._socket = identity.settle(folder, clock.now())
        self.failed: asyncio.Future[Literal[True]] = asyncio.get_running_loop().create_future()
        self._clients = ClientAuthority(folder / "pki")
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._parts = contextlib.AsyncExitStack()
        self._parts.callback(self._socket.close)

    async def start(self, name: str, report: Callable[[str, str], None]) -> None:
        """Start every part, in order, and answer when all nodes are Ready. What was started ends with `stop`."""
        self._runtime = await ProcessRuntime.start(self._folder, self.identity.cluster_id)
        self._parts.push_async_callback(self._runtime.close)
        report("store", "Opening the store")
        self._store = Store(self._folder / "state.db")
        self._parts.callback(self._store.close)
        registry = self._registry()
        informers = Informers(LocalClient(registry, "kube-controller-manager"))
        self._machines = self._make_machines(registry, informers)
        report("server", f"Starting the API server at {self.identity.server}")
        await self._serve(registry)
        self._bootstrap(registry)
        kubeconfig.write(self._folder / "kubeconfig", self._kubeconfig(name))
        report("controllers", "Starting controllers, scheduler and proxy")
        self._parts.push_async_callback(self._end_tasks)
        self._run("event expiry", expire_events(LocalClient(registry, "kube-apiserver"), self._clock))
        self._start_controllers(registry, informers)
        report("nodes", f"Starting {len(self._nodes)} nodes")
        self._machines.start_all()
        await self._until_nodes_are_ready(informers)
        self._run("bootstrap roles", bootstrap_roles(LocalClient(registry, "kube-apiserver")))
        powers = {"stop_node": self._machines.stop_node, "start_node": self._machines.start_node}
        await self._parts.enter_async_context(control_socket.served(self._folder, powers))

    async def stop(self) -> None:
        """End everything that was started, the last first; pods too. What was stored stays."""
        await self._parts.aclose()

    async def _end_tasks(self) -> None:
        await self._machines.end()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _registry(self) -> Registry:
        store, network = self._store, self.identity.network
        schema = Schema.load(self._folder)
        admission = Admission(
            store,
            ServiceAddresses(network.services),
            not_ready_toleration=self._timings.not_ready_toleration,
        )
        issuer = TokenIssuer(self._folder / "pki" / "sa.key")
        return Registry(store, schema, admission, self._clock, issuer)

    async def _serve(self, registry: Registry) -> None:
        who = self.identity
        app = App(
            registry,
            Authenticator({who.token: ADMIN}, registry),
            OpenApi(self._folder / "openapi"),
            nodes_of(self._machines.kubelets.get),
            address=f"{who.network.server}:{who.port}",
        )
        server = make_server(app, who.certificate, who.key, self._clients)
        serving = asyncio.create_task(server.serve(sockets=[self._socket]), name="kube-apiserver")

        async def end() -> None:
            server.should_exit = server.force_exit = True
            await asyncio.gather(serving, return_exceptions=True)

        self._parts.push_async_callback(end)
        while not server.started:
            if serving.done():
                serving.result()
            await asyncio.sleep(0.001)

    def _bootstrap(self, registry: Registry) -> None:
        network = self.identity.network
        client = LocalClient(registry, "kube-apiserver")
        first = str(next(network.services.hosts()))
        bootstrap(client, address=network.server, port=self.identity.port, cluster_ip=first)

    def _kubeconfig(self, name: str) -> dict[str, object]:
        who = self.identity
        namespace = kubeconfig.namespace_in(self._folder / "kubeconfig")
        return kubeconfig.compose(name, server=who.server, ca=who.ca, token=who.token, namespace=namespace)

    def _start_controllers(self, registry: Registry, informers: Informers) -> None:
        clock, timings = self._clock, self._timings
        manager = LocalClient(registry, "kube-controller-manager")
        context = base.Context(
            manager, informers, clock, timings, EventRecorder(manager, clock, "controllermanager")
        )
        keys = Keys(self.identity.ca.decode(), token_signer(registry.issuer), self._clients)
        for controller in all_controllers(context, keys):
            self._run(controller.name, base.run(controller))
        binder = LocalClient(registry, "kube-scheduler")
        context = base.Context(
            binder, informers, clock, timings, EventRecorder(binder, clock, "default-scheduler")
        )
        self._run("kube-scheduler", base.run(Scheduler(context)))
        balancer = LocalClient(registry, "kube-proxy")
        proxy = ServiceProxy(
            balancer, informers, self.identity.network, EventRecorder(balancer, clock, "service-controller")
        )
        self._run("kube-proxy", proxy.run())

    def _make_machines(self, registry: Registry, informers: Informers) -> Machines:
        client = LocalClient(registry, "kubelet")

        def make(node: NodeConfig) -> Kubelet:
            events = EventRecorder(client, self._clock, "kubelet", node.name)
            return Kubelet(node, client, informers, self._clock, self._timings, events, self._runtime)

        nodes = tuple(self._node_config(index, spec) for index, spec in enumerate(self._nodes))
        return Machines(nodes, make, self._run)

    def _node_config(self, index: int, spec: NodeSpec) -> NodeConfig:
        network = self.identity.network
        return NodeConfig(
            name=spec.name,
            role=spec.role,
            address=network.node(index),
            pod_network=network.pod_network(index),
            labels=spec.labels,
            kubelet_version=VERSION,
            data_dir=self._folder,
        )

    def _run(self, name: str, part: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(part, name=name)
        task.add_done_callback(self._note_end)
        self._tasks[name] = task

    def _note_end(self, task: asyncio.Task[None]) -> None:
        """A part that ends by itself is a defect: the cluster ends too, and says why."""
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.critical("%s failed", task.get_name(), exc_info=error)
        if error is not None and not self.failed.done():
            self.failed.set_exception(ClusterError(f"The {task.get_name()} failed: {error}"))

    async def _until_nodes_are_ready(self, informers: Informers) -> None:
        waiting = {spec.name for spec in self._nodes}
        ready = asyncio.Event()

        def look(change: Change) -> None:
            if is_true(change.object, "Ready"):
                waiting.discard(key_of(change.object))
            if not waiting:
                ready.set()

        informers["nodes"].on_change(look)
        await self.until(ready)

    async def until(self, event: asyncio.Event) -> None:
        """Wait for an event; raise what ended a part of the cluster, should that come first."""
        waiting = asyncio.ensure_future(event.wait())
        await asyncio.wait((waiting, self.failed), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.failed.done():
            self.failed.result()
