"""The load pod as an object, and what its status means. Pure.

The program travels in the pod's command, and runs on the Python that every sample image has. So no image has to be
made or brought to a room without a network beside those of the lessons, and the program always fits the code that reads
its log: an image in somebody's cluster may be older than this package.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from kubetutor.api.objects import LOAD, ROLE, condition, name_of
from kubetutor.cluster.reaching import ingress_addresses, port_of
from kubetutor.errors import LoadError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

NAME = "load"
IMAGE = "my-app:1.0"  # of the lessons; any image with python3 would do
RATE = 50.0  # requests a second
RATE_ANNOTATION = "kubetutor.io/rate"  # `kubectl annotate pod load kubetutor.io/rate=100 --overwrite`
SETTINGS = "/settings"  # where the pod finds the annotation as a file
LIFETIME = 2 * 3600  # seconds: a pod that was forgotten ends by itself
GRACE = 2  # seconds to end in
USER = 65532  # nobody's: images of Python name root, and a careful cluster refuses that
PRIVILEGED = 1024  # the first port that an ordinary user may open
MOVED_BY = 8000  # ports below it are served near this much higher, where they may not be opened
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
MANAGED = {"app.kubernetes.io/managed-by": "kubetutor"}

STUCK = {  # what a container waits for in vain
    "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError",
    "CreateContainerError", "RunContainerError", "CrashLoopBackOff",
}  # fmt: skip
MISSING_IMAGE = {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull"}


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask. `address` is `host:port`, by number: a name would be looked up with each request."""

    address: str
    path: str = "/?json"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a load pod: a sentence, empty if nothing is.

    `is_stuck`: waiting will hardly help, somebody has to do something. `is_final`: the pod has ended.
    """

    words: str = ""
    is_stuck: bool = False
    is_final: bool = False


def target_of(service: Object, port: int | None = None) -> Target:
    """Choose the address of a service that pods ask: `port` is the service's, by default its first. Raise LoadError.

    A port below 1024 may be served on another number by an embedded cluster; then the service's status names it.
    """
    host, number = service["spec"].get("clusterIP") or "None", port_of(service, port)["port"]
    if host == "None":
        raise LoadError(
            f"The service {name_of(service)} has no address of its own (it is headless, or a name of something "
            "elsewhere), so there is nothing to ask through it."
        )
    moved = [address for address in ingress_addresses(service, number) if not address.endswith(f":{number}")]
    if moved and number < PRIVILEGED:
        return Target(
            min(moved, key=lambda address: abs(int(address.rpartition(":")[2]) - number - MOVED_BY))
        )
    return Target(f"[{host}]:{number}" if ":" in host else f"{host}:{number}")


@cache
def program() -> str:
    return resources.files("kubetutor.images").joinpath("load.py").read_text(encoding="utf-8")


def pod_of(
    target: Target, *, name: str = NAME, namespace: str, rate: float = RATE, image: str = IMAGE
) -> Object:
    """Write the pod. It fits a namespace of the security level `restricted`, and asks for little.

    It prefers the control plane's node, where one takes it: so it goes on when a lesson stops a worker.
    """
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {ROLE: LOAD, **MANAGED},
            "annotations": {RATE_ANNOTATION: f"{rate:g}"},
        },
        "spec": {
            "activeDeadlineSeconds": LIFETIME,
            "terminationGracePeriodSeconds": GRACE,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "tolerations": [{"key": CONTROL_PLANE, "operator": "Exists", "effect": "NoSchedule"}],
            "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [_ON_CONTROL_PLANE]}},
            "containers": [_container(target, image)],
            "volumes": [{"name": "settings", "downwardAPI": {"items": [_RATE_FILE]}}],
        },
    }  # fmt: skip


_ON_CONTROL_PLANE: Object = {
    "weight": 100,
    "preference": {"matchExpressions": [{"key": CONTROL_PLANE, "operator": "Exists"}]},
}
_RATE_FILE: Object = {
    "path": "rate",
    "fieldRef": {"fieldPath": f"metadata.annotations['{RATE_ANNOTATION}']"},
}


def _container(target: Target, image: str) -> Object:
    environment = {"TARGET": target.address, "PATH_ASKED": target.path}
    return {
        "name": "load",
        "image": image,
        "command": ["python3", "-I", "-S", "-u", "-c", program()],
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "volumeMounts": [{"name": "settings", "mountPath": SETTINGS}],
        "resources": {
            "requests": {"cpu": "20m", "memory": "32Mi"},
            "limits": {"cpu": "500m", "memory": "128Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def trouble_of(pod: Object) -> Trouble:
    """Say what keeps the pod from asking, from its status."""
    status = pod.get("status", {})
    name = pod["metadata"]["name"]
    if status.get("phase") in {"Failed", "Succeeded"}:
        return Trouble(_ending(name, status), is_stuck=True, is_final=True)
    for entry in status.get("containerStatuses") or ():
        waiting = (entry.get("state") or {}).get("waiting") or {}
        reason, message = waiting.get("reason", ""), waiting.get("message") or "nothing more"
        if reason in MISSING_IMAGE:
            image = pod["spec"]["containers"][0]["image"]
            return Trouble(
                f"The image {image} is not on the node of the pod {name}, so it cannot ask: {reason}. Whoever runs the "
                f"cluster must bring the images of the lessons into its nodes. (Seen: {message})",
                is_stuck=True,
            )
        if reason in STUCK:
            words = f"The pod {name} that asks the service does not run: {reason}. (Seen: {message})"
            return Trouble(words, is_stuck=True)
    scheduled = condition(pod, "PodScheduled")
    if scheduled is not None and scheduled.get("status") == "False":
        seen = scheduled.get("message") or scheduled.get("reason")
        return Trouble(f"No node takes the pod {name} that asks the service. (Seen: {seen})")
    return Trouble()


def _ending(name: str, status: Object) -> str:
    reason = status.get("reason") or "it ended"
    if reason == "DeadlineExceeded":
        return f"The pod {name} has asked for {LIFETIME // 3600} hours and ended by itself. Start it anew."
    words = {"Evicted": "its node was short of something and evicted it"}.get(reason, reason)
    seen = f" (Seen: {status['message']})" if status.get("message") else ""
    return f"The pod {name} that asks the service has ended: {words}. Nobody asks any more; run the cell again that began to count.{seen}"
