"""StatefulSets: one step at a time, and each step the right one."""

import pytest

from kubetutor.api.objects import name_of
from kubetutor.embedded.controllers.statefulset import StatefulSetController
from kubetutor.embedded.controllers.statefulset_claims import plan_owners
from kubetutor.embedded.controllers.statefulset_pods import ordinal_of
from tests.embedded import manifests
from tests.embedded.loops import Cluster


@pytest.fixture
def cluster():
    cluster = Cluster()
    return cluster.run(StatefulSetController(cluster.context))


def stateful_set(replicas=3, **spec):
    body = {
        "replicas": replicas,
        "serviceName": "db",
        "selector": {"matchLabels": {"app": "db"}},
        "template": manifests.template("db"),
        **spec,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "default"},
        "spec": body,
    }


def create(cluster, **changes):
    cluster.client.create("statefulsets.apps", stateful_set(**changes))
    cluster.settle()


def patch(cluster, **spec):
    cluster.client.patch("statefulsets.apps", "db", {"spec": spec}, namespace="default")
    cluster.settle()


def change_image(cluster, image="my-app:2.0"):
    patch(cluster, template={"spec": manifests.template("db", image)["spec"]})


def names(cluster):
    return [name_of(pod) for pod in cluster.pods()]


def leaving(cluster):
    return [name_of(pod) for pod in cluster.pods() if "deletionTimestamp" in pod["metadata"]]


def run_all(cluster):
    """Let pods run and become ready until no more are made."""
    before = None
    while before != names(cluster):
        before = names(cluster)
        for pod in cluster.pods():
            if not pod["spec"].get("nodeName"):
                body = {"spec": {"nodeName": "worker"}}
                cluster.client.patch("pods", name_of(pod), body, namespace="default", subresource="binding")
        cluster.make_ready(*(pod for pod in cluster.pods() if "deletionTimestamp" not in pod["metadata"]))
        cluster.settle()


def status(cluster):
    return cluster.client.get("statefulsets.apps", "db", namespace="default")["status"]


def test_pods_come_one_by_one(cluster):
    create(cluster)
    assert names(cluster) == ["db-0"]
    cluster.make_ready(cluster.pods()[0])
    cluster.settle()
    assert names(cluster) == ["db-0", "db-1"]


def test_a_gap_is_closed_before_anything_else(cluster):
    create(cluster)
    run_all(cluster)
    cluster.client.vanish("pods", "default/db-1")
    patch(cluster, replicas=4)
    assert names(cluster) == ["db-0", "db-1", "db-2"]
    run_all(cluster)
    assert names(cluster) == ["db-0", "db-1", "db-2", "db-3"]


def test_pods_go_one_by_one_from_the_end(cluster):
    create(cluster)
    run_all(cluster)
    patch(cluster, replicas=0)
    gone = []
    while cluster.pods():
        assert len(leaving(cluster)) == 1
        gone += leaving(cluster)
        cluster.end_deleted_pods()
    assert gone == ["db-2", "db-1", "db-0"]


def test_a_pod_that_is_not_ready_keeps_the_others_from_going(cluster):
    create(cluster)
    run_all(cluster)
    cluster.set_pod(cluster.pods()[0], phase="Running", ready=False)
    patch(cluster, replicas=1)
    assert leaving(cluster) == []
    run_all(cluster)
    assert leaving(cluster) == ["db-2"]


def test_of_the_pods_to_go_the_lowest_that_is_not_ready_may_go(cluster):
    create(cluster)
    run_all(cluster)
    cluster.set_pod(cluster.pods()[2], phase="Running", ready=False)
    patch(cluster, replicas=1)
    assert leaving(cluster) == ["db-2"]


def test_an_update_goes_from_the_end_and_waits_for_each(cluster):
    create(cluster)
    run_all(cluster)
    change_image(cluster)
    assert leaving(cluster) == ["db-2"]
    cluster.end_deleted_pods()
    assert leaving(cluster) == []
    run_all(cluster)
    assert leaving(cluster) == ["db-1"]
    assert status(cluster)["currentRevision"] != status(cluster)["updateRevision"]
    for _ in range(2):
        cluster.end_deleted_pods()
        run_all(cluster)
    done = status(cluster)
    assert done["currentRevision"] == done["updateRevision"]
    assert (done["currentReplicas"], done["updatedReplicas"]) == (3, 3)


