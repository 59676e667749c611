"""The types of all kinds, as kubectl reads them."""

from __future__ import annotations

import json

import pytest

from kubetutor.api.kinds import KINDS

from .raw import JSON

V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
PATHS = sorted(  # what is measured has a server, and so a document, of its own
    {
        f"apis/{kind.group}/{kind.version}" if kind.group else f"api/{kind.version}"
        for kind in KINDS
        if not kind.is_measured
    }
)
APPS = "/openapi/v3/apis/apps/v1"
ITEM = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"


def link(server, path="apis/apps/v1"):
    return server.read("/openapi/v3")["paths"][path]["serverRelativeURL"]


def test_the_index_links_to_every_version(server):
    answer = server("GET", "/openapi/v3")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert set(PATHS) <= set(answer.object["paths"])
    for path in PATHS:
        assert link(server, path).startswith(f"/openapi/v3/{path}?hash=")


@pytest.mark.parametrize("path", PATHS)
def test_a_document_describes_its_kinds(server, path):
    document = server.read(f"/openapi/v3/{path}")
    assert (document["openapi"], document["info"]) == ("3.0.0", {"title": "Kubernetes", "version": "1.36"})
    described = {
        (gvk["group"], gvk["version"], gvk["kind"])
        for schema in document["components"]["schemas"].values()
        for gvk in schema.get("x-kubernetes-group-version-kind", ())
    }
    group, _, version = path.removeprefix("apis/").removeprefix("api/").rpartition("/")
    ours = {
        (kind.group, kind.version, kind.kind)
        for kind in KINDS
        if (kind.group, kind.version) == (group, version)
    }
    assert ours <= described


def test_a_schema_says_what_a_field_is(server):
    schemas = server.read(APPS)["components"]["schemas"]
    deployment = schemas["io.k8s.api.apps.v1.Deployment"]
    assert deployment["description"] == "Deployment enables declarative updates for Pods and ReplicaSets."
    assert deployment["properties"]["spec"]["allOf"] == [
        {"$ref": "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec"}
    ]
    spec = schemas["io.k8s.api.apps.v1.DeploymentSpec"]
    assert spec["required"] == ["selector", "template"]
    assert spec["properties"]["replicas"]["format"] == "int32"
    containers = schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert (containers["x-kubernetes-patch-merge-key"], containers["x-kubernetes-patch-strategy"]) == (
        "name",
        "merge",
    )


@pytest.mark.parametrize(
    ("path", "method", "action", "kind"),
    [
        (ITEM, "get", "get", ("apps", "v1", "Deployment")),
        (ITEM, "patch", "patch", ("apps", "v1", "Deployment")),
        (f"{ITEM}/status", "put", "put", ("apps", "v1", "Deployment")),
        (f"{ITEM}/scale", "patch", "patch", ("autoscaling", "v1", "Scale")),
        ("/apis/apps/v1/deployments", "get", "list", ("apps", "v1", "Deployment")),
    ],
)
def test_a_path_says_what_is_done_to_which_kind(server, path, method, action, kind):
    operation = server.read(APPS)["paths"][path][method]
    gvk = operation["x-kubernetes-group-version-kind"]
    assert operation["x-kubernetes-action"] == action
    assert (gvk["group"], gvk["version"], gvk["kind"]) == kind


def test_a_document_with_its_hash_may_be_kept(server):
    answer = server("GET", link(server))
    assert answer.headers["Cache-Control"].startswith("public, immutable")
    assert answer.headers["ETag"].strip('"') == link(server).partition("hash=")[2]
    assert server("GET", APPS).headers["Cache-Control"] == "no-cache, private"


@pytest.mark.parametrize("path", [APPS, "/openapi/v2"])
def test_who_has_the_document_already_is_told_so(server, path):
    etag = server("GET", path).headers["ETag"]
    same = server("GET", path, headers={"If-None-Match": etag})
    assert (same.code, same.body, same.headers["ETag"]) == (304, b"", etag)
    assert server("GET", path, headers={"If-None-Match": '"old"'}).code == 200


def test_an_old_hash_leads_to_the_new_one(server):
    answer = server("GET", f"{APPS}?hash=OLD")
    assert (answer.code, answer.headers["Location"]) == (301, link(server))


