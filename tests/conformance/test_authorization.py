"""A second user with few rights: each request is checked for its own verb and resource, and refused in the same words."""

import pytest

from .access import RBAC, cluster_wide, hired, rule
from .bodies import config_map, deployment, pod
from .conftest import eventually

PODS, CONFIG_MAPS = ("pods", ""), ("configmaps", "")
DEPLOYMENTS = ("deployments", "apps")

# Each is a method, a path and options, then the verb, the resource with its group, and the name that are refused.
REQUESTS = {
    "get": ("GET", "pods/web", {}, "get", PODS, "web"),
    "list": ("GET", "pods", {}, "list", PODS, ""),
    "watch": ("GET", "pods?watch=1", {}, "watch", PODS, ""),
    "watch-by-path": ("GET", "/api/v1/watch/namespaces/{namespace}/pods", {}, "watch", PODS, ""),
    "list-of-one-name": ("GET", "pods?fieldSelector=metadata.name%3Dweb", {}, "list", PODS, "web"),
    "create": ("POST", "configmaps", {"body": config_map()}, "create", CONFIG_MAPS, ""),
    "update": ("PUT", "configmaps/settings", {"body": config_map()}, "update", CONFIG_MAPS, "settings"),
    "patch": (
        "PATCH", "configmaps/settings", {"body": {}, "content_type": "application/merge-patch+json"},
        "patch", CONFIG_MAPS, "settings",
    ),
    "delete": ("DELETE", "deployments/web-app", {}, "delete", DEPLOYMENTS, "web-app"),
    "deletecollection": ("DELETE", "deployments", {}, "deletecollection", DEPLOYMENTS, ""),
    "log": ("GET", "pods/web/log", {}, "get", ("pods/log", ""), "web"),
    "exec": ("POST", "pods/web/exec?command=ls", {}, "create", ("pods/exec", ""), "web"),
    "port-forward": ("POST", "pods/web/portforward", {}, "create", ("pods/portforward", ""), "web"),
    "attach": ("POST", "pods/web/attach", {}, "create", ("pods/attach", ""), "web"),
    "proxy": ("GET", "services/shop/proxy/prices", {}, "get", ("services/proxy", ""), "shop"),
    "scale": ("PUT", "deployments/web-app/scale", {"body": {}}, "update", ("deployments/scale", "apps"), "web-app"),
    "status": ("GET", "deployments/web-app/status", {}, "get", ("deployments/status", "apps"), "web-app"),
    "eviction": ("POST", "pods/web/eviction", {"body": {}}, "create", ("pods/eviction", ""), "web"),
    "token": ("POST", "serviceaccounts/jane/token", {"body": {}}, "create", ("serviceaccounts/token", ""), "jane"),
    "what-is-not-there": ("GET", "/apis/apps/v1/namespaces/{namespace}/kittens/tom", {}, "get", ("kittens", "apps"), "tom"),
    "no-such-group": ("GET", "/apis/shop.example/v1/namespaces/{namespace}/orders", {}, "list", ("orders", "shop.example"), ""),
}  # fmt: skip


@pytest.fixture
def jane(api):
    return hired(api)


def sent(person, method, path, options):
    return person(method, path.replace("{namespace}", person.admin.namespace), **options)


def words(user, verb, resource, where, name=""):
    full, group = resource
    plural = full.partition("/")[0]
    who = f"{plural}.{group}" if group else plural
    named = f' "{name}"' if name else ""
    return f'{who}{named} is forbidden: User "{user}" cannot {verb} resource "{full}" in API group "{group}" {where}'


@pytest.mark.parametrize("case", REQUESTS)
def test_a_request_without_a_right_is_refused(jane, case):
    method, path, options, verb, resource, name = REQUESTS[case]
    answer = sent(jane, method, path, options)
    where = f'in the namespace "{jane.admin.namespace}"'
    assert answer.refusal == (403, "Forbidden", words(jane.user, verb, resource, where, name))
    plural, group = resource[0].partition("/")[0], resource[1]
    details = {"name": name, "group": group, "kind": plural}
    assert answer.object["details"] == {key: value for key, value in details.items() if value}


@pytest.mark.parametrize(
    "case", ["get", "list", "create", "delete", "log", "scale", "token", "list-of-one-name"]
)
def test_the_right_for_just_this_opens_just_this(jane, case):
    method, path, options, verb, (resource, group), _ = REQUESTS[case]
    jane.is_given(rule(verb, resource, group))
    eventually(lambda: jane.may(verb, resource, group=group))
    assert sent(jane, method, path, options).code not in {401, 403}
    assert sent(jane, "PATCH", "secrets/till", {"body": {}, "content_type": "application/json"}).code == 403


@pytest.mark.parametrize(
    ("path", "verb", "resource"),
    [
        ("/api/v1/nodes", "list", "nodes"),
        ("/api/v1/pods", "list", "pods"),
        ("/api/v1/namespaces", "list", "namespaces"),
    ],
)
def test_the_whole_cluster_is_another_place(jane, path, verb, resource):
    jane.is_bound("admin")
    answer = jane("GET", path)
    expected = words(jane.user, verb, (resource, ""), "at the cluster scope")
    assert answer.refusal == (403, "Forbidden", expected)


def test_a_namespace_is_inside_itself(jane):
    namespace = jane.admin.namespace
    answer = jane("GET", f"/api/v1/namespaces/{namespace}")
    where = f'in the namespace "{namespace}"'
    assert answer.refusal == (403, "Forbidden", words(jane.user, "get", ("namespaces", ""), where, namespace))
    jane.is_bound("view")
    eventually(lambda: jane("GET", f"/api/v1/namespaces/{namespace}").code == 200)


