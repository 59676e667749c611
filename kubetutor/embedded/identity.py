"""What makes a cluster this one: its id, its addresses, its certificates, its token. Made once, then kept."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import secrets
import ssl
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.server import listen
from kubetutor.embedded.network.addresses import OCTETS, ClusterNetwork, choose, preferred_octet
from kubetutor.errors import ClusterBusyError, StateError

if TYPE_CHECKING:
    import datetime as dt
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

PORT = 6443
ID, TOKEN = re.compile(r"[0-9a-f]{32}"), re.compile(r"[\w-]{43}", re.ASCII)
SERVER = re.compile(rb"https://127\.(\d+)\.0\.1:6443")


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
        cluster_id = _kept(folder / "id", ID, lambda: uuid.uuid4().hex)
        token = _kept(folder / "token", TOKEN, lambda: secrets.token_urlsafe(32))
        network, listener = _settle_network(folder, cluster_id)
        ca = _settle_certificates(folder / "pki", network, now)
    except OSError as error:
        raise unusable(folder, error) from error
    pki = folder / "pki"
    return Identity(cluster_id, network, PORT, token, ca, pki / "server.crt", pki / "server.key"), listener


def unusable(folder: Path, error: OSError) -> StateError:
    """Say that a folder is full, read-only or somebody else's, and what to do."""
    return StateError(
        f"The state folder {folder} cannot be used: {error}. Make room or change its permissions, "
        "or choose another folder with KUBETUTOR_HOME."
    )


def known_id(folder: Path) -> str:
    """Answer the id of the cluster that was here before; "" if there was none, or its file is damaged."""
    return _text(folder / "id", ID)


def _kept(path: Path, form: re.Pattern[str], make: Callable[[], str]) -> str:
    """Answer what the file holds. If that has not the form that we give it, it is damaged: make another.

    Above all an empty token must not become an empty password.
    """
    text = _text(path, form)
    if not text:
        text = make()
        write_private(path, text.encode())
    return text


def _text(path: Path, form: re.Pattern[str]) -> str:
    try:
        text = path.read_bytes().decode("ascii", "replace").strip()
    except FileNotFoundError:
        return ""
    return text if form.fullmatch(text) else ""


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


def _settle_network(folder: Path, cluster_id: str) -> tuple[ClusterNetwork, socket.socket]:
    """Take the addresses that the cluster had; only a new cluster may choose."""
    path = folder / "network.json"
    octet = _kept_octet(folder)
    if octet is None:
        network = choose(preferred_octet(cluster_id), PORT)
        listener = listen(network.server, PORT)
    else:
        network = ClusterNetwork(octet)
        listener = _listen_again(network)
    write_private(path, json.dumps({"octet": network.octet}).encode())
    return network, listener


def _listen_again(network: ClusterNetwork) -> socket.socket:
    try:
        return listen(network.server, PORT)
    except OSError as error:
        raise StateError(
            f"The cluster's address {network.server}:{PORT} cannot be used: {error.strerror}. Most likely another "
            f"cluster took it meanwhile; `ss -ltnp sport = :{PORT}` shows which process. End that, then try again: "
            "nothing is lost. Or give up what this cluster stored: `kubetutor down`, then `kubetutor up`."
        ) from error


def _kept_octet(folder: Path) -> int | None:
    """Answer the network that the cluster had; None for a new one. If its file is damaged, the kubeconfig knows too."""
    path = folder / "network.json"
    if not path.exists():
        return None
    try:
        octet = json.loads(path.read_bytes())["octet"]
    except (ValueError, KeyError, TypeError):
        octet = None
    if octet not in OCTETS:
        kubeconfig = folder / "kubeconfig"
        found = SERVER.search(kubeconfig.read_bytes()) if kubeconfig.exists() else None
        octet = int(found[1]) if found else None
    if octet in OCTETS:
        return int(octet)
    raise StateError(
        f"{path} is damaged, and so it is not known which addresses the cluster has. "
        "`kubetutor down` removes the cluster and its data; then start again with `kubetutor up`."
    )


def _settle_certificates(folder: Path, network: ClusterNetwork, now: dt.datetime) -> bytes:
    names = ("ca.crt", "server.crt", "server.key")
    paths = [folder / name for name in names]
    if not _are_sound(*paths):
        from kubetutor.embedded.certificates import make_certificates  # noqa: PLC0415  # slow, needed once

        addresses = [network.server, str(next(network.services.hosts())), "127.0.0.1"]
        folder.mkdir(mode=0o700, exist_ok=True)
        for path, data in zip(paths, make_certificates(addresses, now), strict=True):
            write_private(path, data)
    return paths[0].read_bytes()


def _are_sound(ca: Path, certificate: Path, key: Path) -> bool:
    """Say whether the files are there and hold what they should. If not, new ones cost nobody anything."""
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_verify_locations(cadata=ca.read_text(encoding="ascii"))
        context.load_cert_chain(certificate, key)
    except (FileNotFoundError, ValueError, ssl.SSLError):
        return False
    return True
