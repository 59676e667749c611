"""The cluster file that kind is handed: only what we must know of it is read here, kind reads the rest."""

from __future__ import annotations

import contextlib
import errno
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.cluster import spec
from kubetutor.errors import SpecError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClusterFile:
    """A cluster file and the name of the cluster that shall be made from it. `roles`: one per node."""

    path: Path
    name: str
    document: dict[str, Any]
    roles: tuple[str, ...]

    @property
    def names_images(self) -> bool:
        return any(node.get("image") for node in self.document.get("nodes") or ())

    def as_document(self) -> dict[str, Any]:
        """Answer what it asks for, under the name that was chosen: two files that ask for the same are equal."""
        return {**self.document, "name": self.name}

    def ports(self) -> list[tuple[str, int]]:
        """List the addresses and ports of this machine that kind is asked to listen on."""
        networking = self.document.get("networking") or {}
        asked = [(networking.get("apiServerAddress") or "127.0.0.1", networking.get("apiServerPort") or 0)]
        for node in self.document.get("nodes") or ():
            for mapping in node.get("extraPortMappings") or ():
                if str(mapping.get("protocol") or "TCP").upper() == "TCP":
                    address = mapping.get("listenAddress") or "0.0.0.0"  # noqa: S104  # kind's default: all addresses
                    asked.append((address, mapping.get("hostPort") or 0))
        return [(str(address), port) for address, port in asked if isinstance(port, int) and port > 0]


def read(path: Path, *, name: str | None = None) -> ClusterFile:
    """Read the file; `name` overrules the one that it says."""
    document = spec.load(path)
    with spec.about(path):
        chosen = spec.name_in(document, name=name)
        nodes = document.get("nodes") or [{"role": "control-plane"}]
        if not isinstance(nodes, list) or not all(isinstance(node, dict) for node in nodes):
            raise SpecError("`nodes` must be a list of mappings, each with a `role`.")
    roles = tuple(str(node.get("role") or "control-plane") for node in nodes)
    return ClusterFile(path, chosen, document, roles)


def taken(address: str, port: int) -> str:
    """Say why nobody can listen there now; empty when somebody can, or when only the system knows."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.closing(socket.socket(family)) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((address, port))
            trial.listen(1)
        except OSError as error:
            return (error.strerror or str(error)) if error.errno == errno.EADDRINUSE else ""
    return ""
