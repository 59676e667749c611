"""How a StatefulSet comes by a new template: from the highest number down, as far as it may."""

import pytest

from kubetutor.api.objects import is_pod_ready, name_of, uid_of

from .conftest import eventually
from .manifests import stateful_set, web
from .workloads import WHILE, apply, names, patch, wait_field, wait_for, watching

pytestmark = pytest.mark.kubectl


def db(replicas=2, **spec):
    probe = {"httpGet": {"path": "/healthz", "port": 3000}, "periodSeconds": 1}
    return stateful_set(replicas, web(readinessProbe=probe), **spec)


def pods(kubectl):
    return kubectl.pods("app=db")


def images(kubectl):
    return [pod["spec"]["containers"][0]["image"] for pod in pods(kubectl)]


def rolled_out(kubectl):
    return kubectl.ok("rollout", "status", "statefulset/db", WHILE)


def set_image(kubectl, image):
    kubectl.ok("set", "image", "statefulset/db", f"web={image}")


def status(kubectl):
    return kubectl.read("statefulset", "db")["status"]


def rolling(**limits):
    return {"type": "RollingUpdate", "rollingUpdate": limits}


def revisions(kubectl):
    return {item["revision"]: name_of(item) for item in kubectl.all("controllerrevisions")}


@pytest.fixture
def running(kubectl):
    apply(kubectl, db())
    rolled_out(kubectl)
    return kubectl


def test_a_new_image_reaches_the_highest_number_first(running):
    with watching(running, "pods") as watch:
        set_image(running, "my-app:2.0")
        watch.until_gone("db-0")
        gone = [change.name for change in watch.changes() if change.type == "DELETED"]
    assert gone == ["db-1", "db-0"]
    rolled_out(running)
    eventually(lambda: images(running) == ["my-app:2.0"] * 2)


def test_the_next_pod_goes_when_the_new_one_is_ready(running):
    set_image(running, "my-app:broken")
    eventually(lambda: images(running) == ["my-app:1.0", "my-app:broken"])
    wait_field(running, "statefulset/db", "status.updatedReplicas", 1)
    assert is_pod_ready(running.read("pod", "db-0"))
    assert status(running)["currentRevision"] != status(running)["updateRevision"]


def test_a_broken_pod_is_replaced_when_somebody_deletes_it(running):
    set_image(running, "my-app:broken")
    eventually(lambda: images(running) == ["my-app:1.0", "my-app:broken"])
    set_image(running, "my-app:2.0")
    wait_field(running, "statefulset/db", "status.observedGeneration", 3)
    assert images(running) == ["my-app:1.0", "my-app:broken"]
    running.ok("delete", "pod", "db-1")
    rolled_out(running)
    eventually(lambda: images(running) == ["my-app:2.0"] * 2)


def test_the_current_revision_is_the_new_one_when_all_pods_are(running):
    first = status(running)["currentRevision"]
    set_image(running, "my-app:2.0")
    rolled_out(running)
    wait_field(running, "statefulset/db", "status.currentReplicas", 2)
    after = status(running)
    assert after["currentRevision"] == after["updateRevision"] != first
    assert {pod["metadata"]["labels"]["controller-revision-hash"] for pod in pods(running)} == {
        after["updateRevision"]
    }


def test_numbers_below_the_partition_keep_the_old_template(kubectl):
    apply(kubectl, db(updateStrategy=rolling(partition=1)))
    rolled_out(kubectl)
    set_image(kubectl, "my-app:2.0")
    assert "partitioned roll out complete: 1 new pods have been updated" in rolled_out(kubectl)
    eventually(lambda: images(kubectl) == ["my-app:1.0", "my-app:2.0"])
    before = uid_of(kubectl.read("pod", "db-0"))
    kubectl.ok("delete", "pod", "db-0")
    eventually(lambda: uid_of(kubectl.read("pod", "db-0")) != before)
    wait_for(kubectl, "Ready", "pod/db-0")
    assert images(kubectl) == ["my-app:1.0", "my-app:2.0"]
    assert (status(kubectl)["currentReplicas"], status(kubectl)["updatedReplicas"]) == (1, 1)
    patch(kubectl, "statefulset/db", {"spec": {"updateStrategy": rolling(partition=0)}})
    eventually(lambda: images(kubectl) == ["my-app:2.0"] * 2)


