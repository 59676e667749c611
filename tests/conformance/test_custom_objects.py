"""Objects of custom kinds: the verbs, what is pruned, what is filled in."""

from __future__ import annotations

import json

import pytest

from .conftest import eventually
from .custom import definition, served, version
from .raw import APPLY, JSON, JSON_PATCH, MERGE, STRATEGIC

SELECTABLE = [{"jsonPath": ".spec.colour"}, {"jsonPath": ".spec.litres"}]
FIELDS = "field label not supported: "


@pytest.fixture(scope="module")
def kind(server):
    with served(server, definition("", version(selectableFields=SELECTABLE))) as custom:
        yield custom


def test_a_new_object_has_its_defaults(kettles):
    made = kettles.made()
    assert made["spec"] == {"colour": "red", "litres": 1}
    assert made["metadata"]["generation"] == 1
    assert made["kind"] == "Kettle"
    assert kettles.api.read(kettles.path("kitchen")) == made


def test_unknown_fields_are_dropped_with_a_warning(kettles):
    answer = kettles.post({"colour": "red", "price": 9, "lids": [{"name": "a", "size": 1}]})
    assert answer.code == 201
    assert answer.object["spec"] == {"colour": "red", "litres": 1, "lids": [{"name": "a"}]}
    assert answer.warnings == [
        '299 - "unknown field \\"spec.lids[0].size\\""',
        '299 - "unknown field \\"spec.price\\""',
    ]


def test_unknown_fields_are_refused_where_that_is_asked_for(kettles):
    answer = kettles.post({"colour": "red", "price": 9}, fieldValidation="Strict")
    assert answer.refusal == (
        400,
        "BadRequest",
        'Kettle in version "v1" cannot be handled as a Kettle: strict decoding error: unknown field "spec.price"',
    )
    quiet = kettles.post({"colour": "red", "price": 9}, fieldValidation="Ignore")
    assert (quiet.code, quiet.warnings) == (201, [])


def test_unknown_metadata_are_dropped_with_a_warning(kettles):
    body = kettles.body(owner="ann")
    answer = kettles.api("POST", kettles.path(), body)
    assert (answer.code, answer.warnings) == (201, ['299 - "unknown field \\"metadata.owner\\""'])
    assert "owner" not in answer.object["metadata"]


def test_metadata_of_a_wrong_type_are_refused(kettles):
    answer = kettles.api("POST", kettles.path(), kettles.body(labels={"floor": 1}))
    words = "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"
    message = f'Kettle in version "v1" cannot be handled as a Kettle: {words}'
    assert answer.refusal == (400, "BadRequest", message)


def test_a_field_that_is_given_twice_is_told(kettles):
    text = json.dumps(kettles.body()).replace('"colour": "red"', '"colour": "red", "colour": "blue"')
    answer = kettles.api("POST", kettles.path(), text)
    assert (answer.code, answer.warnings) == (201, ['299 - "duplicate field \\"spec.colour\\""'])


def test_where_unknown_fields_are_kept_they_stay(kettles):
    extra = {"deep": {"price": 9, "list": [{"a": None}]}}
    assert kettles.made({"colour": "red", "extra": extra})["spec"]["extra"] == extra


def test_a_null_is_kept_where_it_is_allowed(kettles):
    spec = kettles.made({"colour": "red", "label": None, "litres": None, "replicas": None})["spec"]
    assert spec == {"colour": "red", "label": None, "litres": 1}


def test_an_object_of_another_kind_is_refused(kettles):
    wrong = kettles.api("POST", kettles.path(), {**kettles.body(), "kind": "Pot"})
    assert wrong.refusal == (
        422, "Invalid", f'Pot.{kettles.group} "kitchen" is invalid: kind: Invalid value: "Pot": must be Kettle',
    )  # fmt: skip
    old = kettles.api("POST", kettles.path(), {**kettles.body(), "apiVersion": f"{kettles.group}/v7"})
    assert old.refusal == (
        400,
        "BadRequest",
        f"the API version in the data ({kettles.group}/v7) does not match the expected API version ({kettles.group}/v1)",
    )


def test_a_name_must_be_one(kettles):
    answer = kettles.post(name="Küche")
    assert answer.code == 422
    [cause] = answer.object["details"]["causes"]
    assert cause["field"] == "metadata.name"
    assert answer.message.startswith(
        f'Kettle.{kettles.group} "Küche" is invalid: metadata.name: Invalid value'
    )


def test_an_object_that_exists_is_not_made_again(kettles):
    kettles.made()
    assert kettles.post().refusal == (
        409,
        "AlreadyExists",
        f'kettles.{kettles.group} "kitchen" already exists',
    )


