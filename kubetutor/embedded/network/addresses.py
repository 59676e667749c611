"""Who has which address: each cluster owns one /16 of loopback, so that several can run side by side.

127.X.0.1        the API server             127.X.128.0/18   services (ClusterIP)
127.X.0.2 ...    the nodes                  127.X.192.0/18   load balancers
127.X.1.0/24 ... the pods of each node

Linux lets anybody bind any address of 127.0.0.0/8. Other systems have 127.0.0.1 only.
"""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from ipaddress import IPv4Network

from kubetutor.errors import StateError

OCTETS = range(64, 127)
MOST_NODES = 100


@dataclass(frozen=True, slots=True)
class ClusterNetwork:
    """The addresses of one cluster: 127.`octet`.0.0/16."""

    octet: int

    @property
    def server(self) -> str:
        """Answer the API server's address."""
        return f"127.{self.octet}.0.1"

    def node(self, index: int) -> str:
        """Answer the address of the node with this index, counted from 0."""
        _check_index(index)
        return f"127.{self.octet}.0.{2 + index}"

    def pod_network(self, index: int) -> IPv4Network:
        """Answer the addresses for the pods of the node with this index, counted from 0."""
        _check_index(index)
        return IPv4Network(f"127.{self.octet}.{1 + index}.0/24")

    @property
    def services(self) -> IPv4Network:
        return IPv4Network(f"127.{self.octet}.128.0/18")

    @property
    def name_server(self) -> str:
        """Answer the address of kube-dns: the tenth of the services, as kubeadm has it."""
        return str(self.services[10])

    @property
    def load_balancers(self) -> IPv4Network:
        return IPv4Network(f"127.{self.octet}.192.0/18")


def preferred_octet(cluster_id: str) -> int:
    """Answer where a cluster with this id (hexadecimal) looks first: hardly ever where one that is down will come back."""
    return OCTETS[int(cluster_id, 16) % len(OCTETS)]


def choose(preferred: int, port: int) -> ClusterNetwork:
    """Find a network whose API server address is free at this port: the preferred one, else the next that is.

    Raises `StateError` when this system has no loopback range, or when every network is taken.
    """
    if not has_loopback_range():
        raise StateError(
            "This system lets programs use 127.0.0.1 only, and the embedded cluster needs more of 127.0.0.0/8. "
            f"Binding {ClusterNetwork(OCTETS[0]).server} failed. Use Linux (or WSL2), or another backend: --backend kind"
        )
    start = OCTETS.index(preferred)
    for octet in (*OCTETS[start:], *OCTETS[:start]):
        network = ClusterNetwork(octet)
        if _can_bind(network.server, port):
            return network
    raise StateError(
        f"Port {port} is taken on every address from 127.{OCTETS[0]}.0.1 to 127.{OCTETS[-1]}.0.1, "
        f"most likely by a program that listens on all addresses. Stop it (`ss -ltnp sport = :{port}` shows it) "
        "or choose another port."
    )


def has_loopback_range() -> bool:
    """Say whether this system lets programs bind more of 127.0.0.0/8 than 127.0.0.1."""
    return _can_bind(ClusterNetwork(OCTETS[0]).server, 0)


def _can_bind(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES}:
                return False
            raise
    return True


def _check_index(index: int) -> None:
    if not 0 <= index < MOST_NODES:
        raise StateError(f"A cluster can have {MOST_NODES} nodes; number {index + 1} was asked for.")
