"""Who am I, and what may I do: asked by whoever it is, and by somebody else in their place."""

import pytest

from .conftest import eventually

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


POD = {"verb": "list", "resource": "pods"}
PATH = {"verb": "get", "path": "/x"}
ONE_KIND = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
NO_USER = 'spec.user: Invalid value: "": at least one of user or group must be specified'
BOTH = 'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":"get"}: cannot be specified in combination with resourceAttributes'


@pytest.mark.parametrize(
    ("kind", "spec", "complaint"),
    [
        ("selfsubjectaccessreviews", {}, f"spec.resourceAttributes: Invalid value: null: {ONE_KIND}"),
        ("selfsubjectaccessreviews", {"resourceAttributes": POD, "nonResourceAttributes": PATH}, BOTH),
        ("subjectaccessreviews", {"resourceAttributes": POD}, NO_USER),
        (
            "subjectaccessreviews",
            {},
            f"[spec.resourceAttributes: Invalid value: null: {ONE_KIND}, {NO_USER}]",
        ),
    ],
)
def test_what_a_question_must_say(api, kind, spec, complaint):
    answer = api("POST", f"{AUTHORIZATION}/{kind}", {"spec": spec})
    assert answer.refusal == (422, "Invalid", f'.authorization.k8s.io "" is invalid: {complaint}')
    assert "kind" not in answer.object["details"]


def test_a_question_about_nothing_in_particular_is_one(api):
    assert may(api, resourceAttributes={})
    assert not may(api, JANE, resourceAttributes={})


def status_of(api, path, **spec):
    return api.made(path, {"spec": spec})["status"]


def test_the_answer_says_which_binding_allows_it(api):
    reason = 'RBAC: allowed by ClusterRoleBinding "kubeadm:cluster-admins" of ClusterRole "cluster-admin" to Group "kubeadm:cluster-admins"'
    asked = {"resourceAttributes": POD}
    assert status_of(api, f"{AUTHORIZATION}/selfsubjectaccessreviews", **asked) == {
        "allowed": True,
        "reason": reason,
    }


def test_the_answer_about_a_master_needs_no_binding(api):
    status = status_of(
        api, f"{AUTHORIZATION}/subjectaccessreviews", resourceAttributes=POD, groups=["system:masters"]
    )
    assert status == {"allowed": True}


def test_an_administrator_asks_about_somebody_else(api):
    subject = {"kind": "User", "name": "mary", "apiGroup": "rbac.authorization.k8s.io"}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    api.made("rolebindings", {"metadata": {"name": "m"}, "roleRef": reference, "subjects": [subject]})
    asked = {"resourceAttributes": {**POD, "namespace": api.namespace}, "user": "mary"}
    reason = f'RBAC: allowed by RoleBinding "m/{api.namespace}" of ClusterRole "view" to User "mary"'
    for path in (f"{AUTHORIZATION}/subjectaccessreviews", "localsubjectaccessreviews"):
        eventually(lambda path=path: status_of(api, path, **asked) == {"allowed": True, "reason": reason})
    asked["resourceAttributes"] = {**asked["resourceAttributes"], "verb": "delete"}
    assert status_of(api, "localsubjectaccessreviews", **asked) == {"allowed": False}


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ({"resourceAttributes": {**POD, "namespace": "elsewhere"}}, 'spec.resourceAttributes.namespace: Invalid value: "elsewhere": must match metadata.namespace'),
        ({"nonResourceAttributes": PATH}, 'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":"get"}: disallowed on this kind of request'),
    ],
)  # fmt: skip
def test_a_local_question_is_about_its_namespace(api, spec, complaint):
    answer = api("POST", "localsubjectaccessreviews", {"spec": {"user": "mary", **spec}})
    assert answer.refusal == (422, "Invalid", f'.authorization.k8s.io "" is invalid: {complaint}')


def test_who_am_i_says_when_it_was_asked(api):
    review = api.made("/apis/authentication.k8s.io/v1/selfsubjectreviews", {})
    assert set(review["metadata"]) == {"creationTimestamp"}
    assert review["status"]["userInfo"]["username"] == "kubernetes-admin"


def test_the_rules_leave_out_the_question(api):
    review = api.made(f"{AUTHORIZATION}/selfsubjectrulesreviews", {"spec": {"namespace": api.namespace}})
    assert review["spec"] == {}
