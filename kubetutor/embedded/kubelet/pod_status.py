"""What a kubelet says about a pod: phase, conditions, container statuses. Pure: from what is known to what is said.

Models: pkg/kubelet/kubelet_pods.go (getPhase, generateAPIPodStatus), pkg/kubelet/status/generate.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.kubelet.pod_resources import pod_resources

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from kubetutor.api.objects import Object

OWN_CONDITIONS = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
NOT_READY = "ContainersNotReady"
STATUSES = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


@dataclass(frozen=True, slots=True)
class Termination:
    """How one run of a container ended."""

    code: int
    reason: str
    container_id: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    message: str = ""

    def as_object(self) -> Object:
        entries = {
            "exitCode": self.code,
            "reason": self.reason,
            "message": self.message,
            "startedAt": self.started_at,
            "finishedAt": self.finished_at,
            "containerID": self.container_id,
        }
        return {name: value for name, value in entries.items() if value not in {None, ""}}


@dataclass(frozen=True, slots=True)
class ContainerState:
    """What is known of one container. It is running, or terminated, or else it waits."""

    waiting: str = "ContainerCreating"
    message: str = ""
    running_since: str | None = None
    terminated: Termination | None = None
    last: Termination | None = None
    restarts: int = 0
    ready: bool = False
    started: bool = False
    container_id: str = ""
    image: str = ""
    image_id: str = ""

    @property
    def is_running(self) -> bool:
        return self.running_since is not None


@dataclass(frozen=True, slots=True)
class PodView:
    """What is known of one pod on its node."""

    states: Mapping[str, ContainerState]
    host: str
    start_time: str
    address: str | None = None
    has_network: bool = False
    is_over: bool = False  # no container runs any more, and none ever will
    reason: str = ""
    message: str = ""


def pod_status(pod: Object, view: PodView, now: dt.datetime) -> Object:
    """Answer all that the kubelet writes of `status`; None says that a key must go."""
    spec = pod["spec"]
    init = [container_status(entry, view.states[entry["name"]]) for entry in spec.get("initContainers") or ()]
    main = [container_status(entry, view.states[entry["name"]]) for entry in spec["containers"]]
    ephemeral = [_ephemeral_status(spec, entry, view) for entry in spec.get("ephemeralContainers") or ()]
    phase = "Failed" if view.reason else pod_phase(spec, init, main, is_over=view.is_over)
    address = view.address
    resources = pod_resources(spec)
    ends = phase in {"Succeeded", "Failed"} and not view.is_over
    return {
        "observedGeneration": pod["metadata"].get("generation"),
        "phase": pod.get("status", {}).get("phase", "Pending") if ends else phase,
        "conditions": _conditions(pod, view, _own_conditions(pod, phase, init, main, view), now),
        "hostIP": view.host,
        "hostIPs": [{"ip": view.host}],
        "podIP": address,
        "podIPs": [{"ip": address}] if address else None,
        "startTime": view.start_time,
        "initContainerStatuses": init or None,
        "containerStatuses": sorted(main, key=lambda status: str(status["name"])),
        "ephemeralContainerStatuses": sorted(ephemeral, key=lambda status: str(status["name"])) or None,
        "allocatedResources": resources.get("requests"),
        "resources": resources or None,
        "reason": view.reason or None,
        "message": view.message or None,
    }


def container_status(container: Object, state: ContainerState) -> Object:
    """Answer the ContainerStatus of this container."""
    resources = container.get("resources") or {}
    status: Object = {
        "name": container["name"],
        "state": _state(state),
        "lastState": {"terminated": state.last.as_object()} if state.last else {},
        "ready": state.ready,
        "restartCount": state.restarts,
        "image": state.image or container["image"],
        "imageID": state.image_id,
    }
    if state.container_id:
        status["containerID"] = state.container_id
    status["started"] = state.started
    if resources.get("requests"):
        status["allocatedResources"] = resources["requests"]
    status["resources"] = {name: resources[name] for name in ("limits", "requests") if resources.get(name)}
    mounts = [_mount(mount) for mount in container.get("volumeMounts") or ()]
    if mounts:
        status["volumeMounts"] = mounts
    return status


def _ephemeral_status(spec: Object, container: Object, view: PodView) -> Object:
    """Answer the status of a container that nobody probes; it may just have been added."""
    status = container_status(container, view.states.get(container["name"]) or first_state(spec))
    del status["started"]
    return status


def _state(state: ContainerState) -> Object:
    if state.running_since is not None:
        return {"running": {"startedAt": state.running_since}}
    if state.terminated is not None:
        return {"terminated": state.terminated.as_object()}
    waiting = {"reason": state.waiting}
    return {"waiting": {**waiting, "message": state.message} if state.message else waiting}


def _mount(mount: Object) -> Object:
    shown = {"name": mount["name"], "mountPath": mount["mountPath"]}
    return {**shown, "readOnly": True, "recursiveReadOnly": "Disabled"} if mount.get("readOnly") else shown


def statuses(status: Object) -> list[Object]:
    """List the statuses of all containers."""
    return [entry for field in STATUSES for entry in status.get(field) or ()]


def is_sidecar(container: Object) -> bool:
    """Say whether an init container stays on beside the others."""
    return container.get("restartPolicy") == "Always"


def has_failed(status: Object) -> bool:
    """Say whether this init container's last run ended badly."""
    ended = status["state"].get("terminated") or status["lastState"].get("terminated")
    return ended is not None and ended["exitCode"] != 0


