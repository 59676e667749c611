"""What kubectl says about rights: `auth can-i`, `auth whoami`, `auth reconcile`, and what it makes of a refusal."""

import json

import pytest

from .conftest import eventually

FORBIDDEN = "Error from server (Forbidden): "


@pytest.fixture
def mary(kubectl):
    """Runs kubectl as a user without any rights of her own."""
    return lambda *arguments: kubectl(*arguments, "--as", "mary")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (("list", "pods"), "no"),
        (("create", "pods/exec"), "no"),
        (("get", "pods", "--subresource=log"), "no"),
        (("get", "/healthz"), "yes"),
        (("get", "/metrics"), "no"),
        (("create", "selfsubjectaccessreviews"), "yes"),
    ],
)
def test_a_stranger_asks_what_she_may(mary, question, answer):
    said = mary("auth", "can-i", *question)
    assert (said.out, said.code) == (f"{answer}\n", 0 if answer == "yes" else 1)


def test_an_administrator_may_do_everything(kubectl):
    assert kubectl.ok("auth", "can-i", "*", "*") == "yes\n"
    assert kubectl.ok("auth", "can-i", "get", "/metrics") == "yes\n"


def test_a_question_about_nothing_is_answered_with_a_warning(mary):
    said = mary("auth", "can-i", "use", "nonsense")
    assert (said.out, said.code) == ("no\n", 1)
    assert said.err == "Warning: the server doesn't have a resource type 'nonsense'\n\n"


def test_a_right_can_be_seen_in_the_list_of_rights(kubectl):
    kubectl.ok("create", "role", "clerk", "--verb=get,list", "--resource=pods,deployments.apps")
    kubectl.ok("create", "rolebinding", "clerk", "--role=clerk", "--user=mary")
    eventually(lambda: kubectl("auth", "can-i", "list", "pods", "--as", "mary").code == 0)
    listed = [line.split() for line in kubectl.ok("auth", "can-i", "--list", "--as", "mary").splitlines()]
    assert listed[0] == ["Resources", "Non-Resource", "URLs", "Resource", "Names", "Verbs"]
    assert ["pods", "[]", "[]", "[get", "list]"] in listed
    assert ["deployments.apps", "[]", "[]", "[get", "list]"] in listed
    assert ["[/api/*]", "[]", "[get]"] in listed
    assert not any(line[0] == "*.*" for line in listed)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("get", "pods"), 'pods is forbidden: User "mary" cannot list resource "pods" in API group "" in the namespace "{namespace}"'),
        (("get", "pods", "-A"), 'pods is forbidden: User "mary" cannot list resource "pods" in API group "" at the cluster scope'),
        (("delete", "pod", "web"), 'pods "web" is forbidden: User "mary" cannot delete resource "pods" in API group "" in the namespace "{namespace}"'),
        (("run", "web", "--image=my-app:1.0"), 'pods is forbidden: User "mary" cannot create resource "pods" in API group "" in the namespace "{namespace}"'),
        (("scale", "deployment", "web", "--replicas=2"), 'deployments.apps "web" is forbidden: User "mary" cannot get resource "deployments" in API group "apps" in the namespace "{namespace}"'),
        (("logs", "web"), 'pods "web" is forbidden: User "mary" cannot get resource "pods" in API group "" in the namespace "{namespace}"'),
        (("exec", "web", "--", "ls"), 'pods "web" is forbidden: User "mary" cannot get resource "pods" in API group "" in the namespace "{namespace}"'),
        (("get", "nodes"), 'nodes is forbidden: User "mary" cannot list resource "nodes" in API group "" at the cluster scope'),
        (("create", "namespace", "marys"), 'namespaces is forbidden: User "mary" cannot create resource "namespaces" in API group "" at the cluster scope'),
    ],
)  # fmt: skip
def test_kubectl_shows_the_refusal(kubectl, arguments, message):
    first, *rest = arguments
    said = kubectl(first, "--as", "mary", *rest)
    assert said.code == 1
    assert said.err == f"{FORBIDDEN}{message.format(namespace=kubectl.namespace)}\n"


def test_a_view_of_everything_is_a_list_of_refusals(kubectl, mary):
    refused = mary("get", "all").err.splitlines()
    assert len(refused) >= 8
    assert all(
        line.startswith(FORBIDDEN) and f'in the namespace "{kubectl.namespace}"' in line for line in refused
    )


def test_who_am_i(kubectl):
    found = json.loads(kubectl.ok("auth", "whoami", "-o", "json"))["status"]["userInfo"]
    assert found["username"] == "kubernetes-admin"
    assert found["groups"] == ["kubeadm:cluster-admins", "system:authenticated"]


def test_who_am_i_as_somebody_else(kubectl):
    said = kubectl.ok(
        "auth", "whoami", "--as", "mary", "--as-group", "tills", "--as-uid", "7", "--as-user-extra", "till=3"
    )  # fmt: skip
    assert [line.split() for line in said.splitlines()] == [
        ["ATTRIBUTE", "VALUE"],
        ["Username", "mary"],
        ["UID", "7"],
        ["Groups", "[tills", "system:authenticated]"],
        ["Extra:", "till", "[3]"],
    ]


def role(name, namespace, *resources):
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": name, "namespace": namespace},
        "rules": [{"apiGroups": [""], "resources": [each], "verbs": ["get"]} for each in resources],
    }


def test_reconcile_adds_what_is_missing_and_takes_away_what_it_is_told_to(kubectl):
    def reconcile(*flags):
        wanted = json.dumps(role("clerk", kubectl.namespace, "secrets"))
        return kubectl("auth", "reconcile", "-f", "-", *flags, stdin=wanted).text

    def rules():
        return [rule["resources"] for rule in kubectl.read("role", "clerk")["rules"]]

    kubectl.ok("create", "role", "clerk", "--verb=get", "--resource=pods")
    assert "missing rules added:" in reconcile()
    assert rules() == [["pods"], ["secrets"]]
    assert "reconciliation required" not in reconcile()
    assert "extra rules removed:" in reconcile("--remove-extra-permissions")
    assert rules() == [["secrets"]]


def test_who_may_edit_can_work_and_not_govern(kubectl):
    kubectl.ok("create", "rolebinding", "mary", "--clusterrole=edit", "--user=mary")
    eventually(lambda: kubectl("auth", "can-i", "create", "deployments", "--as", "mary").code == 0)
    assert kubectl.ok("create", "deployment", "web", "--image=my-app:1.0", "--replicas=0", "--as", "mary")
    assert kubectl.ok("scale", "deployment", "web", "--replicas=1", "--as", "mary")
    assert kubectl.ok("delete", "deployment", "web", "--as", "mary")
    refused = kubectl("create", "rolebinding", "coup", "--clusterrole=admin", "--user=mary", "--as", "mary")
    assert 'cannot create resource "rolebindings"' in refused.err
