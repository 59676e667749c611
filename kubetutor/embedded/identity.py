"""What makes a cluster this one: its id, its addresses, its certificates, its token. Made once, then kept."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.server import listen
from kubetutor.embedded.network.addresses import ClusterNetwork, choose
from kubetutor.errors import ClusterBusyError, StateError

if TYPE_CHECKING:
    import datetime as dt
    import socket
    from collections.abc import Iterator
    from pathlib import Path

PORT = 6443


@dataclass(frozen=True, slots=True)
class Identity:
    """The lasting facts of one cluster. Paths are files in its folder."""

    cluster_id: str
    network: ClusterNetwork
    port: int
    token: str
    ca: bytes
    certificate: Path
    key: Path

    @property
    def server(self) -> str:
        return f"https://{self.network.server}:{self.port}"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: one main process per cluster. Raises ClusterBusyError."""
    with _opened(folder / "lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ClusterBusyError(
                f"The cluster in {folder} is already run by another process. `kubetutor status` shows it."
            ) from error
        yield


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateError(
            f"The state folder cannot be written: {error}. Make room or change its permissions, "
            "or choose another folder with KUBETUTOR_HOME."
        ) from error
    try:
        yield file
    finally:
        os.close(file)


def settle(folder: Path, now: dt.datetime) -> tuple[Identity, socket.socket]:
    """Read or make the cluster's identity and open its socket. Raises StateError."""
    try:
        cluster_id = _kept(folder / "id", lambda: uuid.uuid4().hex)
        token = _kept(folder / "token", lambda: secrets.token_urlsafe(32))
        network, listener = _settle_network(folder)
        ca = _settle_certificates(folder / "pki", network.server, now)
    except OSError as error:
        raise StateError(
            f"The state folder {folder} cannot be used: {error}. Make room or change its permissions, "
            "or choose another folder with KUBETUTOR_HOME."
        ) from error
    pki = folder / "pki"
    return Identity(cluster_id, network, PORT, token, ca, pki / "server.crt", pki / "server.key"), listener


def _kept(path: Path, make: object) -> str:
    if path.exists() and (text := path.read_text(encoding="utf-8").strip()):
        return text
    assert callable(make)  # noqa: S101  # for the type checker
    text = str(make())
    write_private(path, text.encode())
    return text


def write_private(path: Path, data: bytes) -> None:
    """Write a file for its owner only, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _settle_network(folder: Path) -> tuple[ClusterNetwork, socket.socket]:
    """Take the addresses that the cluster had; only a new cluster may choose."""
    path = folder / "network.json"
    if path.exists():
        network = ClusterNetwork(json.loads(path.read_text(encoding="utf-8"))["octet"])
        try:
            return network, listen(network.server, PORT)
        except OSError as error:
            raise StateError(
                f"The cluster's address {network.server}:{PORT} cannot be used: {error}. End the program that has it "
                f"(`ss -ltnp sport = :{PORT}` shows it), or make a new cluster: `kubetutor down`, then `kubetutor up`."
            ) from error
    network = choose(None, PORT)
    listener = listen(network.server, PORT)
    write_private(path, json.dumps({"octet": network.octet}).encode())
    return network, listener


def _settle_certificates(folder: Path, address: str, now: dt.datetime) -> bytes:
    names = ("ca.crt", "server.crt", "server.key")
    paths = [folder / name for name in names]
    if not all(path.exists() for path in paths):
        from kubetutor.embedded.certificates import make_certificates  # noqa: PLC0415  # slow, needed once

        folder.mkdir(mode=0o700, exist_ok=True)
        for path, data in zip(paths, make_certificates([address, "127.0.0.1"], now), strict=True):
            write_private(path, data)
    return paths[0].read_bytes()
