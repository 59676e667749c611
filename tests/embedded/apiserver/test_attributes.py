"""What a request wants to do, read from its method, path and query."""

import pytest

from kubetutor.embedded.apiserver.attributes import Attributes, read

PODS = "/api/v1/namespaces/shop/pods"


def parts(what):
    return what.verb, what.group, what.full_resource, what.namespace, what.name


@pytest.mark.parametrize(
    ("method", "path", "query", "expected"),
    [
        ("GET", PODS, {}, ("list", "", "pods", "shop", "")),
        ("GET", PODS, {"watch": "1"}, ("watch", "", "pods", "shop", "")),
        ("GET", PODS, {"watch": "false"}, ("list", "", "pods", "shop", "")),
        ("GET", PODS, {"watch": "nonsense"}, ("watch", "", "pods", "shop", "")),
        ("GET", PODS, {"fieldSelector": "metadata.name=web"}, ("list", "", "pods", "shop", "web")),
        ("GET", PODS, {"fieldSelector": "metadata.name!=web"}, ("list", "", "pods", "shop", "")),
        ("GET", PODS, {"fieldSelector": "metadata.name=a/b"}, ("list", "", "pods", "shop", "")),
        ("GET", PODS, {"fieldSelector": "no selector"}, ("list", "", "pods", "shop", "")),
        ("HEAD", f"{PODS}/web", {}, ("get", "", "pods", "shop", "web")),
        ("POST", PODS, {}, ("create", "", "pods", "shop", "")),
        ("DELETE", PODS, {}, ("deletecollection", "", "pods", "shop", "")),
        ("DELETE", f"{PODS}/web", {}, ("delete", "", "pods", "shop", "web")),
        ("OPTIONS", PODS, {}, ("", "", "pods", "shop", "")),
        ("POST", f"{PODS}/web/exec", {}, ("create", "", "pods/exec", "shop", "web")),
        ("GET", f"{PODS}/web/proxy/a/b", {}, ("get", "", "pods/proxy", "shop", "web")),
        ("GET", "/api/v1/watch/namespaces/shop/pods", {}, ("watch", "", "pods", "shop", "")),
        ("GET", "/api/v1/namespaces", {}, ("list", "", "namespaces", "", "")),
        ("GET", "/api/v1/namespaces/shop", {}, ("get", "", "namespaces", "shop", "shop")),
        ("PUT", "/api/v1/namespaces/shop/finalize", {}, ("update", "", "namespaces/finalize", "shop", "shop")),
        ("GET", "/api/v1/nodes/a", {}, ("get", "", "nodes", "", "a")),
        ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/web/scale", {}, ("patch", "apps", "deployments/scale", "shop", "web")),
        ("GET", "/apis/no.such/v9/kittens/tom", {}, ("get", "no.such", "kittens", "", "tom")),
    ],
)  # fmt: skip
def test_a_request_for_a_resource(method, path, query, expected):
    assert parts(read(method, path, query)) == expected


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v1", "/apis/apps/v1", "/metrics", "/openapi/v3/apis/apps/v1"]
)
def test_a_request_for_a_path(path):
    assert read("GET", path, {}) == Attributes("get", path)


def test_a_refusal_names_what_was_wanted():
    error = read("GET", f"{PODS}/web/log", {}).refusal("mary")
    assert error.message == (
        'pods "web" is forbidden: User "mary" cannot get resource "pods/log" in API group "" in the namespace "shop"'
    )
    assert error.details == {"name": "web", "kind": "pods"}


def test_a_refusal_of_a_path_names_nothing_else():
    error = read("GET", "/metrics", {}).refusal("mary", "RBAC: no such role")
    assert error.message == 'forbidden: User "mary" cannot get path "/metrics": RBAC: no such role'
    assert error.details == {}
