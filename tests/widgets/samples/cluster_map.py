"""A rollout in the middle, with a pod in every mood."""

from kubetutor.widgets.cluster_map.snapshot import snapshot_of
from kubetutor.widgets.cluster_map.view import ClusterMap, frame_of
from tests.widgets.conftest import Shop

VIEW = ClusterMap


def frame():
    shop = Shop().node("lab-control-plane", control_plane=True).node("lab-worker").node("lab-worker2")
    shop.node("lab-worker3", ready=False).replica_set().replica_set("web-app-h2", "2")
    shop.deployment(wanted=5, ready=3, updated=3, image="my-app:2.0", revision="2")
    new = {"set_name": "web-app-h2", "image": "my-app:2.0"}
    pulling = {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "my-app:9.9"'}}
    shop.pod("web-app-h1-aaaaa", "lab-worker").pod("web-app-h1-bbbbb", "lab-worker2", restarts=2)
    shop.pod("web-app-h1-ccccc", "lab-worker", deleted=True).pod("web-app-h1-lllll", "lab-worker3")
    shop.pod("web-app-h2-eeeee", "lab-worker", ready=False, **new)
    creating = {"waiting": {"reason": "ContainerCreating"}}
    shop.pod("web-app-h2-fffff", "lab-worker2", phase="Pending", state=creating, **new)
    shop.pod("web-app-h2-ggggg", "lab-worker", phase="Pending", state=pulling, **new)
    shop.pod("web-app-h2-hhhhh", None, phase="Pending", **new)
    shop.pod("report-kkkkk", "lab-worker", phase="Succeeded", set_name=None)
    shop.troubles["nodes"] = "This account may not list nodes."
    return frame_of(snapshot_of(shop.objects(), "shop"))
