"""What a lesson holds: one cluster, its kubectl, its API, and the way to its services."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kubetutor.api import wait
from kubetutor.api.objects import is_true
from kubetutor.cluster import backends, commands
from kubetutor.cluster.backend import Capability, Workspace
from kubetutor.cluster.home import Home, find_home
from kubetutor.errors import ClusterError, NoClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from kubetutor.api.client import Client
    from kubetutor.api.objects import Object
    from kubetutor.cluster.backend import Backend, Status

HOW = "Start one with `kubetutor up`."


@dataclass(frozen=True)
class Cluster:
    """A cluster that is up. Get one with `kubetutor.cluster.cluster.connect()`."""

    name: str
    backend: str
    kubeconfig: Path
    capabilities: Capability = Capability.NONE
    workspace: Workspace = field(default_factory=Workspace)

    @cached_property
    def api(self) -> Client:
        """The client of its API; the official package is loaded when it is first used."""
        from kubetutor.api.client import Client  # noqa: PLC0415  # loaded when used

        return Client(self.kubeconfig)

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which a command or a kernel finds this cluster."""
        return commands.environment(self.kubeconfig)

    def kubectl(self, *args: str, input: str | None = None, timeout: float | None = 60.0) -> str:  # noqa: A002  # the name that subprocess gives it
        """Run kubectl and answer what it prints. A failure raises CommandFailedError with its words."""
        return commands.run(
            (commands.kubectl_path(), *args), env=self.environment, input=input, timeout=timeout
        )

    def status(self) -> Status:
        return self._backend.status(self.name)

    def stop_node(self, node: str) -> None:
        """Stop a node without a word to the cluster, as if its power was cut. Raise NotPossibleError where it cannot be."""
        self._backend.stop_node(self.name, node)

    def start_node(self, node: str) -> None:
        """Start a node that was stopped."""
        self._backend.start_node(self.name, node)

    @property
    def _backend(self) -> Backend:
        return backends.get(self.backend, Home(self.kubeconfig.parents[2]))

    def url(
        self, service: str, namespace: str = "default", port: int | None = None, *, timeout: float = 10.0
    ) -> str:
        """Answer where a Service of type LoadBalancer or NodePort answers HTTP from this machine.

        `port` is the Service's port, by default its first. Waits up to `timeout` seconds for an address; a
        load balancer that gets none is reached through its node port.
        """

        def read() -> Object:
            found: Object = json.loads(self.kubectl("get", "service", service, "-n", namespace, "-o", "json"))
            return found

        what = f"an address of the service {namespace}/{service}; it needs the type LoadBalancer or NodePort"
        try:
            return "http://" + wait.until(
                lambda: address_of(read(), port, self._node_address), what=what, timeout=timeout
            )
        except wait.TimedOutError:
            if address := node_port_address(read(), port, self._node_address):
                return "http://" + address
            raise

    def wait_until_ready(self, *, timeout: float = 30.0) -> None:
        """Wait until every node is Ready."""

        def ready() -> bool:
            nodes = json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]
            return bool(nodes) and all(is_true(node, "Ready") for node in nodes)

        wait.until(ready, what=f"the nodes of the cluster {self.name!r} to be Ready", timeout=timeout)

    def _node_address(self) -> str:
        for node in json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]:
            for entry in node.get("status", {}).get("addresses") or ():
                if entry["type"] == "InternalIP":
                    return str(entry["address"])
        raise ClusterError(f"No node of the cluster {self.name!r} has an address.")


def address_of(service: Object, port: int | None, node_address: Callable[[], str]) -> str | None:
    """Answer `host:port` for a Service, None while it has no address."""
    chosen = _port_of(service, port)
    for entry in service.get("status", {}).get("loadBalancer", {}).get("ingress") or ():
        host = entry.get("ip") or entry.get("hostname")
        if host:
            return str(host) if ":" in host else f"{host}:{chosen['port']}"
    if service["spec"].get("type") == "NodePort":
        return node_port_address(service, port, node_address)
    return None


def node_port_address(service: Object, port: int | None, node_address: Callable[[], str]) -> str | None:
    """Answer `node:nodePort` for a Service that has one."""
    node_port = _port_of(service, port).get("nodePort")
    return f"{node_address()}:{node_port}" if node_port else None


def _port_of(service: Object, port: int | None) -> Object:
    ports: list[Object] = service["spec"].get("ports") or []
    for entry in ports:
        if port in {None, entry["port"]}:
            return entry
    there = ", ".join(str(entry["port"]) for entry in ports) or "none"
    raise ClusterError(f"The service {service['metadata']['name']!r} has no port {port} (there: {there}).")


def connect(
    name: str | None = None, *, home: Home | None = None, environ: Mapping[str, str] | None = None
) -> Cluster:
    """Find the cluster that is up: the named one, else the one that KUBECONFIG names, else the only one."""
    environ = os.environ if environ is None else environ
    running = dict(backends.running(home or find_home(environ)))
    chosen = name or _named_by_kubeconfig(running, environ) or only(list(running))
    if chosen not in running:
        raise NoClusterError(f"The cluster {chosen!r} is not up. {HOW}")
    backend = running[chosen]
    return found(chosen, backend)


def found(name: str, backend: Backend) -> Cluster:
    """Answer the cluster of this name, which is up."""
    return Cluster(
        name, backend.name, backend.kubeconfig(name), backend.capabilities, backend.workspace(name)
    )


def only(running: Sequence[str]) -> str:
    """Choose among the clusters that are up: the one named kubetutor, or the only one."""
    if not running:
        raise NoClusterError(f"No cluster is up. {HOW}")
    if "kubetutor" in running or len(running) == 1:
        return "kubetutor" if "kubetutor" in running else running[0]
    raise ClusterError(f"Several clusters are up: {', '.join(running)}. Say which one with --name.")


def _named_by_kubeconfig(running: Mapping[str, Backend], environ: Mapping[str, str]) -> str | None:
    named = environ.get("KUBECONFIG", "")
    return next((name for name, backend in running.items() if str(backend.kubeconfig(name)) == named), None)
