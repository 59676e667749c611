"""What a view draws, decided from objects alone."""

import pytest

from kubetutor.widgets.cluster_map.snapshot import memory_in_words, snapshot_of, status_word, tag_of
from kubetutor.widgets.live.feed import Objects

WAITING = {"waiting": {"reason": "ContainerCreating"}}
PULLING = {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "my-app:9.9"'}}
LOOPING = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}
EXITED = {"terminated": {"reason": "Error", "exitCode": 1}}


def only_pod(shop):
    return snapshot_of(shop.objects(), "shop").pods[0]


def test_an_empty_cluster_is_nodes_without_pods(shop):
    drawn = snapshot_of(shop.objects(), "shop")
    assert [node.name for node in drawn.nodes] == ["lab-control-plane", "lab-worker", "lab-worker2"]
    assert drawn.pods == ()


def test_before_the_first_answer_there_is_nothing():
    drawn = snapshot_of(Objects(), "shop")
    assert (drawn.nodes, drawn.pods, drawn.loaded) == ((), (), False)


def test_a_pod_stands_on_its_node_with_owner_revision_and_version(shop):
    pod = only_pod(shop.pod("web-app-h1-p1", "lab-worker"))
    assert (pod.node, pod.owner, pod.revision, pod.version) == (
        "lab-worker",
        "Deployment web-app",
        "1",
        "1.0",
    )


@pytest.mark.parametrize(
    ("made", "status", "mood"),
    [
        ({}, "Running", "ready"),
        ({"ready": False}, "Running", "running"),
        ({"phase": "Pending", "state": WAITING}, "ContainerCreating", "starting"),
        ({"phase": "Pending", "node": None}, "Pending", "waiting"),
        ({"phase": "Pending"}, "Pending", "starting"),
        ({"phase": "Pending", "state": PULLING}, "ImagePullBackOff", "failing"),
        ({"state": LOOPING, "ready": False}, "CrashLoopBackOff", "failing"),
        ({"state": EXITED, "ready": False}, "Error", "failing"),
        ({"phase": "Failed", "reason": "Evicted"}, "Evicted", "failing"),
        ({"phase": "Succeeded", "state": {"terminated": {"reason": "Completed"}}}, "Completed", "done"),
        ({"deleted": True}, "Terminating", "ending"),
        ({"deleted": True, "reason": "NodeLost"}, "Unknown", "ending"),
        ({"state": {"terminated": {"signal": 9}}, "ready": False}, "Signal:9", "failing"),
        ({"state": {"terminated": {"exitCode": 3}}, "ready": False}, "ExitCode:3", "failing"),
    ],
)
def test_status_is_kubectls_word_and_mood_its_group(shop, made, status, mood):
    pod = only_pod(shop.pod("p1", **{"node": "lab-worker", **made}))
    assert (pod.status, pod.mood) == (status, mood)


def test_a_pod_on_a_node_that_does_not_answer_is_lost(shop):
    pod = only_pod(shop.node("lab-worker3", ready=False).pod("p1", "lab-worker3"))
    assert pod.mood == "lost"


def test_the_message_of_the_cluster_is_kept(shop):
    assert (
        only_pod(shop.pod("p1", phase="Pending", state=PULLING)).why == 'Back-off pulling image "my-app:9.9"'
    )
    reason = "0/3 nodes are available: 3 Insufficient cpu."
    assert status_word(shop.pod("p2", None, phase="Pending", unschedulable=reason).pods[1])[1] == reason


def test_the_pod_that_sends_requests_is_not_counted_and_a_note_says_so(shop):
    shop.pod("p1", "lab-worker").pod("load", "lab-worker", set_name="")
    shop.pods[1]["metadata"]["labels"] = {"kubetutor.io/role": "load"}
    drawn = snapshot_of(shop.objects(), "shop")
    assert ([pod.name for pod in drawn.pods], drawn.ready) == (["p1"], 1)
    assert any("pod load" in note for note in drawn.notes)


def test_pods_without_a_node_stand_apart(shop):
    drawn = snapshot_of(shop.pod("p1", None, phase="Pending").objects(), "shop")
    assert [pod.name for pod in drawn.unplaced] == ["p1"]


def test_a_node_that_may_not_be_listed_is_drawn_from_its_pods(shop):
    shop.nodes.clear()
    drawn = snapshot_of(shop.pod("p1", "lab-worker").objects(), "shop")
    assert [(node.name, node.state) for node in drawn.nodes] == [("lab-worker", "unknown")]


def test_nodes_say_whether_they_take_pods(shop):
    shop.node("lab-worker3", cordoned=True)
    takes = {node.name: (node.state, node.takes_pods) for node in snapshot_of(shop.objects(), "shop").nodes}
    assert takes["lab-control-plane"] == ("Ready", False)
    assert takes["lab-worker"] == ("Ready", True)
    assert takes["lab-worker3"] == ("Ready, SchedulingDisabled", False)


def test_old_revisions_come_first(shop):
    shop.replica_set("web-app-h2", "2").replica_set("web-app-h10", "10")
    shop.pod("a", set_name="web-app-h10").pod("b", set_name="web-app-h2").pod("c", set_name="web-app-h1")
    assert [pod.revision for pod in snapshot_of(shop.objects(), "shop").pods] == ["1", "2", "10"]


def test_restarts_are_counted(shop):
    assert only_pod(shop.pod("p1", restarts=4)).restarts == 4


@pytest.mark.parametrize(
    ("made", "progress"),
    [
        ({}, "complete"),
        ({"updated": 1}, "rolling out: 1 of 3 updated"),
        ({"ready": 1}, "1 of 3 available"),
        ({"wanted": 3, "updated": 3, "ready": 0}, "0 of 3 available"),
    ],
)
def test_a_deployment_says_how_far_it_is(shop, made, progress):
    assert snapshot_of(shop.deployment(**made).objects(), "shop").deployments[0].progress == progress


def test_a_deployment_that_missed_its_deadline_says_so(shop):
    shop.deployment(updated=1)
    shop.deployments[0]["status"]["conditions"] = [
        {"type": "Progressing", "reason": "ProgressDeadlineExceeded"}
    ]
    drawn = snapshot_of(shop.objects(), "shop").deployments[0]
    assert drawn.progress == "the rollout has stopped: progress deadline exceeded"


def test_troubles_become_notes_once_each(shop):
    shop.troubles |= {"nodes": "No answer.", "pods": "No answer."}
    assert snapshot_of(shop.objects(), "shop").notes == ("No answer.",)


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("my-app:1.0", "1.0"),
        ("my-app", "latest"),
        ("host:5000/my-app", "latest"),
        ("a/b:2@sha256:0", "2"),
        ("", ""),
    ],
)
def test_version_is_the_tag_of_the_image(image, tag):
    assert tag_of(image) == tag


def test_memory_reads_in_gibibytes():
    assert [memory_in_words(quantity) for quantity in ("4011240Ki", "512Mi", "2Gi", "2G", "")] == [
        "3.8 GiB", "0.5 GiB", "2.0 GiB", "2G", "",
    ]  # fmt: skip
