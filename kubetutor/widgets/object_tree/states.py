"""How an object does: a word or two, and the mood that decides its sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import annotations_of, condition, is_pod_ready, is_true
from kubetutor.widgets.cluster_map.snapshot import REVISION, pod_view
from kubetutor.widgets.object_tree.selection import selection_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kubetutor.api.objects import Object
    from kubetutor.widgets.object_tree.graph import Graph

WORST_FIRST = ("failing", "lost", "waiting", "starting", "running", "ending", "ready", "done")


@dataclass(frozen=True, slots=True)
class State:
    mood: str
    words: str


def state_of(graph: Graph, whole: Graph, uid: str) -> State:
    """Answer the state of an object. `whole` also holds what is not shown."""
    kind, obj = graph.kinds[uid], graph.objects[uid]
    if kind == "Service":
        return _service(whole, uid)
    if kind == "EndpointSlice":
        addresses = whole.addresses[uid]
        return _share(sum(each.is_ready for each in addresses), len(addresses), "ready", empty="empty")
    return STATES[kind](obj)


def revision_of(obj: Object) -> str:
    return annotations_of(obj).get(REVISION, "")


def worst(moods: Iterable[str]) -> str:
    return min(moods, key=WORST_FIRST.index)


def _deployment(obj: Object) -> State:
    return _replicas(obj, wanted=int((obj.get("spec") or {}).get("replicas", 1)))


def _replica_set(obj: Object) -> State:
    state = _replicas(obj, wanted=int((obj.get("spec") or {}).get("replicas", 1)))
    revision = revision_of(obj)
    return State(state.mood, f"rev {revision} · {state.words}" if revision else state.words)


def _replicas(obj: Object, *, wanted: int) -> State:
    return _share(int((obj.get("status") or {}).get("readyReplicas", 0)), wanted, "ready", empty="0 wanted")


def _daemon_set(obj: Object) -> State:
    status = obj.get("status") or {}
    return _share(
        int(status.get("numberReady", 0)),
        int(status.get("desiredNumberScheduled", 0)),
        "ready",
        empty="0 wanted",
    )


def _job(obj: Object) -> State:
    if is_true(obj, "Complete"):
        return State("done", "complete")
    if is_true(obj, "Failed"):
        return State("failing", str((condition(obj, "Failed") or {}).get("reason") or "failed"))
    done = int((obj.get("status") or {}).get("succeeded", 0))
    return State("running", f"{done} of {(obj.get('spec') or {}).get('completions', 1)} done")


def _cron_job(obj: Object) -> State:
    spec = obj.get("spec") or {}
    when = str(spec.get("schedule", ""))
    return State("done", f"suspended, {when}") if spec.get("suspend") else State("ready", when)


def _pod(obj: Object) -> State:
    view = pod_view(obj, {}, frozenset())
    return State(view.mood, f"{view.status} {view.ready}")


def _service(graph: Graph, uid: str) -> State:
    obj = graph.objects[uid]
    if not selection_of("Service", obj):
        is_name = (obj.get("spec") or {}).get("type") == "ExternalName"
        return State("done", "another name" if is_name else "no selector")
    pods = graph.selected[uid]
    if not pods:
        return State("failing", "no pod")
    return _share(sum(is_pod_ready(graph.objects[pod]) for pod in pods), len(pods), "ready", empty="")


def _share(ready: int, total: int, word: str, *, empty: str) -> State:
    if not total:
        return State("done", empty)
    return State("ready" if ready >= total else "starting", f"{ready}/{total} {word}")


STATES: dict[str, Callable[[Object], State]] = {
    "CronJob": _cron_job,
    "Deployment": _deployment,
    "StatefulSet": _deployment,
    "DaemonSet": _daemon_set,
    "ReplicaSet": _replica_set,
    "Job": _job,
    "Pod": _pod,
}
