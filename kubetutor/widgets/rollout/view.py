"""The rollout of one Deployment: old and new ReplicaSets, the rule, the history, and buttons."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from kubetutor.widgets.live.source import client_of_environment
from kubetutor.widgets.live.view import LiveView, look
from kubetutor.widgets.rollout import text
from kubetutor.widgets.rollout.buttons import Buttons
from kubetutor.widgets.rollout.commands import carry_out
from kubetutor.widgets.rollout.rule import RECREATE
from kubetutor.widgets.rollout.snapshot import Snapshot, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ipywidgets

    from kubetutor.api.client import Client
    from kubetutor.widgets.live.feed import Feed, Objects
    from kubetutor.widgets.live.frames import Frame
    from kubetutor.widgets.rollout.commands import Command, Outcome
    from kubetutor.widgets.rollout.rule import Rule
    from kubetutor.widgets.rollout.snapshot import SetView


class Rollout(LiveView):
    """One Deployment's rollout."""

    _esm, _css = look(__file__)
    kinds: ClassVar[tuple[str, ...]] = ("pods", "replicasets.apps", "deployments.apps")

    def __init__(
        self,
        deployment: str,
        namespace: str = "default",
        *,
        feed: Feed | None = None,
        api: Client | None = None,
    ) -> None:
        self.deployment = deployment
        self._api = api
        self._outcome: Outcome | None = None
        self._buttons: Buttons | None = None
        super().__init__(namespace, feed=feed)

    def snapshot(self) -> Snapshot:
        """Answer what is there now, as data."""
        return self._snapshot_of(self.objects())

    def frame_of(self, objects: Objects) -> Frame:
        snapshot = self._snapshot_of(objects)
        if self._buttons is not None:
            self._buttons.follow(snapshot)
        return frame_of(snapshot, self._outcome)

    def text_of(self, objects: Objects) -> str:
        return text.text_of(self._snapshot_of(objects), self._outcome, time.time())

    def html_of(self, objects: Objects) -> str:
        return text.html_of(self._snapshot_of(objects), self._outcome, time.time())

    def controls(self) -> Sequence[ipywidgets.Widget]:
        self._buttons = Buttons(self.deployment, self.namespace, self.act)
        self._buttons.follow(self.snapshot())
        return (self._buttons.box(),)

    def act(self, command: Command) -> threading.Thread:
        """Carry a command out beside everything else; the view says what came of it."""
        if self._buttons is not None:
            self._buttons.rest(busy=True)
        thread = threading.Thread(
            target=self._carry_out, args=(command,), name=f"rollout-{command.verb}", daemon=True
        )
        thread.start()
        return thread

    def _carry_out(self, command: Command) -> None:
        api = self._api or client_of_environment()
        try:
            self._outcome = carry_out(api, command)
        finally:
            if self._api is None:
                api.close()
            if self._buttons is not None:
                self._buttons.rest(busy=False)
            self.redraw()

    def _snapshot_of(self, objects: Objects) -> Snapshot:
        return snapshot_of(objects, self.deployment, self.namespace)


def rollout(deployment: str, namespace: str = "default") -> Rollout:
    """Show how the ReplicaSets of `deployment` trade places, live, with buttons to pause, resume and undo."""
    return Rollout(deployment, namespace)


def frame_of(snapshot: Snapshot, outcome: Outcome | None = None) -> Frame:
    """Answer what the browser draws. ReplicaSets are a table by uid, pods another, revisions one by number."""
    summary = text.summary_of(snapshot)
    return {
        "label": f"Rollout of Deployment {snapshot.name}",
        "title": text.title_of(snapshot),
        "summary": summary[:1].upper() + summary[1:],
        "spoken": _spoken(snapshot, outcome),
        "notes": list(snapshot.notes),
        "missing": "" if snapshot.rule else text.missing_words(snapshot) if snapshot.loaded else "",
        "sets": {view.uid: _set_row(view, rank) for rank, view in enumerate(snapshot.sets)},
        "pods": {row["uid"]: row for view in snapshot.sets for row in _pod_rows(view)},
        "rule": _rule_rows(snapshot.rule, snapshot) if snapshot.rule else None,
        "deadline": _deadline_row(snapshot),
        "history": {
            str(each.number): {**asdict(each), "rank": each.number, "cause": each.cause or "none given"}
            for each in snapshot.history
        },
        "outcome": asdict(outcome) if outcome else None,
    }


def _spoken(snapshot: Snapshot, outcome: Outcome | None) -> str:
    said = f" {outcome.said}." if outcome else ""
    return f"{text.headline_of(snapshot)}{said}"


def _set_row(view: SetView, rank: int) -> dict[str, Any]:
    return {
        "rank": rank,
        "new": view.is_new,
        "role": "New" if view.is_new else "Old",
        "name": view.name,
        "revision": view.revision,
        "image": view.image,
        "hash": view.hash,
        "counts": text.set_counts(view),
        "free": view.free,
        "label": text.set_heading(view),
    }


def _pod_rows(view: SetView) -> list[dict[str, Any]]:
    return [
        {
            "uid": place.uid,
            "set": view.uid,
            "rank": rank,
            "name": place.name,
            "short": place.name.removeprefix(f"{view.name}-"),
            "status": place.status,
            "mood": place.mood,
            "counts": place.counts,
            "sentence": text.place_words(place),
        }
        for rank, place in enumerate(view.places)
    ]


def _rule_rows(rule: Rule, snapshot: Snapshot) -> dict[str, Any]:
    """Answer the bar and the sentences below it. Positions on the bar are in pods."""
    marks = [{"kind": "desired", "at": rule.desired, "words": f"{rule.desired} wanted"}]
    limits = text.limits_of(rule)
    if rule.strategy != RECREATE:
        (upper, _, _), (lower, _, _) = limits
        marks.append(
            {"kind": "upper", "at": rule.most, "words": f"\N{BLACK LEFT-POINTING SMALL TRIANGLE} {upper}"}
        )
        marks.append(
            {"kind": "lower", "at": rule.least, "words": f"{lower} \N{BLACK UP-POINTING SMALL TRIANGLE}"}
        )
    return {
        "state": rule.state,
        "span": max(rule.most, rule.total, 1),
        "segments": _segments(snapshot.sets),
        "marks": marks,
        "limits": [
            {
                "short": short,
                "how": how,
                "state": limit.state,
                "word": text.STATES[limit.state],
                "sentence": limit.sentence,
            }
            for short, how, limit in limits
        ],
        "ending": text.ending_words(rule) if rule.ending else "",
        "next": rule.next,
        "settings": [list(pair) for pair in text.settings_of(snapshot)],
    }


def _segments(sets: Sequence[SetView]) -> list[dict[str, Any]]:
    """Answer the parts of the bar: first all pods that are available, then those that are not."""
    parts = []
    for counts in (True, False):
        for view in sets:
            number = min(view.available, view.size) if counts else max(0, view.size - view.available)
            word = "available" if counts else "not available"
            parts.append({
                "key": f"{view.uid} {word}", "number": number, "revision": view.revision, "counts": counts,
                "words": f"{number} {'new' if view.is_new else 'old'}, {word}",
            })  # fmt: skip
    return parts


def _deadline_row(snapshot: Snapshot) -> dict[str, Any] | None:
    deadline = snapshot.deadline
    if deadline is None or deadline.until is None:
        return None
    words = text.deadline_words(deadline)
    return {"until": deadline.until, "seconds": deadline.seconds, "words": words, "left": text.LEFT}
