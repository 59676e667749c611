"""`kubectl proxy`, for services alone: one address of this machine that leads through the API server to each of them.

The API server chooses a Ready pod for each request, so a pod that goes takes nobody's way away. It is for HTTP only, and
only where the learner may use the proxy of services; elsewhere `is_open` says no.
Source: https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/
"""

from __future__ import annotations

import atexit
import http.client
import json
import subprocess
from typing import TYPE_CHECKING

from kubetutor.cluster import commands
from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kubetutor.cluster.port_forward import Target

LOOPBACK = "127.0.0.1"
ONLY_SERVICES = (
    "^/api/v1/namespaces/[^/]+/services/[^/]+/proxy(/|$)"  # nothing else of the API is let through
)
BEGINNING = "Starting to serve on "
SECONDS = 10.0  # for one answer
CLOSED = {401, 403, 404, 405, 501}  # what the API server itself says where there is no such way


class ApiProxy:
    """One `kubectl proxy`, started when it is first needed; it ends with this process."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._kubectl: subprocess.Popen[str] | None = None
        self._address = ""

    def path_to(self, target: Target) -> str:
        """Answer `host:port/path` that leads to the service. Raise ClusterError when kubectl cannot serve."""
        if self._kubectl is None or self._kubectl.poll() is not None:
            self._start()
        service = f"{target.service}:{target.port_name or target.port}"
        return f"{self._address}/api/v1/namespaces/{target.namespace}/services/{service}/proxy"

    def is_open(self, target: Target) -> bool:
        """Say whether the API server lets us through to this service, be it that nobody is Ready behind it."""
        address, _, path = self.path_to(target).partition("/")
        connection = http.client.HTTPConnection(address, timeout=SECONDS)
        try:
            connection.request("GET", f"/{path}/")
            response = connection.getresponse()
            return not (response.status in CLOSED and is_status(response.read()))
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def close(self) -> None:
        """End kubectl."""
        kubectl, self._kubectl = self._kubectl, None
        if kubectl is not None:
            kubectl.kill()
            kubectl.communicate()
        atexit.unregister(self.close)

    def _start(self) -> None:
        self.close()
        atexit.register(self.close)
        argv = (
            str(commands.kubectl_path()), "proxy", f"--address={LOOPBACK}", "--port=0",
            f"--accept-paths={ONLY_SERVICES}",
        )  # fmt: skip
        self._kubectl = subprocess.Popen(
            argv, env=dict(self._environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,  # Ctrl-C in a notebook is not for it
        )  # fmt: skip
        said = self._kubectl.stdout.readline() if self._kubectl.stdout else ""
        if not said.startswith(BEGINNING):
            self.close()
            raise ClusterError(f"`kubectl proxy` ended: {said.strip() or 'it said nothing'}")
        self._address = said.removeprefix(BEGINNING).strip()


def is_status(body: bytes) -> bool:
    """Say whether this is an answer of the API server itself, not of an application behind it."""
    try:
        document = json.loads(body)
    except ValueError:
        return False
    return isinstance(document, dict) and document.get("kind") == "Status"
