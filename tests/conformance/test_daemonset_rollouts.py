"""How a DaemonSet comes by a new template: node by node, beside the old pod, or when somebody deletes that."""

import pytest

from kubetutor.api.objects import is_pod_ready, name_of

from .conftest import eventually
from .manifests import daemon_set, web
from .workloads import WHILE, apply, names, patch, wait_field

pytestmark = pytest.mark.kubectl


def agent(**spec):
    probe = {"httpGet": {"path": "/healthz", "port": 3000}, "periodSeconds": 1}
    return daemon_set(web(readinessProbe=probe), **spec)


def pods(kubectl):
    return kubectl.pods("app=agent")


def images(kubectl):
    return sorted(pod["spec"]["containers"][0]["image"] for pod in pods(kubectl))


def rolled_out(kubectl):
    return kubectl.ok("rollout", "status", "daemonset/agent", WHILE)


def set_image(kubectl, image):
    kubectl.ok("set", "image", "daemonset/agent", f"web={image}")


def surging(surge, unavailable):
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}


def revisions(kubectl):
    return {item["revision"]: name_of(item) for item in kubectl.all("controllerrevisions")}


@pytest.fixture
def running(kubectl):
    apply(kubectl, agent())
    rolled_out(kubectl)
    return kubectl


def test_a_new_image_reaches_every_node(running):
    before, number = set(names(pods(running))), len(pods(running))
    set_image(running, "my-app:2.0")
    assert 'daemon set "agent" successfully rolled out' in rolled_out(running)
    eventually(lambda: images(running) == ["my-app:2.0"] * number)
    assert not before & set(names(pods(running)))
    status = running.read("daemonset", "agent")["status"]
    assert (status["updatedNumberScheduled"], status["observedGeneration"]) == (number, 2)


def test_a_broken_image_takes_away_no_more_pods_than_may_be_unavailable(running):
    number = len(pods(running))
    set_image(running, "my-app:broken")
    wait_field(running, "daemonset/agent", "status.updatedNumberScheduled", 1)
    eventually(lambda: sorted(images(running)) == ["my-app:1.0"] * (number - 1) + ["my-app:broken"])
    assert sum(map(is_pod_ready, pods(running))) == number - 1
    set_image(running, "my-app:2.0")
    rolled_out(running)
    eventually(lambda: images(running) == ["my-app:2.0"] * number)


def test_with_surge_the_old_pod_stays_until_the_new_one_is_ready(kubectl):
    apply(kubectl, agent(updateStrategy=surging(1, 0)))
    rolled_out(kubectl)
    number = len(pods(kubectl))
    set_image(kubectl, "my-app:broken")
    eventually(lambda: images(kubectl) == ["my-app:1.0"] * number + ["my-app:broken"])
    assert sum(map(is_pod_ready, pods(kubectl))) == number
    set_image(kubectl, "my-app:2.0")
    rolled_out(kubectl)
    eventually(lambda: images(kubectl) == ["my-app:2.0"] * number)


def test_on_delete_leaves_old_pods_until_somebody_deletes_them(kubectl):
    apply(kubectl, agent(updateStrategy={"type": "OnDelete"}))
    wait_field(kubectl, "daemonset/agent", "status.observedGeneration", 1)
    eventually(lambda: (found := pods(kubectl)) and all(map(is_pod_ready, found)))
    number = len(pods(kubectl))
    set_image(kubectl, "my-app:2.0")
    wait_field(kubectl, "daemonset/agent", "status.observedGeneration", 2)
    assert images(kubectl) == ["my-app:1.0"] * number
    kubectl.ok("delete", "pod", name_of(pods(kubectl)[0]))
    eventually(lambda: images(kubectl) == ["my-app:1.0"] * (number - 1) + ["my-app:2.0"])
    wait_field(kubectl, "daemonset/agent", "status.updatedNumberScheduled", 1)


def test_every_template_is_kept_as_a_revision(running):
    first = revisions(running)[1]
    set_image(running, "my-app:2.0")
    rolled_out(running)
    eventually(lambda: sorted(revisions(running)) == [1, 2])
    kept = running.read("controllerrevision", first)
    template = kept["data"]["spec"]["template"]
    assert template["$patch"] == "replace"
    assert template["spec"]["containers"][0]["image"] == "my-app:1.0"
    assert kept["metadata"]["labels"]["app"] == "agent"


def test_undo_brings_the_template_of_an_old_revision_back(running):
    first = revisions(running)[1]
    set_image(running, "my-app:2.0")
    rolled_out(running)
    running.ok("rollout", "undo", "daemonset/agent")
    rolled_out(running)
    eventually(lambda: set(images(running)) == {"my-app:1.0"})
    assert revisions(running)[3] == first
    assert sorted(revisions(running)) == [2, 3]


def test_history_lists_revisions_with_their_cause(running):
    running.ok("annotate", "daemonset/agent", "kubernetes.io/change-cause=first")
    set_image(running, "my-app:2.0")
    rolled_out(running)
    lines = [line.split() for line in running.ok("rollout", "history", "daemonset/agent").splitlines()]
    assert [line for line in lines if line and line[0].isdecimal()] == [["1", "<none>"], ["2", "first"]]
    shown = running.ok("rollout", "history", "daemonset/agent", "--revision=1")
    assert "Image:\tmy-app:1.0" in shown


def test_restart_replaces_all_pods(running):
    before = set(names(pods(running)))
    running.ok("rollout", "restart", "daemonset/agent")
    rolled_out(running)
    eventually(lambda: len(now := set(names(pods(running)))) == len(before) and not now & before)
    annotations = pods(running)[0]["metadata"]["annotations"]
    assert "kubectl.kubernetes.io/restartedAt" in annotations


def test_old_revisions_go_beyond_the_limit(kubectl):
    apply(kubectl, agent(revisionHistoryLimit=1))
    for image in ("my-app:2.0", "my-app:3.0"):
        rolled_out(kubectl)
        set_image(kubectl, image)
    rolled_out(kubectl)
    eventually(lambda: sorted(revisions(kubectl)) == [2, 3])


def test_a_change_beside_the_template_makes_no_revision(running):
    patch(running, "daemonset/agent", {"spec": {"minReadySeconds": 1}})
    wait_field(running, "daemonset/agent", "status.observedGeneration", 2)
    assert sorted(revisions(running)) == [1]


def test_the_generation_of_the_template_is_on_its_pods(running):
    set_image(running, "my-app:2.0")
    rolled_out(running)
    eventually(lambda: set(images(running)) == {"my-app:2.0"})
    labels = [pod["metadata"]["labels"] for pod in pods(running)]
    assert {each["pod-template-generation"] for each in labels} == {"2"}
    hashes = {each["controller-revision-hash"] for each in labels}
    assert {f"agent-{each}" for each in hashes} == {revisions(running)[2]}
