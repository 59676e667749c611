"""Break things: buttons with consequences, each beside the command that does the same, and what came of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets
from ipywidgets import widget_serialization

from kubetutor.cluster.backend import Capability
from kubetutor.cluster.cluster import connect
from kubetutor.cluster.load.pod import Load
from kubetutor.errors import NotPossibleError
from kubetutor.widgets.break_things import text
from kubetutor.widgets.break_things.deeds import Deed, Deeds
from kubetutor.widgets.break_things.panel import Panel
from kubetutor.widgets.break_things.plan import FLOOD_RATE, Plan, Powers, Step, plans_of
from kubetutor.widgets.break_things.signs import before_of
from kubetutor.widgets.break_things.snapshot import FLOOD, KINDS, Choice, Scene, choice_of, scene_of
from kubetutor.widgets.live.view import LiveView, look

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.cluster.cluster import Cluster
    from kubetutor.widgets.live.feed import Feed, Objects
    from kubetutor.widgets.live.frames import Frame


def local_time() -> datetime:
    return datetime.now().astimezone()


class BreakThings(LiveView):
    """What can be broken in one namespace. Only `Stop a node` reaches beyond it, and says so."""

    _esm, _css = look(__file__)
    kinds: ClassVar = KINDS
    panel = traitlets.Dict().tag(sync=True, **widget_serialization)  # a button or a list, by name

    def __init__(
        self,
        namespace: str,
        deployment: str = "",
        *,
        cluster: Cluster,
        feed: Feed | None = None,
        clock: Callable[[], datetime] = local_time,
    ) -> None:
        self.cluster = cluster
        self.deeds = Deeds(clock, self.redraw)
        self._wished = Choice(deployment=deployment)
        self._stopped: dict[str, bool] = {}  # nodes that were stopped here; whether the cluster has noticed
        self._load: Load | None = None
        can = Capability.STOP_NODES in cluster.capabilities
        self._no_nodes = "" if can else cluster.why_not(Capability.STOP_NODES)
        self._panel = Panel(self.press, self._choose)
        super().__init__(namespace, feed=feed)
        self.panel = self._panel.widgets()

    def draw(self, objects: Objects) -> None:
        scene, choice, _, plans = self._now(objects)
        self.deeds.look(scene)
        self._notice(scene)
        self._panel.show(scene, choice, plans)
        super().draw(objects)

    def frame_of(self, objects: Objects) -> Frame:
        scene, choice, powers, plans = self._now(objects)
        return frame_of(scene, choice, powers, plans, self.deeds.all())

    def text_of(self, objects: Objects) -> str:
        scene, _, powers, plans = self._now(objects)
        return text.text_of(scene, powers, plans, self.deeds.all())

    def html_of(self, objects: Objects) -> str:
        scene, _, powers, plans = self._now(objects)
        return text.html_of(scene, powers, plans, self.deeds.all())

    def close(self) -> None:
        self._panel.close()
        super().close()

    def press(self, name: str) -> None:
        """Do what the button of this name says now; nothing where it cannot."""
        scene, choice, _, plans = self._now(self._feed.objects(self.namespace, self.kinds))
        steps = (step for plan in plans for step in (plan.step, plan.back) if step is not None)
        step = next(step for step in steps if step.name == name)
        if not step.why_not:
            self.deeds.begin(step, before_of(scene, choice), partial(self._act, step))

    def _act(self, step: Step) -> None:
        if step.name == "stop":
            self.cluster.stop_node(step.target)
            self._stopped[step.target] = False
        elif step.name == "start":
            self.cluster.start_node(step.target)
            self._stopped.pop(step.target, None)
        elif step.name == "flood":
            self._load = Load(self.cluster.api, self.namespace, name=FLOOD)
            self._load.start(step.target, rate=FLOOD_RATE)
        elif step.name == "calm" and self._load is not None:
            self._load.stop()
            self._load = None
        else:
            self.cluster.kubectl(*step.argv)

    def _choose(self, wished: Choice) -> None:
        self._wished = wished
        self.redraw()

    def _now(self, objects: Objects) -> tuple[Scene, Choice, Powers, tuple[Plan, ...]]:
        scene = scene_of(objects, self.namespace)
        choice = choice_of(scene, self._wished)
        powers = Powers(self._no_nodes, frozenset(self._stopped))
        return scene, choice, powers, plans_of(scene, choice, powers)

    def _notice(self, scene: Scene) -> None:
        """Forget a node that was stopped here and is Ready again, whoever started it."""
        for node in scene.workers:
            if node.name in self._stopped:
                if not node.is_ready:
                    self._stopped[node.name] = True
                elif self._stopped[node.name]:
                    del self._stopped[node.name]


def frame_of(
    scene: Scene, choice: Choice, powers: Powers, plans: Sequence[Plan], deeds: Sequence[Deed]
) -> Frame:
    """Answer what the browser draws. Plans and deeds are tables, by name and by number."""
    namespace, summary = scene.map.namespace, text.summary_of(scene, powers)
    newest = deeds[-1].sentence if deeds else ""
    return {
        "label": f"Break things in namespace {namespace}",
        "title": f"Break things in namespace {namespace}",
        "summary": summary,
        "spoken": f"{newest}. {summary}" if newest else summary,
        "notes": list(scene.notes),
        "loaded": scene.map.loaded,
        "choice": list(asdict(choice).values()),
        "plans": {plan.step.name: _plan_row(rank, plan) for rank, plan in enumerate(plans)},
        "deeds": {str(deed.number): _deed_row(deed) for deed in deeds},
    }


def break_things(namespace: str = "default", deployment: str | None = None) -> BreakThings:
    """Show buttons that break something in `namespace`, live: a container, a pod, a node, a version of `deployment`.

    Raise NoClusterError when no cluster is up, and NotPossibleError for a namespace that holds the cluster's own parts.
    """
    if namespace.startswith("kube-"):
        raise NotPossibleError(
            f"The namespace {namespace} holds the cluster's own parts. Break things in a namespace of your own."
        )
    return BreakThings(namespace, deployment or "", cluster=connect())


def _plan_row(rank: int, plan: Plan) -> dict[str, Any]:
    return {
        "rank": rank,
        "step": _step_row(plan.step),
        "back": _step_row(plan.back) if plan.back else None,
        "watch": text.watch_of(plan),
    }


def _step_row(step: Step) -> dict[str, str]:
    return {
        "name": step.name, "title": step.title, "target": step.target, "command": step.command, "why": step.why_not,
    }  # fmt: skip


def _deed_row(deed: Deed) -> dict[str, Any]:
    time, _, words = deed.sentence.partition(" ")
    signs = [[f"after {seconds:.1f} s", sign] for seconds, sign in deed.signs]
    return {"rank": -deed.number, "time": time, "words": words, "state": deed.state, "signs": signs}
