"""my-app: the web application of the lessons. It says who it is, and can be made to fail.

    GET /          its version, pod and node; as JSON with `Accept: application/json` or `?json`
    GET /healthz   200 as long as it lives
    GET /crash     ends the process with exit code 1

It runs as a container image and, loaded once and forked, as a process of the embedded cluster. From its surroundings:
APP_VERSION      set by the image: 1.0, 2.0, 3.0 or broken, which ends at once with exit code 1
START_SECONDS    so long it takes to start: until then it does not listen
WORK_MS          milliseconds of a processor that each answer takes, as an application with real work would
HOSTNAME         the pod's name, on every Kubernetes
KUBETUTOR_NODE   the node's name. Only the embedded cluster's container runtime sets it, for every container;
                 elsewhere a manifest may set NODE_NAME through the downward API, or it is not known
KUBETUTOR_LISTEN the address to listen on. A container has a network of its own and listens on all of it;
                 a process of the embedded cluster listens on its pod's address
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

PORT = 3000


class Handler(BaseHTTPRequestHandler):
    """Answers one connection, in a thread of its own."""

    timeout = 5  # seconds for a client to say what it wants

    def do_GET(self) -> None:  # the name that http.server calls
        address = urlsplit(self.path)
        if address.path == "/":
            work(float(os.environ.get("WORK_MS", "0")))
        if address.path == "/healthz":
            self._answer(200, "ok\n", "text/plain")
        elif address.path == "/crash":
            self._answer(200, "crashing\n", "text/plain")
            print("crashing as asked", flush=True)
            os._exit(1)
        elif address.path != "/":
            self._answer(404, f"nothing at {address.path}\n", "text/plain")
        elif address.query == "json" or "application/json" in self.headers.get("Accept", ""):
            self._answer(200, json.dumps(identity()) + "\n", "application/json")
        else:
            self._answer(
                200, "my-app {version} on pod {pod}, node {node}\n".format(**identity()), "text/plain"
            )

    def _answer(self, status: int, text: str, content_type: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{content_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, text: str, *values: Any) -> None:
        print(f"{self.client_address[0]} {text % values}", flush=True)


class Server(ThreadingHTTPServer):
    """Finishes the requests that it has begun before it closes."""

    daemon_threads = False
    request_queue_size = 128
    timeout = 0  # handle_request answers at once: run() waits for it

    def server_bind(self) -> None:
        """Bind as a plain TCP server does: asking a name server for our own name takes long or fails."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.server_address[0], self.server_address[1]  # type: ignore[assignment]  # an address is text here


def work(milliseconds: float) -> None:
    """Keep a processor busy for so long, not counting the time that others have it."""
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        sum(range(500))


def identity() -> dict[str, str]:
    """Answer who this is, as far as it is known."""
    node = os.environ.get("KUBETUTOR_NODE") or os.environ.get("NODE_NAME") or "unknown"
    pod = os.environ.get("HOSTNAME", "unknown")
    return {"app": "my-app", "version": os.environ.get("APP_VERSION", "1.0"), "pod": pod, "node": node}


def on_sigterm() -> socket.socket:
    """Answer a socket that has something to read once SIGTERM has come."""
    wake, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.detach())
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    return wake


def run(server: Server, wake: socket.socket) -> None:
    """Serve until SIGTERM, without ever polling; then take who is waiting already, finish, and close."""
    poll = select.poll()
    poll.register(server, select.POLLIN)
    poll.register(wake, select.POLLIN)
    while wake.fileno() not in dict(poll.poll()):
        server.handle_request()
    poll.unregister(wake)
    while poll.poll(0):
        server.handle_request()
    server.server_close()


def main(_arguments: list[str]) -> int:
    """Run the application; answer its exit code."""
    wake = on_sigterm()
    version = os.environ.get("APP_VERSION", "1.0")
    if version == "broken":
        print("starting", flush=True)
        print("cannot open database", flush=True)
        return 1
    if select.select([wake], [], [], float(os.environ.get("START_SECONDS", "0")))[0]:
        return 0
    address = (os.environ.get("KUBETUTOR_LISTEN", "0.0.0.0"), PORT)
    try:
        server = Server(address, Handler)
    except OSError as error:
        print(f"cannot listen on {address[0]}:{PORT}: {error.strerror}", file=sys.stderr, flush=True)
        return 1
    print(f"my-app {version} listens on port {PORT}", flush=True)
    run(server, wake)
    print("my-app has finished", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
