"""How many replicas a metric asks for: usage / target, times the pods that count.

1. Leave out pods that end or failed. Set aside pods that are pending, and for CPU those that are not ready yet or
   whose measurement is older than their being ready: what a start costs says nothing about the load.
2. Compare the use of the rest with the target. Within the tolerance nothing changes.
3. Are there pods without a measurement, or, on the way up, pods set aside: calculate again, cautiously. On the way up
   both count as using nothing; on the way down those without a measurement count as using all they asked for.
4. If that turns the direction round, nothing changes.

Models: pkg/controller/podautoscaler/replica_calculator.go, pkg/controller/podautoscaler/metrics/utilization.go.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import condition, is_being_deleted, name_of
from kubetutor.api.quantities import parse_milli
from kubetutor.embedded.clock import parse_timestamp
from kubetutor.errors import KubetutorError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from kubetutor.api.objects import Object

NO_METRICS = "did not receive metrics for targeted pods (pods might be unready)"
NO_PODS = "no pods returned by selector while calculating replica count"


class ReplicaCountError(KubetutorError):
    """There is no number of replicas to be had from this metric. The text is upstream's."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one pod used, in thousandths, in the `window` seconds before `at`."""

    value: int
    at: dt.datetime
    window: dt.timedelta


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How far from the target usage may be before anything changes, as parts of the target."""

    down: float = 0.1
    up: float = 0.1

    def cover(self, ratio: float) -> bool:
        return 1.0 - self.down <= ratio <= 1.0 + self.up


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a pod's CPU is not trusted after its start, in seconds."""

    cpu_start: float
    first_readiness: float


@dataclass(frozen=True, slots=True)
class Target:
    """What the pods (or one container of each) shall use: `utilization` percent of their requests, or `value` thousandths."""

    resource: str
    container: str = ""
    utilization: int = 0
    value: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """The replicas wanted, and what was seen: the average in thousandths, and in percent of the requests."""

    replicas: int
    average: int
    utilization: int | None = None


@dataclass(frozen=True, slots=True)
class Groups:
    ready: tuple[str, ...]
    unready: tuple[str, ...]
    missing: tuple[str, ...]


def propose(  # noqa: PLR0913  # the sum of what a decision rests on
    current: int,
    target: Target,
    pods: list[Object],
    *,
    samples: Mapping[str, Sample],
    tolerances: Tolerances,
    patience: Patience,
    now: dt.datetime,
) -> Proposal:
    """Answer the replicas for one metric. Raises `ReplicaCountError`."""
    if not pods:
        raise ReplicaCountError(NO_PODS)
    groups = group_pods(pods, samples, target.resource, patience=patience, now=now)
    used = {name: samples[name].value for name in groups.ready}
    if not used:
        raise ReplicaCountError(NO_METRICS)
    requests = requests_of(pods, target.resource, target.container) if target.utilization else {}
    ratio, seen = _compare(used, target, requests)
    up_with_unready = bool(groups.unready) and ratio > 1.0
    if not up_with_unready and not groups.missing:
        wanted = current if tolerances.cover(ratio) else math.ceil(ratio * len(groups.ready))
        return Proposal(wanted, seen.average, seen.utilization)
    used |= _assumed(groups, target, requests, ratio)
    cautious = _compare(used, target, requests)[0]
    wanted = math.ceil(cautious * len(used))
    turned = (ratio < 1.0 < cautious) or (cautious < 1.0 < ratio)
    other_way = (cautious < 1.0 and wanted > current) or (cautious > 1.0 and wanted < current)
    unchanged = tolerances.cover(cautious) or turned or other_way
    return Proposal(current if unchanged else wanted, seen.average, seen.utilization)


def _assumed(groups: Groups, target: Target, requests: Mapping[str, int], ratio: float) -> dict[str, int]:
    """Answer what pods that cannot be measured are taken to use, to the side of caution."""
    assumed: dict[str, int] = {}
    if ratio < 1.0:
        assumed = {name: _all_of_it(name, target, requests) for name in groups.missing}
    elif ratio > 1.0:
        assumed = dict.fromkeys((*groups.missing, *groups.unready), 0)
    return assumed


def _all_of_it(name: str, target: Target, requests: Mapping[str, int]) -> int:
    if target.utilization:
        return requests[name] * max(100, target.utilization) // 100
    return target.value


def _compare(used: Mapping[str, int], target: Target, requests: Mapping[str, int]) -> tuple[float, Proposal]:
    """Answer usage / target, and the averages that are shown."""
    total = sum(used.values())
    average = total // len(used)
    if not target.utilization:
        return average / target.value, Proposal(0, average)
    asked = sum(requests[name] for name in used)
    if asked == 0:
        raise ReplicaCountError("no metrics returned matched known pods")
    utilization = total * 100 // asked
    return utilization / target.utilization, Proposal(0, average, utilization)


def group_pods(
    pods: Iterable[Object],
    samples: Mapping[str, Sample],
    resource: str,
    *,
    patience: Patience,
    now: dt.datetime,
) -> Groups:
    """Sort the pods by what their measurements are good for. Pods that end or failed are in no group."""
    ready, unready, missing = [], [], []
    for pod in pods:
        name, phase = name_of(pod), pod.get("status", {}).get("phase", "Pending")
        if is_being_deleted(pod) or phase == "Failed":
            continue
        if phase == "Pending":
            unready.append(name)
        elif name not in samples:
            missing.append(name)
        elif resource == "cpu" and is_too_early(pod, samples[name], patience, now):
            unready.append(name)
        else:
            ready.append(name)
    return Groups(tuple(ready), tuple(unready), tuple(missing))


def is_too_early(pod: Object, sample: Sample, patience: Patience, now: dt.datetime) -> bool:
    """Say whether a pod's CPU use may still be that of its start."""
    state, started = condition(pod, "Ready"), pod["status"].get("startTime")
    if state is None or not started:
        return True
    is_ready = state.get("status") != "False"
    start, changed = parse_timestamp(started), parse_timestamp(state["lastTransitionTime"])
    if (now - start).total_seconds() < patience.cpu_start:
        return not is_ready or sample.at < changed + sample.window
    was_never_ready = (changed - start).total_seconds() < patience.first_readiness
    return not is_ready and was_never_ready


def requests_of(pods: Iterable[Object], resource: str, container: str = "") -> dict[str, int]:
    """Answer what each pod asks for, in thousandths: one container, or all with the sidecars."""
    return {name_of(pod): _request(pod, resource, container) for pod in pods}


def _request(pod: Object, resource: str, container: str) -> int:
    of_pod = ((pod["spec"].get("resources") or {}).get("requests") or {}).get(resource)
    if of_pod is not None and not container:
        return parse_milli(of_pod)
    sidecars = (
        each for each in pod["spec"].get("initContainers") or () if each.get("restartPolicy") == "Always"
    )
    chosen = [each for each in (*pod["spec"]["containers"], *sidecars) if container in {"", each["name"]}]
    if not chosen:
        raise ReplicaCountError(f"container {container} not found in Pod {name_of(pod)}")
    total = 0
    for each in chosen:
        asked = ((each.get("resources") or {}).get("requests") or {}).get(resource)
        if asked is None:
            message = f"missing request for {resource} in container {each['name']} of Pod {name_of(pod)}"
            raise ReplicaCountError(message)
        total += parse_milli(asked)
    return total
