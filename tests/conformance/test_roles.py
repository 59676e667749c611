"""The roles that a cluster begins with, roles that gather others, and who may give rights away."""

import pytest

from .access import GROUP, RBAC, binding, cluster_wide, hired, rule
from .conftest import eventually

EDITED = [("create", "pods"), ("delete", "deployments.apps"), ("get", "secrets"), ("create", "pods/exec")]
VIEWED = [("get", "pods"), ("list", "deployments.apps"), ("get", "pods/log"), ("watch", "events")]
GOVERNED = [
    ("create", "roles.rbac.authorization.k8s.io"),
    ("delete", "rolebindings.rbac.authorization.k8s.io"),
]
NOBODYS = [("get", "nodes"), ("update", "resourcequotas"), ("delete", "namespaces"), ("bind", "clusterroles")]
MATRIX = {
    "view": (VIEWED, [*EDITED, *GOVERNED, *NOBODYS]),
    "edit": ([*VIEWED, *EDITED], [*GOVERNED, *NOBODYS]),
    "admin": ([*VIEWED, *EDITED, *GOVERNED], NOBODYS),
    "cluster-admin": ([*VIEWED, *EDITED, *GOVERNED, *NOBODYS], []),
}


@pytest.fixture
def jane(api):
    return hired(api)


def may(person, verb, resource):
    plural, _, below = resource.partition("/")
    plural, _, group = plural.partition(".")
    return person.may(verb, f"{plural}/{below}" if below else plural, group=group)


@pytest.mark.parametrize("role", MATRIX)
def test_what_the_usual_roles_allow_in_a_namespace(jane, role):
    allowed, refused = MATRIX[role]
    jane.is_bound(role)
    eventually(lambda: may(jane, "get", "pods"))
    assert [wanted for wanted in allowed if not may(jane, *wanted)] == []
    assert [wanted for wanted in refused if may(jane, *wanted)] == []


