"""The scale of a workload: what it shows, and who owns the number of replicas."""

from __future__ import annotations

import pytest

from .bodies import deployment
from .raw import APPLY, MERGE

SCALE = "deployments/web-app/scale"
MINE = ("shop", "Apply", "apps/v1", "scale")


@pytest.fixture
def api_with_deployment(api):
    api.made("deployments", deployment(), fieldManager="first")
    return api


def scale(replicas, **more):
    return {
        "apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web-app"},
        "spec": {"replicas": replicas}, **more,
    }  # fmt: skip


def apply(api, body, manager="shop", **options):
    return api("PATCH", SCALE, body, content_type=APPLY, fieldManager=manager, **options)


def owners(api):
    """Answer who owns the number of replicas."""
    return [
        (entry["manager"], entry["operation"], entry["apiVersion"], entry.get("subresource"))
        for entry in api.read("deployments/web-app")["metadata"]["managedFields"]
        if "f:replicas" in entry["fieldsV1"].get("f:spec", {})
    ]


def test_an_apply_takes_the_replicas_from_nobody_unasked(api_with_deployment):
    api = api_with_deployment
    assert owners(api) == [("first", "Update", "apps/v1", None)]
    answer = apply(api, scale(0))
    words = 'conflict with "first" using autoscaling/v1'
    assert answer.refusal == (409, "Conflict", f"Apply failed with 1 conflict: {words}: .spec.replicas")
    cause = {"reason": "FieldManagerConflict", "message": words, "field": ".spec.replicas"}
    assert answer.object["details"]["causes"] == [cause]


def test_an_apply_takes_the_replicas_by_force(api_with_deployment):
    api = api_with_deployment
    answer = apply(api, scale(1), force="true")
    assert (answer.code, answer.object["kind"], answer.object["spec"]) == (200, "Scale", {"replicas": 1})
    assert "managedFields" not in answer.object["metadata"]
    assert api.read("deployments/web-app")["spec"]["replicas"] == 1
    assert owners(api) == [MINE]


def test_who_applied_is_in_the_way_of_the_next(api_with_deployment):
    api = api_with_deployment
    apply(api, scale(1), force="true")
    answer = apply(api, scale(2), manager="bank")
    words = 'conflict with "shop" with subresource "scale"'
    assert answer.message == f"Apply failed with 1 conflict: {words}: .spec.replicas"
    assert apply(api, scale(1), manager="bank").code == 200  # they want the same
    assert sorted(owners(api)) == [("bank", *MINE[1:]), MINE]
    assert apply(api, scale(3), manager="bank", force="true").code == 200
    assert owners(api) == [("bank", *MINE[1:])]


def test_who_writes_a_scale_owns_the_replicas(api_with_deployment):
    api = api_with_deployment
    api.patched(SCALE, {"spec": {"replicas": 2}}, MERGE, fieldManager="till")
    assert owners(api) == [("till", "Update", "apps/v1", "scale")]
    assert api("PUT", SCALE, scale(0), fieldManager="bank").code == 200
    assert owners(api) == []  # a zero is left out, and nobody owns what is not there


def test_who_applies_no_replicas_lets_go_of_them(api_with_deployment):
    api = api_with_deployment
    apply(api, scale(1), force="true")
    api.patched("deployments/web-app", {"spec": {"replicas": 0}}, MERGE, fieldManager="till")
    assert apply(api, {**scale(0), "spec": {}}).code == 200
    assert MINE not in owners(api)


@pytest.mark.parametrize(
    ("body", "options", "code", "message"),
    [
        (scale(-1), {"force": "true"}, 422, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        (scale(1, metadata={"name": "else"}), {"force": "true"}, 400, "the name of the object (else) does not match the name"),
        (scale(1, apiVersion="apps/v1"), {}, 400, "invalid object type: apps/v1, Kind=Scale"),
        (scale(1), {"fieldManager": ""}, 422, "fieldManager: Required value: is required for apply patch"),
    ],
    ids=["negative", "other name", "other kind", "no manager"],
)  # fmt: skip
def test_an_apply_that_cannot_be(api_with_deployment, body, options, code, message):
    options = {"fieldManager": "shop", **options}
    answer = api_with_deployment("PATCH", SCALE, body, content_type=APPLY, **options)
    assert answer.code == code
    assert message in answer.message


def test_there_is_no_scale_of_what_is_not_there(api):
    words = 'deployments.apps "web-app" not found'
    assert apply(api, scale(1)).refusal == (404, "NotFound", words)