def pod_phase(spec: Object, init: Sequence[Object], main: Sequence[Object], *, is_over: bool) -> str:
    """Answer Pending, Running, Succeeded or Failed."""
    policy = spec.get("restartPolicy", "Always")
    entries = dict(zip((entry["name"] for entry in init), spec.get("initContainers") or (), strict=True))
    ordinary = [status for status in init if not is_sidecar(entries[status["name"]])]
    if policy == "Never" and any(has_failed(status) for status in ordinary):
        return "Failed"
    stopped = [status for status in main if _has_stopped(status)]
    running = [status for status in main if "running" in status["state"]]
    begun = stopped or running
    if any(not _is_initialized(entries[status["name"]], status) for status in init) and not begun:
        return "Failed" if is_over and any(has_failed(status) for status in init) else "Pending"
    if len(stopped) + len(running) < len(main):
        return "Pending"
    if running:
        return "Running"
    return _ended_phase(stopped, policy, is_over=is_over)


def _ended_phase(stopped: Sequence[Object], policy: str, *, is_over: bool) -> str:
    """Answer the phase of a pod none of whose containers runs."""
    well = all(
        (status["state"].get("terminated") or status["lastState"]["terminated"])["exitCode"] == 0
        for status in stopped
    )
    if policy == "Always" and not is_over:
        return "Running"
    if well:
        return "Succeeded"
    return "Failed" if policy == "Never" or is_over else "Running"


def _has_stopped(status: Object) -> bool:
    waits_again = "waiting" in status["state"] and bool(status["lastState"])
    return "terminated" in status["state"] or waits_again


def _is_initialized(container: Object, status: Object) -> bool:
    return bool(status["started"] if is_sidecar(container) else status["ready"])


def _own_conditions(
    pod: Object, phase: str, init: Sequence[Object], main: Sequence[Object], view: PodView
) -> list[tuple[str, bool, str, str]]:
    """Answer (type, status, reason, message) of the conditions that are the kubelet's."""
    containers = _containers_ready(pod["spec"], phase, init, main)
    if _was_never_located(main):
        containers = _unready([status["name"] for status in main])
    return [
        ("PodReadyToStartContainers", view.has_network, "", ""),
        ("Initialized", *_initialized(pod["spec"], phase, init, main)),
        ("Ready", *(_gates(pod) if containers[0] else containers)),
        ("ContainersReady", *containers),
        ("PodScheduled", True, "", ""),
    ]


def _was_never_located(main: Sequence[Object]) -> bool:
    ended = [status["state"].get("terminated") or {} for status in main]
    return bool(ended) and all(entry.get("reason") == "ContainerStatusUnknown" for entry in ended)


def _containers_ready(
    spec: Object, phase: str, init: Sequence[Object], main: Sequence[Object]
) -> tuple[bool, str, str]:
    if phase == "Failed":
        return False, "PodFailed", ""
    if phase == "Succeeded":
        return False, "PodCompleted", ""
    sidecars = {entry["name"] for entry in spec.get("initContainers") or () if is_sidecar(entry)}
    counted = [status for status in init if status["name"] in sidecars] + list(main)
    unready = [status["name"] for status in counted if not status["ready"]]
    return _unready(unready) if unready else (True, "", "")