def test_on_delete_leaves_old_pods_until_somebody_deletes_them(kubectl):
    apply(kubectl, db(updateStrategy={"type": "OnDelete"}))
    wait_field(kubectl, "statefulset/db", "status.readyReplicas", 2)
    set_image(kubectl, "my-app:2.0")
    wait_field(kubectl, "statefulset/db", "status.observedGeneration", 2)
    assert images(kubectl) == ["my-app:1.0"] * 2
    kubectl.ok("delete", "pod", "db-0")
    eventually(lambda: images(kubectl) == ["my-app:2.0", "my-app:1.0"])


def test_with_parallel_too_one_pod_at_a_time_is_replaced(kubectl):
    apply(kubectl, db(3, podManagementPolicy="Parallel"))
    wait_field(kubectl, "statefulset/db", "status.readyReplicas", 3)
    set_image(kubectl, "my-app:broken")
    eventually(lambda: images(kubectl) == ["my-app:1.0", "my-app:1.0", "my-app:broken"])
    wait_field(kubectl, "statefulset/db", "status.updatedReplicas", 1)
    assert sum(map(is_pod_ready, pods(kubectl))) == 2


def test_how_many_may_be_unavailable_is_for_a_feature_that_is_off(kubectl):
    apply(kubectl, db(0, updateStrategy=rolling(maxUnavailable=2)))
    strategy = kubectl.read("statefulset", "db")["spec"]["updateStrategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}


def test_with_parallel_a_broken_pod_is_replaced_by_the_next_template(kubectl):
    apply(kubectl, db(podManagementPolicy="Parallel"))
    wait_field(kubectl, "statefulset/db", "status.readyReplicas", 2)
    set_image(kubectl, "my-app:broken")
    eventually(lambda: images(kubectl) == ["my-app:1.0", "my-app:broken"])
    set_image(kubectl, "my-app:2.0")
    eventually(lambda: images(kubectl) == ["my-app:2.0"] * 2)


def test_undo_brings_the_template_of_an_old_revision_back(running):
    first = revisions(running)[1]
    set_image(running, "my-app:2.0")
    rolled_out(running)
    running.ok("rollout", "undo", "statefulset/db")
    rolled_out(running)
    eventually(lambda: images(running) == ["my-app:1.0"] * 2)
    assert revisions(running)[3] == first


def test_history_lists_revisions(running):
    set_image(running, "my-app:2.0")
    rolled_out(running)
    lines = [line.split() for line in running.ok("rollout", "history", "statefulset/db").splitlines()]
    assert [line[0] for line in lines if line and line[0].isdecimal()] == ["1", "2"]
    assert "Image:\tmy-app:1.0" in running.ok("rollout", "history", "statefulset/db", "--revision=1")


def test_restart_replaces_all_pods(running):
    before = {uid_of(pod) for pod in pods(running)}
    running.ok("rollout", "restart", "statefulset/db")
    rolled_out(running)
    assert names(pods(running)) == ["db-0", "db-1"]
    assert not before & {uid_of(pod) for pod in pods(running)}


def test_old_revisions_go_beyond_the_limit(kubectl):
    apply(kubectl, db(1, revisionHistoryLimit=1))
    for image in ("my-app:2.0", "my-app:3.0"):
        rolled_out(kubectl)
        set_image(kubectl, image)
    rolled_out(kubectl)
    eventually(lambda: sorted(revisions(kubectl)) == [2, 3])


def test_scaling_makes_no_revision(running):
    running.ok("scale", "statefulset/db", "--replicas=1")
    wait_field(running, "statefulset/db", "status.observedGeneration", 2)
    eventually(lambda: names(pods(running)) == ["db-0"])
    assert sorted(revisions(running)) == [1]
