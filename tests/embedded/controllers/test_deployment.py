"""Deployments: rolling, recreating, rolling back, pausing, scaling, and what they say meanwhile."""

import pytest

from kubetutor.api.objects import annotations_of, condition, name_of
from kubetutor.embedded.controllers.deployment import DeploymentController
from kubetutor.embedded.controllers.replicaset import ReplicaSetController
from kubetutor.errors import ApiError
from tests.embedded import manifests
from tests.embedded.loops import Cluster

REVISION = "deployment.kubernetes.io/revision"


@pytest.fixture
def cluster():
    cluster = Cluster()
    return cluster.run(DeploymentController(cluster.context), ReplicaSetController(cluster.context))


def apply(cluster, **changes):
    cluster.client.create("deployments.apps", manifests.deployment(**changes))
    cluster.settle()


def get(cluster, name="web-app"):
    return cluster.client.get("deployments.apps", name, namespace="default")


def sets(cluster):
    return cluster.client.list("replicasets.apps")


def sizes(cluster):
    """Map each image to the size of its set."""
    return {image(each): each["spec"]["replicas"] for each in sets(cluster)}


def image(obj):
    template = obj["spec"].get("template") or obj
    return template["spec"]["containers"][0]["image"]


def set_image(cluster, tag):
    body = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": f"my-app:{tag}"}]}}}}
    cluster.client.patch("deployments.apps", "web-app", body, namespace="default")
    cluster.settle()


def patch(cluster, **spec):
    cluster.client.patch("deployments.apps", "web-app", {"spec": spec}, namespace="default")
    cluster.settle()


def bind_and_make_ready(cluster, limit=None):
    """Do as scheduler and kubelet: every pod gets a node, and becomes ready."""
    waiting = [pod for pod in cluster.pods() if not pod["status"].get("conditions")]
    for pod in waiting[:limit]:
        body = {"spec": {"nodeName": "worker"}}
        cluster.client.patch("pods", name_of(pod), body, namespace="default", subresource="binding")
        cluster.make_ready(pod)
        cluster.settle()


def roll_to_the_end(cluster):
    for _ in range(50):
        bind_and_make_ready(cluster)
        cluster.end_deleted_pods()
        status = get(cluster)["status"]
        if condition(get(cluster), "Progressing")["reason"] == "NewReplicaSetAvailable" and not status.get(
            "unavailableReplicas"
        ):
            return
    pytest.fail("the rollout did not end")


def reason(cluster, kind):
    entry = condition(get(cluster), kind)
    return f"{entry['status']}:{entry['reason']}" if entry else None


def test_a_new_deployment_gets_a_replica_set_and_its_pods(cluster):
    apply(cluster)
    (replica_set,) = sets(cluster)
    assert name_of(replica_set).startswith("web-app-")
    suffix = name_of(replica_set).removeprefix("web-app-")
    assert set(suffix) <= set("bcdfghjklmnpqrstvwxz2456789")
    assert replica_set["metadata"]["labels"] == {"app": "web-app", "pod-template-hash": suffix}
    assert replica_set["spec"]["selector"]["matchLabels"] == {"app": "web-app", "pod-template-hash": suffix}
    assert annotations_of(replica_set) == {
        "deployment.kubernetes.io/desired-replicas": "3",
        "deployment.kubernetes.io/max-replicas": "4",
        REVISION: "1",
    }
    assert len(cluster.pods()) == 3
    assert cluster.events("deployment-controller") == [
        ("ScalingReplicaSet", f"Scaled up replica set {name_of(replica_set)} from 0 to 3")
    ]


def test_the_status_of_a_deployment_grows_with_its_pods(cluster):
    apply(cluster)
    (replica_set,) = sets(cluster)
    status = get(cluster)["status"]
    conditions = status.pop("conditions")
    assert status == {
        "observedGeneration": 1,
        "replicas": 3,
        "updatedReplicas": 3,
        "unavailableReplicas": 3,
        "terminatingReplicas": 0,
    }
    assert [(each["type"], each["status"], each["reason"], each["message"]) for each in conditions] == [
        (
            "Available",
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
        ),
        (
            "Progressing",
            "True",
            "ReplicaSetUpdated",
            f'ReplicaSet "{name_of(replica_set)}" is progressing.',
        ),
    ]
    bind_and_make_ready(cluster)
    status = get(cluster)["status"]
    conditions = status["conditions"]
    assert {name: value for name, value in status.items() if name != "conditions"} == {
        "observedGeneration": 1,
        "replicas": 3,
        "updatedReplicas": 3,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "terminatingReplicas": 0,
    }
    assert [(each["type"], each["reason"], each["message"]) for each in conditions] == [
        ("Available", "MinimumReplicasAvailable", "Deployment has minimum availability."),
        (
            "Progressing",
            "NewReplicaSetAvailable",
            f'ReplicaSet "{name_of(replica_set)}" has successfully progressed.',
        ),
    ]