def _unready(names: Sequence[str]) -> tuple[bool, str, str]:
    return False, NOT_READY, f"containers with unready status: [{' '.join(names)}]"


def _initialized(
    spec: Object, phase: str, init: Sequence[Object], main: Sequence[Object]
) -> tuple[bool, str, str]:
    if phase == "Succeeded":
        return True, "PodCompleted", ""
    if any(status["started"] or _has_stopped(status) for status in main):
        return True, "", ""
    entries = {entry["name"]: entry for entry in spec.get("initContainers") or ()}
    incomplete = [status["name"] for status in init if not _is_initialized(entries[status["name"]], status)]
    if incomplete:
        return (
            False,
            "ContainersNotInitialized",
            f"containers with incomplete status: [{' '.join(incomplete)}]",
        )
    return True, "", ""


def _gates(pod: Object) -> tuple[bool, str, str]:
    """Answer Ready of a pod whose containers are all ready: its readiness gates decide."""
    conditions = {entry["type"]: entry["status"] for entry in pod.get("status", {}).get("conditions") or ()}
    messages = []
    for gate in pod["spec"].get("readinessGates") or ():
        kind = gate["conditionType"]
        if kind not in conditions:
            messages.append(f'corresponding condition of pod readiness gate "{kind}" does not exist.')
        elif conditions[kind] != "True":
            messages.append(
                f'the status of pod readiness gate "{kind}" is not "True", but {conditions[kind]}'
            )
    return (False, "ReadinessGatesNotReady", ", ".join(messages)) if messages else (True, "", "")


def _conditions(
    pod: Object, view: PodView, own: Sequence[tuple[str, bool, str, str]], now: dt.datetime
) -> list[Object]:
    """Answer others' conditions as they are, then our own; a time changes only when its status does."""
    old = {entry["type"]: entry for entry in pod.get("status", {}).get("conditions") or ()}
    conditions = [entry for kind, entry in old.items() if kind not in OWN_CONDITIONS]
    for kind, is_true, reason, message in own:
        status = "True" if is_true else "False"
        before = old.get(kind) or {}
        since = before.get("lastTransitionTime") if before.get("status") == status else None
        entry = {
            "type": kind,
            "observedGeneration": pod["metadata"].get("generation"),
            "status": status,
            "lastProbeTime": None,
            "lastTransitionTime": since or (view.start_time if kind == "PodScheduled" else timestamp(now)),
            "reason": reason,
            "message": message,
        }
        needed = {"type", "status", "lastProbeTime", "lastTransitionTime"}
        conditions.append({name: value for name, value in entry.items() if value or name in needed})
    return conditions


def first_state(spec: Object) -> ContainerState:
    """Answer the state of a container that nobody has begun with."""
    return ContainerState(waiting="PodInitializing" if spec.get("initContainers") else "ContainerCreating")


def remembered_state(container: Object, status: Object, now: dt.datetime) -> ContainerState:
    """Answer the state of a container that an earlier kubelet reported: its process is gone, its count is not.

    Models what upstream does after a node has rebooted: exit code 255, reason Unknown.
    """
    restarts, state = status.get("restartCount", 0), status.get("state") or {}
    last = _termination((status.get("lastState") or {}).get("terminated"))
    ended = _termination(state.get("terminated"))
    if "running" in state:
        ended = Termination(
            255, "Unknown", status.get("containerID", ""), state["running"].get("startedAt"), timestamp(now)
        )
    return ContainerState(
        terminated=ended,
        last=last,
        restarts=restarts,
        ready=ended is not None and ended.code == 0 and bool(status.get("ready")),
        container_id=status.get("containerID", ""),
        image=status.get("image", "") or container["image"],
        image_id=status.get("imageID", ""),
    )


def _termination(ended: Object | None) -> Termination | None:
    if not ended:
        return None
    return Termination(
        code=ended["exitCode"],
        reason=ended.get("reason", ""),
        container_id=ended.get("containerID", ""),
        started_at=ended.get("startedAt"),
        finished_at=ended.get("finishedAt"),
        message=ended.get("message", ""),
    )
