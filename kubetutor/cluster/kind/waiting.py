"""Waiting until every node is Ready, and means it: a node that was stopped is called Ready for a while."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from kubetutor.api import wait
from kubetutor.api.objects import condition, is_true
from kubetutor.cluster import commands
from kubetutor.errors import ClusterError, CommandFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.cluster.kind.nodes import KindNodes

READY_SECONDS = 420.0  # on a machine that is busy with much else, three nodes need more than four minutes
LEASES = ("get", "leases", "--namespace", "kube-node-lease")


def wait_until_ready(cluster: KindNodes, nodes: int, *, timeout: float = READY_SECONDS) -> None:
    """Wait until this many nodes are Ready, and each kubelet has been heard of since its container was started."""
    last: list[str] = []
    started: dict[str, dt.datetime] = {}

    def ready() -> bool:
        last[:] = [_missing(cluster, nodes, started)]
        return not last[0]

    try:
        wait.until(ready, what="the nodes to be Ready", timeout=timeout, interval=0.5)
    except wait.TimedOutError as error:
        raise ClusterError(
            f"The nodes of the cluster {cluster.name!r} were not all Ready after {timeout:g} s: {last[0]}. "
            "This machine may be too busy or short of memory: `kubetutor doctor` looks; then try again."
        ) from error


def _missing(cluster: KindNodes, nodes: int, started: dict[str, dt.datetime]) -> str:
    """Say what is missing; empty when nothing is."""
    try:
        found = _ask(cluster, "get", "nodes")
        leases = {item["metadata"]["name"]: item["spec"] for item in _ask(cluster, *LEASES)}
    except CommandFailedError as error:
        return error.output.strip()
    if len(found) < nodes:
        return f"{len(found)} of {nodes} nodes have joined"
    for node in found:
        name = node["metadata"]["name"]
        if name not in started:
            started[name] = cluster.started_at(name)
        if not is_true(node, "Ready"):
            why = (condition(node, "Ready") or {}).get("message", "it said nothing")
            return f"{name} is not Ready ({why})"
        heard = leases.get(name, {}).get("renewTime")
        if heard is None or dt.datetime.fromisoformat(heard) < started[name]:
            return f"nothing was heard of {name} since it was started"
    return ""


def _ask(cluster: KindNodes, *words: str) -> list[dict[str, Any]]:
    argv: list[str | Path] = [commands.kubectl_path(), *words, "-o", "json", "--request-timeout=5s"]
    items: list[dict[str, Any]] = json.loads(
        commands.run(argv, env=commands.environment(cluster.kubeconfig), timeout=20)
    )["items"]
    return items