def test_scaling_resizes_the_one_active_set(cluster):
    apply(cluster)
    bind_and_make_ready(cluster)
    patch(cluster, replicas=5)
    (replica_set,) = sets(cluster)
    assert replica_set["spec"]["replicas"] == 5
    assert annotations_of(replica_set)["deployment.kubernetes.io/max-replicas"] == "7"
    assert reason(cluster, "Progressing") == "True:NewReplicaSetAvailable"
    patch(cluster, replicas=3)
    assert [message for _, message in cluster.events("deployment-controller")] == [
        f"Scaled up replica set {name_of(replica_set)} from 0 to 3",
        f"Scaled up replica set {name_of(replica_set)} from 3 to 5",
        f"Scaled down replica set {name_of(replica_set)} from 5 to 3",
    ]


def test_a_rolling_update_goes_one_by_one_and_ends_with_the_new_image(cluster):
    apply(cluster)
    bind_and_make_ready(cluster)
    set_image(cluster, "2.0")
    assert sizes(cluster) == {"my-app:1.0": 3, "my-app:2.0": 1}
    assert reason(cluster, "Progressing") == "True:ReplicaSetUpdated"
    roll_to_the_end(cluster)
    assert sizes(cluster) == {"my-app:1.0": 0, "my-app:2.0": 3}
    assert {image(pod) for pod in cluster.pods()} == {"my-app:2.0"}
    assert annotations_of(get(cluster))[REVISION] == "2"


def test_a_broken_image_leaves_the_old_pods_alone(cluster):
    apply(cluster)
    bind_and_make_ready(cluster)
    set_image(cluster, "broken")
    assert sizes(cluster) == {"my-app:1.0": 3, "my-app:broken": 1}
    set_image(cluster, "2.0")
    assert sizes(cluster) == {"my-app:1.0": 3, "my-app:broken": 0, "my-app:2.0": 1}
    roll_to_the_end(cluster)
    assert sizes(cluster) == {"my-app:1.0": 0, "my-app:broken": 0, "my-app:2.0": 3}


def test_a_roll_back_reuses_the_old_set_and_gives_it_a_new_revision(cluster):
    apply(cluster)
    bind_and_make_ready(cluster)
    set_image(cluster, "2.0")
    roll_to_the_end(cluster)
    set_image(cluster, "1.0")
    roll_to_the_end(cluster)
    assert len(sets(cluster)) == 2
    back = next(each for each in sets(cluster) if image(each) == "my-app:1.0")
    assert annotations_of(back)[REVISION] == "3"
    assert annotations_of(back)["deployment.kubernetes.io/revision-history"] == "1"
    assert annotations_of(get(cluster))[REVISION] == "3"


def test_annotations_of_the_deployment_are_passed_on_but_not_those_of_kubectl(cluster):
    body = manifests.deployment()
    body["metadata"]["annotations"] = {
        "kubernetes.io/change-cause": "first version",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
    }
    cluster.client.create("deployments.apps", body)
    cluster.settle()
    (replica_set,) = sets(cluster)
    assert annotations_of(replica_set)["kubernetes.io/change-cause"] == "first version"
    assert "kubectl.kubernetes.io/last-applied-configuration" not in annotations_of(replica_set)


def test_recreate_waits_until_every_old_pod_is_gone(cluster):
    apply(cluster, strategy={"type": "Recreate"})
    bind_and_make_ready(cluster)
    set_image(cluster, "2.0")
    assert sizes(cluster) == {"my-app:1.0": 0}
    assert get(cluster)["status"]["terminatingReplicas"] == 3
    assert reason(cluster, "Available") == "False:MinimumReplicasUnavailable"
    for pod in cluster.pods()[:2]:
        cluster.client.vanish("pods", f"default/{name_of(pod)}")
        cluster.settle()
    assert sizes(cluster) == {"my-app:1.0": 0}
    cluster.end_deleted_pods()
    assert sizes(cluster) == {"my-app:1.0": 0, "my-app:2.0": 3}
    new = next(each for each in sets(cluster) if image(each) == "my-app:2.0")
    assert annotations_of(new)["deployment.kubernetes.io/max-replicas"] == "3"


