"""Serves the application over TLS, in the event loop that everything else runs in."""

from __future__ import annotations

import contextlib
import logging
import socket
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kubetutor.embedded.apiserver.users import user_of_certificate

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from pathlib import Path

    from kubetutor.embedded.apiserver.app import App
    from kubetutor.embedded.client_authority import ClientAuthority

log = logging.getLogger(__name__)

LONGEST_GOODBYE = 1  # seconds that open watches get when the server ends
BACKLOG = 512
LARGEST_MESSAGE = 32 * 1024 * 1024


class Server(uvicorn.Server):
    """uvicorn without signal handlers: the cluster's main process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Protocol(HttpToolsProtocol):
    """Notes whom a client's certificate names: requests and WebSockets find it in their scope's `state`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if certificate := transport.get_extra_info("peercert"):
            whole = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
            self.app_state = {**self.app_state, "certified": user_of_certificate(certificate, whole)}


def listen(address: str, port: int) -> socket.socket:
    """Open the API server's socket. Raises OSError when the port is taken."""
    # With the protocol's number, asyncio sends what is written at once, and not 40 ms later (TCP_NODELAY).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def websocket_protocol(*arguments: Any, **options: Any) -> Any:
    """Make uvicorn's WebSocket protocol, loaded by the first client that needs one: most starts never do."""
    from uvicorn.protocols.websockets.wsproto_impl import WSProtocol  # noqa: PLC0415  # slow to import

    return WSProtocol(*arguments, **options)


def make_server(app: App, certificate: Path, key: Path, clients: ClientAuthority) -> Server:
    """Make a server; it lets in those who have the token of a user, or a certificate that `clients` signed."""
    config = uvicorn.Config(
        app,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        http=Protocol,
        ws=websocket_protocol,  # type: ignore[arg-type]  # a function that makes one will do
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=120,
        timeout_graceful_shutdown=LONGEST_GOODBYE,
        ws_max_size=LARGEST_MESSAGE,
        ws_ping_interval=None,  # a pong is not read while a slow process holds its client back
        ws_per_message_deflate=False,
    )
    config.load()
    assert config.ssl is not None  # noqa: S101  # it was given a certificate
    clients.be_trusted_by(config.ssl)
    return Server(config)
