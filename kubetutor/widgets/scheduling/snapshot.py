"""What is shown of one decision, as a pure function of a pod, the nodes, the events and the cluster's answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import condition, is_being_deleted, key_of, name_of, uid_of
from kubetutor.widgets.scheduling.inference import checks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.widgets.live.feed import Objects
    from kubetutor.widgets.scheduling.answer import Answer

SCHEDULING = frozenset(
    {"Scheduled", "FailedScheduling", "Preempted", "NotTriggerScaleUp", "TriggeredScaleUp"}
)
NEWEST_EVENTS = 5
INFERRED = ("NodeUnschedulable", "TaintToleration", "NodeAffinity", "NodeResourcesFit")


@dataclass(frozen=True, slots=True)
class Score:
    """What one plugin gave a node: 0 to 100, and what that counts."""

    plugin: str
    score: float
    weight: int

    @property
    def points(self) -> float:
        return self.score * self.weight


@dataclass(frozen=True, slots=True)
class NodeVerdict:
    """One node. `outcome` is chosen, promised, equal, left, out or unknown; `passed` maps each filter to yes, no or not asked."""

    name: str
    outcome: str
    plugin: str = ""
    reason: str = ""
    detail: str = ""
    passed: tuple[tuple[str, bool | None], ...] = ()
    scores: tuple[Score, ...] = ()
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One pod's decision. `told`: the scheduler said it; otherwise it is inferred."""

    namespace: str
    pod: str = ""
    node: str = ""
    told: bool = False
    tells: bool = False
    nodes: tuple[NodeVerdict, ...] = ()
    filters: tuple[str, ...] = ()
    scorers: tuple[tuple[str, int], ...] = ()
    message: str = ""
    nominated: str = ""
    victims: tuple[str, ...] = ()
    equals: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    gated: bool = False
    loaded: bool = False


def snapshot_of(objects: Objects, namespace: str, pod: Object | None, answer: Answer | None) -> Snapshot:
    notes = [*objects.troubles.values(), *([answer.note] if answer and answer.note else [])]
    if pod is None:
        return Snapshot(namespace, notes=tuple(dict.fromkeys(notes)), loaded=objects.loaded)
    decision = answer.decision if answer else None
    known = {name_of(node): node for node in objects.of("nodes")}
    pods = answer.pods if answer else None
    found = _told(decision, pod, known, pods) if decision else _inferred(pod, known, pods)
    nominated = (answer.preemption if answer else None) or {}
    told_events = events_of(objects.of("events"), pod)
    return Snapshot(
        namespace,
        pod=name_of(pod),
        node=str(pod["spec"].get("nodeName") or ""),
        told=decision is not None,
        tells=bool(answer and answer.tells),
        nodes=tuple(sorted(found, key=_rank)),
        filters=_filters(decision) if decision else INFERRED,
        scorers=_scorers(found),
        message=str((decision or {}).get("message") or (condition(pod, "PodScheduled") or {}).get("message") or ""),
        nominated=str(nominated.get("node") or pod.get("status", {}).get("nominatedNodeName") or ""),
        victims=tuple(nominated.get("victims") or _preempted(objects.of("events"), pod)),
        equals=_equals(found),
        events=told_events,
        notes=tuple(dict.fromkeys(notes)),
        gated=(condition(pod, "PodScheduled") or {}).get("reason") == "SchedulingGated",
        loaded=objects.loaded,
    )  # fmt: skip


def recent(pods: Iterable[Object], most: int = 20) -> list[Object]:
    """Answer pods to choose from: those without a node first, of equals the newest."""
    alive = sorted(pods, key=lambda pod: (_born(pod), name_of(pod)), reverse=True)
    waiting = [pod for pod in alive if not pod["spec"].get("nodeName") and not is_being_deleted(pod)]
    return [*waiting, *(pod for pod in alive if pod not in waiting)][:most]


def facts_of(pod: Object, events: Iterable[Object]) -> tuple[object, ...]:
    """Answer what changes when the scheduler has looked at the pod again."""
    told = condition(pod, "PodScheduled") or {}
    mine = [_times(event) for event in events if _is_about(event, pod)]
    nominated = pod.get("status", {}).get("nominatedNodeName")
    return uid_of(pod), pod["spec"].get("nodeName"), nominated, told.get("message"), tuple(mine)


