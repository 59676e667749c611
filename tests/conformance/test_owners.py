"""Owners and what becomes of their dependents, and finalizers that hold an object back."""

import pytest

from .conftest import eventually
from .manifests import config_map
from .workloads import apply, create, patch

pytestmark = pytest.mark.kubectl


def uid(kubectl, name):
    return kubectl.read("configmap", name)["metadata"]["uid"]


def owned_by(uid, name, **more):
    return {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": uid, **more}


def make_family(kubectl, **reference):
    """Make a parent and a child of it."""
    apply(kubectl, config_map("parent"))
    owner = owned_by(uid(kubectl, "parent"), "parent", **reference)
    apply(kubectl, config_map("child", ownerReferences=[owner]))


def is_gone(kubectl, name):
    return kubectl.lacks("configmap", name)


def metadata(kubectl, name):
    return kubectl.read("configmap", name)["metadata"]


def test_a_dependent_goes_after_its_owner_in_the_background(kubectl):
    make_family(kubectl)
    kubectl.ok("delete", "configmap", "parent", "--cascade=background")
    assert is_gone(kubectl, "parent")
    eventually(lambda: is_gone(kubectl, "child"))


def test_a_grandchild_goes_too(kubectl):
    make_family(kubectl)
    apply(kubectl, config_map("grandchild", ownerReferences=[owned_by(uid(kubectl, "child"), "child")]))
    kubectl.ok("delete", "configmap", "parent")
    eventually(lambda: is_gone(kubectl, "grandchild"))


def test_in_the_foreground_the_owner_waits_for_a_dependent_that_blocks(kubectl):
    make_family(kubectl, blockOwnerDeletion=True)
    patch(kubectl, "configmap/child", {"metadata": {"finalizers": ["example.com/hold"]}})
    kubectl.ok("delete", "configmap", "parent", "--cascade=foreground", "--wait=false")
    eventually(lambda: "deletionTimestamp" in metadata(kubectl, "child"))
    assert metadata(kubectl, "parent")["finalizers"] == ["foregroundDeletion"]
    patch(kubectl, "configmap/child", {"metadata": {"finalizers": None}})
    eventually(lambda: is_gone(kubectl, "parent"))


def test_in_the_foreground_the_owner_does_not_wait_for_one_that_does_not_block(kubectl):
    make_family(kubectl)
    patch(kubectl, "configmap/child", {"metadata": {"finalizers": ["example.com/hold"]}})
    kubectl.ok("delete", "configmap", "parent", "--cascade=foreground")
    assert is_gone(kubectl, "parent")
    eventually(lambda: "deletionTimestamp" in metadata(kubectl, "child"))
    patch(kubectl, "configmap/child", {"metadata": {"finalizers": None}})


def test_orphans_stay_and_have_no_owner(kubectl):
    make_family(kubectl)
    kubectl.ok("delete", "configmap", "parent", "--cascade=orphan")
    eventually(lambda: is_gone(kubectl, "parent"))
    assert "ownerReferences" not in metadata(kubectl, "child")


def test_a_dependent_of_an_owner_that_never_was_is_deleted(kubectl):
    nobody = owned_by("00000000-0000-4000-8000-000000000000", "nobody")
    apply(kubectl, config_map("child", ownerReferences=[nobody]))
    eventually(lambda: is_gone(kubectl, "child"))


def test_an_owner_of_the_same_name_and_another_uid_is_not_the_owner(kubectl):
    apply(kubectl, config_map("parent"))
    stranger = owned_by("00000000-0000-4000-8000-000000000000", "parent")
    apply(kubectl, config_map("child", ownerReferences=[stranger]))
    eventually(lambda: is_gone(kubectl, "child"))
    assert not is_gone(kubectl, "parent")


def test_a_dependent_of_two_owners_stays_until_both_are_gone(kubectl):
    apply(kubectl, config_map("parent"), config_map("aunt"))
    owners = [owned_by(uid(kubectl, name), name) for name in ("parent", "aunt")]
    apply(kubectl, config_map("child", ownerReferences=owners))
    kubectl.ok("delete", "configmap", "parent")
    eventually(lambda: [owner["name"] for owner in metadata(kubectl, "child")["ownerReferences"]] == ["aunt"])
    kubectl.ok("delete", "configmap", "aunt")
    eventually(lambda: is_gone(kubectl, "child"))


def test_two_controllers_of_one_object_are_refused(kubectl):
    owners = [owned_by(f"00000000-0000-4000-8000-00000000000{n}", "parent", controller=True) for n in (1, 2)]
    answer = create(kubectl, config_map("child", ownerReferences=owners))
    assert answer.code == 1
    assert "Only one reference can have Controller set to true" in answer.err


def test_a_finalizer_holds_a_deleted_object_until_it_is_taken_off(kubectl):
    apply(kubectl, config_map("held", finalizers=["example.com/hold"]))
    kubectl.ok("delete", "configmap", "held", "--wait=false")
    held = metadata(kubectl, "held")
    assert held["deletionGracePeriodSeconds"] == 0
    assert held["deletionTimestamp"]
    patch(kubectl, "configmap/held", {"metadata": {"finalizers": None}})
    assert is_gone(kubectl, "held")


def test_an_object_that_is_being_deleted_takes_no_new_finalizer(kubectl):
    apply(kubectl, config_map("held", finalizers=["example.com/hold"]))
    kubectl.ok("delete", "configmap", "held", "--wait=false")
    change = '{"metadata":{"finalizers":["example.com/hold","example.com/more"]}}'
    answer = kubectl("patch", "configmap", "held", "--type=merge", "-p", change)
    assert answer.code == 1
    assert (
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted"
        in (answer.err)
    )
    patch(kubectl, "configmap/held", {"metadata": {"finalizers": None}})


def test_an_object_that_is_being_deleted_can_still_be_changed(kubectl):
    apply(kubectl, config_map("held", {"door": "open"}, finalizers=["example.com/hold"]))
    kubectl.ok("delete", "configmap", "held", "--wait=false")
    patch(kubectl, "configmap/held", {"data": {"door": "shut"}})
    assert kubectl.read("configmap", "held")["data"] == {"door": "shut"}
    patch(kubectl, "configmap/held", {"metadata": {"finalizers": None}})


def test_an_object_can_be_made_again_under_its_name_with_another_uid(kubectl):
    apply(kubectl, config_map("again"))
    first = uid(kubectl, "again")
    kubectl.ok("delete", "configmap", "again")
    apply(kubectl, config_map("again"))
    assert uid(kubectl, "again") != first
