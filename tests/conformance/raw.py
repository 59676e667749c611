"""Plain HTTPS to the API server of any kubeconfig, be it with a token or with a client certificate.

For what kubectl and client libraries hide: status codes, headers, patches as they are sent, watches line by line.
"""

from __future__ import annotations

import contextlib
import copy
import json
import ssl
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import kubernetes
import urllib3
import websocket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 20.0
JSON = "application/json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"

GROUPS = {
    "deployments": "apis/apps/v1",
    "replicasets": "apis/apps/v1",
    "statefulsets": "apis/apps/v1",
    "controllerrevisions": "apis/apps/v1",
    "jobs": "apis/batch/v1",
    "cronjobs": "apis/batch/v1",
    "poddisruptionbudgets": "apis/policy/v1",
    "ingresses": "apis/networking.k8s.io/v1",
    "endpointslices": "apis/discovery.k8s.io/v1",
    "leases": "apis/coordination.k8s.io/v1",
    "roles": "apis/rbac.authorization.k8s.io/v1",
    "rolebindings": "apis/rbac.authorization.k8s.io/v1",
    "localsubjectaccessreviews": "apis/authorization.k8s.io/v1",
}


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    code: int
    headers: urllib3.HTTPHeaderDict
    body: bytes

    @cached_property
    def object(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        return self.object["message"]

    @property
    def refusal(self) -> tuple[int, str, str]:
        """The three parts of a Status that a person goes by; two are empty when nothing is said."""
        if not self.body:
            return self.code, "", ""
        return self.code, self.object["reason"], self.object["message"]

    @property
    def warnings(self) -> list[str]:
        return self.headers.getlist("Warning")

    @property
    def names(self) -> list[str]:
        """The names of the objects in a list."""
        return [item["metadata"]["name"] for item in self.object["items"]]


class Api:
    """The API server as seen from one namespace: a path that does not begin with `/` is one below it."""

    def __init__(self, kubeconfig: str, namespace: str = "default") -> None:
        self.namespace = namespace
        access = self._access = kubernetes.client.Configuration()
        kubernetes.config.load_kube_config(kubeconfig, client_configuration=access)
        self.host = access.host
        self._headers = {
            one["key"]: one["value"] for one in access.auth_settings().values()
        }  # a token, if any
        self._pool = urllib3.PoolManager(
            ca_certs=access.ssl_ca_cert,
            cert_file=access.cert_file,
            key_file=access.key_file,
            timeout=PATIENCE,
            retries=False,
        )

    def stranger(self) -> Api:
        """The same server, for who brings along neither a token nor a certificate."""
        other = copy.copy(self)
        other._headers = {}
        other._pool = urllib3.PoolManager(ca_certs=self._access.ssl_ca_cert, timeout=PATIENCE, retries=False)
        return other

    def bearing(self, token: str) -> Api:
        """The same server and namespace, for who brings along this token."""
        other = self.stranger()
        other._headers = {"Authorization": f"Bearer {token}"}
        return other

    def certified(self, certificate: Path, key: Path) -> Api:
        """The same server and namespace, for who brings along this client certificate."""
        other = self.stranger()
        other._pool = urllib3.PoolManager(
            ca_certs=self._access.ssl_ca_cert,
            cert_file=str(certificate),
            key_file=str(key),
            timeout=PATIENCE,
            retries=False,
        )
        return other

    def path(self, path: str) -> str:
        if path.startswith("/"):
            return path
        group = GROUPS.get(path.split("/", maxsplit=1)[0], "api/v1")
        return f"/{group}/namespaces/{self.namespace}/{path}"

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """Send a body as it is, when it is text or bytes, or else as JSON.

        `headers` and `content_type` are sent along; every other option goes into the query.
        """
        with self.opened(method, path, body, **options) as answer:
            return Answer(answer.status, answer.headers, answer.read())

    @contextlib.contextmanager
    def opened(
        self, method: str, path: str, body: Any = None, **options: Any
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """Send a request and hand over the answer before its body has been read."""
        headers = {**self._headers, **options.pop("headers", {})}
        if body is not None:
            headers["Content-Type"] = options.pop("content_type", JSON)
            body = body if isinstance(body, str | bytes) else json.dumps(body)
        url = self.host + self.path(path)
        if options:
            url += ("&" if "?" in url else "?") + urlencode(options)
        answer = self._pool.request(method, url, body=body, headers=headers, preload_content=False)
        try:
            yield answer
        finally:
            answer.close()

    def made(self, path: str, body: Any, **options: Any) -> Any:
        """Create an object, and answer it."""
        answer = self("POST", path, body, **options)
        assert answer.code == 201, answer.body
        return answer.object

    def read(self, path: str, **options: Any) -> Any:
        answer = self("GET", path, **options)
        assert answer.code == 200, answer.body
        return answer.object

    def patched(self, path: str, body: Any, content_type: str = MERGE, **options: Any) -> Any:
        answer = self("PATCH", path, body, content_type=content_type, **options)
        assert answer.code in {200, 201}, answer.body
        return answer.object

    @contextlib.contextmanager
    def watching(self, path: str, **options: Any) -> Iterator[Iterator[dict[str, Any]]]:
        """Watch; the iterator ends when the server ends the watch, or after 10 seconds."""
        options = {"watch": "1", "timeoutSeconds": "10", **options}
        with self.opened("GET", path, **options) as answer:
            assert answer.status == 200, answer.read()
            yield _events(answer)

    @contextlib.contextmanager
    def websocket(self, path: str, protocols: list[str]) -> Iterator[websocket.WebSocket]:
        """Connect a WebSocket; `path` has its query with it."""
        context = ssl.create_default_context(cafile=self._access.ssl_ca_cert)
        if self._access.cert_file:
            context.load_cert_chain(self._access.cert_file, self._access.key_file)
        connection = websocket.create_connection(
            self.host.replace("https://", "wss://") + self.path(path),
            subprotocols=protocols,
            header=self._headers,
            sslopt={"context": context},
            timeout=PATIENCE,
        )
        try:
            yield connection
        finally:
            connection.close()


def _events(answer: urllib3.BaseHTTPResponse) -> Iterator[dict[str, Any]]:
    rest = b""
    for chunk in answer.stream():
        *lines, rest = (rest + chunk).split(b"\n")
        yield from map(json.loads, lines)
