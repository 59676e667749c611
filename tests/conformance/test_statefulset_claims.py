"""The claims that a StatefulSet makes for its pods, and what becomes of them."""

import pytest

from kubetutor.api.objects import controller_of, is_being_deleted, name_of, uid_of

from .conftest import eventually
from .manifests import NOWHERE, stateful_set
from .workloads import apply, event_messages, names, patch

pytestmark = pytest.mark.kubectl

DATA = {
    "metadata": {"name": "data", "labels": {"tier": "storage"}},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
}


UNPROTECTED = '{"metadata": {"finalizers": null}}'


def db(replicas=2, retention=None, **pod_spec):
    """Answer a set whose pods wait: what is tested here needs none to run."""
    more = {"persistentVolumeClaimRetentionPolicy": retention} if retention else {}
    waiting = {"nodeSelector": NOWHERE, **pod_spec}
    return stateful_set(
        replicas, volumeClaimTemplates=[DATA], podManagementPolicy="Parallel", pod_spec=waiting, **more
    )


def claims(kubectl):
    """Answer the claims that are to stay: one in use is protected, and goes when its pod is gone."""
    return [claim for claim in kubectl.all("persistentvolumeclaims") if not is_being_deleted(claim)]


def has_claims(kubectl, *wanted):
    eventually(lambda: names(claims(kubectl)) == list(wanted))
    return claims(kubectl)


def has_pods(kubectl, *wanted):
    eventually(lambda: names(kubectl.pods("app=db")) == list(wanted))
    return kubectl.pods("app=db")


def owners(kubectl):
    found = {name_of(claim): controller_of(claim) for claim in claims(kubectl)}
    return {name: (owner["kind"], owner["name"]) if owner else None for name, owner in found.items()}


def test_each_pod_has_a_claim_of_its_own(kubectl):
    apply(kubectl, db())
    for claim in has_claims(kubectl, "data-db-0", "data-db-1"):
        assert claim["metadata"]["labels"] == {"app": "db", "tier": "storage"}
        assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
        assert claim["spec"]["resources"] == {"requests": {"storage": "1Mi"}}
    for number, pod in enumerate(has_pods(kubectl, "db-0", "db-1")):
        volume = {"name": "data", "persistentVolumeClaim": {"claimName": f"data-db-{number}"}}
        assert volume in pod["spec"]["volumes"]


def test_a_claim_is_told_of_in_an_event(kubectl):
    apply(kubectl, db(1))
    has_pods(kubectl, "db-0")
    told = "Create Claim data-db-0 Pod db-0 in StatefulSet db success"
    eventually(lambda: told in event_messages(kubectl, "db", "SuccessfulCreate"))


def test_a_volume_of_the_template_gives_way_to_the_claim_of_its_name(kubectl):
    apply(kubectl, db(1, volumes=[{"name": "data", "emptyDir": {}}, {"name": "cache", "emptyDir": {}}]))
    (pod,) = has_pods(kubectl, "db-0")
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    assert volumes["data"]["persistentVolumeClaim"] == {"claimName": "data-db-0"}
    assert volumes["cache"]["emptyDir"] == {}


def test_claims_outlive_pods_and_set(kubectl):
    apply(kubectl, db())
    has_claims(kubectl, "data-db-0", "data-db-1")
    has_pods(kubectl, "db-0", "db-1")
    kubectl.ok("scale", "statefulset/db", "--replicas=1")
    has_pods(kubectl, "db-0")
    kubectl.ok("delete", "statefulset", "db")
    has_pods(kubectl)
    assert owners(kubectl) == {"data-db-0": None, "data-db-1": None}


def test_a_new_pod_of_the_same_number_finds_the_claim_again(kubectl):
    apply(kubectl, db(1))
    (before,) = has_claims(kubectl, "data-db-0")
    has_pods(kubectl, "db-0")
    kubectl.ok("scale", "statefulset/db", "--replicas=0")
    has_pods(kubectl)
    kubectl.ok("scale", "statefulset/db", "--replicas=1")
    has_pods(kubectl, "db-0")
    assert claims(kubectl)[0]["metadata"]["uid"] == before["metadata"]["uid"]


def test_claims_may_go_with_the_set(kubectl):
    apply(kubectl, db(retention={"whenDeleted": "Delete"}))
    has_claims(kubectl, "data-db-0", "data-db-1")
    ours = ("StatefulSet", "db")
    eventually(lambda: owners(kubectl) == {"data-db-0": ours, "data-db-1": ours})
    kubectl.ok("delete", "statefulset", "db")
    has_claims(kubectl)


def test_claims_may_go_with_a_pod_that_is_one_too_many(kubectl):
    apply(kubectl, db(retention={"whenScaled": "Delete"}))
    has_pods(kubectl, "db-0", "db-1")
    assert owners(kubectl) == {"data-db-0": None, "data-db-1": None}
    kubectl.ok("scale", "statefulset/db", "--replicas=1")
    has_claims(kubectl, "data-db-0")


def test_a_changed_policy_changes_the_owners(kubectl):
    apply(kubectl, db(1, retention={"whenDeleted": "Delete"}))
    has_pods(kubectl, "db-0")
    eventually(lambda: owners(kubectl) == {"data-db-0": ("StatefulSet", "db")})
    retain = {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"}}
    patch(kubectl, "statefulset/db", {"spec": retain})
    eventually(lambda: owners(kubectl) == {"data-db-0": None})


def test_a_missing_claim_of_a_waiting_pod_is_made_again(kubectl):
    apply(kubectl, db(1))
    has_pods(kubectl, "db-0")
    (before,) = has_claims(kubectl, "data-db-0")
    kubectl.ok("delete", "persistentvolumeclaim", "data-db-0", "--wait=false")
    kubectl(
        "patch", "persistentvolumeclaim", "data-db-0", "--type=merge", "-p", UNPROTECTED
    )  # if still there
    kubectl.ok("annotate", "pod", "db-0", "example.com/look=again")
    eventually(lambda: [uid_of(claim) for claim in claims(kubectl)] not in ([], [uid_of(before)]))
