"""Serves the application over TLS, in the event loop that everything else runs in."""

from __future__ import annotations

import contextlib
import logging
import socket
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kubetutor.embedded.apiserver.app import App

log = logging.getLogger(__name__)

LONGEST_GOODBYE = 1  # seconds that open watches get when the server ends
BACKLOG = 512
LARGEST_MESSAGE = 32 * 1024 * 1024


class Server(uvicorn.Server):
    """uvicorn without signal handlers: the cluster's main process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(address: str, port: int) -> socket.socket:
    """Open the API server's socket. Raises OSError when the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
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


def make_server(app: App, certificate: Path, key: Path) -> Server:
    config = uvicorn.Config(
        app,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        http="httptools",
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
    return Server(config)