@pytest.mark.parametrize("name", ["view", "edit", "admin"])
def test_the_usual_roles_gather_their_rules(api, name):
    role = api.read(f"{RBAC}/clusterroles/{name}")
    label = f"{GROUP}/aggregate-to-{name}"
    assert role["aggregationRule"] == {"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]}
    gathered = api.read(f"{RBAC}/clusterroles/system:aggregate-to-{name}")
    assert [each for each in gathered["rules"] if each not in role["rules"]] == []


def test_the_role_of_the_administrators_allows_everything(api):
    rules = api.read(f"{RBAC}/clusterroles/cluster-admin")["rules"]
    assert rules == [
        {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
        {"verbs": ["*"], "nonResourceURLs": ["*"]},
    ]


def test_a_role_gathers_the_rules_of_roles_with_its_label(api):
    label = {f"test.{api.namespace}/orders": "true"}
    selector = {"clusterRoleSelectors": [{"matchLabels": label}]}
    orders = rule("get", "orders", "shop.example")
    with cluster_wide(api, "clusterroles", {"aggregationRule": selector, "rules": []}) as role:
        path = f"{RBAC}/clusterroles/{role['metadata']['name']}"
        with cluster_wide(api, "clusterroles", {"metadata": {"labels": label}, "rules": [orders]}):
            eventually(lambda: api.read(path)["rules"] == [orders])
        eventually(lambda: not api.read(path)["rules"])


def test_what_is_written_into_a_gathering_role_is_overwritten_by_what_it_gathers(api):
    label = {f"test.{api.namespace}/orders": "true"}
    selector = {"clusterRoleSelectors": [{"matchLabels": label}]}
    orders, own = rule("get", "orders", "shop.example"), rule("get", "pods")
    with cluster_wide(api, "clusterroles", {"aggregationRule": selector, "rules": [own]}) as role:
        path = f"{RBAC}/clusterroles/{role['metadata']['name']}"
        assert api.read(path)["rules"] == [own]  # as long as there is nothing to gather
        with cluster_wide(api, "clusterroles", {"metadata": {"labels": label}, "rules": [orders]}):
            eventually(lambda: api.read(path)["rules"] == [orders])
            api.patched(path, {"rules": [own]})
            eventually(lambda: api.read(path)["rules"] == [orders])


def test_a_role_without_rules_says_so(api):
    assert api.made("roles", {"metadata": {"name": "idle"}, "rules": []})["rules"] is None


def test_a_binding_keeps_its_role(api):
    jane = hired(api)
    jane.is_bound("view")
    changed = binding("edit", "ClusterRole", jane.subject, name="view-jane")
    answer = api("PUT", "rolebindings/view-jane", changed)
    assert (answer.code, answer.object["reason"]) == (422, "Invalid")
    assert "cannot change roleRef" in answer.message


GRANTING = "is attempting to grant RBAC permissions not currently held:\n"


def groups(person):
    namespace = person.admin.namespace
    return f'["system:serviceaccounts" "system:serviceaccounts:{namespace}" "system:authenticated"]'


def test_nobody_writes_a_role_with_rights_that_they_do_not_hold(jane):
    jane.is_bound("admin")
    eventually(lambda: may(jane, "create", "roles.rbac.authorization.k8s.io"))
    rules = [rule("get list", "pods nodes"), rule("get", "secrets"), rule("*", "kittens", "shop.example")]
    answer = jane("POST", "roles", {"metadata": {"name": "greedy"}, "rules": rules})
    expected = (
        f'roles.rbac.authorization.k8s.io "greedy" is forbidden: user "{jane.user}" (groups={groups(jane)}) {GRANTING}'
        '{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list"]}\n'
        '{APIGroups:["shop.example"], Resources:["kittens"], Verbs:["*"]}'
    )
    assert answer.refusal == (403, "Forbidden", expected)
    assert jane("POST", "roles", {"metadata": {"name": "modest"}, "rules": [rule("get", "pods")]}).code == 201


def test_a_role_cannot_grow_beyond_who_changes_it(jane):
    jane.is_bound("admin")
    eventually(lambda: may(jane, "create", "roles.rbac.authorization.k8s.io"))
    assert jane("POST", "roles", {"metadata": {"name": "clerk"}, "rules": [rule("get", "pods")]}).code == 201
    change = {"rules": [rule("get", "nodes")]}
    answer = jane("PATCH", "roles/clerk", change, content_type="application/merge-patch+json")
    assert answer.code == 403
    assert answer.message.endswith(GRANTING + '{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}')


def test_nobody_binds_a_role_with_rights_that_they_do_not_hold(jane):
    jane.is_bound("admin")
    eventually(lambda: may(jane, "create", "rolebindings.rbac.authorization.k8s.io"))
    answer = jane("POST", "rolebindings", binding("cluster-admin", "ClusterRole", jane.subject, name="coup"))
    expected = (
        f'rolebindings.rbac.authorization.k8s.io "coup" is forbidden: user "{jane.user}" (groups={groups(jane)}) {GRANTING}'
        '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}'
    )
    assert answer.refusal == (403, "Forbidden", expected)
    allowed = jane("POST", "rolebindings", binding("edit", "ClusterRole", jane.subject, name="help"))
    assert allowed.code == 201


def test_the_verb_bind_lets_a_role_be_given_that_is_not_held(jane):
    jane.is_given(
        rule("create", "rolebindings", GROUP), rule("bind", "clusterroles", GROUP, resourceNames=["view"])
    )
    eventually(lambda: may(jane, "create", "rolebindings.rbac.authorization.k8s.io"))
    assert jane("POST", "rolebindings", binding("view", "ClusterRole", jane.subject, name="look")).code == 201
    assert jane("POST", "rolebindings", binding("edit", "ClusterRole", jane.subject, name="coup")).code == 403


def test_the_verb_escalate_lets_a_role_hold_more_than_its_writer(jane):
    jane.is_given(rule("create escalate", "roles", GROUP))
    eventually(lambda: may(jane, "create", "roles.rbac.authorization.k8s.io"))
    assert jane("POST", "roles", {"metadata": {"name": "great"}, "rules": [rule("*", "*", "*")]}).code == 201


def test_a_binding_of_a_role_that_is_not_there_cannot_be_judged(jane):
    jane.is_bound("admin")
    eventually(lambda: may(jane, "create", "rolebindings.rbac.authorization.k8s.io"))
    answer = jane("POST", "rolebindings", binding("nobodys", "Role", jane.subject, name="empty"))
    assert answer.refusal == (404, "NotFound", 'rolebindings.rbac.authorization.k8s.io "nobodys" not found')
    assert jane.admin("POST", "rolebindings", binding("nobodys", "Role", jane.subject)).code == 201


def test_a_gathering_role_is_for_those_who_may_do_everything(jane):
    rules = {"rules": [rule("create", "clusterroles", GROUP)]}
    with cluster_wide(jane.admin, "clusterroles", rules) as role:
        reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": role["metadata"]["name"]}
        given = {"roleRef": reference, "subjects": [jane.subject]}
        with cluster_wide(jane.admin, "clusterrolebindings", given):
            eventually(lambda: jane.may("create", "clusterroles", group=GROUP, namespace=""))
            selector = {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}
            body = {"metadata": {"name": f"all-{jane.admin.namespace}"}, "aggregationRule": selector}
            answer = jane("POST", f"{RBAC}/clusterroles", body)
            assert answer.code == 403
            assert "must have cluster-admin privileges to use the aggregationRule" in answer.message


def test_the_bindings_that_a_cluster_begins_with(api):
    def subjects(name):
        given = api.read(f"{RBAC}/clusterrolebindings/{name}")["subjects"]
        return {(each["kind"], each["name"]) for each in given}

    known, unknown = ("Group", "system:authenticated"), ("Group", "system:unauthenticated")
    assert subjects("cluster-admin") == {("Group", "system:masters")}
    assert subjects("system:discovery") == subjects("system:basic-user") == {known}
    assert subjects("system:public-info-viewer") == {known, unknown}


def test_the_default_roles_are_marked(api):
    labels = api.read(f"{RBAC}/clusterroles/view")["metadata"]["labels"]
    assert labels == {"kubernetes.io/bootstrapping": "rbac-defaults", f"{GROUP}/aggregate-to-edit": "true"}
