"""A class that is open: its folder, its certificate, its join code, and the two places that listen as long as it is.

The folder outlives the command: opened again, the class has its learners, its certificate and, until it expires, its code.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import ssl
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kubetutor.classroom.board.page import Page, new_token
from kubetutor.classroom.receiver.app import Receiver
from kubetutor.classroom.receiver.connections import Bounds, listen, served
from kubetutor.classroom.receiver.roster import Joined, Roster
from kubetutor.cluster.home import make_private, write_private
from kubetutor.errors import ClassroomError
from kubetutor.exercises.report import join_code

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

CERTIFICATE, KEY = "certificate.pem", "key.pem"


class OpenedClass:
    """The class of this folder. Close it in the thread that made it."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.roster = Roster(folder, clock)
        self.folder = folder
        if not (folder / CERTIFICATE).exists():
            _make_certificate(folder)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(folder / CERTIFICATE, folder / KEY)

    @cached_property
    def _mark(self) -> str:
        pem = (self.folder / CERTIFICATE).read_text(encoding="ascii")
        return join_code.mark_of(ssl.PEM_cert_to_DER_cert(pem))

    @property
    def address(self) -> str:
        """Where learners reach it, as it was opened last."""
        return self.roster.fact("address")

    def invitation(self) -> dict[str, Any]:
        """Answer how learners join, for the page: `command`, `until` (the time of day here), `is_valid`."""
        secret, until = self.roster.code()
        code = join_code.written(secret, self._mark)
        return {
            "command": f"kubetutor join {self.address} {code} --name NAME",
            "until": time.strftime("%H:%M", time.localtime(until)),
            "is_valid": self.roster.has_valid_code(),
        }

    def page_token(self) -> str:
        """Answer the token of the instructor's page, the same as long as the class is kept."""
        if not self.roster.fact("page"):
            self.roster.keep_fact("page", new_token())
        return self.roster.fact("page")

    @contextlib.asynccontextmanager
    async def served(
        self, learners: socket.socket, page: socket.socket, *, bounds: Bounds | None = None
    ) -> AsyncIterator[None]:
        """Answer learners on one socket, and the instructor's browser on the other."""
        receiver = Receiver(self.roster)
        shown = Page(Joined(self.folder), self.page_token(), self.invitation)
        async with (
            served(receiver.app, learners, tls=self.tls, bounds=bounds or Bounds()),
            served(shown.app, page),
        ):
            yield

    def close(self) -> None:
        self.roster.close()


def reachable(address: str, port: int) -> list[str]:
    """Answer where learners reach somebody who listens at this address: for one that means all, each of this machine's own."""
    if not ipaddress.ip_address(address).is_unspecified:
        return [_written(address, port)]
    import psutil  # noqa: PLC0415  # slow to import, and only needed here

    family = "AF_INET6" if ":" in address else "AF_INET"
    found = (
        each.address.partition("%")[0]
        for name, addresses in psutil.net_if_addrs().items()
        if not name.startswith(
            ("docker", "br-", "veth", "virbr", "cni")
        )  # only containers of this machine are there
        for each in addresses
        if each.family.name == family
    )
    numbers = (ipaddress.ip_address(each) for each in found)
    outside = [str(each) for each in numbers if not (each.is_loopback or each.is_link_local)]
    return [_written(each, port) for each in outside or ["::1" if ":" in address else "127.0.0.1"]]


def page_socket(port: int) -> socket.socket:
    """Listen for the instructor's browser, on loopback: at this port, or at any that is free."""
    try:
        return listen("127.0.0.1", port)
    except ClassroomError:
        return listen("127.0.0.1", 0)


def page_link(listener: socket.socket, token: str) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/#{token}"


def _written(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _make_certificate(folder: Path) -> None:
    """Make a certificate that no authority stands for: the join code does."""
    from kubetutor.embedded.certificates import make_certificates  # noqa: PLC0415  # slow to import, needed once

    make_private(folder)
    _, certificate, key = make_certificates(["127.0.0.1"], dt.datetime.now(dt.UTC))
    write_private(folder / KEY, key.decode())
    write_private(folder / CERTIFICATE, certificate.decode())
