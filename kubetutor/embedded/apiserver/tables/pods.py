"""Pods: where the word of the STATUS column comes from.

1. The phase, or the status' reason, or `SchedulingGated`.
2. The first init container that is not through says `Init:...`.
3. Otherwise the containers are asked from the last to the first; the first one that has a reason wins.
4. `Completed` beside a running container is `Running` or `NotReady`, beside a failed one its error.
5. A pod that is being deleted is `Terminating`, or `Unknown` when its node is out of reach.

Models: pkg/printers/internalversion/printers.go (printPod).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import is_being_deleted, is_pod_finished, is_pod_ready, is_true
from kubetutor.embedded.apiserver.tables.durations import since
from kubetutor.embedded.apiserver.tables.layout import (
    AGE,
    NAME,
    NONE,
    Column,
    Layout,
    age,
    at,
    containers_and_images,
    format_labels,
    name,
    wide,
)

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.objects import Object


@dataclass(frozen=True, slots=True)
class Summary:
    """What a pod's containers add up to. `restarted_at` is the end of the last one that was restarted, or empty."""

    word: str
    ready: int
    total: int
    restarts: int
    restarted_at: str


def summarize(pod: Object) -> Summary:
    sidecars = {c["name"] for c in at(pod, "spec.initContainers", ()) if c.get("restartPolicy") == "Always"}
    init_statuses = at(pod, "status.initContainerStatuses", ())
    init_word, ready, seen = _init_word(pod, init_statuses, sidecars)
    word, counted = init_word or _first_word(pod), init_statuses[:seen]
    if not init_word or is_true(pod, "Initialized"):
        statuses = at(pod, "status.containerStatuses", ())
        word = _containers_word(pod, statuses, word)
        ready += sum(_is_ready_and_running(status) for status in statuses)
        counted = [status for status in counted if status["name"] in sidecars] + list(statuses)
    return Summary(
        word=_deletion_word(pod) or word,
        ready=ready,
        total=len(at(pod, "spec.containers", ())) + len(sidecars),
        restarts=sum(status.get("restartCount", 0) for status in counted),
        restarted_at=max((at(s, "lastState.terminated.finishedAt", "") for s in counted), default=""),
    )


def _first_word(pod: Object) -> str:
    for entry in at(pod, "status.conditions", ()):
        if entry.get("type") == "PodScheduled" and entry.get("reason") == "SchedulingGated":
            return "SchedulingGated"
    return str(at(pod, "status.reason") or at(pod, "status.phase", ""))


def _init_word(pod: Object, statuses: list[Object], sidecars: set[str]) -> tuple[str, int, int]:
    """Answer what the first init container that is not through says, the ready sidecars before it, and how many were seen."""
    ready = 0
    for index, status in enumerate(statuses):
        terminated = at(status, "state.terminated")
        if terminated is not None and terminated.get("exitCode", 0) == 0:
            continue
        if status["name"] in sidecars and status.get("started"):
            ready += bool(status.get("ready"))
            continue
        waiting = at(status, "state.waiting.reason", "")
        if terminated is not None:
            word = _end_word(terminated)
        elif waiting and waiting != "PodInitializing":
            word = waiting
        else:
            word = f"{index}/{len(at(pod, 'spec.initContainers', ()))}"
        return f"Init:{word}", ready, index + 1
    return "", ready, len(statuses)


def _end_word(terminated: Object) -> str:
    """Answer the reason of an end, else the signal, else the exit code."""
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _containers_word(pod: Object, statuses: list[Object], word: str) -> str:
    error = ""
    for status in reversed(statuses):
        waiting, terminated = at(status, "state.waiting.reason", ""), at(status, "state.terminated")
        if waiting:
            word = waiting
        elif terminated is not None:
            word = _end_word(terminated)
            error = word if terminated.get("exitCode", 0) else error
    if word != "Completed":
        return word
    is_running = any(_is_ready_and_running(status) for status in statuses)
    if is_running and is_pod_ready(pod):
        return "Running"
    return error or ("NotReady" if is_running else word)


def _is_ready_and_running(status: Object) -> bool:
    return bool(status.get("ready")) and at(status, "state.running") is not None


def _deletion_word(pod: Object) -> str:
    if not is_being_deleted(pod):
        return ""
    if at(pod, "status.reason") == "NodeLost":
        return "Unknown"
    return "" if is_pod_finished(pod) else "Terminating"


def _readiness_gates(pod: Object) -> str:
    gates = at(pod, "spec.readinessGates", ())
    if not gates:
        return NONE
    return f"{sum(is_true(pod, gate['conditionType']) for gate in gates)}/{len(gates)}"


def _pod(pod: Object, now: dt.datetime) -> list[Any]:
    summary = summarize(pod)
    restarts = str(summary.restarts)
    if summary.restarts and summary.restarted_at:
        restarts += f" ({since(summary.restarted_at, now)} ago)"
    addresses = at(pod, "status.podIPs", ())
    return [
        name(pod),
        f"{summary.ready}/{summary.total}",
        summary.word,
        restarts,
        age(pod, now),
        (addresses[0].get("ip") if addresses else at(pod, "status.podIP")) or NONE,
        at(pod, "spec.nodeName") or NONE,
        at(pod, "status.nominatedNodeName") or NONE,
        _readiness_gates(pod),
    ]


def _pod_conditions(pod: Object) -> list[dict[str, Any]]:
    """Say that the pod has ended, for clients that hide such rows."""
    messages = {"Succeeded": "The pod has completed successfully.", "Failed": "The pod failed."}
    phase = at(pod, "status.phase", "")
    if phase not in messages:
        return []
    return [{"type": "Completed", "status": "True", "reason": phase, "message": messages[phase]}]


def _pod_template(obj: Object, _: dt.datetime) -> list[Any]:
    names, images = containers_and_images(at(obj, "template.spec.containers", ()))
    return [name(obj), names, images, format_labels(at(obj, "template.metadata.labels", {}))]


LAYOUTS = {
    "pods": Layout(
        (
            NAME,
            Column("Ready"),
            Column("Status"),
            Column("Restarts"),
            AGE,
            wide("IP"),
            wide("Node"),
            wide("Nominated Node"),
            wide("Readiness Gates"),
        ),
        _pod,
        _pod_conditions,
    ),
    "podtemplates": Layout(
        (NAME, Column("Containers"), Column("Images"), Column("Pod Labels")), _pod_template
    ),
}
