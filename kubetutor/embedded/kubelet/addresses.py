"""The pod addresses of one node: real addresses of this machine's loopback network.

Models: the host-local IPAM plugin of CNI, which also goes round instead of taking the lowest free address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.errors import KubetutorError

if TYPE_CHECKING:
    from ipaddress import IPv4Network

RESERVED = 2  # the network itself, and the address that a bridge would have


class NoAddressError(KubetutorError):
    """Every address of the node's pod network is taken."""


class PodAddresses:
    """Hands out addresses of one network; an address comes round again only after its release."""

    def __init__(self, network: IPv4Network) -> None:
        self._network = network
        self._taken: set[str] = set()
        self._next = RESERVED

    def take(self, wanted: str | None = None) -> str:
        """Answer the wanted address if it is of this network and free, else the next free one."""
        if wanted and wanted not in self._taken and wanted in self._all():
            self._taken.add(wanted)
            return wanted
        room = self._network.num_addresses - 1 - RESERVED
        for _ in range(room):
            address = str(self._network[self._next])
            self._next = RESERVED + (self._next - RESERVED + 1) % room
            if address not in self._taken:
                self._taken.add(address)
                return address
        raise NoAddressError(f"All {room} addresses of {self._network} are taken. Delete pods on this node.")

    def release(self, address: str) -> None:
        self._taken.discard(address)

    def _all(self) -> set[str]:
        return {str(address) for address in self._network}
