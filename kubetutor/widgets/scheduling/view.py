"""The scheduler's decision about one pod, followed live."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets

from kubetutor.api.objects import name_of, uid_of
from kubetutor.widgets.live.view import LiveView, look
from kubetutor.widgets.scheduling import text
from kubetutor.widgets.scheduling.answer import ask
from kubetutor.widgets.scheduling.snapshot import Snapshot, facts_of, recent, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.api.objects import Object
    from kubetutor.widgets.live.feed import Feed, Objects
    from kubetutor.widgets.live.frames import Frame
    from kubetutor.widgets.scheduling.answer import Answer

NEWEST = ""  # the choice that follows the newest pod


class Scheduling(LiveView):
    """For one pod, each node. The cluster is asked anew when the pod, or an event about it, has changed."""

    kinds: ClassVar[tuple[str, ...]] = ("nodes", "pods", "events")
    _esm, _css = look(__file__)

    def __init__(self, namespace: str, *, pod: str | None = None, feed: Feed | None = None) -> None:
        self._pod = pod or NEWEST
        self._answers: dict[tuple[object, ...], Answer] = {}  # of the newest facts only
        self._filling = False
        self._asking: tuple[object, ...] | None = None
        self._asked = threading.Lock()
        self.chooser = ipywidgets.Dropdown(options=[("the newest pod", NEWEST)], description="Pod")
        super().__init__(namespace, feed=feed)
        self.chooser.observe(self._choose, "value")

    def snapshot(self) -> Snapshot:
        """Answer what is there now, as data."""
        return self._snapshot(self.objects())

    def frame_of(self, objects: Objects) -> Frame:
        self._offer(objects)
        pod = self._chosen(objects)
        if pod is not None:
            self._ask_soon(pod, facts_of(pod, objects.of("events")))
        return frame_of(self._snapshot(objects))

    def text_of(self, objects: Objects) -> str:
        return text.text_of(self._snapshot(objects))

    def html_of(self, objects: Objects) -> str:
        return text.html_of(self._snapshot(objects))

    def controls(self) -> Sequence[ipywidgets.Widget]:
        return (self.chooser,)

    def objects(self) -> Objects:
        """Answer what is there now; who asks in words wants to read the cluster's answer too."""
        objects = super().objects()
        pod = self._chosen(objects)
        if pod is not None:
            facts = facts_of(pod, objects.of("events"))
            if facts not in self._answers:
                self._take(facts, ask(self._feed.source, pod))
        return objects

    def _snapshot(self, objects: Objects) -> Snapshot:
        pod = self._chosen(objects)
        return snapshot_of(objects, self.namespace, pod, self._answer_about(pod, objects))

    def _answer_about(self, pod: Object | None, objects: Objects) -> Answer | None:
        """Answer what is known; until the cluster has answered anew, what it said of this pod before."""
        if pod is None:
            return None
        answers = dict(self._answers)
        before = next((answer for facts, answer in answers.items() if facts[0] == uid_of(pod)), None)
        return answers.get(facts_of(pod, objects.of("events")), before)

    def _chosen(self, objects: Objects) -> Object | None:
        pods = objects.of("pods")
        if self._pod:
            return next((pod for pod in pods if name_of(pod) == self._pod), None)
        return next(iter(recent(pods, most=1)), None)

    def _ask_soon(self, pod: Object, facts: tuple[object, ...]) -> None:
        """Ask in a thread of its own, one at a time: a frame does not wait for the answer."""
        with self._asked:
            if facts in self._answers or self._asking is not None:
                return
            self._asking = facts
        me, source = weakref.ref(self), self._feed.source

        def work() -> None:
            found = ask(source, pod)
            view = me()
            if view is not None:
                view._take(facts, found)  # noqa: SLF001  # our own, held weakly while the cluster answers
                if view.comm is not None:
                    view.redraw()

        threading.Thread(target=work, name="scheduling-ask", daemon=True).start()

    def _take(self, facts: tuple[object, ...], answer: Answer) -> None:
        with self._asked:
            self._answers = {facts: answer}
            self._asking = None

    def _offer(self, objects: Objects) -> None:
        """Put the pods into the list, those that wait first. A chosen pod stays chosen, also when it is gone."""
        pods = recent(objects.of("pods"))
        options = [("the newest pod", NEWEST), *((_offered(pod), name_of(pod)) for pod in pods)]
        if self._pod and self._pod not in {value for _, value in options}:
            options.append((self._pod, self._pod))
        if tuple(options) != tuple(self.chooser.options):
            self._filling = True  # a new list chooses its first entry, and nobody asked for that
            self.chooser.options = options
            self.chooser.value = self._pod
            self._filling = False

    def _choose(self, change: dict[str, Any]) -> None:
        if not self._filling and change["new"] is not None and change["new"] != self._pod:
            self._pod = str(change["new"])
            self.redraw()


def frame_of(snapshot: Snapshot) -> Frame:
    """Answer what the browser draws. Nodes are a table by name."""
    most = max((node.total or 0.0 for node in snapshot.nodes), default=0.0)
    return {
        "label": f"Scheduler's decision about {snapshot.pod or 'a pod'} in namespace {snapshot.namespace}",
        "title": f"Scheduler's decision · namespace {snapshot.namespace}",
        "summary": text.headline_of(snapshot),
        "notes": list(snapshot.notes),
        "spoken": text.headline_of(snapshot),
        "loaded": snapshot.loaded,
        "pod": snapshot.pod,
        "told": snapshot.told,
        "sentences": text.sentences_of(snapshot),
        "message": _message(snapshot),
        "filters": list(snapshot.filters),
        "scorers": [{"plugin": plugin, "weight": weight} for plugin, weight in snapshot.scorers],
        "events": list(snapshot.events),
        "nodes": {
            node.name: {
                "name": node.name, "outcome": node.outcome, "words": text.outcome_of(node), "plugin": node.plugin,
                "reason": text.reason_of(node), "passed": [passed for _, passed in node.passed],
                "scores": {each.plugin: [text.points(each.score), text.points(each.points), each.score] for each in node.scores},
                "total": None if node.total is None else text.points(node.total),
                "share": round(100 * (node.total or 0.0) / most) if most else 0, "rank": f"{place:04}",
            }
            for place, node in enumerate(snapshot.nodes)
        },
    }  # fmt: skip


def _message(snapshot: Snapshot) -> str:
    """Answer what the pod's condition says, unless an event says it too."""
    said = any(snapshot.message in event for event in snapshot.events)
    return "" if snapshot.node or said else snapshot.message


def scheduling(pod: str | None = None, namespace: str = "default") -> Scheduling:
    """Show how the scheduler decided about `pod`, or about the newest pod of `namespace`, live."""
    return Scheduling(namespace, pod=pod)


def _offered(pod: Object) -> str:
    node = pod["spec"].get("nodeName")
    return f"{name_of(pod)} → {node}" if node else f"{name_of(pod)} (no node yet)"
