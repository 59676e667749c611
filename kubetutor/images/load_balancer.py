"""load-balancer: gives each Service of type LoadBalancer an address of the network that a kind cluster's nodes are in.

It runs once per kind cluster, in the network of one node. What arrives at an address that this node has, kube-proxy
sends on to the pods, because the service's status names it. So all that is left to do is:

1. Choose a free address from the end of the nodes' network, where no engine has come to yet. Free: no service of this
   cluster has it, and nobody answers when we ask for it by ARP. So two clusters in one network do not collide.
2. Put it on the node's interface, and announce it: whoever remembers an earlier node of this address learns better.
   It is given for LIFETIME seconds and renewed all the time: when this program dies, or its node, the kernel takes the
   address away, and another node can have it.
3. Write it into the service's status. It stays the service's own when the program starts again, here or elsewhere.
4. A service that goes, or changes its type, loses the address.

Unlike a cloud's: a service with `externalTrafficPolicy: Local` is reached only where this node has one of its pods.
From its surroundings: NODE_ADDRESS, the node's own; and what Kubernetes puts into each pod to reach the API.
Source of the layouts: netlink(7), rtnetlink(7), RFC 826 and RFC 5227 (ARP probes and announcements).
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import ipaddress
import json
import os
import signal
import socket
import ssl
import struct
import sys
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from ipaddress import IPv4Network

LIFETIME = 20  # seconds that an address stays without being renewed
RENEWAL = 5  # seconds between two looks at everything
PROBE_SECONDS = 0.3  # for whoever has an address to say so
FIRST, LAST = 200, 250  # of the last 256 addresses of the network

SIOCGIFADDR, SIOCGIFNETMASK, SIOCGIFHWADDR = 0x8915, 0x891B, 0x8927
RTM_NEWADDR, RTM_DELADDR = 20, 21
NLM_F_REQUEST, NLM_F_ACK, NLM_F_REPLACE, NLM_F_CREATE = 0x1, 0x4, 0x100, 0x400
IFA_ADDRESS, IFA_LOCAL, IFA_CACHEINFO = 1, 2, 6
NLMSG_ERROR = 2
ETH_P_ARP, ETH_P_IP = 0x0806, 0x0800
BROADCAST, NOBODY = b"\xff" * 6, b"\x00" * 6

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


# -- deciding -----------------------------------------------------------------------------------------------


def wants_address(service: dict[str, Any]) -> bool:
    """Say whether this service is ours to serve."""
    spec, metadata = service["spec"], service["metadata"]
    ours = spec.get("type") == "LoadBalancer" and not spec.get("loadBalancerClass")
    return ours and not metadata.get("deletionTimestamp")


def shown_addresses(service: dict[str, Any]) -> list[str]:
    """Answer the addresses in the status."""
    entries = service.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    return [entry["ip"] for entry in entries if entry.get("ip")]


def pool(network: IPv4Network, seed: int) -> list[str]:
    """Answer the addresses that may be given, in the order to try them; the seed says where to begin.

    They are at the end of the network; of one that is smaller than 256 addresses, its last quarter.
    """
    size = min(network.num_addresses, 256)
    end = int(network.broadcast_address) + 1
    first, last = (FIRST, LAST) if size == 256 else (size - size // 4, size - 2)
    addresses = [str(ipaddress.ip_address(end - size + number)) for number in range(first, last + 1)]
    begin = seed % len(addresses) if addresses else 0
    return addresses[begin:] + addresses[:begin]


def choose(service: dict[str, Any], addresses: list[str], is_free: Callable[[str], bool]) -> str | None:
    """Answer the address that a service asks for if it may have it, else the first free one."""
    wanted = service["spec"].get("loadBalancerIP")
    candidates = [wanted] if wanted in addresses else []
    return next((address for address in candidates + addresses if is_free(address)), None)


# -- the node's network -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Interface:
    """The node's interface to the network that all nodes are in."""

    name: str
    index: int
    hardware: bytes
    network: IPv4Network

    def add(self, address: str) -> None:
        """Have this address for LIFETIME seconds from now on."""
        self._change(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, address)

    def remove(self, address: str) -> None:
        """Have it no more; that it is gone already is no error."""
        with contextlib.suppress(OSError):
            self._change(RTM_DELADDR, 0, address)

    def _change(self, kind: int, flags: int, address: str) -> None:
        packed = socket.inet_aton(address)
        body = struct.pack("=BBBBI", socket.AF_INET, 32, 0, 0, self.index)
        for attribute, value in (
            (IFA_LOCAL, packed),
            (IFA_ADDRESS, packed),
            (IFA_CACHEINFO, struct.pack("=IIII", LIFETIME, LIFETIME, 0, 0)),
        ):
            body += struct.pack("=HH", 4 + len(value), attribute) + value
        header = struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST | NLM_F_ACK | flags, 1, 0)
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
            netlink.bind((0, 0))
            netlink.send(header + body)
            answer = netlink.recv(4096)
        code = struct.unpack_from("=i", answer, 16)[0]
        if struct.unpack_from("=H", answer, 4)[0] == NLMSG_ERROR and code:
            raise OSError(-code, os.strerror(-code), f"{self.name} {address}")

    def announce(self, address: str) -> None:
        """Tell everybody in the network that this address is here now."""
        with self._arp_socket() as arp:
            arp.send(self._question(sender=address, target=address))

    def answers(self, address: str) -> bool:
        """Ask the network for this address; say whether another machine has it."""
        with self._arp_socket() as arp:
            arp.send(self._question(sender="0.0.0.0", target=address))
            deadline = time.monotonic() + PROBE_SECONDS
            while (left := deadline - time.monotonic()) > 0:
                arp.settimeout(left)
                try:
                    frame = arp.recv(2048)
                except TimeoutError:
                    return False
                if self._says_who_has(frame, address):
                    return True
        return False

    def _arp_socket(self) -> socket.socket:
        arp = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ARP))
        arp.bind((self.name, ETH_P_ARP))
        return arp

    def _question(self, *, sender: str, target: str) -> bytes:
        ethernet = BROADCAST + self.hardware + struct.pack("!H", ETH_P_ARP)
        about = struct.pack("!HHBBH", 1, ETH_P_IP, 6, 4, 1)
        addresses = self.hardware + socket.inet_aton(sender) + NOBODY + socket.inet_aton(target)
        return ethernet + about + addresses

    def _says_who_has(self, frame: bytes, address: str) -> bool:
        sender, sender_address = frame[22:28], frame[28:32]
        return len(frame) >= 42 and sender != self.hardware and sender_address == socket.inet_aton(address)