def test_a_name_can_be_generated(kettles):
    body = kettles.body(generateName="kettle-")
    del body["metadata"]["name"]
    assert kettles.api.made(kettles.path(), body)["metadata"]["name"].startswith("kettle-")


def test_a_dry_run_keeps_nothing(kettles):
    assert kettles.post(dryRun="All").code == 201
    assert kettles.api("GET", kettles.path("kitchen")).refusal == (
        404, "NotFound", f'kettles.{kettles.group} "kitchen" not found',
    )  # fmt: skip


def test_an_update_must_name_the_version_that_it_replaces(kettles):
    made = kettles.made()
    del made["metadata"]["resourceVersion"]
    answer = kettles.api("PUT", kettles.path("kitchen"), made)
    words = "metadata.resourceVersion: Invalid value: 0: must be specified for an update"
    assert answer.refusal == (422, "Invalid", f'kettles.{kettles.group} "kitchen" is invalid: {words}')


def test_only_a_change_of_the_spec_makes_a_new_generation(kettles):
    kettles.made()
    path = kettles.path("kitchen")
    assert kettles.api.patched(path, {"metadata": {"labels": {"a": "b"}}})["metadata"]["generation"] == 1
    assert kettles.api.patched(path, {"spec": {"colour": "blue"}})["metadata"]["generation"] == 2
    assert kettles.api.patched(path, {"status": {"phase": "hot"}})["metadata"]["generation"] == 3


def test_a_json_patch(kettles):
    kettles.made()
    patch = [{"op": "replace", "path": "/spec/colour", "value": "green"}]
    assert kettles.api.patched(kettles.path("kitchen"), patch, JSON_PATCH)["spec"]["colour"] == "green"


def test_a_merge_patch_removes_and_the_default_comes_back(kettles):
    kettles.made({"colour": "red", "litres": 5})
    assert kettles.api.patched(kettles.path("kitchen"), {"spec": {"litres": None}}, MERGE)["spec"] == {
        "colour": "red", "litres": 1,
    }  # fmt: skip


def test_a_strategic_merge_patch_is_not_for_custom_kinds(kettles):
    kettles.made()
    answer = kettles.api("PATCH", kettles.path("kitchen"), {"spec": {}}, content_type=STRATEGIC)
    words = "the body of the request was in an unknown format - accepted media types include"
    assert answer.refusal == (415, "UnsupportedMediaType", f"{words}: {JSON_PATCH}, {MERGE}, {APPLY}")


def test_a_body_must_be_json_or_yaml(kettles):
    answer = kettles.api("POST", kettles.path(), kettles.body(), content_type="text/plain")
    assert answer.code == 415
    yaml = (
        f"apiVersion: {kettles.group}/v1\nkind: Kettle\nmetadata: {{name: garden}}\nspec: {{colour: blue}}\n"
    )
    assert kettles.api("POST", kettles.path(), yaml, content_type="application/yaml").code == 201


def test_objects_are_chosen_by_labels_and_fields(kettles):
    for name, colour, litres in (("one", "red", 1), ("two", "blue", 2), ("three", "blue", 1)):
        body = kettles.body(name, {"colour": colour, "litres": litres}, labels={"size": str(litres)})
        kettles.api.made(kettles.path(), body)

    def names(**options):
        return sorted(kettles.api("GET", kettles.path(), **options).names)

    assert names(labelSelector="size=1") == ["one", "three"]
    assert names(fieldSelector="spec.colour=blue") == ["three", "two"]
    assert names(fieldSelector="spec.colour=blue,spec.litres!=2") == ["three"]
    assert names(fieldSelector="metadata.name=one") == ["one"]


def test_a_field_that_cannot_be_selected_by_is_refused(kettles):
    answer = kettles.api("GET", kettles.path(), fieldSelector="spec.label=x")
    assert answer.refusal == (400, "BadRequest", f"{FIELDS}spec.label")


def test_a_list_says_what_it_is(kettles):
    kettles.made()
    found = kettles.api.read(kettles.path())
    assert (found["kind"], found["apiVersion"]) == ("KettleList", f"{kettles.group}/v1")
    assert len(kettles.api.read(f"/apis/{kettles.group}/v1/kettles", labelSelector="none=x")["items"]) == 0


def test_pages_of_a_list(kettles):
    for name in ("one", "two", "three"):
        kettles.made(name=name)
    first = kettles.api.read(kettles.path(), limit="2")
    assert [item["metadata"]["name"] for item in first["items"]] == ["one", "three"]
    rest = kettles.api.read(kettles.path(), limit="2", **{"continue": first["metadata"]["continue"]})
    assert [item["metadata"]["name"] for item in rest["items"]] == ["two"]


