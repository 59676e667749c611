"""The second cluster of the lesson `clusters`: a small embedded one on this machine, whatever the first one is.

So every learner makes a cluster and takes it away again, and has two real ones to mix up. It lives in the same state
folder as the first; the lesson's kubeconfig has a context for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api import kubeconfig
from kubetutor.cluster import backends, share
from kubetutor.cluster.backend import Wanted
from kubetutor.cluster.cluster import found
from kubetutor.cluster.home import Home
from kubetutor.errors import LessonError
from kubetutor.exercises.own_kubeconfig import lesson_kubeconfig

if TYPE_CHECKING:
    from typing import Any

    from kubetutor.api.objects import Object
    from kubetutor.cluster.backend import Backend
    from kubetutor.cluster.cluster import Cluster as RealCluster
    from kubetutor.exercises.exercise import Cluster

NAME = "lesson-staging"
SPEC = "manifests/01-clusters/staging.yaml"
PRODUCTION, STAGING = "production", "staging"  # contexts of the lesson's kubeconfig


def second(cluster: Cluster) -> RealCluster:
    """Answer the second cluster. Raise LessonError when it is not up."""
    backend = _backend(cluster)
    if not backend.is_up(NAME):
        raise LessonError(
            f"The cluster {NAME} is not up. Run the cell that makes it again, or the one with start()."
        )
    return found(NAME, backend)


def make(cluster: Cluster) -> RealCluster:
    """Start the second cluster if it is not up."""
    backend = _backend(cluster)
    if not backend.is_up(NAME):
        spec = share.folder("lessons") / SPEC
        backend.up(Wanted(name=NAME, config=spec), progress=lambda _step: None)
    return second(cluster)


def remove(cluster: Cluster) -> str:
    """End the second cluster, and remove the lesson's kubeconfig. Answer in words what was done."""
    lesson_kubeconfig(cluster).unlink(missing_ok=True)
    backend = _backend(cluster)
    if NAME not in backend.names():
        return f"the cluster {NAME} is gone already"
    backend.down(NAME, keep=False, progress=lambda _step: None)
    return f"the cluster {NAME} has ended"


def write_contexts(cluster: Cluster, namespace: str) -> None:
    """Write the lesson's kubeconfig: `production` leads to the first cluster and is current, `staging` to the second."""
    entries = [
        _entries(kubeconfig.load(cluster.kubeconfig), PRODUCTION, namespace),
        _entries(kubeconfig.load(second(cluster).kubeconfig), STAGING, "default"),
    ]
    document = {"apiVersion": "v1", "kind": "Config", "current-context": PRODUCTION}
    joined = {kind: [entry[kind] for entry in entries] for kind in ("clusters", "users", "contexts")}
    kubeconfig.write(lesson_kubeconfig(cluster), {**document, **joined})


def leads_to_second(cluster: Cluster) -> bool:
    """Say whether a context of the lesson's kubeconfig still leads to the second cluster."""
    document = kubeconfig.load(lesson_kubeconfig(cluster))
    server = kubeconfig.read(second(cluster).kubeconfig).server
    there = {
        entry["name"] for entry in document.get("clusters") or () if entry["cluster"].get("server") == server
    }
    return any(entry["context"].get("cluster") in there for entry in document.get("contexts") or ())


def _entries(document: Object, context: str, namespace: str) -> dict[str, Any]:
    """Answer the cluster, the user and the context that a kubeconfig's current context means, under a new name."""
    chosen = _named(document["contexts"], document["current-context"])["context"]
    return {
        "clusters": _named(document["clusters"], chosen["cluster"]),
        "users": _named(document["users"], chosen["user"]),
        "contexts": {"name": context, "context": {**chosen, "namespace": namespace}},
    }


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(entry for entry in entries if entry["name"] == name)


def _backend(cluster: Cluster) -> Backend:
    return backends.get("embedded", Home(cluster.kubeconfig.parents[2]))
