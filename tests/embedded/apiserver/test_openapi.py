"""The OpenAPI documents: whole, valid, and shaped as kubectl's code reads them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
import schemathesis

from kubetutor.api.kinds import KINDS
from kubetutor.embedded.apiserver import openapi
from kubetutor.embedded.apiserver.openapi import OpenApi

UPSTREAM = Path(__file__).parents[2] / "upstream" / "discovery"
PATHS = sorted(openapi.documents())
STORED = [kind for kind in KINDS if not kind.is_measured]  # the metrics server publishes no schema here
PREFIX = "#/components/schemas/"


@cache
def document(path: str):
    return json.loads(OpenApi(None).document(path))


def every(value):
    """Walk all dicts of a document."""
    if isinstance(value, dict):
        yield value
        for entry in value.values():
            yield from every(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from every(entry)


def schema(path: str, name: str):
    return document(path)["components"]["schemas"][name]


def resolve(path: str, value):
    """Follow a property to its type, as kubectl explain does: `$ref`, alone or in `allOf`."""
    reference = value.get("$ref") or value["allOf"][0]["$ref"]
    return schema(path, reference.removeprefix(PREFIX))


@pytest.mark.parametrize("path", PATHS)
def test_every_reference_leads_somewhere(path):
    found = document(path)
    targets = {node["$ref"] for node in every(found) if isinstance(node.get("$ref"), str)}
    assert targets
    assert {target.removeprefix(PREFIX) for target in targets} <= set(found["components"]["schemas"])


@pytest.mark.parametrize("path", PATHS)
def test_documents_are_valid_openapi(path):
    schemathesis.openapi.from_dict(document(path)).validate()


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_of_two_types(path):
    assert not [node for node in every(document(path)) if isinstance(node.get("type"), list)]


@pytest.mark.parametrize("path", PATHS)
def test_operation_ids_are_unique(path):
    found = [node["operationId"] for node in every(document(path)) if "operationId" in node]
    assert len(found) == len(set(found))


def test_the_index_links_to_upstreams_documents():
    upstream = json.loads((UPSTREAM / "openapi_v3.json").read_text())["paths"]
    ours = json.loads(OpenApi(None).index())["paths"]
    assert set(ours) <= set(upstream)
    for path, link in ours.items():
        assert re.fullmatch(rf"/openapi/v3/{path}\?hash=[0-9A-F]+", link["serverRelativeURL"])


def test_what_is_not_served_has_no_document():
    assert OpenApi(None).document("apis/shop.example/v1") is None


def test_a_kept_document_is_read_from_its_file(tmp_path):
    first = OpenApi(tmp_path).document("apis/policy/v1")
    (file,) = tmp_path.glob("apis__policy__v1-*.json")
    assert first == OpenApi(None).document("apis/policy/v1") == file.read_bytes()
    file.write_bytes(b"{}")
    assert OpenApi(tmp_path).document("apis/policy/v1") == b"{}"


def test_documents_of_older_versions_are_removed(tmp_path):
    old = tmp_path / "apis__policy__v1-0000000000000000.json"
    other = tmp_path / "api__v1-0000000000000000.json"
    old.write_text("{}")
    other.write_text("{}")
    OpenApi(tmp_path).document("apis/policy/v1")
    assert not old.exists()
    assert other.exists()


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if "patch" in kind.verbs], ids=lambda kind: kind.resource
)
def test_patch_declares_field_validation(kind):
    """Kubectl looks for it there, and checks fields itself when it is missing."""
    path = f"apis/{kind.api_version}" if kind.group else "api/v1"
    patches = [
        item["patch"]
        for item in document(path)["paths"].values()
        if "patch" in item
        and item["patch"]["x-kubernetes-group-version-kind"]
        == {"group": kind.group, "kind": kind.kind, "version": kind.version}
    ]
    assert patches
    for patch in patches:
        assert {"dryRun", "fieldManager", "fieldValidation", "force"} <= {
            p["name"] for p in patch["parameters"]
        }


@pytest.mark.parametrize("kind", STORED, ids=lambda kind: kind.resource)
def test_every_kind_has_a_schema_that_names_it(kind):
    path = f"apis/{kind.api_version}" if kind.group else "api/v1"
    gvk = {"group": kind.group, "kind": kind.kind, "version": kind.version}
    schemas = document(path)["components"]["schemas"].values()
    assert len([s for s in schemas if gvk in s.get("x-kubernetes-group-version-kind", ())]) == 1


def test_explain_finds_the_way_from_a_deployment_to_a_port():
    path = "apis/apps/v1"
    node = schema(path, "io.k8s.api.apps.v1.Deployment")
    for step in ("spec", "template", "spec"):
        node = resolve(path, node["properties"][step])
    container = resolve(path, node["properties"]["containers"]["items"])
    port = resolve(path, container["properties"]["ports"]["items"])
    assert port["properties"]["containerPort"] == {
        "description": port["properties"]["containerPort"]["description"],
        "format": "int32",
        "type": "integer",
    }
    assert port["required"] == ["containerPort"]


def test_merge_keys_stay():
    containers = schema("api/v1", "io.k8s.api.core.v1.PodSpec")["properties"]["containers"]
    assert containers["x-kubernetes-patch-merge-key"] == "name"
    assert containers["x-kubernetes-patch-strategy"] == "merge"


def test_an_int_or_string_is_written_as_upstream_writes_it():
    found = schema("apis/apps/v1", "io.k8s.apimachinery.pkg.util.intstr.IntOrString")
    assert found == {"oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"}


def test_a_kind_may_be_left_out_of_a_body():
    properties = schema("api/v1", "io.k8s.api.core.v1.Pod")["properties"]
    assert "enum" not in properties["kind"]
    assert "enum" not in properties["apiVersion"]


def test_subresources_have_their_own_kinds():
    paths = document("api/v1")["paths"]
    eviction = paths["/api/v1/namespaces/{namespace}/pods/{name}/eviction"]["post"]
    assert eviction["x-kubernetes-group-version-kind"]["kind"] == "Eviction"
    scale = document("apis/apps/v1")["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]
    assert set(scale) == {"get", "put", "patch", "parameters"}
    assert "/api/v1/namespaces/{namespace}/pods/{name}/log" in paths
    assert "/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token" in paths


def test_only_what_is_served_has_a_path():
    paths = document("api/v1")["paths"]
    assert set(paths["/api/v1/namespaces"]) == {"get", "post", "parameters"}
    assert set(paths["/api/v1/componentstatuses"]) == {"get", "parameters"}
    assert set(paths["/api/v1/namespaces/{namespace}/bindings"]) == {"post", "parameters"}
    assert "/api/v1/bindings" not in paths
