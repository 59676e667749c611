"""What a real cluster refused is refused alike: status, reason, field path and message.

Cases that only the HTTP layer can answer (paths, selectors, patches that do not apply) are not among these.
"""

from __future__ import annotations

import json

import pytest

from kubetutor.errors import ApiError
from tests.embedded.apiserver.write_path import WritePath, golden, kind_at

# these answer otherwise than upstream, for a reason
DIFFERENT = {
    "update-pod-node": "upstream's message ends with a difference of Go structs, ours with one of manifests",
    "rolebinding-bad-roleref": "upstream answers 500 before it validates; a bad request is 422 here",
}
CASES = {case["name"]: case for case in golden("refusals.json")}
CREATED = {
    (item["input"]["kind"], item["input"]["metadata"].get("name")): item["input"]
    for item in golden("created.json")
}
OF_TRANSPORT = {
    "deployment-old-api-version", "post-to-item", "put-collection", "list-bad-label-selector", "patch-missing",
    "update-stale-resource-version", "put-name-mismatch", "put-uid-mismatch", "scale-negative", "put-missing",
}  # fmt: skip
CREATES = [
    name
    for name, case in CASES.items()
    if case["method"] == "POST" and name not in OF_TRANSPORT | set(DIFFERENT)
]
UPDATES = [
    name
    for name, case in CASES.items()
    if name.startswith("update-") and name not in OF_TRANSPORT | set(DIFFERENT)
]


def body_of(case):
    return case["rawBody"].encode() if "rawBody" in case else json.dumps(case["body"]).encode()


def answer(act):
    """Answer the status code and the `Status` of a refusal, or 201 and the object."""
    try:
        return 201, act()
    except ApiError as error:
        return error.code, error.status()


@pytest.mark.parametrize("name", CREATES)
def test_create_is_answered_as_upstream_does(name):
    case = CASES[name]
    path = WritePath()
    if name == "create-exists":
        path.create_from(case["body"])
    kind, namespace, _ = kind_at(case["path"])
    code, response = answer(
        lambda: path.create(kind, namespace, body_of(case), case.get("contentType") or "")
    )
    assert code == case["code"]
    if code != 201:
        assert response == case["response"]


@pytest.mark.parametrize("name", UPDATES)
def test_update_is_answered_as_upstream_does(name):
    case = CASES[name]
    path = WritePath()
    kind, namespace, object_name = kind_at(case["path"])
    path.create_from(CREATED[kind.kind, object_name])
    code, response = answer(lambda: path.patch(kind, namespace, object_name, case["body"]))
    assert code == (201 if case["code"] == 200 else case["code"])
    if code != 201:
        assert response == case["response"]


def test_moving_a_pod_to_another_node_is_refused_with_what_would_differ():
    path = WritePath()
    case = CASES["update-pod-node"]
    kind, namespace, name = kind_at(case["path"])
    pod = path.create_from(CREATED["Pod", "shop"])
    pod["spec"]["nodeName"] = "lab-worker"
    code, response = answer(lambda: path.patch(kind, namespace, name, case["body"]))
    assert code == case["code"]
    assert response["message"].splitlines()[0] == case["response"]["message"].splitlines()[0]
    assert response["details"]["causes"][0]["field"] == "spec"
    assert '-  "nodeName": "lab-worker",' in response["message"]
    assert '+  "nodeName": "lab-control-plane",' in response["message"]


def test_a_role_binding_to_an_unknown_kind_of_role_names_the_kinds_that_there_are():
    case = CASES["rolebinding-bad-roleref"]
    kind, namespace, _ = kind_at(case["path"])
    code, response = answer(lambda: WritePath().create(kind, namespace, body_of(case)))
    assert code == 422
    assert response["details"]["causes"] == [
        {
            "reason": "FieldValueNotSupported",
            "message": 'Unsupported value: "Rolle": supported values: "Role", "ClusterRole"',
            "field": "roleRef.kind",
        }
    ]


@pytest.mark.parametrize("name", ["delete-default-namespace", "delete-default-namespace-forbidden-system"])
def test_protected_namespaces_are_not_deleted(name):
    case = CASES[name]
    kind, _, object_name = kind_at(case["path"])
    path = WritePath()
    code, response = answer(lambda: path.admission.delete(kind, {"metadata": {"name": object_name}}))
    assert (code, response) == (case["code"], case["response"])


def test_scale_below_zero_is_refused():
    from kubetutor.api.kinds import Kind
    from kubetutor.embedded.apiserver.strategies import invalid_error, validate_scale

    errors = validate_scale(
        {"metadata": {"name": "web-app", "namespace": "default"}, "spec": {"replicas": -2}}
    )
    error = invalid_error(Kind("autoscaling", "v1", "Scale", "scales"), "web-app", errors)
    assert error.status() == CASES["scale-negative"]["response"]
