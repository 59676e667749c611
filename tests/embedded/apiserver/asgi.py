"""Speaks to the API server as an ASGI application, without a network: what a client sends and what it gets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from kubetutor.embedded.apiserver.app import App, nodes_of
from kubetutor.embedded.apiserver.authentication import Authenticator, User
from kubetutor.embedded.apiserver.openapi import OpenApi
from tests.embedded.api_server import RecordingClient, make_registry
from tests.embedded.hand_moved_clock import HandMovedClock

PATIENCE = 5.0


@dataclass
class Answer:
    code: int = 0
    headers: dict = field(default_factory=dict)
    text: str = ""

    @property
    def body(self):
        return json.loads(self.text)


class Server:
    """The application with a registry in memory. `client` is the way around it."""

    def __init__(self):
        self.clock = HandMovedClock()
        self.registry = make_registry(self.clock, namespaces=("default", "shop"))
        self.client = RecordingClient(self.registry)
        who = Authenticator({"secret": User("kubernetes-admin", ("system:masters",))}, self.registry)
        self.app = App(self.registry, who, OpenApi(None), nodes_of({}.get), address="127.0.0.1:6443")

    async def ask(self, method, url, body=None, **headers):
        """Send one request, and wait for the whole answer."""
        answer = Answer()
        async with self._exchange(method, url, body, headers) as messages:
            while True:
                message = await asyncio.wait_for(messages.get(), PATIENCE)
                if message["type"] == "http.response.start":
                    answer.code = message["status"]
                    answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
                    continue
                answer.text += message.get("body", b"").decode()
                if not message.get("more_body"):
                    return answer

    @contextlib.asynccontextmanager
    async def watch(self, url, **headers):
        """Open a watch; answers a way to ask for its next line."""
        lines = []
        async with self._exchange("GET", url, None, headers) as messages:
            start = await asyncio.wait_for(messages.get(), PATIENCE)
            assert start["status"] == 200

            async def following():
                while not lines:
                    message = await asyncio.wait_for(messages.get(), PATIENCE)
                    lines.extend(json.loads(line) for line in message.get("body", b"").splitlines())
                return lines.pop(0)

            yield following

    @contextlib.asynccontextmanager
    async def _exchange(self, method, url, body, headers):
        parts, messages, sent = urlsplit(url), asyncio.Queue(), asyncio.Queue()
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent.put_nowait({"type": "http.request", "body": data, "more_body": False})
        pairs = {"authorization": "Bearer secret"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": method,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": quote(parts.query, safe="=&%,.").encode(),
            "headers": [(name.encode(), value.encode()) for name, value in pairs.items()],
        }
        running = asyncio.create_task(self.app(scope, sent.get, messages.put))
        try:
            yield messages
        finally:
            sent.put_nowait({"type": "http.disconnect"})
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
