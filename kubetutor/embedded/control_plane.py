"""Wires a cluster together: read this first.

1. The store opens its database; the registry puts every kind behind the same verbs.
2. The API server listens, over TLS, for those who have the token.
3. The service proxy and one kubelet per node start. The kubelet of the control plane's node starts the scheduler and
   the controllers, as pods (`parts.py`). Each is given a client and a clock and nothing else: they live on list,
   watch and patch.
4. The cluster is ready when every node says that it is.

Everything runs in one event loop, except the pods: those are processes of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
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
from kubetutor.embedded.bootstrap import add_api_services, add_name_server, bootstrap, bootstrap_roles
from kubetutor.embedded.client_authority import ClientAuthority
from kubetutor.embedded.control_plane_pods import (
    API_SERVER,
    CONTROLLER_MANAGER,
    ETCD,
    SCHEDULER,
    control_plane_pods,
)
from kubetutor.embedded.controllers import base
from kubetutor.embedded.controllers.definitions import DefinitionController
from kubetutor.embedded.controllers.every import Keys, all_controllers
from kubetutor.embedded.events import EventRecorder
from kubetutor.embedded.informer import Informers
from kubetutor.embedded.kubelet.kubelet import Kubelet
from kubetutor.embedded.kubelet.node_context import CONTROL_PLANE, NodeConfig
from kubetutor.embedded.kubelet.processes import ProcessRuntime
from kubetutor.embedded.machines import Machines
from kubetutor.embedded.metrics.server import MetricsServer
from kubetutor.embedded.network.names.server import NameServer
from kubetutor.embedded.network.proxy import ServiceProxy
from kubetutor.embedded.parts import Part, Parts
from kubetutor.embedded.scheduler.decision_log import DecisionLog
from kubetutor.embedded.scheduler.scheduler import Scheduler
from kubetutor.embedded.store import Store
from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping
    from pathlib import Path

    from kubetutor.embedded.client import Change
    from kubetutor.embedded.clock import Clock
    from kubetutor.embedded.timings import Timings

log = logging.getLogger(__name__)

DECISIONS = "/debug/scheduler/decisions"
MOUNTS = "KUBETUTOR_MOUNTS"  # off: volumes are links, as where the kernel lets nobody mount


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
        self._decisions = DecisionLog()
        self._stack = contextlib.AsyncExitStack()
        self._stack.callback(self._socket.close)

    async def start(self, name: str, report: Callable[[str, str], None]) -> None:
        """Start every part, in order, and answer when all nodes are Ready. What was started ends with `stop`."""
        tries_mounts = os.environ.get(MOUNTS) != "off"
        programs = await ProcessRuntime.start(
            self._folder, self.identity.cluster_id, tries_mounts=tries_mounts
        )
        self._stack.push_async_callback(programs.close)
        self._parts = Parts(programs, self._make_parts())
        report("store", "Opening the store")
        self._store = Store(self._folder / "state.db")
        self._stack.callback(self._store.close)
        registry = self._registry = self._make_registry()
        informers = Informers(LocalClient(registry, "kubelet"))
        self._names = NameServer(self.identity.network.name_server, informers)
        self._stack.callback(self._names.close)
        self._machines = self._make_machines(registry, informers)
        kubelets = self._machines.kubelets
        self._metrics = MetricsServer(kubelets.values, informers, self._clock, self._timings)
        report("server", f"Starting the API server at {self.identity.server}")
        await self._serve(registry)
        self._bootstrap(registry)
        kubeconfig.write(self._folder / "kubeconfig", self._kubeconfig(name))
        report("controllers", "Starting the control plane")
        self._stack.push_async_callback(self._end_tasks)
        self._run("event expiry", expire_events(LocalClient(registry, "kube-apiserver"), self._clock))
        self._run("definitions", self._run_definitions())
        self._run("kube-proxy", self._proxy(registry, informers).run())
        self._run("kube-dns", self._names.run())
        self._run("metrics-server", self._metrics.run())
        report("nodes", f"Starting {len(self._nodes)} nodes")
        self._machines.start_all()
        await self._until_nodes_are_ready(informers)
        await self.until(self._parts.have_started)
        self._run("bootstrap roles", bootstrap_roles(LocalClient(registry, "kube-apiserver"), self._clock))
        powers = {"stop_node": self._machines.stop_node, "start_node": self._machines.start_node}
        await self._stack.enter_async_context(control_socket.served(self._folder, powers))

    async def stop(self) -> None:
        """End everything that was started, the last first; pods too. What was stored stays."""
        await self._stack.aclose()

    async def _end_tasks(self) -> None:
        await self._machines.end()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _make_registry(self) -> Registry:
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
            metrics=self._metrics,
        )
        app.documents.add_debugged(DECISIONS, self._read_decisions)
        server = make_server(app, who.certificate, who.key, self._clients)
        serving = asyncio.create_task(server.serve(sockets=[self._socket]), name="kube-apiserver")

        async def end() -> None:
            server.should_exit = server.force_exit = True
            await asyncio.gather(serving, return_exceptions=True)

        self._stack.push_async_callback(end)
        while not server.started:
            if serving.done():
                serving.result()
            await asyncio.sleep(0.001)

    def _bootstrap(self, registry: Registry) -> None:
        network = self.identity.network
        client = LocalClient(registry, "kube-apiserver")
        first = str(next(network.services.hosts()))
        bootstrap(client, address=network.server, port=self.identity.port, cluster_ip=first)
        add_name_server(client, network.name_server)
        add_api_services(client, self._clock.now())

    def _kubeconfig(self, name: str) -> dict[str, object]:
        who = self.identity
        namespace = kubeconfig.namespace_in(self._folder / "kubeconfig")
        return kubeconfig.compose(name, server=who.server, ca=who.ca, token=who.token, namespace=namespace)

    def _make_parts(self) -> dict[str, Part]:
        """Answer what runs as pods. The store and the API server run already: without them nothing would."""
        package = "kubetutor.embedded"
        return {
            ETCD: Part(_for_ever, (f"{package}.store",)),
            API_SERVER: Part(_for_ever, (f"{package}.apiserver",)),
            CONTROLLER_MANAGER: Part(self._run_controllers, (f"{package}.controllers",)),
            SCHEDULER: Part(self._run_scheduler, (f"{package}.scheduler",)),
        }

    async def _run_controllers(self) -> None:
        keys = Keys(self.identity.ca.decode(), token_signer(self._registry.issuer), self._clients)
        with self._context(CONTROLLER_MANAGER, "controllermanager") as context:
            async with asyncio.TaskGroup() as group:
                for controller in all_controllers(context, keys, self._metrics):
                    group.create_task(base.run(controller), name=controller.name)

    async def _run_definitions(self) -> None:
        with self._context(API_SERVER, API_SERVER) as context:
            await base.run(DefinitionController(context))

    async def _run_scheduler(self) -> None:
        with self._context(SCHEDULER, "default-scheduler") as context:
            scheduler = Scheduler(context)
            self._decisions = scheduler.decisions
            await base.run(scheduler)

    def _read_decisions(self, query: Mapping[str, str]) -> object:
        """Ask the scheduler that runs now: its pod may have been ended, and started again."""
        return self._decisions.read(query)

    @contextlib.contextmanager
    def _context(self, manager: str, component: str) -> Iterator[base.Context]:
        """Give a part a client and caches of its own, which end with it."""
        client = LocalClient(self._registry, manager)
        informers = Informers(client)
        events = EventRecorder(client, self._clock, component)
        with contextlib.closing(informers):
            yield base.Context(client, informers, self._clock, self._timings, events)

    def _proxy(self, registry: Registry, informers: Informers) -> ServiceProxy:
        balancer = LocalClient(registry, "kube-proxy")
        events = EventRecorder(balancer, self._clock, "service-controller")
        return ServiceProxy(balancer, informers, self.identity.network, events)

    def _make_machines(self, registry: Registry, informers: Informers) -> Machines:
        client = LocalClient(registry, "kubelet")

        def make(node: NodeConfig) -> Kubelet:
            events = EventRecorder(client, self._clock, "kubelet", node.name)
            return Kubelet(node, client, informers, self._clock, self._timings, events, self._parts)

        nodes = tuple(self._node_config(index, spec) for index, spec in enumerate(self._nodes))
        return Machines(nodes, make, self._run)

    def _node_config(self, index: int, spec: NodeSpec) -> NodeConfig:
        network = self.identity.network
        pods = control_plane_pods(
            address=network.node(index), port=self.identity.port, services=str(network.services)
        )
        return NodeConfig(
            name=spec.name,
            role=spec.role,
            address=network.node(index),
            pod_network=network.pod_network(index),
            labels=spec.labels,
            kubelet_version=VERSION,
            data_dir=self._folder,
            static_pods=tuple(pods) if spec.role == CONTROL_PLANE else (),
            cluster_dns=network.name_server if self._names.is_on_its_port else "",
            is_alone=len(self._nodes) == 1,
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


async def _for_ever() -> None:
    """Be a part that only shows."""
    await asyncio.Event().wait()
