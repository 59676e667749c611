"""Asking a cluster how it is, through its kubeconfig: the same for every backend."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kubetutor.api import kubeconfig, probe
from kubetutor.cluster import commands
from kubetutor.cluster.backend import NodeStatus, Status
from kubetutor.errors import ApiError, ClusterError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from kubetutor.api.kubeconfig import Access
    from kubetutor.api.objects import Object

CONTROL_PLANE_LABEL = "node-role.kubernetes.io/control-plane"


def status(
    backend: str,
    name: str,
    path: Path,
    *,
    version: str = "",
    pid: int | None = None,
    where_to_look: str = "",
) -> Status:
    """Ask the cluster of this kubeconfig. What goes wrong stands in `trouble`, and nothing is raised for it."""
    access = kubeconfig.read(path)
    nodes: tuple[NodeStatus, ...] = ()
    trouble = ""
    try:
        nodes = tuple(node_status(node) for node in get(access, path, "/api/v1/nodes")["items"])
        version = get(access, path, "/version")["gitVersion"]
    except (ApiError, ClusterError) as error:
        trouble = f"{error} {where_to_look}".rstrip()
    return Status(
        backend=backend,
        name=name,
        context=access.context,
        kubeconfig=str(path),
        server=access.server,
        version=version,
        ready=bool(nodes) and all(node.ready for node in nodes),
        nodes=nodes,
        pid=pid,
        trouble=trouble,
    )


def get(access: Access, path: Path, url: str) -> Any:
    """GET one path of the API. Who shows a token and no more needs no kubectl; it knows every other way to log in."""
    if access.token and not access.more:
        return probe.get(access, url)
    argv = (commands.kubectl_path(), "get", "--raw", url, "--request-timeout=5s")
    return json.loads(commands.run(argv, env=commands.environment(path), timeout=20))


def node_status(node: Object) -> NodeStatus:
    """Read what `status` shows of a node."""
    metadata = node["metadata"]
    role = "control-plane" if CONTROL_PLANE_LABEL in metadata.get("labels", {}) else "worker"
    conditions = node.get("status", {}).get("conditions") or ()
    ready = any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)
    return NodeStatus(metadata["name"], role, ready)
