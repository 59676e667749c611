"""What a lesson holds: one cluster, its kubectl, its API, and the way to its services."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kubetutor.api import wait
from kubetutor.api.objects import is_true
from kubetutor.cluster import backends, commands, switching
from kubetutor.cluster.backend import Capability, Workspace
from kubetutor.cluster.home import Home, find_home
from kubetutor.errors import ClusterError, CommandFailedError, NoClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kubetutor.api.client import Client
    from kubetutor.cluster.backend import Backend, Status
    from kubetutor.cluster.reaching import Ways

HOW = "Start one with `kubetutor up`."
NOBODY_ANSWERS = (  # kubectl's words for it
    "was refused",
    "Unable to connect to the server",
    "connection refused",
    "i/o timeout",
    "EOF",
    "connection reset",
)


@dataclass(frozen=True)
class Cluster:
    """A cluster that is up. Get one with `kubetutor.cluster.cluster.connect()`."""

    name: str
    backend: str
    kubeconfig: Path
    capabilities: Capability = Capability.NONE
    workspace: Workspace = field(default_factory=Workspace)

    @cached_property
    def api(self) -> Client:
        """The client of its API; the official package is loaded when it is first used."""
        from kubetutor.api.client import Client  # noqa: PLC0415  # loaded when used

        return Client(self.kubeconfig)

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which a command or a kernel finds this cluster."""
        return commands.environment(self.kubeconfig)

    def kubectl(self, *args: str, input: str | None = None, timeout: float | None = 60.0) -> str:  # noqa: A002  # the name that subprocess gives it
        """Run kubectl and answer what it prints. A failure raises CommandFailedError with its words.

        When nobody answers where the cluster was, the text also says what became of it.
        """
        try:
            return commands.run(
                (commands.kubectl_path(), *args), env=self.environment, input=input, timeout=timeout
            )
        except CommandFailedError as error:
            if any(words in error.output for words in NOBODY_ANSWERS) and (
                told := self._backend.trouble(self.name)
            ):
                raise CommandFailedError(
                    error.argv, error.code, f"{error.output.rstrip()}\n{told}"
                ) from error
            raise

    def status(self) -> Status:
        return self._backend.status(self.name)

    def stop_node(self, node: str) -> None:
        """Stop a node without a word to the cluster, as if its power was cut. Raise NotPossibleError where it cannot be."""
        self._backend.stop_node(self.name, node)

    def start_node(self, node: str) -> None:
        """Start a node that was stopped."""
        self._backend.start_node(self.name, node)

    def why_not(self, capability: Capability) -> str:
        """Say why this cluster lacks a capability."""
        return str(self._backend.cannot(capability, self.name))

    @property
    def _backend(self) -> Backend:
        return backends.get(self.backend, Home(self.kubeconfig.parents[2]))

    def url(
        self, service: str, namespace: str = "default", port: int | None = None, *, timeout: float = 10.0
    ) -> str:
        """Answer a URL where a Service answers HTTP from this machine, on every kind of cluster.

        `port` is the Service's port, by default its first. It is the address that the cluster gives if this machine can
        reach it, else one of this machine that kubectl serves as long as this Python lives. `timeout`
        is for a load balancer to get its address, and for a pod to be Ready. Raise ClusterError when there is no way.
        """
        return "http://" + self._ways.to(service, namespace, port, timeout=timeout)

    @cached_property
    def _ways(self) -> Ways:
        from kubetutor.cluster.reaching import Ways  # noqa: PLC0415  # loaded when used

        local_ips = Capability.LOCAL_PROCESSES in self.capabilities
        return Ways(self.api, self.environment, local_ips=local_ips)

    def wait_until_ready(self, *, timeout: float = 30.0) -> None:
        """Wait until every node is Ready."""

        def ready() -> bool:
            nodes = json.loads(self.kubectl("get", "nodes", "-o", "json"))["items"]
            return bool(nodes) and all(is_true(node, "Ready") for node in nodes)

        wait.until(ready, what=f"the nodes of the cluster {self.name!r} to be Ready", timeout=timeout)


def connect(
    name: str | None = None, *, home: Home | None = None, environ: Mapping[str, str] | None = None
) -> Cluster:
    """Find the cluster that is up: the named one, else the one that KUBECONFIG names, else the only one.

    After `kubetutor switch` the new cluster stands for those of before, unless one is named.
    """
    environ = os.environ if environ is None else environ
    home = home or find_home(environ)
    running = dict(backends.running(home))
    meant = name or switching.read(home).meant(_named_by_kubeconfig(running, environ) or "", running)
    chosen = meant or (only(list(running)) if running else "")
    if chosen not in running:
        told = backends.trouble(home, chosen)
        raise NoClusterError(
            told or (f"The cluster {chosen!r} is not up. {HOW}" if chosen else f"No cluster is up. {HOW}")
        )
    backend = running[chosen]
    return found(chosen, backend)


def found(name: str, backend: Backend) -> Cluster:
    """Answer the cluster of this name, which is up."""
    return Cluster(
        name, backend.name, backend.kubeconfig(name), backend.capabilities, backend.workspace(name)
    )


def only(running: Sequence[str]) -> str:
    """Choose among the clusters that are up: the one named kubetutor, or the only one."""
    if not running:
        raise NoClusterError(f"No cluster is up. {HOW}")
    if "kubetutor" in running or len(running) == 1:
        return "kubetutor" if "kubetutor" in running else running[0]
    raise ClusterError(f"Several clusters are up: {', '.join(running)}. Say which one with --name.")


def _named_by_kubeconfig(running: Mapping[str, Backend], environ: Mapping[str, str]) -> str | None:
    """Answer the cluster whose kubeconfig is among these; that of a notebook stands before it."""
    named = environ.get("KUBECONFIG", "").split(os.pathsep)
    return next((name for name, backend in running.items() if str(backend.kubeconfig(name)) in named), None)