@pytest.mark.parametrize("path", ["", "apis/apps/v9", "apis/nothing/v1", "apis/apps/v1/"])
def test_a_document_that_is_not_there_is_an_empty_404(server, path):
    answer = server("GET", f"/openapi/v3/{path}")
    assert (answer.code, answer.body) == (404, b"")


@pytest.mark.parametrize("path", ["/openapi", "/openapi/", "/openapi/v2/", "/openapi/v4"])
def test_there_are_two_versions_of_openapi(server, path):
    answer = server("GET", path)
    assert (answer.code, answer.body) == (404, b"404 page not found\n")


@pytest.mark.parametrize(
    ("path", "accept", "code", "media_type"),
    [
        ("/openapi/v2", "*/*", 200, JSON),
        ("/openapi/v2", JSON, 200, JSON),
        ("/openapi/v2", "text/html", 406, None),
        ("/openapi/v2", V2_PROTOBUF, 200, V2_PROTOBUF),
        ("/openapi/v2", V2_PROTOBUF.replace("v2.v1.0", "v2@v1.0"), 200, V2_PROTOBUF),
        (APPS, "*/*", 200, JSON),
        (APPS, "application/xml,*/*;q=0.1", 200, JSON),
        (APPS, "text/html", 406, None),
        (APPS, V2_PROTOBUF, 406, None),
        ("/openapi/v3", "text/html", 200, "text/plain; charset=utf-8"),
    ],
)
def test_the_form_of_a_document(server, path, accept, code, media_type):
    answer = server("GET", path, headers={"Accept": accept})
    assert (answer.code, answer.headers.get("Content-Type")) == (code, media_type)


@pytest.mark.parametrize("path", ["/openapi/v2", "/openapi/v3", APPS])
@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT"])
def test_a_document_is_answered_whatever_the_method(server, path, method):
    assert server(method, path).code == 200


def test_the_old_document_has_every_type_again(server):
    document = server.read("/openapi/v2")
    assert (document["swagger"], document["info"]) == ("2.0", {"title": "Kubernetes", "version": "1.36"})
    assert "io.k8s.api.apps.v1.Deployment" in document["definitions"]


def test_the_new_document_has_a_protobuf_form(server):
    accept = "application/com.github.proto-openapi.spec.v3@v1.0+protobuf"
    answer = server("GET", APPS, headers={"Accept": accept})
    assert (answer.code, answer.body[:7]) == (200, b"\n\x053.0.0")


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("deployments", ["GROUP:      apps", "KIND:       Deployment", "VERSION:    v1", "  spec\t<DeploymentSpec>"]),
        ("pod.spec.containers.image", ["KIND:       Pod", "FIELD: image <string>"]),
        ("deploy.spec.strategy.type", ["FIELD: type <string>"]),
        ("hpa", ["GROUP:      autoscaling", "VERSION:    v2"]),
    ],
    ids=["kind", "field", "short name", "version"],
)  # fmt: skip
def test_kubectl_explains(kubectl, what, expected):
    lines = kubectl.ok("explain", what).splitlines()
    assert [line for line in expected if line not in lines] == []


def test_kubectl_explains_which_values_a_field_may_have(kubectl):
    assert "ENUM:" in kubectl.ok("explain", "deployment.spec.strategy.type").splitlines()


def test_kubectl_explains_a_kind_to_its_depth(kubectl):
    text = kubectl.ok("explain", "configmap", "--recursive")
    assert "  data\t<map[string]string>" in text
    assert "    name\t<string>" in text


def test_kubectl_knows_no_such_field(kubectl):
    answer = kubectl("explain", "pod.spec.nothing")
    assert (answer.code, answer.err) == (1, 'error: field "nothing" does not exist\n')


def test_kubectl_finds_kinds_and_versions(kubectl):
    rows = [line.split() for line in kubectl.ok("api-resources", "--no-headers").splitlines()]
    assert ["deployments", "deploy", "apps/v1", "true", "Deployment"] in rows
    versions = kubectl.ok("api-versions").splitlines()
    assert {"v1", "apps/v1", "autoscaling/v2"} <= set(versions)
    assert json.loads(kubectl.ok("get", "--raw", "/version"))["major"] == "1"
