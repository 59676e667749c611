"""How a Deployment goes from one version to the next."""

import json

import pytest

from kubetutor.api.objects import is_being_deleted, is_pod_ready

from .conftest import eventually
from .manifests import NOWHERE, deployment, rolling
from .workloads import (
    apply,
    condition_of,
    names,
    patch,
    replica_sets_by_revision,
    rolled_out,
    set_image,
    wait_field,
    wait_for,
    watching,
)

pytestmark = pytest.mark.kubectl

UNPLACEABLE = {"spec": {"template": {"spec": {"nodeSelector": NOWHERE}}}}  # a version whose pods stay Pending


def versions(pods):
    return {pod["spec"]["containers"][0]["image"] for pod in pods}


@pytest.mark.parametrize(("surge", "unavailable", "at_most", "at_least"), [(1, 0, 4, 3), (0, 2, 3, 1)])
def test_a_rolling_update_keeps_its_limits_at_every_moment(kubectl, surge, unavailable, at_most, at_least):
    apply(kubectl, deployment(3, strategy=rolling(surge, unavailable)))
    rolled_out(kubectl)
    with watching(kubectl, "pods") as watch, watching(kubectl, "replicasets") as sets:
        before = len(watch.changes())
        set_image(kubectl, "my-app:2.0")
        rolled_out(kubectl)
        moments = [
            [pod for pod in pods if not is_being_deleted(pod)] for pods in watch.moments()[before - 1 :]
        ]
        sizes = [sum(each["spec"]["replicas"] for each in there) for there in sets.moments()]
    # The limit holds for what the replica sets ask for: one may make its pods before the other has ended its own.
    assert max(sizes) <= at_most
    assert min(sum(is_pod_ready(pod) for pod in pods) for pods in moments) >= at_least
    assert versions(moments[-1]) == {"my-app:2.0"}


def test_percentages_round_surge_up_and_unavailable_down(kubectl):
    apply(kubectl, deployment(3, strategy=rolling("25%", "25%"), pod_spec={"nodeSelector": NOWHERE}))
    eventually(lambda: len(kubectl.pods()) == 3)
    kubectl.ok("set", "image", "deployment/web", "web=my-app:2.0")

    def sizes():
        sets = replica_sets_by_revision(kubectl)
        return {key: item["spec"]["replicas"] for key, item in sets.items()}

    # A quarter of three is one new pod more, and no old pod less.
    eventually(lambda: sizes() == {"1": 3, "2": 1})
    old = replica_sets_by_revision(kubectl)["1"]
    assert old["metadata"]["annotations"]["deployment.kubernetes.io/max-replicas"] == "4"


def test_recreate_ends_every_old_pod_before_it_makes_a_new_one(kubectl):
    apply(kubectl, deployment(2, strategy={"type": "Recreate"}))
    rolled_out(kubectl)
    old = set(names(kubectl.pods()))
    with watching(kubectl, "pods") as watch:
        set_image(kubectl, "my-app:2.0")
        rolled_out(kubectl)
        moments = watch.moments()
    for pods in moments:
        running = {
            pod["metadata"]["name"] for pod in pods if pod["status"]["phase"] not in {"Succeeded", "Failed"}
        }
        assert running <= old or not running & old
    assert versions(moments[-1]) == {"my-app:2.0"}


def test_a_paused_deployment_takes_no_new_version_until_it_is_resumed(kubectl):
    apply(kubectl, deployment(1))
    rolled_out(kubectl)
    assert kubectl.ok("rollout", "pause", "deployment/web") == "deployment.apps/web paused\n"
    set_image(kubectl, "my-app:2.0")
    wait_field(kubectl, "deployment/web", "status.observedGeneration", 3)
    assert versions(kubectl.pods()) == {"my-app:1.0"}
    assert len(kubectl.all("replicasets")) == 1
    assert kubectl.ok("rollout", "resume", "deployment/web") == "deployment.apps/web resumed\n"
    rolled_out(kubectl)
    eventually(lambda: versions(kubectl.pods()) == {"my-app:2.0"})


def test_a_paused_deployment_can_be_scaled(kubectl):
    apply(kubectl, deployment(1))
    rolled_out(kubectl)
    kubectl.ok("rollout", "pause", "deployment/web")
    kubectl.ok("scale", "deployment/web", "--replicas=2")
    eventually(lambda: len(kubectl.pods()) == 2)


def test_a_deployment_that_is_created_paused_makes_nothing_until_it_is_resumed(kubectl):
    apply(kubectl, deployment(1, paused=True))
    wait_field(kubectl, "deployment/web", "status.observedGeneration", 1)
    assert kubectl.all("replicasets") == []
    kubectl.ok("rollout", "resume", "deployment/web")
    eventually(kubectl.pods)


