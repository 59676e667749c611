"""Names and labels that are not well formed, and what is said about each."""

from __future__ import annotations

import pytest

from .bodies import config_map, deployment, pod

BAD = "bad value"
LABEL_WORDS = "a lowercase RFC 1123 label must consist of"
LONG = "a" * 64


def service(name):
    return {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}]}}


def complaints(answer, field):
    """Answer what a refusal says about a field, without the value."""
    assert answer.code == 422, answer.body
    causes = [cause for cause in answer.object["details"]["causes"] if cause["field"] == field]
    return [cause["message"].partition('": ')[2] for cause in causes]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shop.example", ["must not contain dots"]),
        ("Shop.example", [LABEL_WORDS]),
        ("shop_1", [LABEL_WORDS]),
        (LONG, ["must be no more than 63 characters"]),
        (f"{LONG}.b", ["must be no more than 63 characters", "must not contain dots"]),
    ],
    ids=["dot", "dot and capital", "underscore", "long", "long and dot"],
)
@pytest.mark.parametrize("kind", ["services", "namespaces", "containers", "volumes"])
def test_a_name_that_must_be_a_label(api, kind, name, expected):
    if kind == "services":
        found = complaints(api("POST", "services", service(name)), "metadata.name")
    elif kind == "namespaces":
        body = {"metadata": {"name": name}}
        found = complaints(api("POST", "/api/v1/namespaces", body), "metadata.name")
    elif kind == "containers":
        body = pod("web", containers=[{"name": name, "image": "busybox:1.36"}])
        found = complaints(api("POST", "pods", body), "spec.containers[0].name")
    else:
        body = pod("web", volumes=[{"name": name, "emptyDir": {}}])
        found = complaints(api("POST", "pods", body), "spec.volumes[0].name")
    assert len(found) == len(expected)
    assert all(words.startswith(begin) for words, begin in zip(found, expected, strict=True))


def test_a_name_of_more_than_253_characters(api):
    answer = api("POST", "configmaps", config_map("a" * 254))
    assert complaints(answer, "metadata.name") == ["must be no more than 253 characters"]


def test_a_label_counts_bytes(api):
    answer = api("POST", "configmaps", config_map(labels={LONG: "x", "size": LONG}))
    assert complaints(answer, "metadata.labels") == [
        "name part must be no more than 63 bytes",
        "must be no more than 63 bytes",
    ]


@pytest.mark.parametrize(("kind", "times"), [("deployments", 1), ("replicasets", 1), ("statefulsets", 2)])
def test_a_wrong_label_of_a_template_is_listed(api, kind, times):
    """The message says it once, the causes of a StatefulSet twice."""
    body = deployment("web")
    del body["apiVersion"], body["kind"]
    body["spec"]["template"]["metadata"]["labels"]["size"] = BAD
    answer = api("POST", kind, body)
    assert len(complaints(answer, "spec.template.labels")) == times
    assert answer.message.count("a valid label must be") == 1


def test_a_generation_is_kept_where_the_kind_counts_none(api):
    made = api.made("configmaps", config_map(generation=7))
    assert made["metadata"]["generation"] == 7
    assert api.patched("configmaps/settings", {"metadata": {"generation": 9}})["metadata"]["generation"] == 7
    changed = api.patched("configmaps/settings", {"metadata": {"generation": None}, "data": {"color": "red"}})
    assert (changed["metadata"]["generation"], changed["data"]) == (7, {"color": "red"})


def test_a_generation_begins_with_1_where_the_kind_counts_them(api):
    body = deployment("web")
    body["metadata"]["generation"] = 7
    assert api.made("deployments", body)["metadata"]["generation"] == 1


ENDPOINTS = ['299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"']
COMPONENTS = ['299 - "v1 ComponentStatus is deprecated in v1.19+"']


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "expected"),
    [
        ("GET", "endpoints/nowhere", None, 404, ENDPOINTS),
        ("DELETE", "endpoints/nowhere", None, 404, ENDPOINTS),
        ("POST", "endpoints", {"metadata": {"name": "A"}}, 422, ENDPOINTS),
        ("POST", "endpoints", "{", 400, ENDPOINTS),
        ("GET", "endpoints?limit=x", None, 400, ENDPOINTS),
        ("PUT", "endpoints", {}, 405, []),
        ("GET", "endpoints/nowhere/status", None, 404, []),
        ("GET", "/api/v1/componentstatuses/nowhere", None, 404, COMPONENTS),
    ],
    ids=[
        "get", "delete", "invalid", "unreadable", "bad option", "no such verb", "no such subresource", "component",
    ],
)  # fmt: skip
def test_a_refusal_warns_of_a_deprecated_kind_too(api, method, path, body, code, expected):
    answer = api(method, path, body)
    assert (answer.code, answer.warnings) == (code, expected)


def test_a_component_that_is_not_there(api):
    words = 'componentstatus "nowhere" not found'
    assert api("GET", "/api/v1/componentstatuses/nowhere").refusal == (404, "NotFound", words)
