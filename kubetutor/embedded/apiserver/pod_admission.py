"""What every new pod is given by the cluster: its account, its priority, its patience with dead nodes.

Models: plugin/pkg/admission/{serviceaccount,priority,defaulttolerationseconds}.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.strategies.priority import SYSTEM_PRIORITIES

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

    from kubetutor.api.objects import Object

MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
VOLUME_PREFIX = "kube-api-access-"
SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
TOKEN_SECONDS = 3607
_MIRROR = "kubernetes.io/config.mirror"


def is_mirror(pod: Object) -> bool:
    """Say whether the pod only shows one that a kubelet started by itself."""
    return _MIRROR in pod["metadata"].get("annotations", {})


def mount_service_account(pod: Object, account: Object, dice: random.Random) -> None:
    """Let the pod act as the account: its name, its pull secrets, and its token in every container."""
    spec = pod["spec"]
    spec["serviceAccountName"] = spec["serviceAccount"] = account["metadata"]["name"]
    if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
        spec["imagePullSecrets"] = [dict(secret) for secret in account["imagePullSecrets"]]
    automount = spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken", True))
    if automount:
        _mount_token(spec, dice)


def add_default_tolerations(spec: Object, seconds: int) -> None:
    """Let the pod stay on a node that is not ready or not reachable for a while, unless it says for how long."""
    tolerations = spec.get("tolerations", [])
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(_is_about(toleration, key) for toleration in tolerations):
            tolerations = [
                *tolerations,
                {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds},
            ]
    spec["tolerations"] = tolerations


def resolve_priority(pod: Object, classes: Iterable[Object]) -> str | None:
    """Set the pod's priority from its class, or from the default one. Answer a complaint, if any."""
    spec = pod["spec"]
    by_name = {item["metadata"]["name"]: item for item in classes}
    name = spec.get("priorityClassName")
    if not name:
        default = [item for item in by_name.values() if item.get("globalDefault")]
        chosen = min(default, key=lambda item: int(item.get("value", 0)), default={})
        if chosen:
            spec["priorityClassName"] = chosen["metadata"]["name"]
    elif name in by_name or name in SYSTEM_PRIORITIES:
        chosen = by_name.get(name) or {"value": SYSTEM_PRIORITIES[name]}
    else:
        return f"no PriorityClass with name {name} was found"
    priority = chosen.get("value", 0)
    if spec.get("priority", priority) != priority:
        reason = f"the integer value of priority ({spec['priority']}) must not be provided in pod spec; "
        return f"{reason}priority admission controller computed {priority} from the given PriorityClass name"
    spec["priority"] = priority
    spec.setdefault("preemptionPolicy", chosen.get("preemptionPolicy", "PreemptLowerPriority"))
    return None


def _is_about(toleration: Object, key: str) -> bool:
    """Say whether a toleration already covers what the cluster would add for this key."""
    return toleration.get("key", "") in {key, ""} and toleration.get("effect", "") in {"NoExecute", ""}


def _mount_token(spec: Object, dice: random.Random) -> None:
    present = (volume.get("name", "") for volume in spec.get("volumes", ()))
    name = next((text for text in present if text.startswith(VOLUME_PREFIX)), None)
    is_new = name is None
    name = name or VOLUME_PREFIX + "".join(dice.choices(SUFFIX_LETTERS, k=5))
    is_mounted = False
    for container in (*spec.get("initContainers", ()), *spec.get("containers", ())):
        mounts = container.get("volumeMounts", [])
        if not any(mount.get("mountPath") == MOUNT_PATH for mount in mounts):
            container["volumeMounts"] = [*mounts, {"name": name, "readOnly": True, "mountPath": MOUNT_PATH}]
            is_mounted = True
    if is_new and is_mounted:
        spec["volumes"] = [*spec.get("volumes", []), _token_volume(name)]


def _token_volume(name: str) -> Object:
    """Make the volume that holds the token, the certificate to trust, and the namespace's name."""
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    authority = {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": TOKEN_SECONDS, "path": "token"}},
        {"configMap": authority},
        {"downwardAPI": {"items": [namespace]}},
    ]
    return {"name": name, "projected": {"sources": sources, "defaultMode": 0o644}}
