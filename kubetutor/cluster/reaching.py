"""From this machine to a Service: by the address that the cluster gives it, else through the API server.

On Linux the nodes of kind are part of this machine's network, and so are all addresses of an embedded cluster. On macOS
they are inside a virtual machine, and the nodes of a cluster elsewhere are behind its walls. Nobody needs to know which:

1. Try what the cluster gives: an address of a load balancer, a node's port, with `local_ips` the cluster IP too.
   Being refused counts as being there: the address is right, and nobody is Ready behind it yet.
2. If none can be reached, go through the API server's own proxy, which leads each request to one of the Ready pods.
3. If that is not allowed, use `kubectl port-forward`, which is kept alive in the background. It leads to one pod, not
   to all in turn, and for a second to nobody when that pod goes: so it comes last.
"""

from __future__ import annotations

import contextlib
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from kubetutor.api import wait
from kubetutor.cluster.api_proxy import ApiProxy
from kubetutor.cluster.port_forward import NothingReadyError, PortForward, Target
from kubetutor.errors import ApiError, ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kubetutor.api.client import Client
    from kubetutor.api.objects import Object

INTERVAL = 0.3  # seconds between two looks for a pod that is Ready
AT_ONCE = 5  # connections that try whether an address can be reached
CONNECT_SECONDS = 1.0  # on this machine or in its own network a connection takes no longer


class Ways:
    """The ways to services that were found; what was found once is used again."""

    def __init__(self, api: Client, environment: Mapping[str, str], *, local_ips: bool) -> None:
        self._api, self._environment, self._local_ips = api, environment, local_ips
        self._forwards: dict[Target, PortForward] = {}
        self._proxy = ApiProxy(environment)

    def to(self, service: str, namespace: str, port: int | None, *, timeout: float) -> str:
        """Answer `host:port`, or `host:port/path`, where the service answers HTTP. `timeout` is for a load balancer to get its address."""

        def read() -> Object:
            return self._api.get("services", service, namespace=namespace)

        entry = port_of(read(), port)
        target = Target(service, namespace, entry["port"], entry.get("name") or "")
        if target in self._forwards:
            return self._forwards[target].address
        for address in self._direct(read, target, timeout):
            if is_there(address):
                return address
        if self._local_ips and (own := self._own_address(read(), target)):
            return own
        if self._proxy.is_open(target):
            return self._proxy.path_to(target)
        return self._forward(target, timeout)

    def _direct(self, read: Callable[[], Object], target: Target, timeout: float) -> Iterator[str]:
        """Yield the addresses that the cluster gives, the best first."""
        found = read()
        if found["spec"].get("type") == "LoadBalancer":
            try:
                found = wait.until(lambda: with_ingress(read()), what="an address", timeout=timeout)
            except wait.TimedOutError:
                found = read()  # nobody here gives addresses to load balancers: the node port will do
        yield from ingress_addresses(found, target.port)
        node_port = port_of(found, target.port).get("nodePort")
        if node_port and (node := self._node_address()):
            yield f"{node}:{node_port}"

    def _own_address(self, service: Object, target: Target) -> str | None:
        """Answer the cluster IP if it serves: without root it may not be able to have the service's port."""
        host = service["spec"].get("clusterIP") or "None"
        if host == "None":
            return None
        with contextlib.suppress(ConnectionRefusedError):
            return f"{host}:{target.port}" if connects(f"{host}:{target.port}") else None
        return None

    def _node_address(self) -> str | None:
        try:
            nodes = self._api.list("nodes")
        except ApiError as error:
            if error.code != 403:
                raise
            return None  # a learner who may not see nodes has other ways
        for node in nodes:
            for entry in node.get("status", {}).get("addresses") or ():
                if entry["type"] == "InternalIP":
                    return str(entry["address"])
        return None

    def _forward(self, target: Target, timeout: float) -> str:
        """Forward as soon as a pod is Ready; raise what is in the way when the time is over."""
        deadline = time.monotonic() + timeout
        while True:
            forward = PortForward(target, self._api, self._environment)
            try:
                forward.start()
            except NothingReadyError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(INTERVAL)
            else:
                self._forwards[target] = forward
                return forward.address


def connects(address: str) -> bool:
    """Say whether a TCP connection to `host:port` succeeds. Raise ConnectionRefusedError when it is refused."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()
    except ConnectionRefusedError:
        raise
    except OSError:  # no way there, or no answer
        return False
    return True


def is_there(address: str) -> bool:
    """Say whether `host:port` can be reached, be it that the connection is refused.

    Several try at once: for a moment a service leads some of them to a pod that has just gone, from where nothing comes back.
    """
    with ThreadPoolExecutor(AT_ONCE) as askers:
        return any(askers.map(_is_met, [address] * AT_ONCE))


def _is_met(address: str) -> bool:
    try:
        return connects(address)
    except ConnectionRefusedError:
        return True


def with_ingress(service: Object) -> Object | None:
    """Answer the service if its load balancer has an address."""
    return service if (service.get("status") or {}).get("loadBalancer", {}).get("ingress") else None


def ingress_addresses(service: Object, port: int) -> list[str]:
    """Answer `host:port` for each address of a load balancer; the embedded cluster's may come with a port."""
    entries = (service.get("status") or {}).get("loadBalancer", {}).get("ingress") or ()
    hosts = [str(entry.get("ip") or entry.get("hostname") or "") for entry in entries]
    return [host if ":" in host else f"{host}:{port}" for host in hosts if host]


def port_of(service: Object, port: int | None) -> Object:
    """Answer the entry of this port, by default the first."""
    ports: list[Object] = service["spec"].get("ports") or []
    for entry in ports:
        if port in {None, entry["port"]}:
            return entry
    there = ", ".join(str(entry["port"]) for entry in ports) or "none"
    raise ClusterError(f"The service {service['metadata']['name']!r} has no port {port} (there: {there}).")