def test_a_restart_replaces_every_pod_with_one_of_the_same_version(kubectl):
    apply(kubectl, deployment(2))
    rolled_out(kubectl)
    old = set(names(kubectl.pods()))
    assert kubectl.ok("rollout", "restart", "deployment/web") == "deployment.apps/web restarted\n"
    rolled_out(kubectl)
    eventually(lambda: not old & set(names(kubectl.pods())))
    assert versions(kubectl.pods()) == {"my-app:1.0"}
    template = kubectl.read("deployment", "web")["spec"]["template"]
    assert "kubectl.kubernetes.io/restartedAt" in template["metadata"]["annotations"]


def test_scaling_in_the_middle_of_a_rollout_shares_the_new_pods_out(kubectl):
    apply(kubectl, deployment(4, strategy=rolling(2, 0)))
    rolled_out(kubectl)
    patch(kubectl, "deployment/web", UNPLACEABLE)

    def sizes():
        return {key: item["spec"]["replicas"] for key, item in replica_sets_by_revision(kubectl).items()}

    eventually(lambda: sizes() == {"1": 4, "2": 2})
    kubectl.ok("scale", "deployment/web", "--replicas=8")
    # Ten pods are allowed then, and the four more go to both, in the proportion of four to two.
    eventually(lambda: sizes() == {"1": 7, "2": 3})


def test_a_third_version_overtakes_a_second_that_is_stuck(kubectl):
    apply(kubectl, deployment(2))
    rolled_out(kubectl)
    patch(kubectl, "deployment/web", UNPLACEABLE)
    eventually(lambda: "2" in replica_sets_by_revision(kubectl))
    patch(kubectl, "deployment/web", {"spec": {"template": {"spec": {"nodeSelector": None}}}})
    set_image(kubectl, "my-app:3.0")
    rolled_out(kubectl)
    sizes = {key: item["spec"]["replicas"] for key, item in replica_sets_by_revision(kubectl).items()}
    assert sizes.pop(max(sizes)) == 2
    assert set(sizes.values()) == {0}


def test_a_rollout_that_makes_no_progress_says_so_after_its_deadline(kubectl):
    apply(kubectl, deployment(1, progressDeadlineSeconds=2, pod_spec={"nodeSelector": NOWHERE}))
    wait_for(kubectl, "Progressing=False", "deployment/web")
    web = kubectl.read("deployment", "web")
    replica_set = kubectl.all("replicasets")[0]["metadata"]["name"]
    assert condition_of(web, "Progressing") == (
        "False",
        "ProgressDeadlineExceeded",
        f'ReplicaSet "{replica_set}" has timed out progressing.',
    )
    status = kubectl("rollout", "status", "deployment/web")
    assert (status.code, status.err) == (1, 'error: deployment "web" exceeded its progress deadline\n')


def test_a_rollout_goes_on_after_its_deadline_once_it_can(kubectl):
    apply(kubectl, deployment(1, progressDeadlineSeconds=2, pod_spec={"nodeSelector": NOWHERE}))
    wait_for(kubectl, "Progressing=False", "deployment/web")
    placeable = {"template": {"spec": {"nodeSelector": None}}, "progressDeadlineSeconds": 60}
    patch(kubectl, "deployment/web", {"spec": placeable})
    wait_for(kubectl, "Progressing", "deployment/web")
    rolled_out(kubectl)


def test_a_pod_is_available_only_after_its_minimum_of_ready_seconds(kubectl):
    apply(kubectl, deployment(1, minReadySeconds=500))
    wait_field(kubectl, "deployment/web", "status.readyReplicas", 1)
    web = kubectl.read("deployment", "web")
    assert web["status"].get("availableReplicas", 0) == 0
    assert condition_of(web, "Available") == (
        "False",
        "MinimumReplicasUnavailable",
        "Deployment does not have minimum availability.",
    )


def test_a_deployment_adopts_a_replica_set_of_the_same_template(kubectl):
    wanted = deployment(2)
    orphan = json.loads(json.dumps({**wanted, "kind": "ReplicaSet", "metadata": {"name": "older"}}))
    orphan["metadata"]["labels"] = {"app": "web"}
    apply(kubectl, orphan)
    apply(kubectl, wanted)
    rolled_out(kubectl)
    (adopted,) = kubectl.all("replicasets")
    assert adopted["metadata"]["name"] == "older"
    (owner,) = adopted["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["controller"]) == ("Deployment", "web", True)
