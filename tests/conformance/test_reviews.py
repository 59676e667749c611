"""Who am I, and what may I do: asked by whoever it is, and by somebody else in their place."""

import pytest

AUTHORIZATION = "/apis/authorization.k8s.io/v1"
JANE = {"Impersonate-User": "jane"}


def may(api, headers=None, **spec):
    return api.made(f"{AUTHORIZATION}/selfsubjectaccessreviews", {"spec": spec}, headers=headers or {})[
        "status"
    ]["allowed"]


def test_who_acts_as_somebody_is_somebody(api):
    headers = {**JANE, "Impersonate-Group": "tills"}
    review = api.made("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, headers=headers)
    found = review["status"]["userInfo"]
    assert (found["username"], found["groups"]) == ("jane", ["tills", "system:authenticated"])


@pytest.mark.parametrize(("headers", "allowed"), [({}, True), (JANE, False)])
def test_an_administrator_may_and_a_stranger_may_not(api, headers, allowed):
    attributes = {"verb": "get", "resource": "pods", "namespace": api.namespace}
    assert may(api, headers, resourceAttributes=attributes) is allowed


@pytest.mark.parametrize(
    ("path", "allowed"), [("/healthz", True), ("/apis/apps/v1", True), ("/metrics", False)]
)
def test_everybody_who_is_known_may_read_what_the_server_offers(api, path, allowed):
    assert may(api, JANE, nonResourceAttributes={"verb": "get", "path": path}) is allowed
    assert may(api, nonResourceAttributes={"verb": "get", "path": path})


def rules(api, headers):
    review = {"spec": {"namespace": api.namespace}}
    status = api.made(f"{AUTHORIZATION}/selfsubjectrulesreviews", review, headers=headers)["status"]
    assert status["incomplete"] is False
    return status


def test_the_rules_of_a_stranger_are_those_of_everybody(api):
    found = rules(api, JANE)
    asked = {name for rule in found["resourceRules"] for name in rule["resources"]}
    assert asked == {"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"}
    assert {"/healthz", "/apis/*"} <= {
        url for rule in found["nonResourceRules"] for url in rule["nonResourceURLs"]
    }


def test_the_rules_of_an_administrator_begin_with_everything(api):
    assert {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]} in rules(api, {})["resourceRules"]


def test_rules_are_of_a_namespace(api):
    answer = api("POST", f"{AUTHORIZATION}/selfsubjectrulesreviews", {"spec": {}})
    assert answer.refusal == (400, "BadRequest", "no namespace on request")
