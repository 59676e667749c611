"""What a Deployment says about itself: counts, Available, Progressing, ReplicaFailure.

Models: pkg/controller/deployment/sync.go (calculateStatus), progress.go.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of
from kubetutor.embedded.clock import parse_timestamp, timestamp
from kubetutor.embedded.controllers import conditions
from kubetutor.embedded.controllers.rollout import NO_LIMIT, available_of, fenceposts, replicas_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.controllers.conditions import Conditions


def counts(deployment: Object, new: Object | None, old: Sequence[Object]) -> Object:
    """Answer the status without its conditions. Zeros are left out, as Go does."""
    sets = [*old, *([new] if new is not None else [])]
    available = sum(map(available_of, sets))
    numbers = {
        "observedGeneration": deployment["metadata"].get("generation", 0),
        "replicas": sum(_counted(each, "replicas") for each in sets),
        "updatedReplicas": _counted(new, "replicas") if new is not None else 0,
        "readyReplicas": sum(_counted(each, "readyReplicas") for each in sets),
        "availableReplicas": available,
        "unavailableReplicas": max(0, sum(map(replicas_of, sets)) - available),
        "collisionCount": deployment.get("status", {}).get("collisionCount", 0),
    }
    present = {name: value for name, value in numbers.items() if value}
    return {**present, "terminatingReplicas": sum(_counted(each, "terminatingReplicas") for each in sets)}


def _counted(replica_set: Object, field: str) -> int:
    return int(replica_set.get("status", {}).get(field, 0))


def new_condition(kind: str, status: str, now: dt.datetime, reason: str, message: str) -> Object:
    return {
        "type": kind,
        "status": status,
        "lastUpdateTime": timestamp(now),
        "lastTransitionTime": timestamp(now),
        "reason": reason,
        "message": message,
    }


def with_availability(
    deployment: Object, status: Object, *, current: Conditions, now: dt.datetime
) -> Conditions:
    """Set Available: true while at least replicas - maxUnavailable pods are available."""
    least = replicas_of(deployment) - fenceposts(deployment)[1]
    if status.get("availableReplicas", 0) >= least:
        reason, message = "MinimumReplicasAvailable", "Deployment has minimum availability."
        return conditions.put(current, new_condition("Available", "True", now, reason, message))
    reason, message = "MinimumReplicasUnavailable", "Deployment does not have minimum availability."
    return conditions.put(current, new_condition("Available", "False", now, reason, message))


def with_pause(deployment: Object, current: Conditions, now: dt.datetime) -> Conditions:
    """Note a pause or its end, so that a pause is not taken for lack of progress."""
    progress = conditions.find(current, "Progressing")
    reason = progress.get("reason") if progress else None
    if not has_deadline(deployment) or reason == "ProgressDeadlineExceeded":
        return current
    paused = bool(deployment["spec"].get("paused"))
    if paused == (reason == "DeploymentPaused"):
        return current
    reason, message = (
        ("DeploymentPaused", "Deployment is paused")
        if paused
        else ("DeploymentResumed", "Deployment is resumed")
    )
    return conditions.put(current, new_condition("Progressing", "Unknown", now, reason, message))


def with_progress(
    deployment: Object, status: Object, *, current: Conditions, new: Object | None, now: dt.datetime
) -> Conditions:
    """Set Progressing: the rollout is complete, or moving, or stuck for longer than its deadline."""
    if not has_deadline(deployment):
        return conditions.without(current, "Progressing")
    progress = conditions.find(current, "Progressing")
    if status.get("replicas", 0) == status.get("updatedReplicas", 0) and _has_reason(
        progress, "NewReplicaSetAvailable"
    ):
        return current
    subject = f'ReplicaSet "{name_of(new)}"' if new else f'Deployment "{name_of(deployment)}"'
    if is_complete(deployment, status):
        message = f"{subject} has successfully progressed."
        return conditions.put(
            current, new_condition("Progressing", "True", now, "NewReplicaSetAvailable", message)
        )
    if _has_moved(deployment.get("status", {}), status):
        message = f"{subject} is progressing."
        return conditions.replace(
            current, new_condition("Progressing", "True", now, "ReplicaSetUpdated", message)
        )
    if _is_overdue(deployment, progress, now):
        message = f"{subject} has timed out progressing."
        return conditions.put(
            current, new_condition("Progressing", "False", now, "ProgressDeadlineExceeded", message)
        )
    return current


def with_replica_failure(current: Conditions, new: Object | None, old: Sequence[Object]) -> Conditions:
    """Pass on the failure of a replica set, that of the new one first."""
    for each in [*([new] if new is not None else []), *old]:
        failure = conditions.find(each.get("status", {}).get("conditions") or (), "ReplicaFailure")
        if failure is not None:
            moment = failure.get("lastTransitionTime")
            passed_on = {
                "type": "ReplicaFailure",
                "status": failure["status"],
                "lastUpdateTime": moment,
                "lastTransitionTime": moment,
                "reason": failure.get("reason"),
                "message": failure.get("message"),
            }
            return conditions.put(current, passed_on)
    return conditions.without(current, "ReplicaFailure")


def is_complete(deployment: Object, status: Object) -> bool:
    wanted = replicas_of(deployment)
    sizes = {status.get(name, 0) for name in ("updatedReplicas", "replicas", "availableReplicas")}
    return sizes == {wanted} and status.get("observedGeneration", 0) >= deployment["metadata"].get(
        "generation", 0
    )


def has_deadline(deployment: Object) -> bool:
    deadline = deployment["spec"].get("progressDeadlineSeconds")
    return deadline is not None and deadline < NO_LIMIT


def seconds_until_overdue(deployment: Object, status: Object, now: dt.datetime) -> float | None:
    """Answer after how long to check for progress again; None if there is nothing to wait for."""
    progress = conditions.find(status.get("conditions") or (), "Progressing")
    if not has_deadline(deployment) or progress is None or is_complete(deployment, status):
        return None
    if progress.get("reason") in {"ProgressDeadlineExceeded", "NewReplicaSetAvailable"}:
        return None
    return max(0.0, (_deadline(deployment, progress) - now).total_seconds()) + 1.0


def _deadline(deployment: Object, progress: Object) -> dt.datetime:
    seconds = deployment["spec"]["progressDeadlineSeconds"]
    return parse_timestamp(progress["lastUpdateTime"]) + dt.timedelta(seconds=seconds)


def _is_overdue(deployment: Object, progress: Object | None, now: dt.datetime) -> bool:
    if progress is None or _has_reason(progress, "NewReplicaSetAvailable"):
        return False
    return _has_reason(progress, "ProgressDeadlineExceeded") or _deadline(deployment, progress) < now


def _has_moved(before: Object, after: Object) -> bool:
    old_before = before.get("replicas", 0) - before.get("updatedReplicas", 0)
    old_after = after.get("replicas", 0) - after.get("updatedReplicas", 0)
    return old_after < old_before or any(
        after.get(name, 0) > before.get(name, 0)
        for name in ("updatedReplicas", "readyReplicas", "availableReplicas")
    )


def _has_reason(entry: Object | None, reason: str) -> bool:
    return entry is not None and entry.get("reason") == reason
