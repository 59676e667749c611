"""List and watch over the official client, as plain dicts: what a feed drinks from.

Only here do views touch the network. The connection, its certificates and its token are the official
client's, read from the kubeconfig of the environment; the objects stay the JSON that the server sent.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import orjson
import urllib3

from kubetutor.api import login
from kubetutor.api.client import Client
from kubetutor.api.kinds import kinds_by_resource
from kubetutor.errors import ApiError, ClusterError, NoClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.api.objects import Object

CONNECT_SECONDS = 5.0
WATCH_SECONDS = 240  # the server ends a watch after this; a fresh one follows without a gap


class Stream(Protocol):
    """An open watch."""

    def __iter__(self) -> Iterator[Object]:
        """Yield watch events: `{"type": "ADDED", "object": {...}}`."""

    def close(self) -> None:
        """End the watch from any thread, also while it waits for the next event."""


class Source(Protocol):
    """Where objects come from."""

    def list(self, resource: str, namespace: str | None) -> tuple[list[Object], str]:
        """Answer the objects and the resource version of the list. Raises ApiError or OSError."""

    def watch(self, resource: str, namespace: str | None, version: str) -> Stream:
        """Open a watch that starts after `version`. Raises ApiError or OSError."""

    def document(self, path: str, query: dict[str, str]) -> Any:
        """Answer the JSON at a path that is no resource. Raises ApiError or OSError."""


class ApiSource:
    """The cluster that the environment's `KUBECONFIG` names.

    After a failure the kubeconfig is read again: a cluster that was started anew has another address and token.
    """

    def __init__(self) -> None:
        self._api: Any = _client_of_environment()  # the official client; None after a failure

    def list(self, resource: str, namespace: str | None) -> tuple[list[Object], str]:
        kind = kinds_by_resource()[resource]
        response = self._get(path_of(resource, namespace), {}, preload=True)
        body = orjson.loads(response.data)
        # A list leaves out the kind of its items; whoever reads one item alone wants it back.
        head = {"apiVersion": kind.api_version, "kind": kind.kind}
        items = [{**head, **lighter(item)} for item in body["items"] or ()]
        return items, body["metadata"]["resourceVersion"]

    def watch(self, resource: str, namespace: str | None, version: str) -> ApiStream:
        query = {"watch": "true", "resourceVersion": version, "allowWatchBookmarks": "true"}
        return ApiStream(
            self._get(path_of(resource, namespace), {**query, "timeoutSeconds": str(WATCH_SECONDS)})
        )

    def document(self, path: str, query: dict[str, str]) -> Any:
        """Answer the JSON at a path that is no resource. Raises ApiError or OSError."""
        return orjson.loads(self._get(path, query, preload=True).data)

    def _get(self, path: str, query: dict[str, str], *, preload: bool = False) -> urllib3.BaseHTTPResponse:
        self._api = api = self._api or _client_of_environment()
        settings = api.configuration
        headers = {"Accept": "application/json", "User-Agent": "kubetutor-view"}
        headers |= {auth["key"]: auth["value"] for auth in settings.auth_settings().values() if auth["value"]}
        timeout = urllib3.Timeout(
            connect=CONNECT_SECONDS, read=CONNECT_SECONDS if preload else WATCH_SECONDS + 30
        )
        try:
            response: urllib3.BaseHTTPResponse = api.rest_client.pool_manager.request(
                "GET", settings.host + path, fields=query, headers=headers,
                preload_content=preload, retries=False, timeout=timeout,
            )  # fmt: skip
        except urllib3.exceptions.HTTPError as error:
            self._api = None
            raise ConnectionError(f"{settings.host} does not answer: {error}") from error
        if response.status >= 400:
            self._api = None if response.status == 401 else api
            raise error_of(response.status, response.data)
        return response


class ApiStream:
    """A watch's response, one JSON object a line."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[Object]:
        rest = b""
        try:
            for chunk in self._response.stream(amt=None):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (event_of(line) for line in lines if line.strip())
        except (urllib3.exceptions.HTTPError, ValueError, LookupError, AttributeError) as error:
            # AttributeError is what urllib3 says when another thread has closed the response.
            raise ConnectionError(f"the watch broke off: {error}") from error
        finally:
            self._response.close()

    def close(self) -> None:
        try:
            self._response.shutdown()
        except (ValueError, RuntimeError, OSError):
            return  # it has ended by itself: nothing waits on it any more


def event_of(line: bytes) -> Object:
    """Read one line of a watch."""
    event: Object = orjson.loads(line)
    lighter(event["object"])
    return event


def lighter(obj: Object) -> Object:
    """Take out who wrote which field: no view shows it, and it is often half of the object."""
    obj.get("metadata", {}).pop("managedFields", None)
    return obj


def path_of(resource: str, namespace: str | None) -> str:
    """Answer `/apis/apps/v1/namespaces/shop/deployments` for `deployments.apps`."""
    kind = kinds_by_resource()[resource]
    root = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    within = f"/namespaces/{namespace}" if namespace and kind.namespaced else ""
    return f"{root}{within}/{kind.plural}"


def error_of(code: int, body: bytes) -> ApiError:
    """Read a refusal. A proxy in between may answer something that is no `Status`."""
    try:
        status: dict[str, Any] = orjson.loads(body)
        return ApiError(code, status.get("reason"), str(status["message"]), status.get("details"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ApiError(code, None, f"the server answered {code}: {body[:200].decode(errors='replace')}")


def client_of_environment() -> Client:
    """Answer a client of the cluster that the environment names, for views that act. It logs in when it is first used."""
    return Client(_kubeconfig_of_environment())


def _kubeconfig_of_environment() -> Path:
    # Read here, because the official client reads the variable only once, when it is imported.
    return Path(os.environ.get("KUBECONFIG") or Path.home() / ".kube" / "config")


def _client_of_environment() -> Any:
    try:
        return login.log_in(_kubeconfig_of_environment())
    except ClusterError as error:
        raise NoClusterError(
            f"No cluster to look at: {error} Start one with `kubetutor up`, or open the lessons with `kubetutor lab`."
        ) from error
