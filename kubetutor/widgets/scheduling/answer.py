"""What a cluster answers when it is asked how it placed a pod.

The embedded cluster tells its scheduler's decisions at a path of its own. A real one has no such path: there the
answer is all pods of the cluster, from which is inferred what may stand in the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import uid_of
from kubetutor.errors import ApiError, NoClusterError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.widgets.live.source import Source

PATH = "/debug/scheduler/decisions"
NOT_TOLD = {400, 401, 403, 404, 405, 406, 501}


@dataclass(frozen=True, slots=True)
class Answer:
    """`decision`: the newest, as the scheduler told it, if it did; `pods`: of the whole cluster, if they may be listed.

    `preemption`: the node, and who must leave it, of the newest attempt that made room.
    """

    decision: dict[str, Any] | None = None
    pods: tuple[Object, ...] | None = None
    preemption: dict[str, Any] | None = None
    tells: bool = False
    note: str = ""


def ask(source: Source, pod: Object) -> Answer:
    """Ask once. It takes a moment, so it is not for the feed's threads."""
    try:
        found = source.document(PATH, {"uid": uid_of(pod)})["decisions"]
    except ApiError as error:
        if error.code not in NOT_TOLD:
            return Answer(note=f"The cluster could not say how it decided: {error.message}")
        return _pods(source, tells=False)
    except (OSError, NoClusterError, KeyError, TypeError, ValueError):
        return Answer(note="")  # the feed says that the cluster does not answer
    if not found:
        return _pods(source, tells=True)
    pods = _pods(source, tells=True).pods if _needs_pods(found[0]) else None
    preemption = next((each["nominated"] for each in found if "nominated" in each), None)
    return Answer(found[0], pods, preemption, tells=True)


def _needs_pods(decision: dict[str, Any]) -> bool:
    """Say whether numbers would help: where there was too little room on a node."""
    return any(row.get("rejectedBy") == "NodeResourcesFit" for row in decision["nodes"].values())


def _pods(source: Source, *, tells: bool) -> Answer:
    try:
        pods, _ = source.list("pods", None)
    except ApiError as error:
        note = "This account may not list the pods of all namespaces: what is free on a node is not known."
        return Answer(tells=tells, note=note if error.code == 403 else error.message)
    except (OSError, NoClusterError):
        return Answer(tells=tells)
    return Answer(pods=tuple(pods), tells=tells)
