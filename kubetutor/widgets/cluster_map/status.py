"""The word that kubectl prints in its STATUS column, its READY and its RESTARTS, and why.

1. The pod's phase or reason is the word, unless a container says more.
2. Init containers run first and one by one: the first that has not ended well speaks, as `Init:...`.
3. Then the containers speak, the first one last, so that its word stays.
4. A pod that is being deleted is `Terminating`, whatever its containers say.
Models: pkg/printers/internalversion/printers.go (printPod).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import condition, is_being_deleted, is_pod_finished, is_pod_ready, is_true

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kubetutor.api.objects import Object

SHOWN_CONTAINERS = 4  # of those that are not ready; more would not be read


@dataclass(frozen=True, slots=True)
class PodStatus:
    """What kubectl says of a pod. `why` is the cluster's own message, or empty."""

    word: str
    why: str
    ready: int
    containers: int
    restarts: int


def pod_status(pod: Object) -> PodStatus:
    spec, status = pod.get("spec", {}), pod.get("status", {})
    sidecars = {entry["name"] for entry in spec.get("initContainers") or () if _is_sidecar(entry)}
    inits, main = status.get("initContainerStatuses") or (), status.get("containerStatuses") or ()
    word, why = _own_word(pod)
    beginning = _beginning(inits, sidecars, len(spec.get("initContainers") or ()))
    if beginning is not None:
        word, why = beginning[0], beginning[1] or why
    if beginning is None or is_true(pod, "Initialized"):
        word, why = _word_of_containers(pod, main, word, why)
        restarts = _restarts(entry for entry in inits if entry.get("name") in sidecars) + _restarts(main)
        ready = sum(bool(entry.get("ready")) for entry in main)
    else:
        restarts, ready = _restarts(inits), 0
    if is_being_deleted(pod):
        word = _word_of_deleted(pod, word)
    ready += sum(bool(entry.get("ready") and entry.get("name") in sidecars) for entry in inits)
    return PodStatus(word, why, ready, len(spec.get("containers") or ()) + len(sidecars), restarts)


def status_word(pod: Object) -> tuple[str, str]:
    """Answer kubectl's STATUS word and the message that goes with it."""
    said = pod_status(pod)
    return said.word, said.why


def containers_in_words(pod: Object) -> str:
    """Say which containers are not ready and why, where a pod has more than one; else nothing."""
    spec, status = pod.get("spec", {}), pod.get("status", {})
    inits, containers = spec.get("initContainers") or (), spec.get("containers") or ()
    if len(containers) + len(inits) < 2:
        return ""
    states = {entry.get("name"): entry for entry in status.get("containerStatuses") or ()}
    behind = [name for name in (entry.get("name") for entry in containers) if not _is_ready(states.get(name))]
    said = [f"{name} ({_state(states.get(name))})" for name in behind[:SHOWN_CONTAINERS]]
    more = [f"{len(behind) - SHOWN_CONTAINERS} more"] if len(behind) > SHOWN_CONTAINERS else []
    parts = [f"{len(containers) - len(behind)} of {len(containers)} ready"]
    parts += [f"not ready: {', '.join([*said, *more])}"] if behind else []
    parts += [f"{len(inits)} to run first: {', '.join(_inits(inits, status))}"] if inits else []
    return "; ".join(parts)


def is_failure(word: str) -> bool:
    word = word.removeprefix("Init:")
    return word in {
        "Error",
        "OOMKilled",
        "Evicted",
        "InvalidImageName",
        "ContainerCannotRun",
    } or word.startswith(
        ("Err", "ImagePullBackOff", "CrashLoop", "CreateContainer", "RunContainer", "ExitCode", "Signal")
    )


def _own_word(pod: Object) -> tuple[str, str]:
    status = pod.get("status", {})
    word, why = (
        str(status.get("reason") or status.get("phase") or "Unknown"),
        str(status.get("message") or ""),
    )
    scheduled = condition(pod, "PodScheduled")
    if scheduled is not None and scheduled.get("status") == "False":
        why = str(scheduled.get("message") or why)
        word = "SchedulingGated" if scheduled.get("reason") == "SchedulingGated" else word
    return word, why


def _beginning(inits: Sequence[Object], sidecars: set[str], total: int) -> tuple[str, str] | None:
    """Answer the word of the first init container that has not ended well; None when all have."""
    for number, entry in enumerate(inits):
        state = entry.get("state") or {}
        ended, waiting = state.get("terminated"), state.get("waiting") or {}
        if (ended and ended.get("exitCode") == 0) or (entry.get("name") in sidecars and entry.get("started")):
            continue
        if ended:
            return f"Init:{_word_of_ended(ended)}", str(ended.get("message") or "")
        if waiting.get("reason") not in {None, "", "PodInitializing"}:
            return f"Init:{waiting['reason']}", str(waiting.get("message") or "")
        return f"Init:{number}/{total}", ""
    return None


def _word_of_containers(pod: Object, statuses: Sequence[Object], word: str, why: str) -> tuple[str, str]:
    runs = False
    for entry in reversed(statuses):
        state = entry.get("state") or {}
        waiting, ended = state.get("waiting") or {}, state.get("terminated")
        if waiting.get("reason"):
            word, why = str(waiting["reason"]), str(waiting.get("message") or why)
        elif ended is not None:
            word, why = _word_of_ended(ended), str(ended.get("message") or why)
        else:
            runs = runs or bool(entry.get("ready") and state.get("running") is not None)
    if word == "Completed" and runs:
        word = "Running" if is_pod_ready(pod) else "NotReady"
    return word, why


def _word_of_deleted(pod: Object, word: str) -> str:
    if pod.get("status", {}).get("reason") == "NodeLost":
        return "Unknown"
    return word if is_pod_finished(pod) else "Terminating"


def _word_of_ended(ended: Object) -> str:
    if ended.get("reason"):
        return str(ended["reason"])
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', '?')}"


def _is_sidecar(container: Object) -> bool:
    return container.get("restartPolicy") == "Always"


def _is_ready(status: Object | None) -> bool:
    return bool(status and status.get("ready"))


def _restarts(statuses: Iterable[Object]) -> int:
    return sum(int(entry.get("restartCount", 0)) for entry in statuses)


def _state(status: Object | None) -> str:
    state = (status or {}).get("state") or {}
    if state.get("terminated") is not None:
        return _word_of_ended(state["terminated"])
    if state.get("running") is not None:
        return "running"
    return str((state.get("waiting") or {}).get("reason") or "not started")


def _inits(inits: Sequence[Object], status: Object) -> list[str]:
    states = {entry.get("name"): entry for entry in status.get("initContainerStatuses") or ()}
    names = [entry.get("name") for entry in inits]
    said = [f"{name} ({_state(states.get(name))})" for name in names[:SHOWN_CONTAINERS]]
    return said + ([f"{len(names) - SHOWN_CONTAINERS} more"] if len(names) > SHOWN_CONTAINERS else [])
