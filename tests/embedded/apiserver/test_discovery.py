"""Discovery, against what a real cluster answered for the groups and kinds that we have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kubetutor.api.kinds import KINDS, Kind
from kubetutor.embedded.apiserver import discovery

UPSTREAM = Path(__file__).parents[2] / "upstream" / "discovery"
OURS = {(kind.group, kind.version, kind.plural) for kind in KINDS}
GROUP_VERSIONS = sorted({(kind.group, kind.version) for kind in KINDS})


def upstream(name: str):
    return json.loads((UPSTREAM / f"{name}.json").read_text())


def served(group: str, version: str, name: str) -> bool:
    return (group, version, name.partition("/")[0]) in OURS


@pytest.mark.parametrize(("group", "version"), GROUP_VERSIONS)
def test_resource_lists_equal_upstream(group, version):
    expected = upstream(f"apis_{group}_{version}" if group else "api_v1")
    expected["resources"] = [
        entry for entry in expected["resources"] if served(group, version, entry["name"])
    ]
    assert discovery.resource_list(group, version) == expected


def aggregated_like_ours(document, group_of):
    """Leave out the groups, versions and resources that we lack."""
    items = []
    for item in document["items"]:
        group = group_of(item)
        versions = [version for version in item["versions"] if (group, version["version"]) in GROUP_VERSIONS]
        for version in versions:
            version["resources"] = [
                entry
                for entry in version["resources"]
                if served(group, version["version"], entry["resource"])
            ]
        if versions:
            items.append({**item, "versions": versions})
    return {**document, "items": items}


def test_aggregated_core_equals_upstream():
    assert discovery.aggregated_core() == aggregated_like_ours(upstream("aggregated_api"), lambda _: "")


def test_aggregated_groups_equal_upstream():
    expected = aggregated_like_ours(upstream("aggregated_apis"), lambda item: item["metadata"]["name"])
    assert discovery.aggregated_groups() == expected


def test_groups_equal_upstream():
    expected = upstream("apis")
    ours = [group for group in expected["groups"] if any(kind.group == group["name"] for kind in KINDS)]
    for group in ours:
        group["versions"] = [v for v in group["versions"] if (group["name"], v["version"]) in GROUP_VERSIONS]
    assert discovery.api_groups() == {**expected, "groups": ours}


def test_every_group_of_a_kind_is_served():
    assert {kind.group for kind in KINDS} - {""} == set(discovery.GROUP_ORDER)


def test_one_group():
    assert discovery.api_group("apps") == {
        "kind": "APIGroup",
        "apiVersion": "v1",
        "name": "apps",
        "versions": [{"groupVersion": "apps/v1", "version": "v1"}],
        "preferredVersion": {"groupVersion": "apps/v1", "version": "v1"},
    }


def test_what_is_not_served_has_no_document():
    assert discovery.api_group("shop.example") is None
    assert discovery.resource_list("apps", "v2") is None
    assert discovery.resource_list("", "v2") is None


def test_core_versions_equal_upstream_but_for_the_address():
    expected = upstream("api")
    expected["serverAddressByClientCIDRs"][0]["serverAddress"] = "127.0.0.1:6443"
    assert discovery.api_versions("127.0.0.1:6443") == expected


def test_version_has_upstreams_fields_and_our_own_name():
    found = discovery.version_info()
    assert list(found) == list(upstream("version"))
    assert (found["major"], found["minor"]) == ("1", "36")
    assert found["gitVersion"].startswith("v1.36.")
    assert found["gitVersion"].endswith("+kubetutor")


def test_a_kind_without_watch_has_no_storage_version():
    review = Kind(
        "authorization.k8s.io", "v1", "SubjectAccessReview", "subjectaccessreviews", verbs=("create",)
    )
    assert "storageVersionHash" not in discovery._resources(review)[0]
