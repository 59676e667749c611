"""ReplicaSets: how many pods, which go first, and whose they are."""

import pytest

from kubetutor.api.objects import condition, controller_of, name_of
from kubetutor.embedded.controllers.replicaset import ReplicaSetController, plan_replicas
from kubetutor.errors import ApiError
from tests.embedded import manifests
from tests.embedded.loops import Cluster


@pytest.fixture
def cluster():
    cluster = Cluster()
    return cluster.run(ReplicaSetController(cluster.context))


def create(cluster, **changes):
    cluster.client.create("replicasets.apps", manifests.replica_set(**changes))
    cluster.settle()


def get(cluster):
    return cluster.client.get("replicasets.apps", "web", namespace="default")


def scale(cluster, replicas):
    cluster.client.patch("replicasets.apps", "web", {"spec": {"replicas": replicas}}, namespace="default")
    cluster.settle()


def test_pods_are_made_from_the_template(cluster):
    create(cluster, replicas=2)
    pod = cluster.pods()[0]
    assert pod["metadata"]["generateName"] == "web-"
    assert pod["metadata"]["labels"] == {"app": "web"}
    assert controller_of(pod) == {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": "web",
        "uid": get(cluster)["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    names = [name_of(pod) for pod in cluster.pods()]  # in the order of their random endings
    told = cluster.events("replicaset-controller")
    assert sorted(told) == [("SuccessfulCreate", f"Created pod: {name}") for name in names]


def test_the_status_counts_pods(cluster):
    create(cluster)
    cluster.make_ready(cluster.pods()[0])
    cluster.settle()
    assert get(cluster)["status"] == {
        "replicas": 3,
        "fullyLabeledReplicas": 3,
        "readyReplicas": 1,
        "availableReplicas": 1,
        "terminatingReplicas": 0,
        "observedGeneration": 1,
    }


def test_a_deleted_pod_is_replaced_at_once_and_counts_as_terminating(cluster):
    create(cluster)
    victim = cluster.pods()[0]
    body = {"spec": {"nodeName": "worker"}}
    cluster.client.patch("pods", name_of(victim), body, namespace="default", subresource="binding")
    cluster.client.delete("pods", name_of(victim), namespace="default")
    cluster.settle()
    assert len(cluster.pods()) == 4
    assert get(cluster)["status"]["terminatingReplicas"] == 1
    cluster.end_deleted_pods()
    assert len(cluster.pods()) == 3
    assert get(cluster)["status"]["terminatingReplicas"] == 0


def test_a_finished_pod_is_replaced(cluster):
    create(cluster, replicas=1)
    cluster.set_pod(cluster.pods()[0], phase="Failed", ready=False)
    cluster.settle()
    assert len(cluster.pods()) == 2
    assert get(cluster)["status"]["replicas"] == 1


def test_scale_down_deletes_not_ready_pods_first(cluster):
    create(cluster)
    ready = cluster.pods()[1]
    cluster.make_ready(ready)
    scale(cluster, 1)
    assert [name_of(pod) for pod in cluster.pods()] == [name_of(ready)]
    assert sum(reason == "SuccessfulDelete" for reason, _ in cluster.events()) == 2


def a_pod(name, *, node="worker", phase="Running", ready=True, since="2029-12-31T23:00:00Z", **metadata):
    pod = manifests.pod(name, node=node)
    pod["metadata"].update(uid=name, creationTimestamp="2029-12-31T23:00:00Z", **metadata)
    state = {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": since}
    pod["status"] = {"phase": phase, "conditions": [state]}
    return pod


@pytest.mark.parametrize(
    ("goes", "stays"),
    [
        (a_pod("b", node=None), a_pod("a")),
        (a_pod("b", phase="Pending"), a_pod("a")),
        (a_pod("b", ready=False), a_pod("a")),
        (
            a_pod("b", annotations={"controller.kubernetes.io/pod-deletion-cost": "-1"}),
            a_pod("a"),
        ),
        (a_pod("b", node="crowded"), a_pod("a")),
        (a_pod("b", since="2029-12-31T23:59:59Z"), a_pod("a")),
        (a_pod("a"), a_pod("b")),
    ],
)
def test_the_less_useful_pod_goes(cluster, goes, stays):
    plan = plan_replicas(1, [stays, goes], pods_by_node={"crowded": 2, "worker": 1}, now=cluster.clock.now())
    assert [name_of(pod) for pod in plan.delete] == [name_of(goes)]


def test_a_refused_pod_becomes_a_condition_until_it_is_let_in(cluster):
    refusal = 'pods "web-1" is forbidden: exceeded quota: small'

    def refuse(verb, resource, _):
        if (verb, resource) == ("create", "pods"):
            raise ApiError(403, "Forbidden", refusal)

    cluster.client.refuse = refuse
    create(cluster)
    failure = condition(get(cluster), "ReplicaFailure")
    assert (failure["status"], failure["reason"], failure["message"]) == ("True", "FailedCreate", refusal)
    assert cluster.events() == [("FailedCreate", f"Error creating: {refusal}")]
    cluster.client.refuse = None
    cluster.settle()
    assert len(cluster.pods()) == 3
    assert condition(get(cluster), "ReplicaFailure") is None


def test_a_pod_whose_labels_change_is_released_and_replaced(cluster):
    create(cluster, replicas=1)
    (pod,) = cluster.pods()
    cluster.client.patch(
        "pods", name_of(pod), {"metadata": {"labels": {"app": "debug"}}}, namespace="default"
    )
    cluster.settle()
    released = cluster.client.get("pods", name_of(pod), namespace="default")
    assert controller_of(released) is None
    assert len(cluster.pods()) == 2


def test_a_matching_orphan_is_adopted_instead_of_making_another(cluster):
    cluster.client.create("pods", manifests.pod("stray", labels={"app": "web"}))
    create(cluster, replicas=1)
    (pod,) = cluster.pods()
    assert name_of(pod) == "stray"
    assert controller_of(pod)["name"] == "web"


def test_a_set_that_is_being_deleted_makes_no_pods(cluster):
    create(cluster, replicas=1)
    options = {"propagationPolicy": "Foreground"}
    cluster.client.delete("replicasets.apps", "web", namespace="default", options=options)
    cluster.client.vanish("pods", f"default/{name_of(cluster.pods()[0])}")
    cluster.settle()
    assert cluster.pods() == []


def test_a_set_that_nobody_knows_is_no_error(cluster):
    assert ReplicaSetController(cluster.context).reconcile("default/gone") is None


def test_a_namespace_that_is_going_away_is_no_failure(cluster):
    def refuse(verb, resource, _):
        if (verb, resource) == ("create", "pods"):
            causes = [{"reason": "NamespaceTerminating", "message": "namespace default is being terminated"}]
            raise ApiError(403, "Forbidden", "unable to create new content", {"causes": causes})

    cluster.client.refuse = refuse
    create(cluster)
    assert condition(get(cluster), "ReplicaFailure") is None
    assert cluster.events() == []
    assert cluster.refusals == []