def test_a_watch_sees_what_begins_and_ceases_to_match(kettles):
    kettles.made()
    path = kettles.path("kitchen")
    with kettles.api.watching(kettles.path(), fieldSelector="spec.colour=blue") as events:
        kettles.api.patched(path, {"spec": {"colour": "blue"}})
        kettles.api.patched(path, {"spec": {"litres": 3}})
        kettles.api.patched(path, {"spec": {"colour": "green"}})
        assert [next(events)["type"] for _ in range(3)] == ["ADDED", "MODIFIED", "DELETED"]


def test_deleting_says_what_was_deleted(kettles):
    made = kettles.made()
    answer = kettles.api("DELETE", kettles.path("kitchen"))
    assert answer.object["status"] == "Success"
    assert answer.object["details"] == {
        "name": "kitchen", "group": kettles.group, "kind": "kettles", "uid": made["metadata"]["uid"],
    }  # fmt: skip


def test_a_collection_is_deleted(kettles):
    for name in ("one", "two"):
        kettles.made(name=name)
    assert kettles.api("DELETE", kettles.path()).code == 200
    assert kettles.api.read(kettles.path())["items"] == []


def test_a_finalizer_holds_an_object(kettles):
    body = kettles.body(finalizers=["shop.example/held"])
    kettles.api.made(kettles.path(), body)
    answer = kettles.api("DELETE", kettles.path("kitchen"))
    assert answer.object["metadata"]["deletionGracePeriodSeconds"] == 0
    assert answer.object["metadata"]["generation"] == 2
    kettles.api.patched(kettles.path("kitchen"), {"metadata": {"finalizers": None}})
    assert kettles.api("GET", kettles.path("kitchen")).code == 404


def test_a_finalizer_without_a_domain_is_warned_of(kettles):
    answer = kettles.api("POST", kettles.path(), kettles.body(finalizers=["shop.example"]))
    words = "prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts"
    assert words in answer.warnings[0]
    kettles.api.patched(kettles.path("kitchen"), {"metadata": {"finalizers": None}})


def test_an_object_can_be_had_as_metadata_alone(kettles):
    kettles.made()
    accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    found = kettles.api.read(kettles.path("kitchen"), headers={"Accept": f"{accept},{JSON}"})
    assert (found["kind"], "spec" in found) == ("PartialObjectMetadata", False)


def test_an_owner_takes_its_custom_objects_along(kettles):
    api = kettles.api
    owner = api.made("configmaps", {"metadata": {"name": "owner"}})
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
    api.made(kettles.path(), kettles.body(ownerReferences=[reference]))
    api("DELETE", "configmaps/owner")
    eventually(lambda: api("GET", kettles.path("kitchen")).code == 404)


def test_a_custom_object_takes_what_it_owns_along(kettles):
    api, made = kettles.api, kettles.made()
    reference = {
        "apiVersion": made["apiVersion"], "kind": "Kettle", "name": "kitchen", "uid": made["metadata"]["uid"],
    }  # fmt: skip
    api.made("configmaps", {"metadata": {"name": "owned", "ownerReferences": [reference]}})
    api("DELETE", kettles.path("kitchen"))
    eventually(lambda: api("GET", "configmaps/owned").code == 404)


def test_a_namespace_takes_its_custom_objects_along(kettles):
    api = kettles.api
    api.made(kettles.path(), kettles.body(finalizers=["shop.example/held"]))
    namespace = f"/api/v1/namespaces/{api.namespace}"
    api("DELETE", namespace)

    def remaining():
        found = {
            each["type"]: each["message"] for each in api.read(namespace)["status"].get("conditions", ())
        }
        return found.get("NamespaceContentRemaining")

    words = f"Some resources are remaining: kettles.{kettles.group} has 1 resource instances"
    eventually(lambda: remaining() == words)
    api.patched(kettles.path("kitchen"), {"metadata": {"finalizers": None}})
    eventually(lambda: api("GET", namespace).code == 404)


def test_an_event_can_be_about_a_custom_object(kettles, kubectl):
    made = kettles.made()
    about = {
        "apiVersion": made["apiVersion"],
        "kind": "Kettle",
        "name": "kitchen",
        "uid": made["metadata"]["uid"],
    }
    event = {
        "metadata": {"name": "boiled"},
        "involvedObject": {**about, "namespace": kettles.api.namespace},
        "reason": "Boiled", "message": "It is hot", "type": "Normal", "source": {"component": "stove"},
        "firstTimestamp": made["metadata"]["creationTimestamp"], "lastTimestamp": made["metadata"]["creationTimestamp"],
        "count": 1,
    }  # fmt: skip
    kettles.api.made("events", event)
    text = kubectl.ok("describe", f"kettles.{kettles.group}", "kitchen", "-n", kettles.api.namespace)
    assert "Boiled" in text
    assert "It is hot" in text
