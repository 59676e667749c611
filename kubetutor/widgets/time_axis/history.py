"""A recording: changes in, lanes out. It asks no clock: whoever tells it something says when that was.

1. `take` reads a change and compares it with what was known of that object: only what differs becomes an entry, a point of
   a line, a segment of a bar or a mark.
2. A pod's state also depends on its node and its owner, so a change of those looks at their pods again.
3. `prune` forgets what is older than ten minutes, and the oldest of what is too much; `dropped` says that it did.
4. While nobody looks, nothing is recorded. `pause` and `resume` keep that gap, and what was deleted in it ends there.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kubetutor.api.objects import annotations_of, controller_of, name_of, uid_of
from kubetutor.widgets.cluster_map.snapshot import REVISION, pod_view
from kubetutor.widgets.time_axis import bars, reading
from kubetutor.widgets.time_axis.lanes import (
    ENDPOINTS,
    EVENTS,
    KEEP_SECONDS,
    MOST_BARS,
    MOST_ENTRIES,
    MOST_MARKS,
    MOST_POINTS,
    MOST_TOLD,
    NODES,
    REPLICAS,
    Bar,
    Entry,
    Line,
    Mark,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.widgets.live.feed import Change


@dataclass(slots=True)
class _Known:
    """The newest objects, as far as later changes need them."""

    pods: dict[str, Object] = field(default_factory=dict)
    owners: dict[str, Object] = field(default_factory=dict)
    slices: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    nodes_down: dict[str, bool] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)


class History:
    """What happened in one namespace since `start`, in seconds since 1970."""

    def __init__(self, start: float, *, keep: float = KEEP_SECONDS) -> None:
        self.start, self.keep = start, keep
        self.entries: deque[Entry] = deque()
        self.story: dict[int, Entry] = {}  # those with a sentence, numbered
        self.lines: dict[str, Line] = {}
        self.bars: dict[str, Bar] = {}
        self.marks: dict[str, Mark] = {}
        self.gaps: list[tuple[float, float | None]] = []
        self.dropped = False
        self._known = _Known()
        self.until: dict[str, float] = {}  # lanes whose lines are known only up to here
        self._pruned = 0.0
        self._told = 0

    def take(self, changes: Sequence[Change], now: float) -> None:
        """Take over changes that arrived at `now`, in seconds since 1970."""
        at = now - self.start
        for change in changes:
            obj, gone = change.object, change.type == "DELETED"
            if change.resource in reading.WORKLOADS:
                self._workload(change.resource, obj, at, gone=gone)
            elif change.resource == "pods":
                self._pod(obj, at, gone=gone)
            elif change.resource == "replicasets.apps":
                self._owner(obj, at, gone=gone)
            elif change.resource == "endpointslices.discovery.k8s.io":
                self._slice(obj, at, gone=gone)
            elif change.resource == "events" and not gone:
                self._event(obj, at)
            elif change.resource == "nodes":
                self._node(obj, at, gone=gone)
        if at - self._pruned > self.keep / 60:
            self.prune(at)

    def add(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self.entries.append(entry)
            if entry.sentence:
                self._told += 1
                self.story[self._told] = entry

    def in_order(self) -> list[Entry]:
        """Answer the story by time: what was older than the view, and reports, come late."""
        return sorted(self.story.values(), key=lambda entry: entry.at)

    def shift(self, lane: str, seconds: float) -> None:
        """Move all of a lane in time: its clock is known better now."""
        for key, line in self.lines.items():
            if line.lane == lane:
                self.lines[key] = replace(
                    line, points=tuple((at + seconds, value) for at, value in line.points)
                )
        moved = {
            id(entry): replace(entry, at=entry.at + seconds) for entry in self.entries if entry.lane == lane
        }
        self.entries = deque(moved.get(id(entry), entry) for entry in self.entries)
        self.story = {number: moved.get(id(entry), entry) for number, entry in self.story.items()}
        if lane in self.until:
            self.until[lane] += seconds

    def go_on(self, line: Line, at: float, value: float | None) -> bool:
        """Go on with a line from `at`; answer whether its value differs."""
        known = self.lines.get(line.key, line)
        if known.points and known.points[-1][1] == value:
            return False
        self.lines[line.key] = replace(known, points=(*known.points, (at, value)))
        return True

    # One kind each.

    def _workload(self, resource: str, workload: Object, at: float, *, gone: bool) -> None:
        subject = f"{reading.WORKLOADS[resource]} {name_of(workload)}"
        numbers: dict[str, int] = reading.replicas_of(resource, workload)
        if gone:
            for line in [
                line for line in self.lines.values() if (line.lane, line.subject) == (REPLICAS, subject)
            ]:
                self.go_on(line, at, None)
            self.add([Entry(at, REPLICAS, subject, "wanted", None, "deleted", f"{subject} is deleted")])
            return
        news = not self._is_old(workload)
        for what, value in numbers.items():
            line = Line(REPLICAS, subject, what)
            before = self.lines.get(line.key, line).value_at(at)
            if self.go_on(line, at, value):
                sentence = (
                    _replicas_sentence(subject, what, before, numbers) if news or before is not None else ""
                )
                self.add([Entry(at, REPLICAS, subject, what, value, "", sentence)])

    def _pod(self, pod: Object, at: float, *, gone: bool) -> None:
        uid = uid_of(pod)
        bar = self.bars.get(uid)
        if gone:
            self._known.pods.pop(uid, None)
            if bar is not None and bar.end is None:
                self._bar(bars.ended(bar, at))
            return
        self._known.pods[uid] = pod
        view = pod_view(
            pod, self._known.owners, {name for name, down in self._known.nodes_down.items() if down}
        )
        if bar is None:
            self._bar(bars.born(view, at, was_there=self._is_old(pod)))
        elif bar.end is None:
            self._bar(bars.grown(bar, view, at))

    def _bar(self, result: tuple[Bar, list[Entry]]) -> None:
        bar, entries = result
        self.bars[bar.uid] = bar
        self.add(entries)

    def _owner(self, owner: Object, at: float, *, gone: bool) -> None:
        uid, before = uid_of(owner), self._known.owners.get(uid_of(owner))
        if gone:
            return  # its pods go on being its pods
        self._known.owners[uid] = owner
        if before is None or annotations_of(before).get(REVISION) != annotations_of(owner).get(REVISION):
            owned = (pod for pod in self._known.pods.values() if (controller_of(pod) or {}).get("uid") == uid)
            for pod in list(owned):
                self._pod(pod, at, gone=False)

    def _node(self, node: Object, at: float, *, gone: bool) -> None:
        name, down = name_of(node), gone or reading.is_node_down(node)
        before = self._known.nodes_down.get(name)
        self._known.nodes_down[name] = down
        if before is None or before == down:
            return
        word = "is gone" if gone else "NotReady" if down else "Ready"
        self.add([Entry(at, NODES, f"Node {name}", "status", word, "", f"Node {name}: {word}")])
        for pod in [pod for pod in self._known.pods.values() if pod.get("spec", {}).get("nodeName") == name]:
            self._pod(pod, at, gone=False)

    def _slice(self, piece: Object, at: float, *, gone: bool) -> None:
        service, uid = reading.service_of(piece), uid_of(piece)
        if gone:
            self._known.slices.pop(uid, None)
        else:
            self._known.slices[uid] = (service, reading.ready_addresses(piece))
        parts = [addresses for name, addresses in self._known.slices.values() if name == service]
        number = len(frozenset().union(*parts)) if parts else None
        line = Line(ENDPOINTS, f"Service {service}", "ready addresses")
        before = self.lines.get(line.key, line).value_at(at)
        if not self.go_on(line, at, number):
            return
        words = (
            "its endpoints are deleted" if number is None else f"{number} ready endpoint{'s' * (number != 1)}"
        )
        was = f" (was {before:.0f})" if before is not None and number is not None else ""
        told = before is not None or not self._is_old(piece)
        self.add(
            [
                Entry(
                    at, line.lane, line.subject, line.what, number, "", f"{line.subject}: {words}{was}" * told
                )
            ]
        )

    def _event(self, event: Object, at: float) -> None:
        seen = reading.occurrence_of(event)
        uid = uid_of(event)
        if self._known.events.get(uid, 0) >= seen.count:
            return
        self._known.events[uid] = seen.count
        if seen.when is not None and seen.when + 1 <= self.start:
            at = seen.when - self.start
        if at < -self.keep:
            return
        mark = Mark(f"{uid}/{seen.count}", at, seen.type, seen.reason, seen.subject, seen.message, seen.count)
        self.marks[mark.key] = mark
        times = f" ({seen.count} times so far)" if seen.count > 1 else ""
        sentence = f"{seen.type} event {seen.reason}, {seen.subject}: {seen.message}{times}"
        self.add([Entry(at, EVENTS, seen.subject, seen.reason, seen.type, seen.message, sentence)])

    def _is_old(self, obj: Object) -> bool:
        """Say whether the object is older than the recording; the cluster writes whole seconds."""
        created = reading.created_at(obj)
        return created is not None and created + 1 <= self.start

    # Gaps and bounds.

    def pause(self, now: float) -> None:
        self.gaps.append((now - self.start, None))

    def close_gap(self, now: float) -> None:
        if self.gaps and self.gaps[-1][1] is None:
            self.gaps[-1] = (self.gaps[-1][0], now - self.start)

    def resume(self, now: float, uids: set[str]) -> None:
        """Go on after a gap: pods that are not among `uids` any more have ended in it."""
        at = now - self.start
        self.close_gap(now)
        for bar in [bar for bar in self.bars.values() if bar.end is None and bar.uid not in uids]:
            self._known.pods.pop(bar.uid, None)
            self._bar(bars.ended(bar, at))

    def prune(self, at: float) -> None:
        """Forget what is too old at `at`, or too much. What a line was worth when the time began is kept."""
        self._pruned, horizon = at, at - self.keep
        old_bars = [bar.uid for bar in self.bars.values() if bar.end is not None and bar.end < horizon]
        over = sorted((bar.end, bar.uid) for bar in self.bars.values() if bar.end is not None)
        crowd = [uid for _, uid in over[: max(0, len(self.bars) - MOST_BARS)]]
        for uid in {*old_bars, *crowd}:
            del self.bars[uid]
            self.dropped = True
        old_marks = [mark.key for mark in self.marks.values() if mark.at < horizon]
        for key in {*old_marks, *list(self.marks)[: max(0, len(self.marks) - MOST_MARKS)]}:
            del self.marks[key]
        while self.entries and (self.entries[0].at < horizon or len(self.entries) > MOST_ENTRIES):
            self.entries.popleft()
            self.dropped = True
        old_story = [number for number, entry in self.story.items() if entry.at < horizon]
        for number in {*old_story, *list(self.story)[: max(0, len(self.story) - MOST_TOLD)]}:
            del self.story[number]
            self.dropped = True
        for key, line in list(self.lines.items()):
            kept = _since(line.points, horizon)
            if len(kept) == 1 and kept[0][1] is None:
                del self.lines[key]
            elif len(kept) < len(line.points):
                self.lines[key] = replace(line, points=kept)
                self.dropped = True
        for uid in list(self._known.owners)[: max(0, len(self._known.owners) - MOST_BARS)]:
            del self._known.owners[uid]
        for uid in list(self._known.events)[: max(0, len(self._known.events) - 2 * MOST_MARKS)]:
            del self._known.events[uid]


def _since(
    points: tuple[tuple[float, float | None], ...], horizon: float
) -> tuple[tuple[float, float | None], ...]:
    """Answer the points from `horizon` on, and the last one before it."""
    before = sum(at < horizon for at, _ in points)
    return points[max(0, before - 1, len(points) - MOST_POINTS) :]


def _replicas_sentence(subject: str, what: str, before: float | None, numbers: dict[str, int]) -> str:
    if what != "wanted":
        return f"{subject}: {numbers[what]} of {numbers['wanted']} {what}"
    if before is None:
        return f"{subject} appears: wanted {numbers['wanted']}"
    return f"{subject}: wanted {before:.0f} → {numbers['wanted']}"
