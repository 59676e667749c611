"""Deleting: at once or later, one or many, and under conditions."""

import pytest

from .bodies import config_map, deployment, pod
from .conftest import eventually

SETTINGS = "configmaps/settings"
FINALIZER = "shop.example/count"


def test_what_is_deleted_is_told_by_a_status(api):
    uid = api.made("configmaps", config_map())["metadata"]["uid"]
    answer = api("DELETE", SETTINGS)
    assert answer.code == 200
    assert answer.object["status"] == "Success"
    assert answer.object["details"] == {"name": "settings", "kind": "configmaps", "uid": uid}
    assert api("DELETE", SETTINGS).refusal == (404, "NotFound", 'configmaps "settings" not found')


def test_a_finalizer_keeps_an_object_until_it_is_taken_off(api):
    api.made("configmaps", config_map(finalizers=[FINALIZER]))
    metadata = api("DELETE", SETTINGS).object["metadata"]
    assert metadata["deletionGracePeriodSeconds"] == 0
    assert metadata["deletionTimestamp"]
    assert api.read(SETTINGS)["metadata"]["finalizers"] == [FINALIZER]
    api.patched(SETTINGS, {"metadata": {"finalizers": None}})
    assert api("GET", SETTINGS).code == 404


def test_what_is_being_deleted_takes_no_new_finalizer(api):
    api.made("configmaps", config_map(finalizers=[FINALIZER]))
    api("DELETE", SETTINGS)
    patch = {"metadata": {"finalizers": [FINALIZER, "shop.example/more"]}}
    answer = api("PATCH", SETTINGS, patch, content_type="application/merge-patch+json")
    assert answer.refusal[:2] == (422, "Invalid")
    assert "no new finalizers can be added if the object is being deleted" in answer.message
    api.patched(SETTINGS, {"metadata": {"finalizers": None}})


@pytest.mark.parametrize("name", ["uid", "resourceVersion"])
def test_a_condition_that_does_not_hold_is_a_conflict(api, name):
    api.made("configmaps", config_map())
    given = {"uid": "00000000-0000-0000-0000-000000000000", "resourceVersion": "1"}[name]
    answer = api("DELETE", SETTINGS, {"preconditions": {name: given}})
    assert answer.refusal[:2] == (409, "Conflict")
    kind = {"uid": "UID", "resourceVersion": "ResourceVersion"}[name]
    start = f'Operation cannot be fulfilled on ConfigMap "settings": the {kind} in the precondition ({given}) does not match'
    assert answer.message.startswith(start)
    assert api("GET", SETTINGS).code == 200


def test_a_condition_that_holds_is_no_hindrance(api):
    metadata = api.made("configmaps", config_map())["metadata"]
    conditions = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
    assert api("DELETE", SETTINGS, {"preconditions": conditions}).code == 200


def test_there_are_three_ways_to_treat_dependents(api):
    api.made("configmaps", config_map())
    answer = api("DELETE", SETTINGS, {"propagationPolicy": "Everything"})
    assert answer.refusal == (
        422,
        "Invalid",
        (
            'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Everything": '
            'supported values: "Foreground", "Background", "Orphan", "nil"'
        ),
    )


def owned(api):
    """A config map, and one that it owns."""
    uid = api.made("configmaps", config_map())["metadata"]["uid"]
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "settings", "uid": uid}
    api.made("configmaps", config_map("dependent", ownerReferences=[owner | {"blockOwnerDeletion": True}]))


def test_dependents_go_with_their_owner(api):
    owned(api)
    api("DELETE", SETTINGS, {"propagationPolicy": "Background"})
    eventually(lambda: api("GET", "configmaps/dependent").code == 404)


def test_an_owner_deleted_in_the_foreground_waits_for_its_dependents(api):
    owned(api)
    answer = api("DELETE", SETTINGS, {"propagationPolicy": "Foreground"})
    assert answer.object["metadata"]["finalizers"] == ["foregroundDeletion"]
    eventually(lambda: api("GET", SETTINGS).code == 404)
    assert api("GET", "configmaps/dependent").code == 404


def test_orphans_stay_and_forget_their_owner(api):
    owned(api)
    assert api("DELETE", SETTINGS, {"propagationPolicy": "Orphan"}).object["metadata"]["finalizers"] == [
        "orphan"
    ]
    eventually(lambda: api("GET", SETTINGS).code == 404)
    assert "ownerReferences" not in api.read("configmaps/dependent")["metadata"]


def test_kubectl_delete_cascade_orphan_leaves_the_replica_set(kubectl):
    kubectl.ok("create", "deployment", "web", "--image=my-app:1.0", "--replicas=0")
    eventually(lambda: kubectl.json("get", "replicasets")["items"])
    kubectl.ok("delete", "deployment", "web", "--cascade=orphan")
    (left,) = kubectl.json("get", "replicasets")["items"]
    assert "ownerReferences" not in left["metadata"]


def test_a_pod_that_no_node_has_goes_at_once(api):
    api.made("pods", pod("shop", "sleep", "60", schedulerName="nobody"))
    answer = api("DELETE", "pods/shop")
    assert (answer.code, answer.object["kind"]) == (200, "Pod")
    assert api("GET", "pods/shop").code == 404


def test_a_namespace_is_terminating_and_takes_nothing_new(api):
    api.made("configmaps", config_map(finalizers=[FINALIZER]))
    answer = api("DELETE", f"/api/v1/namespaces/{api.namespace}")
    assert answer.object["status"]["phase"] == "Terminating"
    answer = api("POST", "configmaps", config_map("late"))
    assert answer.refusal == (
        403,
        "Forbidden",
        (
            f'configmaps "late" is forbidden: unable to create new content in namespace {api.namespace} because it is '
            "being terminated"
        ),
    )
    api.patched(SETTINGS, {"metadata": {"finalizers": None}})


def test_deletecollection_answers_the_list_of_what_it_deletes(api):
    for name in ("web", "db"):
        api.made("deployments", deployment(name))
    answer = api("DELETE", "deployments")
    assert (answer.code, answer.object["kind"]) == (200, "DeploymentList")
    assert sorted(answer.names) == ["db", "web"]
    eventually(lambda: not api("GET", "deployments").names)
