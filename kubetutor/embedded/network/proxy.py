"""The service proxy: kube-proxy of every node and the cloud's load balancer, in one.

1. A service, one of its slices or the nodes changed: the service's key is queued.
2. Its load balancer address is chosen, or given back.
3. Each frontend (address and port) is bound; it listens only while it has endpoints, so that without them
   clients are refused, as by kube-proxy's REJECT rule. Connections that exist live on.
4. Each new connection goes to a random ready endpoint (see `balancer`).
5. A port that could not be opened is served on another, and an Event says so; a node port is tried again.

Models: pkg/proxy/iptables/proxier.go, k8s.io/cloud-provider/controllers/service.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubetutor.api.objects import key_of, name_of, namespace_of
from kubetutor.embedded.network.balancer import Balancer, affinity_seconds
from kubetutor.embedded.network.endpoints import service_of, usable_endpoints
from kubetutor.embedded.network.frontends import frontends_of, node_addresses
from kubetutor.embedded.network.listeners import Listener, describe_problems
from kubetutor.embedded.network.load_balancer import (
    choose_address,
    ingress_of,
    shown_address,
    shown_ingress,
    wants_address,
)
from kubetutor.embedded.workqueue import WorkQueue
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change, Client
    from kubetutor.embedded.events import EventRecorder
    from kubetutor.embedded.informer import Informers
    from kubetutor.embedded.network.addresses import ClusterNetwork
    from kubetutor.embedded.network.connection import Outside
    from kubetutor.embedded.network.endpoints import Endpoint
    from kubetutor.embedded.network.frontends import Frontend

log = logging.getLogger(__name__)

SLICES = "endpointslices.discovery.k8s.io"
API_SERVER = "default/kubernetes"
NAME_SERVER = "kube-system/kube-dns"  # listens at the address of its service itself
TRY_AGAIN = 5.0  # seconds


@dataclass(slots=True)
class Served:
    """What is there for one service."""

    address: str | None = None  # of its load balancer
    balancers: dict[tuple[str, str], Balancer] = field(default_factory=dict)  # by protocol and port name
    listeners: dict[Frontend, Listener] = field(default_factory=dict)
    told: str = ""

    def close(self) -> None:
        for listener in self.listeners.values():
            listener.close()


class ServiceProxy:
    """Balances real connections over the endpoints of services. `run` it until cancelled."""

    def __init__(
        self, client: Client, informers: Informers, network: ClusterNetwork, events: EventRecorder
    ) -> None:
        self._client, self._network = client, network
        self._services, self._slices, self._nodes = (
            informers[resource] for resource in ("services", SLICES, "nodes")
        )
        self._events = events.as_component("service-controller")
        self._queue = WorkQueue()
        self._served: dict[str, Served] = {}
        self._node_addresses: tuple[str, ...] = ()
        self._connections: set[Outside] = set()
        self._pick = random.SystemRandom().choice
        self.connections_by_endpoint: Counter[Endpoint] = Counter()

    def listening_on(self, namespace: str, name: str) -> dict[Frontend, int]:
        """Map where the service lets clients in to the port that it is truly served on."""
        served = self._served.get(f"{namespace}/{name}", Served())
        return {
            frontend: listener.binding.port
            for frontend, listener in served.listeners.items()
            if listener.is_open and listener.binding.port is not None
        }

    async def run(self) -> None:
        """Serve all services until cancelled; then close every socket and connection."""
        self._nodes.on_change(self._note_node)
        self._services.on_change(lambda change: self._queue.add(key_of(change.object)))
        self._slices.on_change(self._note_slice)
        try:
            while True:
                key = await self._queue.take()
                try:
                    await self._sync(key)
                    self._queue.forget(key)
                except ApiError as error:
                    log.info("service %s: %s; it is tried again", key, error)
                    self._queue.retry(key)
                except Exception:
                    log.exception("service %s", key)
                    self._queue.retry(key)
                finally:
                    self._queue.done(key)
                await asyncio.sleep(0)
        finally:
            self._queue.close()
            self._close_all()

    def _note_slice(self, change: Change) -> None:
        for obj in (change.object, change.old):
            key = service_of(obj) if obj else None
            if key:
                self._queue.add(key)

    def _note_node(self, _change: Change) -> None:
        addresses = node_addresses(self._nodes.list())
        if addresses != self._node_addresses:
            self._node_addresses = addresses
            for service in self._services.list():
                self._queue.add(key_of(service))

    async def _sync(self, key: str) -> None:
        service = self._services.get(key)
        if service is None or key == NAME_SERVER:
            self._served.pop(key, Served()).close()
            return
        served = self._served.setdefault(key, Served())
        self._choose_address(service, served)
        wanted = frontends_of(service, self._node_addresses, served.address)
        answered = self._update_balancers(service, served, wanted)
        self._hold_ports(key, served, wanted)
        for frontend, listener in served.listeners.items():
            if frontend in answered:
                await listener.start()
            else:
                listener.stop()
        self._tell(service, served)
        self._show_ingress(service, served)
        if any(listener.binding.port is None for listener in served.listeners.values()) and key != API_SERVER:
            self._queue.add_after(key, TRY_AGAIN)  # whoever has the port may give it back

    def _choose_address(self, service: Object, served: Served) -> None:
        if not wants_address(service):
            served.address = None
        elif served.address is None:
            others = [
                other for other in self._services.list() if other is not service and wants_address(other)
            ]
            taken = {shown_address(other) for other in others}
            taken |= {other.address for other in self._served.values()}
            served.address = choose_address(service, self._network.load_balancers, taken)

    def _update_balancers(
        self, service: Object, served: Served, wanted: tuple[Frontend, ...]
    ) -> set[Frontend]:
        """Tell the balancers who may answer now; answer the frontends somebody answers for."""
        key = key_of(service)
        slices = [s for s in self._slices.list(namespace_of(service)) if service_of(s) == key]
        answered = set()
        for frontend in wanted:
            port = (frontend.protocol, frontend.port_name)
            endpoints = usable_endpoints(slices, frontend.port_name, frontend.protocol)
            balancer = served.balancers.setdefault(port, Balancer(self._pick, time.monotonic))
            balancer.update(endpoints, affinity_seconds(service))
            if endpoints:
                answered.add(frontend)
        return answered

    def _hold_ports(self, key: str, served: Served, wanted: tuple[Frontend, ...]) -> None:
        """Bind what is new, give back what is not wanted any more."""
        for frontend in [frontend for frontend in served.listeners if frontend not in wanted]:
            served.listeners.pop(frontend).close()
        for frontend in wanted:
            if frontend not in served.listeners:
                balancer = served.balancers[frontend.protocol, frontend.port_name]
                served.listeners[frontend] = Listener(
                    frontend,
                    functools.partial(self._choose, balancer),
                    self._connections,
                    may_move=frontend.role != "node" and key != API_SERVER,
                )

    def _choose(self, balancer: Balancer, client: str) -> Endpoint | None:
        endpoint = balancer.choose(client)
        if endpoint:
            self.connections_by_endpoint[endpoint] += 1
        return endpoint

    def _tell(self, service: Object, served: Served) -> None:
        text = describe_problems({frontend: one.binding for frontend, one in served.listeners.items()})
        if text == served.told:
            return
        served.told = text
        if key_of(service) == API_SERVER:
            log.debug("service %s: %s", API_SERVER, text)
        elif text:
            self._events.warning(service, "PortNotAvailable", text)

    def _show_ingress(self, service: Object, served: Served) -> None:
        ingress: list[Object] = []
        if served.address:
            bindings = {frontend: listener.binding for frontend, listener in served.listeners.items()}
            ports = {frontend: binding.port or frontend.port for frontend, binding in bindings.items()}
            ingress = ingress_of(served.address, ports)
        shown = shown_ingress(service)
        if ingress == shown or (not ingress and service["spec"].get("loadBalancerClass")):
            return
        if not shown:
            self._events.normal(service, "EnsuringLoadBalancer", "Ensuring load balancer")
        body = {"status": {"loadBalancer": {"ingress": ingress or None}}}
        self._client.patch(
            "services", name_of(service), body, namespace=namespace_of(service), subresource="status"
        )
        if not shown:
            self._events.normal(service, "EnsuredLoadBalancer", "Ensured load balancer")

    def _close_all(self) -> None:
        for served in self._served.values():
            served.close()
        for connection in list(self._connections):
            connection.abort()
        self._served.clear()
