"""What the lesson `nodes` changes on nodes, and how all of it is put back: power, racks, taints, nodes that are closed.

Nodes belong to everybody on the cluster. On one that others use too, only nodes that have the lesson's own label are
touched here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import labels_of, name_of
from kubetutor.cluster.backend import Capability
from kubetutor.errors import ClusterError, LessonError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.exercises.exercise import Cluster

RACK = "rack"
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
OF_KUBERNETES = "kubernetes.io/"  # in the keys of taints that the cluster itself sets
RUNS = "runs already"  # what a cluster answers when a node has its power


def workers(cluster: Cluster) -> list[Object]:
    """Answer the nodes without a control plane, by name."""
    nodes = [node for node in cluster.api.list("nodes") if CONTROL_PLANE not in labels_of(node)]
    return sorted(nodes, key=name_of)


def two_workers(cluster: Cluster) -> tuple[str, str]:
    """Answer the names of the nodes that stand in rack a and in rack b. Raise LessonError where there are too few."""
    names = [name_of(node) for node in workers(cluster)]
    if len(names) < 2:
        raise LessonError(
            f"This lesson needs two workers, and the cluster has {len(names)}. Take it on another one: "
            "`kubetutor up --backend embedded --config clusters/three-nodes.yaml`, then restart the kernel."
        )
    return names[0], names[1]


def is_closed(node: Object) -> bool:
    """Say whether a node takes no new pods: cordoned, or tainted by somebody."""
    return bool(node["spec"].get("unschedulable")) or bool(taints_of_people(node))


def taints_of_people(node: Object) -> list[str]:
    """Answer the keys of the taints that the cluster did not set."""
    keys = [str(taint["key"]) for taint in node["spec"].get("taints") or ()]
    return list(dict.fromkeys(key for key in keys if OF_KUBERNETES not in key))


def set_up_racks(cluster: Cluster, _namespace: str) -> None:
    """Bring all workers to the start of an exercise: open, with power, one in rack a and one in rack b."""
    restore(cluster)
    for name, rack in zip(two_workers(cluster), "ab", strict=True):
        cluster.kubectl("label", "node", name, f"{RACK}={rack}", "--overwrite")


def restore(cluster: Cluster) -> str:
    """Put every node back as it was before the lesson. Answer in words what had to be done."""
    is_shared = cluster.workspace.is_shared
    ours = [node for node in workers(cluster) if not is_shared or RACK in labels_of(node)]
    done = [words for node in ours for words in _restored(cluster, node)]
    return f"nodes: {', '.join(done) or 'as they were'}"


def _restored(cluster: Cluster, node: Object) -> list[str]:
    name, done = name_of(node), []
    if has_got_power_back(cluster, name):
        done.append(f"{name} has its power back")
    if node["spec"].get("unschedulable"):
        cluster.kubectl("uncordon", name)
        done.append(f"{name} takes pods again")
    if RACK in labels_of(node):
        cluster.kubectl("label", "node", name, f"{RACK}-")
        done.append(f"{name} has lost its label")
    for key in taints_of_people(node):
        cluster.kubectl("taint", "node", name, f"{key}-")
        done.append(f"{name} has lost its taint {key}")
    return done


def has_got_power_back(cluster: Cluster, name: str) -> bool:
    """Start a node that was stopped. Answer whether it was."""
    if Capability.STOP_NODES not in cluster.capabilities:
        return False
    try:
        cluster.start_node(name)
    except ClusterError as error:
        if RUNS not in str(error):
            raise
        return False
    return True
