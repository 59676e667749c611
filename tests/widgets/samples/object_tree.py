"""Many pods, an old revision, a wrong selector, an orphan."""

from kubetutor.widgets.object_tree.snapshot import snapshot_of
from kubetutor.widgets.object_tree.view import ObjectTree, frame_of
from tests.widgets.object_tree.town import Town

VIEW = ObjectTree


def frame():
    town = Town().deployment("web", pods=3, ready=2, revision="2", old=("1",))
    town.deployment("counter", pods=9, ready=9)
    town.pod("web-h1-stray", owner=None, labels={"app": "debug", "pod-template-hash": "h1"})
    town.service("web", app="web").service("counter", app="counter").service("carts", app="cart")
    return frame_of(snapshot_of(town.objects(), "shop"))
