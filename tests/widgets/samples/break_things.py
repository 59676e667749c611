"""A node is stopped, a broken version was shipped, a pod was deleted, and one thing failed."""

from datetime import UTC, datetime

from kubetutor.errors import LoadError
from kubetutor.widgets.break_things.deeds import Deed
from kubetutor.widgets.break_things.plan import Powers, plans_of
from kubetutor.widgets.break_things.signs import before_of
from kubetutor.widgets.break_things.snapshot import Choice, choice_of, scene_of
from kubetutor.widgets.break_things.view import BreakThings, frame_of
from tests.widgets.conftest import Shop

VIEW = BreakThings


def frame():
    shop = Shop().node("lab-control-plane", control_plane=True).node("lab-worker", ready=False)
    shop.node("lab-worker2").replica_set().deployment(image="my-app:broken")
    shop.pod("web-app-h1-aaaaa", "lab-worker").pod("web-app-h1-bbbbb", "lab-worker2")
    scene = scene_of(shop.objects(), "shop")
    choice, powers = choice_of(scene, Choice()), Powers()
    plans = plans_of(scene, choice, powers)
    before, noon = before_of(scene, choice), datetime(2026, 1, 1, 12, 3, 7, tzinfo=UTC)
    crash, delete, stop, flood, _ship = (plan.step for plan in plans)
    signs = ((0.4, "A new pod takes its place: web-app-h1-ccccc."), (2.1, "web-app-h1-ccccc is Ready."))
    deeds = (
        Deed(1, delete, before, noon, "done", signs=signs),
        Deed(2, flood, before, noon, "failed", str(LoadError("The service web cannot be asked."))),
        Deed(3, crash, before, noon, "done"),
        Deed(4, stop, before, noon),
    )
    return frame_of(scene, choice, powers, plans, deeds)
