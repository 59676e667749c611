"""The registry itself: versions, names, and what happens to many objects at once."""

import pytest

from kubetutor.api.kinds import kinds_by_resource
from kubetutor.embedded.apiserver.options import DeleteOptions, ListOptions, WriteOptions
from kubetutor.errors import ApiError
from tests.embedded import manifests
from tests.embedded.api_server import make_registry
from tests.embedded.hand_moved_clock import HandMovedClock

KINDS = kinds_by_resource()
CONFIG_MAPS = KINDS["configmaps"]
OPTIONS = WriteOptions(manager="test")


@pytest.fixture
def registry():
    return make_registry(HandMovedClock(), namespaces=("shop",))


def add(registry, name, **metadata):
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}
    return registry.create(CONFIG_MAPS, "shop", obj, OPTIONS)


def names(registry):
    return [each["metadata"]["name"] for each in registry.list(CONFIG_MAPS, "shop", ListOptions()).items]


def test_an_update_that_changes_nothing_writes_nothing(registry):
    made = add(registry, "prices")
    same = {**made, "metadata": dict(made["metadata"])}
    again = registry.update(CONFIG_MAPS, "shop", "prices", same, OPTIONS)
    assert again["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_a_stale_update_is_a_conflict(registry):
    made = add(registry, "prices")
    fresh = {**made, "metadata": dict(made["metadata"]), "data": {"apple": "3"}}
    registry.update(CONFIG_MAPS, "shop", "prices", fresh, OPTIONS)
    stale = {**made, "metadata": dict(made["metadata"]), "data": {"apple": "4"}}
    with pytest.raises(ApiError) as refusal:
        registry.update(CONFIG_MAPS, "shop", "prices", stale, OPTIONS)
    assert (refusal.value.code, refusal.value.reason) == (409, "Conflict")


def test_an_object_of_the_same_name_is_another(registry):
    made = add(registry, "prices")
    registry.delete(CONFIG_MAPS, "shop", "prices", DeleteOptions())
    add(registry, "prices")
    with pytest.raises(ApiError) as refusal:
        registry.delete(CONFIG_MAPS, "shop", "prices", DeleteOptions(uid=made["metadata"]["uid"]))
    assert refusal.value.code == 409


def test_the_last_finalizer_takes_the_object_along(registry):
    made = add(registry, "prices", finalizers=["shop.example/paid"])
    _, gone = registry.delete(CONFIG_MAPS, "shop", "prices", DeleteOptions())
    assert not gone
    kept = registry.get(CONFIG_MAPS, "shop", "prices")
    assert "deletionTimestamp" in kept["metadata"]
    assert "deletionTimestamp" not in made["metadata"]
    freed = {**kept, "metadata": {**kept["metadata"], "finalizers": []}}
    registry.update(CONFIG_MAPS, "shop", "prices", freed, OPTIONS)
    assert names(registry) == []


def test_a_collection_is_deleted_even_when_a_part_of_it_goes_meanwhile(registry):
    for name in ("a", "b", "c"):
        add(registry, name)

    def take_the_next(event):
        if (event.type, event.object["metadata"]["name"]) == ("DELETED", "a"):
            registry.delete(CONFIG_MAPS, "shop", "b", DeleteOptions())

    registry.store.watch("configmaps", take_the_next)
    found = registry.delete_collection(CONFIG_MAPS, "shop", ListOptions(), DeleteOptions())
    assert [each["metadata"]["name"] for each in found] == ["a", "b", "c"]
    assert names(registry) == []


def test_a_collection_is_deleted_with_the_same_wishes_for_each(registry):
    for name in ("web-1", "web-2"):
        registry.create(KINDS["pods"], "shop", manifests.pod(name, namespace="shop", node="one"), OPTIONS)
    registry.delete_collection(KINDS["pods"], "shop", ListOptions(), DeleteOptions(grace_period=7))
    pods = registry.list(KINDS["pods"], "shop", ListOptions()).items
    assert [each["metadata"]["deletionGracePeriodSeconds"] for each in pods] == [7, 7]


def test_nothing_new_comes_into_a_namespace_that_ends(registry):
    add(registry, "prices")
    registry.delete(KINDS["namespaces"], None, "shop", DeleteOptions())
    with pytest.raises(ApiError, match="because it is being terminated") as refusal:
        add(registry, "more")
    assert refusal.value.details["causes"][0]["reason"] == "NamespaceTerminating"


def test_generated_names_begin_as_asked_and_differ(registry):
    bodies = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}} for _ in range(9)]
    made = {registry.create(CONFIG_MAPS, "shop", body, OPTIONS)["metadata"]["name"]: body for body in bodies}
    assert len(made) == 9
    assert all(name.startswith("a-") and len(name) == 7 for name in made)


def test_a_status_is_removed_as_it_was_asked(registry):
    pods = KINDS["pods"]
    made = registry.create(pods, "shop", manifests.pod("web", labels={"a": "b"}, namespace="shop"), OPTIONS)
    bare = {**made, "metadata": {"name": "web"}, "status": {"phase": "Running"}}
    stored = registry.update(pods, "shop", "web", bare, OPTIONS, "status")
    assert stored["status"] == {"phase": "Running"}
    assert "labels" not in stored["metadata"]
    assert stored["metadata"]["uid"] == made["metadata"]["uid"]
    assert stored["spec"] == made["spec"]
