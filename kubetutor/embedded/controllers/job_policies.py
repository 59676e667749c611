"""What a job makes of the way in which its pods ended: podFailurePolicy and successPolicy.

Models: pkg/controller/job/pod_failure_policy.go, success_policy.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import key_of
from kubetutor.embedded.controllers.job_indexes import parse_indexes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object


@dataclass(frozen=True, slots=True)
class Verdict:
    """The action of the first rule that fits a failed pod; `message` says why, if the whole job fails by it."""

    action: str = "Count"
    message: str = ""

    @property
    def counts(self) -> bool:
        return self.action != "Ignore"


def judge(job: Object, pod: Object) -> Verdict:
    """Answer what the failure of a pod means."""
    rules = (job["spec"].get("podFailurePolicy") or {}).get("rules") or ()
    for position, rule in enumerate(rules):
        found = _matches(rule, pod)
        if found:
            action = rule["action"]
            message = f"{found} matching {action} rule at index {position}" if action == "FailJob" else ""
            return Verdict(action, message)
    return Verdict()


def _matches(rule: Object, pod: Object) -> str:
    """Answer what fits the rule, in words, or an empty text."""
    status = pod.get("status", {})
    if rule.get("onExitCodes"):
        for field in ("containerStatuses", "initContainerStatuses"):
            for container in status.get(field) or ():
                code = _exit_code(container)
                if code and _is_meant(rule["onExitCodes"], container["name"], code):
                    return f"Container {container['name']} for pod {key_of(pod)} failed with exit code {code}"
        return ""
    patterns = {(each["type"], each.get("status", "True")) for each in rule.get("onPodConditions") or ()}
    for entry in status.get("conditions") or ():
        if (entry["type"], entry["status"]) in patterns:
            return f"Pod {key_of(pod)} has condition {entry['type']}"
    return ""


def _exit_code(container: Object) -> int:
    return int(((container.get("state") or {}).get("terminated") or {}).get("exitCode") or 0)


def _is_meant(requirement: Object, name: str, code: int) -> bool:
    if requirement.get("containerName") not in {None, name}:
        return False
    return bool((code in requirement["values"]) == (requirement["operator"] == "In"))


def reason_to_succeed(job: Object, succeeded: Iterable[int]) -> str:
    """Answer which rule of the success policy the indexes meet, in words, or an empty text."""
    rules = (job["spec"].get("successPolicy") or {}).get("rules") or ()
    done = frozenset(succeeded)
    for position, rule in enumerate(rules if done else ()):
        count = rule.get("succeededCount")
        if "succeededIndexes" in rule:
            wanted = parse_indexes(rule["succeededIndexes"], job["spec"]["completions"])
            met = bool(wanted) and (wanted <= done or (count is not None and len(wanted & done) >= count))
        else:
            met = count is not None and len(done) >= count
        if met:
            return f"Matched rules at index {position}"
    return ""