@pytest.mark.parametrize("path", ["/metrics", "/logs", "/debug/pprof", "/configz", "/no/such/path"])
def test_a_path_that_is_no_resource_is_refused_by_its_path(jane, path):
    answer = jane("GET", path)
    assert answer.refusal == (403, "Forbidden", f'forbidden: User "{jane.user}" cannot get path "{path}"')
    assert answer.object["details"] == {}


@pytest.mark.parametrize(
    "path", ["/api", "/apis", "/api/v1", "/apis/apps/v1", "/openapi/v3", "/version", "/healthz"]
)
def test_everybody_who_is_known_may_look_around(jane, path):
    assert jane("GET", path).code == 200


def test_a_path_can_be_opened_too(jane):
    rules = {"rules": [{"verbs": ["get"], "nonResourceURLs": ["/metrics", "/logs/*"]}]}
    with cluster_wide(jane.admin, "clusterroles", rules) as role:
        name = role["metadata"]["name"]
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
        with cluster_wide(
            jane.admin, "clusterrolebindings", {"roleRef": reference, "subjects": [jane.subject]}
        ):
            eventually(lambda: jane("GET", "/metrics").code == 200)
            assert jane("GET", "/debug/pprof").code == 403


def test_names_narrow_a_rule_and_a_list_is_not_one_of_them(jane):
    for name in ("settings", "prices"):
        jane.admin.made("configmaps", config_map(name))
    jane.is_given(rule("get list watch", "configmaps", resourceNames=["settings"]))
    eventually(lambda: jane("GET", "configmaps/settings").code == 200)
    assert jane("GET", "configmaps/prices").code == 403
    assert jane("GET", "configmaps").code == 403
    chosen = jane("GET", "configmaps", fieldSelector="metadata.name=settings")
    assert (chosen.code, chosen.names) == (200, ["settings"])


def test_a_resource_is_not_what_hangs_below_it(jane):
    jane.admin.made("deployments", deployment())
    jane.is_given(rule("*", "deployments", "apps"))
    eventually(lambda: jane("GET", "deployments/web-app").code == 200)
    assert jane("GET", "deployments/web-app/scale").code == 403


def test_a_star_before_the_slash_means_any_resource(jane):
    jane.admin.made("deployments", deployment())
    jane.is_given(rule("get", "*/scale", "apps"))
    eventually(lambda: jane("GET", "deployments/web-app/scale").code == 200)
    assert jane("GET", "deployments/web-app").code == 403
    assert jane("GET", "deployments/web-app/status").code == 403


def test_a_rule_is_for_its_group(jane):
    jane.is_given(rule("list", "*", "apps"))
    eventually(lambda: jane("GET", "deployments").code == 200)
    assert jane("GET", "pods").code == 403


def test_what_is_taken_away_is_gone_at_once(jane):
    jane.is_given(rule("list", "pods"))
    eventually(lambda: jane("GET", "pods").code == 200)
    assert jane.admin("DELETE", "rolebindings/clerk-jane").code == 200
    eventually(lambda: jane("GET", "pods").code == 403)


def test_a_binding_in_one_namespace_opens_no_other(jane):
    jane.is_bound("view")
    eventually(lambda: jane("GET", "pods").code == 200)
    assert jane("GET", "/api/v1/namespaces/kube-system/pods").code == 403


def test_a_binding_of_a_role_that_is_not_there_says_so(jane):
    jane.is_bound("no-such-role", kind="Role")
    expected = 'RBAC: role.rbac.authorization.k8s.io "no-such-role" not found'
    eventually(lambda: jane.review("list", "pods") == {"allowed": False, "reason": expected})
    assert jane("GET", "pods").message.endswith(f": {expected}")


def test_the_groups_of_service_accounts_can_be_bound(jane):
    everybody = {
        "kind": "Group",
        "name": f"system:serviceaccounts:{jane.admin.namespace}",
        "apiGroup": "rbac.authorization.k8s.io",
    }
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    jane.admin.made(
        "rolebindings", {"metadata": {"name": "all"}, "roleRef": reference, "subjects": [everybody]}
    )
    eventually(lambda: jane("GET", "pods").code == 200)
    reason = jane.review("list", "pods")["reason"]
    namespace = jane.admin.namespace
    assert reason == (
        f'RBAC: allowed by RoleBinding "all/{namespace}" of ClusterRole "view" to Group "system:serviceaccounts:{namespace}"'
    )


def test_a_stream_needs_the_right_to_create_even_when_it_is_opened_by_a_get(jane):
    jane.admin.made("pods", pod("web", "sleep", "1000"))
    jane.is_given(rule("get", "pods/exec"))
    eventually(lambda: jane.may("get", "pods/exec"))
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "v5.channel.k8s.io"}  # fmt: skip
    answer = jane("GET", "pods/web/exec?command=ls&stdout=1", headers=headers)
    assert answer.refusal == (403, "Forbidden", 'pods "web" is forbidden: ')


def test_a_role_and_its_binding_can_be_seen_by_who_may_view_roles_only(jane):
    jane.is_bound("view")
    eventually(lambda: jane("GET", "pods").code == 200)
    assert jane("GET", f"{RBAC}/namespaces/{jane.admin.namespace}/roles").code == 403
    assert jane("GET", "secrets").code == 403
