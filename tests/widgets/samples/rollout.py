"""A rollout that two limits hold back, with a pod that ends and one that cannot get its image."""

from kubetutor.widgets.rollout.snapshot import snapshot_of
from kubetutor.widgets.rollout.view import Rollout, frame_of
from tests.widgets.rollout.conftest import rollout_of

VIEW = Rollout


def frame():
    made = rollout_of(3, "my-app:2.0").set(1, "my-app:1.0", 2, available=2, cause="first version")
    made.set(2, "my-app:2.0", 2, available=1)
    made.pod(1, "aaaaa").pod(1, "bbbbb").pod(1, "ccccc", ending=True).pod(2, "ddddd")
    made.pod(2, "eeeee", waiting="ImagePullBackOff")
    made.troubles["pods"] = "The cluster does not answer."
    return frame_of(snapshot_of(made.objects(), "web-app", "shop"), None)
