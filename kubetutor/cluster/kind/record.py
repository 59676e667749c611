"""What is written down of a cluster: what was asked for before it is made, and what it became once it is.

spec.json      before: the cluster file's content and the node image. There without cluster.json: it was left half-made
cluster.json   after: its server, its engine, the ids of its containers
"""

from __future__ import annotations

import json
import socket
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kubetutor.cluster.home import write_private
from kubetutor.errors import StateError

if TYPE_CHECKING:
    from kubetutor.cluster.home import ClusterFolder

CONNECT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Record:
    """A finished cluster. `containers`: the id of each node's container by the node's name."""

    server: str
    engine: str
    image: str | None
    nodes: int
    containers: dict[str, str] = field(default_factory=dict)

    def is_ours(self, ids: dict[str, str]) -> bool:
        """Say whether any of these containers is one that we made: another home may have used the name since."""
        return bool(set(ids.values()) & set(self.containers.values()))

    def accepts(self) -> bool:
        """Say whether somebody accepts connections where its API server was. Quick: the address is on this machine."""
        place = urlsplit(self.server)
        try:
            socket.create_connection(
                (place.hostname or "", place.port or 443), timeout=CONNECT_SECONDS
            ).close()
        except OSError:
            return False
        return True


def read(folder: ClusterFolder) -> Record | None:
    """Answer what is known of the finished cluster; None when there is none."""
    try:
        return Record(**json.loads(folder.description.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise StateError(
            f"{folder.description} cannot be read: {error!r}. "
            f"`kubetutor down --name {folder.name}`, then `kubetutor up`, mends it."
        ) from error


def write(folder: ClusterFolder, record: Record) -> None:
    write_private(folder.description, json.dumps(asdict(record), indent=2) + "\n")


def asked_for(folder: ClusterFolder) -> dict[str, Any] | None:
    """Answer what this cluster was made from, or was to be; None when nothing is written down."""
    try:
        document: dict[str, Any] = json.loads(folder.spec.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document


def is_half_made(folder: ClusterFolder) -> bool:
    """Say whether a run was interrupted so hard that it could not clear up."""
    return folder.backend == "kind" and folder.spec.exists() and not folder.description.exists()