def test_below_the_partition_a_pod_comes_back_as_it_was(cluster):
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    create(cluster, updateStrategy=rolling)
    run_all(cluster)
    change_image(cluster)
    cluster.end_deleted_pods()
    run_all(cluster)
    cluster.client.vanish("pods", "default/db-1")
    run_all(cluster)
    images = [pod["spec"]["containers"][0]["image"] for pod in cluster.pods()]
    assert images == ["my-app:1.0", "my-app:1.0", "my-app:2.0"]


def test_the_old_revision_is_kept_while_a_pod_may_need_it(cluster):
    create(cluster, revisionHistoryLimit=0)
    run_all(cluster)
    change_image(cluster)
    assert len(cluster.client.list("controllerrevisions.apps")) == 2
    for _ in range(3):
        cluster.end_deleted_pods()
        run_all(cluster)
    assert len(cluster.client.list("controllerrevisions.apps")) == 1


def test_a_name_of_a_revision_that_is_taken_is_avoided(cluster):
    create(cluster, replicas=0)
    (taken,) = cluster.client.list("controllerrevisions.apps")
    cluster.client.delete("statefulsets.apps", "db", namespace="default")
    body = {"metadata": {"ownerReferences": None, "labels": None}}
    cluster.client.patch("controllerrevisions.apps", name_of(taken), body, namespace="default")
    create(cluster, replicas=0)
    assert status(cluster)["collisionCount"] == 1
    assert status(cluster)["updateRevision"] != name_of(taken)


def test_a_claim_that_belongs_to_an_earlier_pod_is_waited_for(cluster):
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    policy = {"whenScaled": "Delete", "whenDeleted": "Retain"}
    create(cluster, replicas=1, volumeClaimTemplates=[claim], persistentVolumeClaimRetentionPolicy=policy)
    run_all(cluster)
    patch(cluster, replicas=0)
    cluster.end_deleted_pods()
    patch(cluster, replicas=1)
    assert names(cluster) == []
    cluster.client.patch(
        "persistentvolumeclaims", "data-db-0", {"metadata": {"finalizers": None}}, namespace="default"
    )
    cluster.client.delete("persistentvolumeclaims", "data-db-0", namespace="default")
    cluster.settle()
    assert names(cluster) == ["db-0"]


@pytest.mark.parametrize(
    ("deleted", "scaled", "ordinal", "kinds"),
    [
        ("Retain", "Retain", 0, []),
        ("Delete", "Retain", 0, ["StatefulSet"]),
        ("Delete", "Retain", 5, ["StatefulSet"]),
        ("Retain", "Delete", 0, []),
        ("Retain", "Delete", 5, ["Pod"]),
        ("Delete", "Delete", 0, ["StatefulSet"]),
        ("Delete", "Delete", 5, ["Pod"]),
    ],
)
def test_who_takes_a_claim_along(deleted, scaled, ordinal, kinds):
    policy = {"whenDeleted": deleted, "whenScaled": scaled}
    owner = stateful_set(persistentVolumeClaimRetentionPolicy=policy)
    owner["metadata"]["uid"] = "set"
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"db-{ordinal}", "uid": "pod"}}
    assert [entry["kind"] for entry in plan_owners(owner, ordinal, pod, [])] == kinds


def test_a_claim_of_somebody_else_is_left_alone():
    owner = stateful_set(persistentVolumeClaimRetentionPolicy={"whenDeleted": "Delete"})
    other = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "x", "controller": True}]
    assert plan_owners(owner, 0, None, other) == other


@pytest.mark.parametrize(
    ("name", "ordinal"), [("db-0", 0), ("db-12", 12), ("db", None), ("web-0", None), ("db-x", None)]
)
def test_the_number_of_a_pod_is_in_its_name(name, ordinal):
    assert ordinal_of(stateful_set(), {"metadata": {"name": name}}) == ordinal
