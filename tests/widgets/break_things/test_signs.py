"""What can be seen of a deed, in the order in which it happens."""

import pytest

from kubetutor.widgets.break_things.plan import Powers, plans_of
from kubetutor.widgets.break_things.signs import before_of, signs_of
from kubetutor.widgets.break_things.snapshot import Choice, choice_of, scene_of


@pytest.fixture
def seen(busy, objects_of):
    """Answer what is seen of a step after the shop has changed: `seen("crash")`."""
    scene = scene_of(objects_of(busy), "shop")
    choice = choice_of(scene, Choice())
    before = before_of(scene, choice)

    def answered(name):
        now = scene_of(objects_of(busy), "shop")
        plans = plans_of(scene, choice, Powers())
        steps = {step.name: step for plan in plans for step in (plan.step, plan.back) if step}
        return list(signs_of(steps[name], before, now))

    return answered


def test_nothing_is_seen_at_first(seen):
    assert [seen(name) for name in ("crash", "delete", "stop", "flood", "ship")] == [[]] * 5


def test_a_crash_restarts_the_container_in_the_same_pod(busy, seen):
    container = busy.pods[0]["status"]["containerStatuses"][0]
    container.update(restartCount=1)
    assert seen("crash") == [
        "The kubelet has started the container again: 1 restarts.",
        "web-app-h1-aaaaa is Ready again, with the same address 127.1.0.9.",
    ]


def test_a_deleted_pod_is_followed_by_another(busy, seen):
    busy.pods[0]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert seen("delete") == ["web-app-h1-aaaaa is Terminating."]
    busy.pods.pop(0)
    busy.pod("web-app-h1-zzzzz", "lab-worker", ready=False)
    assert seen("delete") == ["A new pod takes its place: web-app-h1-zzzzz.", "web-app-h1-aaaaa is gone."]
    busy.pods.pop()
    busy.pod("web-app-h1-zzzzz", "lab-worker")
    assert seen("delete")[-1] == "web-app-h1-zzzzz is Ready."


def test_a_stopped_node_is_noticed_and_its_pods_are_replaced(busy, seen):
    busy.nodes[2]["status"]["conditions"][0]["status"] = "Unknown"
    assert seen("stop") == ["The cluster has noticed: lab-worker2 is NotReady."]
    for pod in busy.pods[1:]:
        pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    busy.pod("web-app-h1-yyyyy", "lab-worker").pod("web-app-h1-zzzzz", "lab-worker")
    assert seen("stop")[1:] == [
        "Its pods are to be deleted, and wait for a kubelet that does not answer.",
        "2 pods on other nodes took their place and are Ready.",
    ]


def test_a_broken_version_stops_the_rollout_and_old_pods_serve(busy, seen):
    busy.deployments.clear()
    busy.deployment(image="my-app:broken", revision="2").replica_set("web-app-h2", "2")
    crashing = {"waiting": {"reason": "CrashLoopBackOff"}}
    busy.pod("web-app-h2-x", "lab-worker", state=crashing, set_name="web-app-h2", image="my-app:broken")
    assert seen("ship") == [
        "A new ReplicaSet begins: web-app-h2-x is its first pod.",
        "The new pod fails (CrashLoopBackOff), so the rollout waits. 3 old pods still serve requests.",
    ]


def test_an_undone_rollout_ends_with_the_old_image_everywhere(seen):
    assert seen("undo") == [
        "web-app is to run my-app:1.0 again.",
        "3 of 3 pods are Ready, and the broken ones are gone.",
    ]