def find_interface(node_address: str) -> Interface:
    """Find the interface that has the node's address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:

        def ask(name: str, what: int) -> bytes:
            return fcntl.ioctl(probe, what, struct.pack("256s", name.encode()))

        for index, name in socket.if_nameindex():
            with contextlib.suppress(OSError):  # an interface without an IPv4 address
                if socket.inet_ntoa(ask(name, SIOCGIFADDR)[20:24]) == node_address:
                    mask = socket.inet_ntoa(ask(name, SIOCGIFNETMASK)[20:24])
                    network = ipaddress.IPv4Network(f"{node_address}/{mask}", strict=False)
                    return Interface(name, index, ask(name, SIOCGIFHWADDR)[18:24], network)
    raise OSError(f"no interface of this node has its address {node_address}")


# -- the API ------------------------------------------------------------------------------------------------


class Api:
    """The few requests to the API server."""

    def __init__(self) -> None:
        self._host = os.environ["KUBERNETES_SERVICE_HOST"]
        self._port = int(os.environ["KUBERNETES_SERVICE_PORT"])
        self._tls = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))

    def services(self) -> tuple[list[dict[str, Any]], str]:
        """Answer all services, and the version of this list."""
        with self._asked("GET", "/api/v1/services") as response:
            document = json.loads(response.read())
        return document.get("items") or [], document["metadata"]["resourceVersion"]

    def wait_for_change(self, version: str, seconds: int) -> None:
        """Return when a service has changed since this version, or when the time is over."""
        path = f"/api/v1/services?watch=1&resourceVersion={version}&timeoutSeconds={seconds}"
        with self._asked("GET", path) as response:
            response.readline()

    def show(self, service: dict[str, Any], address: str | None) -> None:
        """Write the address into the service's status, or take it out."""
        ingress = [{"ip": address, "ipMode": "VIP"}] if address else None
        metadata = service["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/services/{metadata['name']}/status"
        body = {"metadata": {"uid": metadata["uid"]}, "status": {"loadBalancer": {"ingress": ingress}}}
        with self._asked("PATCH", path, json.dumps(body)) as response:
            response.read()

    @contextlib.contextmanager
    def _asked(self, method: str, path: str, body: str | None = None) -> Iterator[http.client.HTTPResponse]:
        token = (ACCOUNT / "token").read_text()  # read anew: the kubelet renews it
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/merge-patch+json"}
        connection = http.client.HTTPSConnection(
            self._host, self._port, timeout=2 * RENEWAL, context=self._tls
        )
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            if response.status >= 400 and response.status not in {
                404,
                409,
            }:  # it has gone or changed: next time
                raise OSError(f"{method} {path} answered {response.status}: {response.read(500)!r}")
            yield response


# -- doing --------------------------------------------------------------------------------------------------


@dataclass
class Balancer:
    """Which service has which address, and how it came to it."""

    interface: Interface
    show: Callable[[dict[str, Any], str | None], None]
    seed: int = 0
    held: dict[str, str] = field(default_factory=dict)  # uid -> address, on this node now
    waiting: dict[str, float] = field(default_factory=dict)  # uid -> since when another has its address

    def reconcile(self, services: list[dict[str, Any]]) -> None:
        """Bring addresses and services together."""
        addresses = pool(self.interface.network, self.seed)
        wanted = {service["metadata"]["uid"]: service for service in services if wants_address(service)}
        for uid in [uid for uid in self.held if uid not in wanted]:
            self._give_up(uid)
        for service in services:
            is_balanced = service["spec"].get("type") == "LoadBalancer"
            if not is_balanced and set(shown_addresses(service)) & set(addresses):
                self.show(service, None)
        taken = {address for service in wanted.values() for address in shown_addresses(service)}
        for uid, service in wanted.items():
            if uid not in self.held or shown_addresses(service) != [self.held[uid]]:
                self._serve(service, addresses, taken | set(self.held.values()))
        self.renew()

    def renew(self) -> None:
        """Keep what is ours for another while."""
        for address in self.held.values():
            self.interface.add(address)

    def end(self) -> None:
        """Let go of every address: another node may take them at once."""
        for uid in list(self.held):
            self._give_up(uid)

    def _give_up(self, uid: str) -> None:
        address = self.held.pop(uid)
        self.interface.remove(address)
        print(f"{address} is free again", flush=True)

    def _serve(self, service: dict[str, Any], addresses: list[str], taken: Collection[str]) -> None:
        uid, shown = service["metadata"]["uid"], shown_addresses(service)
        address = self.held.get(uid)
        if address is None and len(shown) == 1 and self._may_keep(shown[0], addresses):
            if not self.interface.answers(shown[0]):
                address = shown[0]
            elif not self._has_waited(uid):
                return
        if address is None:
            address = choose(
                service, addresses, lambda each: each not in taken and not self.interface.answers(each)
            )
        name = f"{service['metadata']['namespace']}/{service['metadata']['name']}"
        if address is None:
            print(f"{name}: every address from {addresses[0]} on is taken", flush=True)
            return
        self.waiting.pop(uid, None)
        self.held[uid] = address
        self.interface.add(address)
        self.interface.announce(address)
        if shown != [address]:
            self.show(service, address)
        print(f"{name}: {address}", flush=True)

    def _may_keep(self, address: str, addresses: list[str]) -> bool:
        return address in addresses and address not in self.held.values()

    def _has_waited(self, uid: str) -> bool:
        """Say whether another has had its address for too long: a node that was lost has it LIFETIME seconds at most."""
        since = self.waiting.setdefault(uid, time.monotonic())
        return time.monotonic() - since > LIFETIME


def run(api: Api, balancer: Balancer) -> None:
    """Serve for ever. What the API server cannot answer now is asked again; the addresses stay meanwhile."""
    while True:
        try:
            services, version = api.services()
            balancer.reconcile(services)
            api.wait_for_change(version, RENEWAL)
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            print(f"trying again: {error!r}", file=sys.stderr, flush=True)
            balancer.renew()
            time.sleep(1)


def main(_arguments: list[str]) -> int:
    """Run the program; answer its exit code."""
    node_address = os.environ["NODE_ADDRESS"]
    interface = find_interface(node_address)
    seed = zlib.crc32(node_address.encode())
    api = Api()
    balancer = Balancer(interface, api.show, seed)
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    print(f"load-balancer: {interface.name}, {interface.network}", flush=True)
    try:
        run(api, balancer)
    finally:
        balancer.end()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
