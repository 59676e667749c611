"""What the server says of every object: names, uids, versions, generations, and what nobody may change."""

import re

import pytest

from .bodies import config_map, deployment

SETTINGS = "configmaps/settings"


def test_a_new_object_has_a_uid_a_version_and_a_time(api):
    metadata = api.made("configmaps", config_map())["metadata"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", metadata["uid"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", metadata["creationTimestamp"])
    assert int(metadata["resourceVersion"]) > 1
    assert "selfLink" not in metadata


def test_what_the_server_sets_cannot_be_brought_along(api):
    given = {
        "uid": "00000000-0000-0000-0000-000000000000",
        "creationTimestamp": "2020-01-01T00:00:00Z",
        "deletionTimestamp": "2020-01-01T00:00:00Z",
        "deletionGracePeriodSeconds": 5,
        "selfLink": "/settings",
    }
    metadata = api.made("configmaps", config_map(**given))["metadata"]
    assert not {name for name, value in given.items() if metadata.get(name) == value}


def test_version_0_may_be_brought_along_and_no_other(api):
    assert api("POST", "configmaps", config_map(resourceVersion="0")).code == 201
    answer = api("POST", "configmaps", config_map("second", resourceVersion="1"))
    assert answer.message == "resourceVersion should not be set on objects to be created"


def test_a_generated_name_has_five_letters_more(api):
    names = {
        api.made("configmaps", {"metadata": {"generateName": "shelf-"}})["metadata"]["name"] for _ in range(3)
    }
    assert len(names) == 3
    assert all(re.fullmatch(r"shelf-[bcdfghjklmnpqrstvwxz2456789]{5}", name) for name in names)


def test_a_long_beginning_of_a_generated_name_is_cut(api):
    name = api.made("configmaps", {"metadata": {"generateName": "s" * 70}})["metadata"]["name"]
    assert (len(name), name[:58]) == (63, "s" * 58)


def test_a_name_wins_over_a_generated_one(api):
    metadata = api.made("configmaps", config_map(generateName="shelf-"))["metadata"]
    assert (metadata["name"], metadata["generateName"]) == ("settings", "shelf-")


@pytest.mark.parametrize("name", ["Settings", "-settings", "a..b", "a/b", "x" * 254])
def test_a_name_that_no_host_could_have_is_invalid(api, name):
    answer = api("POST", "configmaps", config_map(name))
    assert answer.refusal[:2] == (422, "Invalid")
    assert {cause["field"] for cause in answer.object["details"]["causes"]} == {"metadata.name"}


def test_a_name_is_required(api):
    answer = api("POST", "configmaps", config_map(""))
    assert answer.refusal[:2] == (422, "Invalid")
    assert "metadata.name: Required value: name or generateName is required" in answer.message


def test_an_object_goes_into_the_namespace_of_the_request(api):
    answer = api("POST", "configmaps", config_map(namespace="bank"))
    assert answer.refusal == (
        400,
        "BadRequest",
        "the namespace of the provided object does not match the namespace sent on the request",
    )


def test_there_is_nothing_in_a_namespace_that_is_not_there(api):
    answer = api("POST", "/api/v1/namespaces/ghost-town/configmaps", config_map())
    assert answer.refusal == (404, "NotFound", 'namespaces "ghost-town" not found')


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({"labels": {"a b": "1"}}, "metadata.labels"),
        ({"labels": {"place": "x" * 64}}, "metadata.labels"),
        ({"annotations": {"a b": "1"}}, "metadata.annotations"),
        ({"annotations": {"text": "x" * 262_145}}, "metadata.annotations"),
        ({"finalizers": ["shop"]}, "metadata.finalizers"),
        ({"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "a"}]}, "metadata.ownerReferences.uid"),
    ],
)  # fmt: skip
def test_metadata_is_checked(api, metadata, field):
    answer = api("POST", "configmaps", config_map(**metadata))
    assert answer.refusal[:2] == (422, "Invalid")
    assert field in {cause["field"].partition("[")[0] for cause in answer.object["details"]["causes"]}


def test_a_change_of_the_spec_makes_a_new_generation_and_others_do_not(api):
    assert api.made("deployments", deployment())["metadata"]["generation"] == 1
    path = "deployments/web-app"
    assert api.patched(path, {"metadata": {"labels": {"place": "shop"}}})["metadata"]["generation"] == 1
    assert api.patched(path, {"spec": {"paused": True}})["metadata"]["generation"] == 2
    assert api.patched(f"{path}/status", {"status": {"observedGeneration": 2}})["metadata"]["generation"] == 2


def test_every_write_makes_a_new_version(api):
    first = api.made("configmaps", config_map())["metadata"]["resourceVersion"]
    second = api.patched(SETTINGS, {"data": {"color": "red"}})["metadata"]["resourceVersion"]
    assert int(second) > int(first)


def test_who_updates_an_old_version_is_in_conflict_and_may_try_again(api):
    old = api.made("configmaps", config_map())
    api.patched(SETTINGS, {"data": {"color": "red"}})
    answer = api("PUT", SETTINGS, {**old, "data": {"color": "green"}})
    assert answer.refusal[:2] == (409, "Conflict")
    assert answer.message.endswith(
        "the object has been modified; please apply your changes to the latest version and try again"
    )
    assert api("PUT", SETTINGS, {**api.read(SETTINGS), "data": {"color": "green"}}).code == 200


def test_an_update_without_a_version_is_not_checked(api):
    api.made("configmaps", config_map())
    assert api("PUT", SETTINGS, config_map(data={"color": "red"})).object["data"] == {"color": "red"}


def test_a_status_update_leaves_the_spec_and_an_update_leaves_the_status(api):
    path = "deployments/web-app"
    made = api.made("deployments", deployment(paused=True))
    wanted = {**made, "spec": {**made["spec"], "replicas": 5}, "status": {"observedGeneration": 77}}
    del wanted["metadata"]["resourceVersion"]
    answer = api("PUT", f"{path}/status", wanted)
    assert (answer.object["spec"]["replicas"], answer.object["status"]["observedGeneration"]) == (0, 77)
    changed = api.patched(path, {"status": {"observedGeneration": 99}, "metadata": {"labels": {"a": "b"}}})
    assert changed["status"].get("observedGeneration") != 99


def test_a_scale_shows_and_sets_the_number_of_replicas(api):
    api.made("deployments", deployment())
    path = "deployments/web-app/scale"
    scale = api.read(path)
    assert (scale["apiVersion"], scale["kind"], scale["spec"]) == ("autoscaling/v1", "Scale", {})
    assert scale["status"] == {"replicas": 0, "selector": "app=web-app"}
    assert api.patched(path, {"spec": {"replicas": 1}})["spec"] == {"replicas": 1}
    assert api.read("deployments/web-app")["spec"]["replicas"] == 1