def test_a_paused_deployment_does_not_roll_but_scales(cluster):
    apply(cluster)
    bind_and_make_ready(cluster)
    patch(cluster, paused=True)
    assert reason(cluster, "Progressing") == "Unknown:DeploymentPaused"
    set_image(cluster, "2.0")
    assert sizes(cluster) == {"my-app:1.0": 3}
    patch(cluster, replicas=4)
    assert sizes(cluster) == {"my-app:1.0": 4}
    patch(cluster, paused=False)
    assert sizes(cluster) == {"my-app:1.0": 3, "my-app:2.0": 2}
    roll_to_the_end(cluster)


def test_only_so_many_old_sets_are_kept(cluster):
    apply(cluster, revisionHistoryLimit=2)
    bind_and_make_ready(cluster)
    for tag in ("2.0", "3.0", "4.0", "5.0"):
        set_image(cluster, tag)
        roll_to_the_end(cluster)
    assert set(sizes(cluster)) == {"my-app:3.0", "my-app:4.0", "my-app:5.0"}


def test_no_progress_within_the_deadline_is_reported(cluster):
    apply(cluster, progressDeadlineSeconds=20)
    cluster.advance(19)
    assert reason(cluster, "Progressing") == "True:ReplicaSetUpdated"
    cluster.advance(4)
    assert reason(cluster, "Progressing") == "False:ProgressDeadlineExceeded"
    (replica_set,) = sets(cluster)
    assert (
        condition(get(cluster), "Progressing")["message"]
        == f'ReplicaSet "{name_of(replica_set)}" has timed out progressing.'
    )
    bind_and_make_ready(cluster)
    assert reason(cluster, "Progressing") == "True:NewReplicaSetAvailable"


def test_pods_count_as_available_only_after_min_ready_seconds(cluster):
    apply(cluster, minReadySeconds=10)
    bind_and_make_ready(cluster)
    assert get(cluster)["status"]["readyReplicas"] == 3
    assert "availableReplicas" not in get(cluster)["status"]
    cluster.advance(11)
    assert get(cluster)["status"]["availableReplicas"] == 3


def test_scaling_in_the_middle_of_a_rollout_keeps_the_proportion(cluster):
    apply(
        cluster,
        replicas=10,
        strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}},
    )
    bind_and_make_ready(cluster)
    set_image(cluster, "broken")
    assert sizes(cluster) == {"my-app:1.0": 8, "my-app:broken": 5}
    patch(cluster, replicas=15)
    assert sizes(cluster) == {"my-app:1.0": 11, "my-app:broken": 7}


def test_a_set_that_cannot_be_made_is_reported(cluster):
    def refuse(verb, resource, _):
        if (verb, resource) == ("create", "replicasets.apps"):
            raise ApiError(403, "Forbidden", "exceeded quota")

    cluster.client.refuse = refuse
    apply(cluster)
    assert reason(cluster, "Progressing") == "False:ReplicaSetCreateError"
    cluster.client.refuse = None
    cluster.settle()
    assert sizes(cluster) == {"my-app:1.0": 3}


def test_a_hash_that_is_taken_is_avoided(cluster):
    apply(cluster)
    (taken,) = sets(cluster)
    cluster.client.delete("deployments.apps", "web-app", namespace="default")
    cluster.client.vanish("replicasets.apps", f"default/{name_of(taken)}")
    other = manifests.replica_set("other")
    other["metadata"]["name"] = name_of(taken)
    cluster.client.create("replicasets.apps", other)
    apply(cluster)
    cluster.settle()
    assert get(cluster)["status"]["collisionCount"] == 1
    assert len(sets(cluster)) == 2


def test_an_orphaned_set_is_adopted(cluster):
    apply(cluster)
    (replica_set,) = sets(cluster)
    body = {"metadata": {"ownerReferences": None}}
    cluster.client.patch("replicasets.apps", name_of(replica_set), body, namespace="default")
    cluster.settle()
    (replica_set,) = sets(cluster)
    assert replica_set["metadata"]["ownerReferences"] == [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": "web-app",
            "uid": get(cluster)["metadata"]["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]


def test_nothing_is_written_when_nothing_changes(cluster):
    apply(cluster)
    bind_and_make_ready(cluster)
    cluster.client.writes.clear()
    cluster.advance(700)
    assert cluster.client.writes == []
