"""What a DELETE does to an object: at once, after a grace period, or when its finalizers are done.

1. Preconditions (uid, resourceVersion) are checked.
2. A pod that runs on a node gets time to end; the kubelet deletes it for good, with a grace of 0.
3. The propagation policy becomes a finalizer: foreground waits for dependents, orphan lets them go.
4. With finalizers left, the object only gets a deletionTimestamp. Without, it goes.

Models: k8s.io/apiserver/pkg/registry/rest/delete.go and pkg/registry/core/pod/strategy.go.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_pod_finished, uid_of
from kubetutor.embedded.apiserver.status import failed_precondition
from kubetutor.embedded.clock import parse_timestamp, timestamp

if TYPE_CHECKING:
    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.options import DeleteOptions

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
DEFAULT_GRACE = 30
LEAST_GRACE = 1  # of whoever asks for a negative one

# Kinds whose dependents stay unless a policy says otherwise, as they did before there were policies.
ORPHANED_BY_DEFAULT = {"jobs.batch", "replicationcontrollers"}
PODS_STAY = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set "
    "propagationPolicy=Orphan to suppress this warning"
)

# Kinds whose deletion answers the object instead of a Status.
ANSWER_WITH_OBJECT = {
    "pods", "services", "serviceaccounts", "persistentvolumeclaims", "persistentvolumes", "podtemplates",
    "resourcequotas", "namespaces",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deletion:
    """What to do: forget the object now, or keep it as `object` for the time being."""

    now: bool
    object: Object


def plan_deletion(kind: Kind, old: Object, options: DeleteOptions, now: dt.datetime) -> Deletion:
    _check_preconditions(kind, old, options)
    if kind.resource == DEFINITIONS and "deletionTimestamp" not in old["metadata"]:
        return Deletion(now=False, object=_marked_definition(old, timestamp(now)))
    metadata = dict(old["metadata"])
    finalizers = _finalizers(kind, metadata.get("finalizers") or [], options)
    if finalizers:
        metadata["finalizers"] = finalizers
    else:
        metadata.pop("finalizers", None)
    grace = _grace(kind, old, options)
    if grace == 0 and not finalizers and not _has_spec_finalizers(kind, old):
        return Deletion(now=True, object=old)
    _mark(metadata, grace, now)
    marked = {**old, "metadata": metadata}
    if kind.resource == "namespaces":
        marked["status"] = {**old.get("status", {}), "phase": "Terminating"}
    return Deletion(now=False, object=marked)


def _marked_definition(old: Object, now: str) -> Object:
    """Have a definition wait until its objects are gone, whatever the propagation policy.

    Models: apiextensions-apiserver/pkg/registry/customresourcedefinition/etcd.go.
    """
    metadata, status = old["metadata"], old.get("status") or {}
    finalizers = [name for name in metadata.get("finalizers") or () if name != CLEANUP]
    condition = {
        "type": "Terminating",
        "status": "True",
        "lastTransitionTime": now,
        "reason": "InstanceDeletionPending",
        "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    }
    others = [each for each in status.get("conditions") or () if each["type"] != "Terminating"]
    return {
        **old,
        "metadata": {**metadata, "deletionTimestamp": now, "finalizers": [*finalizers, CLEANUP]},
        "status": {**status, "conditions": [*others, condition]},
    }


def is_finished(kind: Kind, obj: Object) -> bool:
    """Say whether an object that was to be deleted has nothing left to wait for."""
    metadata = obj["metadata"]
    if "deletionTimestamp" not in metadata or metadata.get("finalizers"):
        return False
    return metadata.get("deletionGracePeriodSeconds", 0) == 0 and not _has_spec_finalizers(kind, obj)


def _check_preconditions(kind: Kind, old: Object, options: DeleteOptions) -> None:
    metadata = old["metadata"]
    wanted = (
        ("UID", options.uid, uid_of(old), "deleted and then recreated"),
        ("ResourceVersion", options.resource_version, metadata["resourceVersion"], "modified"),
    )
    for label, want, have, what in wanted:
        if want is not None and want != have:
            raise failed_precondition(
                kind,
                metadata["name"],
                f"the {label} in the precondition ({want}) does not match the {label} in record ({have}). "
                f"The object might have been {what}",
            )


def deletion_warnings(kind: Kind, options: DeleteOptions) -> tuple[str, ...]:
    return (PODS_STAY,) if kind.resource == "jobs.batch" and options.policy is None else ()


def _finalizers(kind: Kind, existing: list[str], options: DeleteOptions) -> list[str]:
    if options.policy is None:
        is_decided = {FOREGROUND, ORPHAN} & set(existing)
        is_orphaning = kind.resource in ORPHANED_BY_DEFAULT and not is_decided
        return [*existing, ORPHAN] if is_orphaning else existing
    kept = [name for name in existing if name not in {FOREGROUND, ORPHAN}]
    wanted = {"Foreground": [FOREGROUND], "Orphan": [ORPHAN]}.get(options.policy, [])
    return kept + wanted


def _grace(kind: Kind, old: Object, options: DeleteOptions) -> int:
    if kind.resource != "pods":
        return 0
    spec = old.get("spec", {})
    if not spec.get("nodeName") or is_pod_finished(old):
        return 0
    wanted = options.grace_period
    if wanted is None:
        usual = spec.get("terminationGracePeriodSeconds", DEFAULT_GRACE)
        wanted = int(old["metadata"].get("deletionGracePeriodSeconds", usual))
    return wanted if wanted >= 0 else LEAST_GRACE


def _has_spec_finalizers(kind: Kind, obj: Object) -> bool:
    return kind.resource == "namespaces" and bool(obj.get("spec", {}).get("finalizers"))


def _mark(metadata: Object, grace: int, now: dt.datetime) -> None:
    """Write when the object is to go; a later wish may shorten the time and never lengthens it."""
    already = metadata.get("deletionGracePeriodSeconds")
    if "deletionTimestamp" in metadata and (already is None or already <= grace):
        return
    if "deletionTimestamp" in metadata:
        now = parse_timestamp(metadata["deletionTimestamp"]) - dt.timedelta(seconds=already or 0)
    elif "generation" in metadata:
        metadata["generation"] += 1
    metadata["deletionTimestamp"] = timestamp(now + dt.timedelta(seconds=grace))
    metadata["deletionGracePeriodSeconds"] = grace
