"""What a Deployment says about itself, and how its objects are named and labelled."""

import json
import re

import pytest

from .conftest import eventually
from .manifests import NOWHERE, deployment
from .workloads import (
    apply,
    condition_of,
    create,
    patch,
    replica_sets_by_revision,
    rolled_out,
    wait_field,
    wait_for,
)

pytestmark = pytest.mark.kubectl


@pytest.fixture
def web(kubectl):
    apply(kubectl, deployment(2))
    rolled_out(kubectl)
    return kubectl


def read(kubectl):
    return kubectl.read("deployment", "web")


def test_a_finished_rollout_counts_every_pod(web):
    status = read(web)["status"]
    counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    assert [status[name] for name in counts] == [2, 2, 2, 2]
    assert "unavailableReplicas" not in status


def test_a_finished_rollout_says_available_and_complete(web):
    deployment = read(web)
    (replica_set,) = web.all("replicasets")
    name = replica_set["metadata"]["name"]
    assert condition_of(deployment, "Available") == (
        "True",
        "MinimumReplicasAvailable",
        "Deployment has minimum availability.",
    )
    progress = ("True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.')
    assert condition_of(deployment, "Progressing") == progress


def test_pods_that_cannot_start_leave_it_unavailable_and_progressing(kubectl):
    apply(kubectl, deployment(2, pod_spec={"nodeSelector": NOWHERE}))
    wait_field(kubectl, "deployment/web", "status.unavailableReplicas", 2)
    deployment_now = read(kubectl)
    status, reason, message = condition_of(deployment_now, "Available")
    assert (status, reason) == ("False", "MinimumReplicasUnavailable")
    assert message == "Deployment does not have minimum availability."

    def progressing():
        status, reason, message = condition_of(read(kubectl), "Progressing")
        assert (status, reason) == ("True", "ReplicaSetUpdated")
        return re.fullmatch(r'ReplicaSet "web-[a-z0-9]+" is progressing\.', message)

    eventually(progressing)


def test_a_pause_shows_as_unknown_progress(web):
    web.ok("rollout", "pause", "deployment/web")
    eventually(
        lambda: (
            condition_of(read(web), "Progressing") == ("Unknown", "DeploymentPaused", "Deployment is paused")
        )
    )
    web.ok("rollout", "resume", "deployment/web")
    eventually(lambda: condition_of(read(web), "Progressing")[0] == "True")


def test_the_observed_generation_follows_each_change_of_the_spec(web):
    assert read(web)["metadata"]["generation"] == 1
    web.ok("scale", "deployment/web", "--replicas=1")
    assert read(web)["metadata"]["generation"] == 2
    eventually(lambda: read(web)["status"]["observedGeneration"] == 2)
    web.ok("label", "deployment/web", "team=checkout")
    assert read(web)["metadata"]["generation"] == 2


def test_names_and_labels_carry_the_hash_of_the_template(web):
    (replica_set,) = web.all("replicasets")
    hashed = replica_set["metadata"]["labels"]["pod-template-hash"]
    assert re.fullmatch("[bcdfghjklmnpqrstvwxz2456789]{6,10}", hashed)
    assert replica_set["metadata"]["name"] == f"web-{hashed}"
    labels = {"app": "web", "pod-template-hash": hashed}
    assert replica_set["spec"]["selector"]["matchLabels"] == labels
    assert replica_set["spec"]["template"]["metadata"]["labels"] == labels
    for pod in web.pods():
        assert pod["metadata"]["labels"] == labels
        assert pod["metadata"]["generateName"] == f"web-{hashed}-"
        assert re.fullmatch(f"web-{hashed}-[bcdfghjklmnpqrstvwxz2456789]{{5}}", pod["metadata"]["name"])


def test_pods_belong_to_the_replica_set_and_that_to_the_deployment(web):
    (replica_set,) = web.all("replicasets")
    for item, kind, name in (
        (replica_set, "Deployment", "web"),
        (web.pods()[0], "ReplicaSet", replica_set["metadata"]["name"]),
    ):
        (owner,) = item["metadata"]["ownerReferences"]
        assert (owner["apiVersion"], owner["kind"], owner["name"]) == ("apps/v1", kind, name)
        assert owner["controller"] is owner["blockOwnerDeletion"] is True


def test_the_replica_set_knows_what_the_deployment_wants(web):
    annotations = replica_sets_by_revision(web)["1"]["metadata"]["annotations"]
    assert annotations["deployment.kubernetes.io/desired-replicas"] == "2"
    assert annotations["deployment.kubernetes.io/max-replicas"] == "3"


def test_the_selector_cannot_be_changed(kubectl):
    apply(kubectl, deployment(0))
    changed = deployment(0)
    changed["spec"]["selector"]["matchLabels"]["tier"] = "front"
    changed["spec"]["template"]["metadata"]["labels"]["tier"] = "front"
    answer = kubectl("replace", "-f", "-", stdin=json.dumps(changed))
    assert answer.code == 1
    assert 'The Deployment "web" is invalid: spec.selector: Invalid value:' in answer.err
    assert answer.err.endswith("field is immutable\n")


def test_a_quota_that_forbids_pods_shows_as_a_replica_failure(kubectl):
    kubectl.ok("create", "quota", "none", "--hard=pods=0")
    wait_field(kubectl, "resourcequota/none", "status.hard.pods", "0")
    apply(kubectl, deployment(1))
    wait_for(kubectl, "ReplicaFailure", "deployment/web")
    status, reason, message = condition_of(read(kubectl), "ReplicaFailure")
    assert (status, reason) == ("True", "FailedCreate")
    assert "is forbidden: exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0" in message


def test_the_strategy_of_a_deployment_can_be_changed_later(web):
    patch(web, "deployment/web", {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}})
    assert read(web)["spec"]["strategy"] == {"type": "Recreate"}


def test_defaults_of_a_deployment_are_upstreams(kubectl):
    apply(kubectl, deployment(0))
    spec = read(kubectl)["spec"]
    assert (spec["progressDeadlineSeconds"], spec["revisionHistoryLimit"]) == (600, 10)
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    }


def test_a_rolling_update_needs_room_to_move(kubectl):
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}
    answer = create(kubectl, deployment(1, strategy=strategy))
    assert answer.code == 1
    assert "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: " in answer.err
    assert "may not be 0 when `maxSurge` is 0" in answer.err
