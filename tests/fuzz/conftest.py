"""A client that sends anything, and what every answer must be like.

The tests here send requests to the fixture `cluster`, a running one, and need nothing else of it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kubetutor.api import kubeconfig

TIMEOUT = 20  # seconds; an answer that takes longer is a failure of its own


@dataclass(frozen=True)
class Answer:
    code: int
    body: bytes

    @property
    def status(self):
        """The `Status` object in the body."""
        return json.loads(self.body)


class Api:
    """Sends requests as they are: nothing is checked, quoted or repeated."""

    def __init__(self, server, token, ca_file):
        parts = urlsplit(server)
        self.address, self.token = (parts.hostname, parts.port), token
        self.tls = ssl.create_default_context(cafile=ca_file)
        self.kept = None

    def request(self, method, path, body=None, headers=None):
        """Send one request, with the token unless `headers` says otherwise. A kept connection may have ended."""
        headers = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        headers = {name: value for name, value in headers.items() if value is not None}
        if self.kept is not None:
            try:
                return self._send(method, path, body, headers)
            except (http.client.HTTPException, OSError):
                self.close()
        self.kept = http.client.HTTPSConnection(*self.address, context=self.tls, timeout=TIMEOUT)
        try:
            return self._send(method, path, body, headers)
        except Exception:
            self.close()
            raise

    def _send(self, method, path, body, headers):
        # a server that refuses a body may stop reading it: the answer is there all the same
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.kept.request(method, path, body, headers)
        response = self.kept.getresponse()
        answer = Answer(response.status, response.read())
        if response.will_close:
            self.close()
        return answer

    def close(self):
        if self.kept is not None:
            self.kept.close()
            self.kept = None

    def json(self, method, path, value, content_type="application/json"):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.request(method, path, body, {"Content-Type": content_type})

    def raw(self, data):
        """Send bytes, and answer what comes back until the server closes or falls silent."""
        received = b""
        with (
            socket.create_connection(self.address, timeout=2) as plain,
            self.tls.wrap_socket(plain, server_hostname=self.address[0]) as secure,
            contextlib.suppress(TimeoutError, ConnectionError, ssl.SSLError),
        ):
            secure.sendall(data)
            while chunk := secure.recv(65536):
                received += chunk
        return received


def check(answer):
    """Assert what holds for every answer: no crash, and every refusal is a `Status` that says its code."""
    text = answer.body.decode("utf-8", "replace")
    assert "Traceback (most recent call last)" not in text, text[-2000:]
    if answer.code == 504:
        assert answer.status["reason"] == "Timeout", text[:500]
    else:
        assert answer.code < 500, f"{answer.code}: {text[:1000]}"
    is_no_document = answer.code in {404, 406} and not text  # OpenAPI's way, also on real Kubernetes
    if answer.code >= 400 and text.strip() != "404 page not found" and not is_no_document:
        status = answer.status
        assert (status["kind"], status["apiVersion"], status["status"]) == ("Status", "v1", "Failure")
        assert status["code"] == answer.code
        assert status["message"]
    return answer


@dataclass(frozen=True)
class Reach:
    """How to reach the cluster over plain HTTPS."""

    server: str
    token: str
    ca_file: Path


@pytest.fixture(scope="session")
def reach(cluster, tmp_path_factory):
    access = kubeconfig.read(Path(cluster.kubeconfig))
    ca_file = tmp_path_factory.mktemp("reach") / "ca.crt"
    ca_file.write_bytes(access.ca)
    return Reach(access.server, access.token, ca_file)


@pytest.fixture
def api(reach):
    """The API of the running cluster, which must still answer after the test."""
    client = Api(reach.server, reach.token, str(reach.ca_file))
    yield client
    assert client.request("GET", "/api/v1/namespaces/default").code == 200
    client.close()


@pytest.fixture
def answered():
    """The check of every answer; it answers the answer."""
    return check


@pytest.fixture
def namespace(api):
    """A namespace for what gets created."""
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fuzz"}}
    assert api.json("POST", "/api/v1/namespaces", body).code in {201, 409}
    return "fuzz"
