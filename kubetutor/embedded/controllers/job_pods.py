"""What a Job reads from its pods, and the pods that it makes.

Every pod carries a finalizer until the job has counted it: no pod is forgotten that ended while nobody looked.
Models: pkg/controller/job/indexed_job_utils.go, backoff_utils.go (getFinishedTime), tracking_utils.go.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import annotations_of, condition, is_being_deleted, is_pod_finished, name_of
from kubetutor.embedded.clock import parse_timestamp
from kubetutor.embedded.controllers.pod_control import pod_from_template

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

PREFIX = "batch.kubernetes.io/"
TRACKING = f"{PREFIX}job-tracking"
INDEX = f"{PREFIX}job-completion-index"
INDEX_FAILURES, IGNORED_FAILURES = (
    f"{PREFIX}job-index-failure-count",
    f"{PREFIX}job-index-ignored-failure-count",
)
INDEX_VARIABLE = "JOB_COMPLETION_INDEX"
LONGEST_BASE = 58  # of a generated name, which gets five letters more


def is_indexed(job: Object) -> bool:
    return bool(job["spec"].get("completionMode") == "Indexed")


def is_tracked(pod: Object) -> bool:
    """Say whether the pod has still to be counted."""
    return TRACKING in (pod["metadata"].get("finalizers") or ())


def replaces_failed_only(job: Object) -> bool:
    """Say whether a pod that is ending keeps its place until it has ended."""
    spec = job["spec"]
    return spec.get("podReplacementPolicy") == "Failed" or "podFailurePolicy" in spec


def is_terminating(pod: Object) -> bool:
    return is_being_deleted(pod) and not is_pod_finished(pod)


def has_succeeded(pod: Object) -> bool:
    return bool(pod.get("status", {}).get("phase") == "Succeeded")


def has_failed(pod: Object, job: Object) -> bool:
    """Say whether the pod counts as failed; one that is being deleted may never come to say so itself."""
    if pod.get("status", {}).get("phase") == "Failed":
        return True
    return not replaces_failed_only(job) and is_being_deleted(pod) and not has_succeeded(pod)


def index_of(pod: Object) -> int | None:
    text = annotations_of(pod).get(INDEX, "")
    return int(text) if text.isdecimal() else None


def has_valid_index(pod: Object, job: Object) -> bool:
    """Say whether the pod is for an index that the job has; always so if it has none."""
    index = index_of(pod)
    return not is_indexed(job) or (index is not None and index < job["spec"]["completions"])


def failures_of_index(pod: Object) -> tuple[int, int]:
    """Answer how many pods of its index failed before this one: those that count, and those that do not."""
    texts = [annotations_of(pod).get(name, "") for name in (INDEX_FAILURES, IGNORED_FAILURES)]
    counted, ignored = (int(text) if text.isdecimal() else 0 for text in texts)
    return counted, ignored


def finished_at(pod: Object) -> dt.datetime:
    """Answer when the pod ended: what its containers say, else when it ceased to be ready or was deleted."""
    ends = [_end(entry) for entry in pod.get("status", {}).get("containerStatuses") or ()]
    if ends and all(ends):
        return parse_timestamp(max(filter(None, ends)))
    ready = condition(pod, "Ready") or {}
    if ready.get("status") == "False" and ready.get("lastTransitionTime"):
        return parse_timestamp(ready["lastTransitionTime"])
    metadata = pod["metadata"]
    if is_being_deleted(pod):
        grace = dt.timedelta(seconds=metadata.get("deletionGracePeriodSeconds") or 0)
        return parse_timestamp(metadata["deletionTimestamp"]) - grace
    return parse_timestamp(metadata["creationTimestamp"])


def _end(container: Object) -> str | None:
    end: str | None = ((container.get("state") or {}).get("terminated") or {}).get("finishedAt")
    return end


def new_pod(job: Object, index: int | None, failures: tuple[int, int] | None = None) -> Object:
    """Answer a pod for the job; `failures` are those of its index, if the job limits them."""
    pod = pod_from_template(job)
    metadata = pod["metadata"]
    metadata["finalizers"] = [*(metadata.get("finalizers") or ()), TRACKING]
    if index is None:
        return pod
    annotations: dict[str, str] = {INDEX: str(index)}
    if failures is not None:
        annotations[INDEX_FAILURES] = str(failures[0])
        if failures[1]:
            annotations[IGNORED_FAILURES] = str(failures[1])
    metadata["annotations"] = {**(metadata.get("annotations") or {}), **annotations}
    metadata["labels"] = {**(metadata.get("labels") or {}), INDEX: str(index)}
    suffix = f"-{index}-"
    metadata["generateName"] = name_of(job)[: LONGEST_BASE - len(suffix)] + suffix
    spec = {**pod["spec"], "hostname": f"{name_of(job)}-{index}"}
    for field in ("initContainers", "containers"):
        if spec.get(field):
            spec[field] = [_knowing_its_index(container) for container in spec[field]]
    pod["spec"] = spec
    return pod


def _knowing_its_index(container: Object) -> Object:
    env: list[Any] = list(container.get("env") or ())
    if any(entry["name"] == INDEX_VARIABLE for entry in env):
        return container
    source = {"fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}}
    return {**container, "env": [*env, {"name": INDEX_VARIABLE, "valueFrom": source}]}