def events_of(events: Iterable[Object], pod: Object) -> tuple[str, ...]:
    """Answer what the newest events say of the pod's way to a node, the oldest of them first."""
    mine = sorted((each for each in events if _is_about(each, pod)), key=_when)
    lines = []
    for event in mine[-NEWEST_EVENTS:]:
        times = _times(event)
        again = f" ({times} times)" if times > 1 else ""
        lines.append(f"{event.get('reason')}{again}: {event.get('message', '')}")
    return tuple(lines)


def _told(
    decision: dict[str, Any], pod: Object, known: dict[str, Object], pods: Sequence[Object] | None
) -> list[NodeVerdict]:
    totals = {
        name: sum(each["score"] * each["weight"] for each in row["scores"].values())
        for name, row in decision["nodes"].items()
        if "rejectedBy" not in row
    }
    nominated = (decision.get("nominated") or {}).get("node")
    found = []
    for name, row in decision["nodes"].items():
        plugin = row.get("rejectedBy", "")
        is_equal = decision["node"] is not None and totals.get(name) == totals.get(decision["node"])
        left = "equal" if is_equal else "left"
        outcome = "out" if plugin else "chosen" if name == decision["node"] else left
        now = checks(pod, known[name], pods) if plugin and name in known else {}
        scores = tuple(Score(of, each["score"], each["weight"]) for of, each in row["scores"].items())
        found.append(
            NodeVerdict(
                name,
                "promised" if name == nominated else outcome,
                plugin,
                row.get("reason", ""),
                now.get(plugin, ""),
                _passed(decision["filters"], plugin, decision),
                scores,
                totals.get(name) if scores else None,
            )
        )
    return found


def _passed(filters: list[str], plugin: str, decision: dict[str, Any]) -> tuple[tuple[str, bool | None], ...]:
    """Filters are asked in order, until one says no. Where a complaint stopped all, none was asked."""
    if not plugin and decision["node"] is None:
        return tuple((each, None) for each in filters)
    stop = filters.index(plugin) if plugin in filters else len(filters)
    return tuple(
        (each, True if place < stop else False if place == stop else None)
        for place, each in enumerate(filters)
    )


def _inferred(pod: Object, known: dict[str, Object], pods: Sequence[Object] | None) -> list[NodeVerdict]:
    found = []
    chosen = pod["spec"].get("nodeName")
    for name, node in known.items():
        now = checks(pod, node, pods)
        plugin = next((each for each in INFERRED if now.get(each)), "")
        outcome = "chosen" if name == chosen else "out" if plugin else "unknown"
        passed = tuple((each, None if each not in now else not now[each]) for each in INFERRED)
        found.append(NodeVerdict(name, outcome, plugin, now.get(plugin, ""), passed=passed))
    if chosen and chosen not in known:
        found.append(NodeVerdict(str(chosen), "chosen"))
    return found


def _filters(decision: dict[str, Any]) -> tuple[str, ...]:
    return tuple(decision["filters"])


def _scorers(found: Iterable[NodeVerdict]) -> tuple[tuple[str, int], ...]:
    return tuple(dict.fromkeys((each.plugin, each.weight) for node in found for each in node.scores))


def _equals(found: Sequence[NodeVerdict]) -> tuple[str, ...]:
    """Answer the nodes that share the best total, if there are several."""
    best = max((node.total for node in found if node.total is not None), default=None)
    same = [node.name for node in found if best is not None and node.total == best]
    is_chosen = any(node.outcome == "chosen" and node.name in same for node in found)
    return tuple(sorted(same)) if len(same) > 1 and is_chosen else ()


def _rank(node: NodeVerdict) -> tuple[int, float, str]:
    """Sort the chosen node first, then by points, those that were ruled out last."""
    order = {"chosen": 0, "promised": 0, "equal": 1, "left": 1, "unknown": 1, "out": 2}
    return order[node.outcome], -(node.total or 0.0), node.name


def _preempted(events: Iterable[Object], pod: Object) -> list[str]:
    mark = f"Preempted by pod {uid_of(pod)} "
    return [
        key_of({"metadata": event.get("involvedObject") or {}})
        for event in events
        if str(event.get("message", "")).startswith(mark)
    ]


def _is_about(event: Object, pod: Object) -> bool:
    about = event.get("involvedObject") or event.get("regarding") or {}
    return about.get("uid") == uid_of(pod) and event.get("reason") in SCHEDULING


def _times(event: Object) -> int:
    return int((event.get("series") or {}).get("count") or event.get("count") or 1)


def _when(event: Object) -> str:
    series = event.get("series") or {}
    return str(series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime") or "")


def _born(pod: Object) -> str:
    return str(pod.get("metadata", {}).get("creationTimestamp", ""))
