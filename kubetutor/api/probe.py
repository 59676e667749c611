"""One GET, without the official client: that takes half a second to import, and `kubetutor status` must not wait.

For anything more than "are you there, and what do you have?" use `client.py`.
"""

from __future__ import annotations

import http.client
import json
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kubetutor.errors import ApiError, ClusterError

if TYPE_CHECKING:
    from kubetutor.api.kubeconfig import Access


def get(access: Access, path: str, *, timeout: float = 5.0) -> Any:
    """Answer the JSON at this path. Raise ApiError for a refusal, ClusterError when nobody answers."""
    connection = _connect(access, timeout)
    headers = {"Accept": "application/json"}
    if access.token:
        headers["Authorization"] = f"Bearer {access.token}"
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise ClusterError(f"{access.server} does not answer: {error}") from error
    finally:
        connection.close()
    return _read(response.status, body, access.server + path)


def _connect(access: Access, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(access.server)
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=timeout)
    ca = access.ca.decode() if access.ca else None
    try:
        context = ssl.create_default_context(cadata=ca)
    except ssl.SSLError as error:
        raise ClusterError(
            f"The certificate of {access.server} in the kubeconfig cannot be read: {error}"
        ) from error
    return http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=context)


def _read(status: int, body: bytes, url: str) -> Any:
    try:
        document = json.loads(body)
    except ValueError as error:
        start = body[:80].decode(errors="replace")
        raise ClusterError(f"GET {url} answered {status} and no JSON: {start!r}") from error
    if status >= 400:
        answer = document if isinstance(document, dict) else {}
        raise ApiError(status, answer.get("reason"), answer.get("message", f"GET {url} answered {status}"))
    return document
