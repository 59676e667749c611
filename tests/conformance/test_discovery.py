"""What there is to ask for: groups, versions and resources, as clients read them.

`tests/upstream/discovery` holds what a real cluster answered. Every cluster describes the kinds that the embedded
cluster serves as it did, field for field.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kubetutor.api.kinds import KINDS

from .raw import JSON

RECORDED = Path(__file__).parents[1] / "upstream" / "discovery"
GROUP_VERSIONS = sorted({(kind.group, kind.version) for kind in KINDS})
SERVED = {(kind.group, kind.version, kind.plural) for kind in KINDS}
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
NOT_THERE = (404, "NotFound", "the server could not find the requested resource")


def recorded(name):
    return json.loads((RECORDED / f"{name}.json").read_text())


def by_name(resources, group, version, key="name"):
    """Map the resources of kinds that every cluster has to their descriptions."""
    return {each[key]: each for each in resources if (group, version, each[key].partition("/")[0]) in SERVED}


def aggregated(document):
    """Map (group, version, resource) to its description."""
    return {
        (item["metadata"].get("name", ""), version["version"], name): resource
        for item in document["items"]
        for version in item["versions"]
        for name, resource in by_name(
            version["resources"], item["metadata"].get("name", ""), version["version"], "resource"
        ).items()
    }


def served(group):
    """Answer a group with the versions that every cluster has; None when there is none."""
    versions = [each for each in group["versions"] if (group["name"], each["version"]) in GROUP_VERSIONS]
    return {**group, "versions": versions} if versions else None


@pytest.mark.parametrize(("group", "version"), GROUP_VERSIONS, ids=[f"{g}-{v}" for g, v in GROUP_VERSIONS])
def test_the_resources_of_a_version(server, group, version):
    expected = recorded(f"apis_{group}_{version}" if group else "api_v1")
    found = server.read(f"/apis/{group}/{version}" if group else f"/api/{version}")
    ours, theirs = found.pop("resources"), expected.pop("resources")
    assert found == expected
    assert by_name(ours, group, version) == by_name(theirs, group, version)


@pytest.mark.parametrize(("path", "name"), [("/api", "aggregated_api"), ("/apis", "aggregated_apis")])
def test_all_resources_in_one_document(server, path, name):
    answer = server("GET", path, headers={"Accept": f"{AGGREGATED},{JSON}"})
    assert (answer.code, answer.headers["Content-Type"]) == (200, AGGREGATED)
    assert aggregated(answer.object) == aggregated(recorded(name))
    assert {key: answer.object[key] for key in ("kind", "apiVersion", "metadata")} == {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
    }


@pytest.mark.parametrize("path", ["/api", "/apis"])
def test_who_has_the_document_already_is_told_so(server, path):
    answer = server("GET", path, headers={"Accept": AGGREGATED})
    headers = {name: answer.headers[name] for name in ("ETag", "Vary", "Cache-Control")}
    assert (headers["Vary"], headers["Cache-Control"]) == ("Accept", "public")
    same = server("GET", path, headers={"Accept": AGGREGATED, "If-None-Match": headers["ETag"]})
    assert (same.code, same.body, same.headers["ETag"]) == (304, b"", headers["ETag"])
    assert server("GET", path, headers={"Accept": AGGREGATED, "If-None-Match": '"old"'}).code == 200


@pytest.mark.parametrize("path", ["/api", "/apis"])
@pytest.mark.parametrize(
    ("accept", "code", "kind"),
    [
        (f"{JSON},{AGGREGATED}", 200, "APIGroupDiscoveryList"),
        (f"{AGGREGATED.replace('v=v2', 'v=v9')},{JSON}", 200, None),
        ("*/*", 200, None),
        (AGGREGATED.replace("v=v2", "v=v9"), 406, "Status"),
        ("text/html", 406, "Status"),
    ],
    ids=["both", "unknown or plain", "any", "unknown version", "unknown form"],
)
def test_the_form_of_discovery(server, path, accept, code, kind):
    answer = server("GET", path, headers={"Accept": accept})
    plain = "APIVersions" if path == "/api" else "APIGroupList"
    assert (answer.code, answer.object["kind"]) == (code, kind or plain)


def test_discovery_can_be_read_as_yaml(server):
    answer = server("GET", "/apis/apps/v1", headers={"Accept": "application/yaml"})
    assert answer.headers["Content-Type"] == "application/yaml"
    assert b"groupVersion: apps/v1\n" in answer.body


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_versions_of_the_core(server, slash):
    found = server.read(f"/api{slash}")
    address = server.host.removeprefix("https://")
    found["serverAddressByClientCIDRs"][0].pop("serverAddress")
    assert address
    assert found == {
        "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0"}],
    }  # fmt: skip


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_groups(server, slash):
    found = server.read(f"/apis{slash}")
    assert list(filter(None, map(served, found["groups"]))) == list(
        filter(None, map(served, recorded("apis")["groups"]))
    )
    for group in found["groups"]:
        expected = {"kind": "APIGroup", "apiVersion": "v1", **group}
        assert server.read(f"/apis/{group['name']}{slash}") == expected


@pytest.mark.parametrize(
    "path",
    [
        "/api/v2", "/api/v2/", "/api/v2/pods", "/api//v1", "/api/v1//pods", "/api/v1/nothing", "/apis/apps/v9",
        "/apis/apps/v9/deployments", "/apis/apps//deployments", "/apis/apps/v1/nothing",
        "/version/nothing",
    ],
)  # fmt: skip
def test_what_a_group_of_ours_does_not_have_is_a_status(server, path):
    answer = server("GET", path)
    assert (answer.refusal, answer.headers["Content-Type"]) == (NOT_THERE, "application/json")
    assert answer.object["details"] == {}


@pytest.mark.parametrize(
    "path",
    [
        "/apis/nothing", "/apis/nothing/", "/apis/nothing/v1", "/apis/nothing/v1/x", "/nothing",
        "//api/v1", "//version", "//livez", "/apis//apps/v1",
    ],
)  # fmt: skip
def test_what_no_part_of_the_server_knows_is_plain_text(server, path):
    answer = server("GET", path)
    assert (answer.code, answer.body) == (404, b"404 page not found\n")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/version", 405), ("/api", 405), ("/api/v1", 405), ("/apis/apps/v1", 405), ("/api/v2", 404),
        ("/apis", 200), ("/apis/apps", 200), ("/", 200), ("/nothing", 404),
    ],
)  # fmt: skip
def test_other_methods_than_get(server, method, path, code):
    assert server(method, path).code == code


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_version(server, slash):
    answer = server("GET", f"/version{slash}")
    assert list(answer.object) == list(recorded("version"))
    assert (answer.object["major"], answer.object["minor"]) == ("1", "36")
    assert answer.object["gitVersion"].startswith("v1.36.")
    assert answer.body.startswith(b'{\n  "major": "1",\n')


def test_the_paths(server):
    paths = server.read("/")["paths"]
    assert paths == sorted(paths)
    some = {
        "/api/v1",
        "/apis/apps",
        "/apis/apps/v1",
        "/livez/ping",
        "/readyz/etcd",
        "/metrics",
        "/openapi/v3",
    }
    assert some <= set(paths)
