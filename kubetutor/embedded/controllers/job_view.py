"""What a job and its pods come to: which are active, which have ended since the last look, how many in all.

Models: syncJobCtx in pkg/controller/job/job_controller.go, indexed_job_utils.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kubetutor.api.objects import uid_of
from kubetutor.embedded.controllers.job_indexes import parse_indexes
from kubetutor.embedded.controllers.job_pods import (
    failures_of_index,
    finished_at,
    has_failed,
    has_succeeded,
    has_valid_index,
    index_of,
    is_indexed,
    is_terminating,
    is_tracked,
)
from kubetutor.embedded.controllers.job_policies import judge
from kubetutor.embedded.controllers.replicaset import is_active

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object


@dataclass(frozen=True)
class View:
    """A job as it is, with its pods."""

    job: Object
    pods: tuple[Object, ...]

    @cached_property
    def status(self) -> Object:
        status: Object = self.job.get("status") or {}
        return status

    @cached_property
    def active(self) -> list[Object]:
        return [pod for pod in self.pods if is_active(pod)]

    @cached_property
    def terminating(self) -> list[Object]:
        return [pod for pod in self.pods if is_terminating(pod)]

    def uncounted(self, how: str) -> tuple[str, ...]:
        """Answer the uids of pods that the status names as ended but does not count yet: `succeeded` or `failed`."""
        return tuple((self.status.get("uncountedTerminatedPods") or {}).get(how) or ())

    def _new(self, how: str) -> list[Object]:
        known = set(self.uncounted(how))
        return [
            pod
            for pod in self.pods
            if is_tracked(pod) and uid_of(pod) not in known and has_valid_index(pod, self.job)
        ]

    @cached_property
    def new_succeeded(self) -> list[Object]:
        return [pod for pod in self._new("succeeded") if has_succeeded(pod)]

    @cached_property
    def new_failed(self) -> list[Object]:
        return [pod for pod in self._new("failed") if has_failed(pod, self.job)]

    @cached_property
    def succeeded(self) -> int:
        if is_indexed(self.job):
            return len(self.succeeded_indexes)
        known = len(self.uncounted("succeeded"))
        return int(self.status.get("succeeded", 0)) + known + len(self.new_succeeded)

    @cached_property
    def failed(self) -> int:
        counted = sum(judge(self.job, pod).counts for pod in self.new_failed)
        return int(self.status.get("failed", 0)) + len(self.uncounted("failed")) + counted

    # ---- indexes

    @cached_property
    def counted_indexes(self) -> frozenset[int]:
        return parse_indexes(self.status.get("completedIndexes"), self.job["spec"].get("completions") or 0)

    @cached_property
    def succeeded_indexes(self) -> frozenset[int]:
        return self.counted_indexes | _indexes(self.new_succeeded)

    @cached_property
    def has_limit_per_index(self) -> bool:
        return is_indexed(self.job) and "backoffLimitPerIndex" in self.job["spec"]

    @cached_property
    def failed_indexes(self) -> frozenset[int]:
        if not self.has_limit_per_index:
            return frozenset()
        before = parse_indexes(self.status.get("failedIndexes"), self.job["spec"]["completions"])
        tracked = [pod for pod in self.pods if is_tracked(pod) and has_valid_index(pod, self.job)]
        return before | _indexes(pod for pod in tracked if self._fails_its_index(pod))

    def _fails_its_index(self, pod: Object) -> bool:
        if not has_failed(pod, self.job):
            return False
        verdict = judge(self.job, pod)
        limit = self.job["spec"]["backoffLimitPerIndex"]
        return verdict.action == "FailIndex" or (verdict.counts and failures_of_index(pod)[0] >= limit)

    @cached_property
    def replaced_by_index(self) -> dict[int, Object]:
        """Maps an index that waits for another pod to the last one that failed: it stays until then."""
        if not self.has_limit_per_index:
            return {}
        settled = self.succeeded_indexes | self.failed_indexes | _indexes(self.active)
        found: dict[int, Object] = {}
        tracked = [pod for pod in self.pods if is_tracked(pod) and has_valid_index(pod, self.job)]
        for pod in sorted(tracked, key=lambda each: (sum(failures_of_index(each)), finished_at(each))):
            index = index_of(pod)
            if index is not None and index not in settled and has_failed(pod, self.job):
                found[index] = pod
        return found

    def pending_indexes(self, *, but: Iterable[Object] = ()) -> list[int]:
        """Answer the indexes that need a pod, `but` those of these pods."""
        taken = self.succeeded_indexes | self.failed_indexes | _indexes(self.active) | _indexes(but)
        return [index for index in range(self.job["spec"]["completions"]) if index not in taken]


def _indexes(pods: Iterable[Object]) -> frozenset[int]:
    return frozenset(index for pod in pods if (index := index_of(pod)) is not None)
