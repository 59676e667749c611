"""`kubectl port-forward`, kept alive: one address of this machine that leads to a Service as long as this process lives.

1. Choose a pod that is Ready behind the service, and a free port here. Forward to it.
2. Look every second whether kubectl still runs and the pod is still Ready. If not, forward to another, from the same
   port, so that the address stays true.
3. When this process ends, kubectl ends.
"""

from __future__ import annotations

import atexit
import contextlib
import socket
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api import wait
from kubetutor.api.objects import is_being_deleted, is_pod_ready
from kubetutor.cluster import commands
from kubetutor.errors import ApiError, ClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

    from kubetutor.api.client import Client
    from kubetutor.api.objects import Object

LOOPBACK = "127.0.0.1"
INTERVAL = 1.0  # seconds between two looks
PATIENCE = 15.0  # seconds for kubectl to listen


class NothingReadyError(ClusterError):
    """No pod behind the service is Ready."""


@dataclass(frozen=True, slots=True)
class Target:
    """One port of a Service."""

    service: str
    namespace: str
    port: int
    port_name: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.service}, port {self.port}"


class PortForward:
    """The way to one port of a service. `start` it; from then on it mends itself."""

    def __init__(self, target: Target, api: Client, environment: Mapping[str, str]) -> None:
        self.target, self._api, self._environment = target, api, environment
        self.port = free_port()
        self._pod = ""
        self._kubectl: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # kubectl writes as long as we live
        self._ended = threading.Event()
        self._mending = threading.Thread(target=self._mend, name=f"port-forward {target}", daemon=True)

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Forward now. Raise ClusterError when no pod is Ready, or kubectl cannot."""
        atexit.register(self.close)
        try:
            self._connect()
            wait.until(self._listens, what=f"kubectl to forward {self.target}", timeout=PATIENCE)
        except BaseException:
            self.close()
            raise
        self._mending.start()

    def close(self) -> None:
        """End kubectl, for good."""
        self._ended.set()
        self._disconnect()
        atexit.unregister(self.close)
        self._said.close()

    def is_well(self) -> bool:
        """Say whether kubectl runs and its pod can answer. Raise ClusterError when the cluster does not answer."""
        if self._kubectl is None or self._kubectl.poll() is not None:
            return False
        if not self._pod:  # chosen by kubectl, which ends when it is gone
            return True
        try:
            pod = self._api.get("pods", self._pod, namespace=self.target.namespace)
        except ApiError as error:
            if error.code != 404:
                raise
            return False
        return is_pod_ready(pod) and not is_being_deleted(pod)

    def _mend(self) -> None:
        while not self._ended.wait(INTERVAL):
            with contextlib.suppress(
                ApiError, ClusterError
            ):  # nobody is Ready, or nobody answers: look again
                if not self.is_well():
                    self._disconnect()
                    self._connect()

    def _connect(self) -> None:
        self._pod, port = self._choose()
        to = f"pod/{self._pod}" if self._pod else f"service/{self.target.service}"
        words = ("port-forward", to, f"{self.port}:{port}", f"--address={LOOPBACK}")
        argv = (str(commands.kubectl_path()), *words, f"--namespace={self.target.namespace}")
        self._said.truncate(0)
        self._kubectl = subprocess.Popen(
            argv, env=dict(self._environment), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=self._said, start_new_session=True,  # Ctrl-C in a notebook is not for it
        )  # fmt: skip
        if self._ended.is_set():  # closed meanwhile
            self._disconnect()

    def _disconnect(self) -> None:
        kubectl, self._kubectl = self._kubectl, None
        if kubectl is not None:
            kubectl.kill()
            kubectl.wait()

    def _choose(self) -> tuple[str, int]:
        """Answer a Ready pod and its port. Without the right to see who is behind a service: none, and the service's port."""
        try:
            return choose_pod(self._slices(), self.target)
        except ApiError as error:
            if error.code != 403:
                raise
            return "", self.target.port

    def _slices(self) -> list[Object]:
        selector = f"kubernetes.io/service-name={self.target.service}"
        return self._api.list(
            "endpointslices.discovery.k8s.io", namespace=self.target.namespace, label_selector=selector
        )

    def _listens(self) -> bool:
        kubectl = self._kubectl
        if kubectl is None or kubectl.poll() is not None:
            self._said.seek(0)
            raise ClusterError(
                f"`kubectl port-forward` to the pod {self._pod!r} ended: {self._said.read().decode(errors='replace').strip()}"
            )
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), timeout=1):
            return True
        return False


def choose_pod(slices: list[Object], target: Target) -> tuple[str, int]:
    """Answer a pod that is Ready behind the service, and the port there."""
    for entry in slices:
        ports = [
            port["port"] for port in entry.get("ports") or () if (port.get("name") or "") == target.port_name
        ]
        for endpoint in entry.get("endpoints") or ():
            pod = endpoint.get("targetRef") or {}
            if ports and pod.get("kind") == "Pod" and (endpoint.get("conditions") or {}).get("ready"):
                return str(pod["name"]), int(ports[0])
    raise NothingReadyError(
        f"Nothing answers behind the service {target}: none of its pods is Ready. "
        f"Look at them: kubectl get pods -n {target.namespace}"
    )


def free_port() -> int:
    """Answer a port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
