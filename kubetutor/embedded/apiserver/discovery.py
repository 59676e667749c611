"""What there is to ask for: the documents from which clients learn groups, versions and resources.

kubectl reads the two aggregated documents; older clients walk from `/api` and `/apis` down to each version.
All of it is drawn from `KINDS`, in upstream's order: it decides which of two kinds of one name a client takes.

Models: k8s.io/apiserver/pkg/endpoints/discovery, k8s.io/apiserver/pkg/endpoints/discovery/aggregated.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from kubetutor.api.kinds import KINDS, Kind
from kubetutor.embedded.apiserver.definitions import RELEASE, VERSION

GROUP_ORDER = (
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "metrics.k8s.io",
)
STORED_AS = {  # where upstream stores another version than the one it serves
    "customresourcedefinitions.apiextensions.k8s.io": "apiextensions.k8s.io/v1beta1/CustomResourceDefinition",
    "events.events.k8s.io": "/v1/Event",
}
READ_AND_WRITE = ("get", "patch", "update")
PROXIED = ("create", "delete", "get", "patch", "update")
STREAMED = ("create", "get")


@dataclass(frozen=True, slots=True)
class Subresource:
    """What lies below a resource. `kind` is of `group` and `version` where they are set, else of the resource's own."""

    verbs: tuple[str, ...]
    kind: str
    group: str = ""
    version: str = ""


def subresource(kind: Kind, name: str) -> Subresource:
    """Answer the verbs and the kind of `pods/eviction` and the like; most hold their own resource's kind."""
    known = {
        "attach": Subresource(STREAMED, "PodAttachOptions"),
        "binding": Subresource(("create",), "Binding"),
        "eviction": Subresource(("create",), "Eviction", "policy", "v1"),
        "exec": Subresource(STREAMED, "PodExecOptions"),
        "finalize": Subresource(("update",), kind.kind),
        "log": Subresource(("get",), kind.kind),
        "portforward": Subresource(STREAMED, "PodPortForwardOptions"),
        "proxy": Subresource(PROXIED, f"{kind.kind}ProxyOptions"),
        "scale": Subresource(READ_AND_WRITE, "Scale", "autoscaling", "v1"),
        "token": Subresource(("create",), "TokenRequest", "authentication.k8s.io", "v1"),
    }
    return known.get(name, Subresource(READ_AND_WRITE, kind.kind))


def group_versions(group: str) -> list[str]:
    """Answer the group's versions, the preferred one first."""
    return list(dict.fromkeys(kind.version for kind in KINDS if kind.group == group))


def kinds_of(group: str, version: str) -> list[Kind]:
    found = (kind for kind in KINDS if (kind.group, kind.version) == (group, version))
    return sorted(found, key=lambda kind: kind.plural)


def api_versions(server_address: str) -> dict[str, Any]:
    """Answer `GET /api`. The address is `HOST:PORT`."""
    return {
        "kind": "APIVersions",
        "versions": group_versions(""),
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": server_address}],
    }


def api_groups() -> dict[str, Any]:
    """Answer `GET /apis`."""
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(name) for name in GROUP_ORDER]}


def api_group(group: str) -> dict[str, Any] | None:
    """Answer `GET /apis/apps`; None for a group that is not served."""
    if group not in GROUP_ORDER:
        return None
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(group)}


def _group(name: str) -> dict[str, Any]:
    versions = [{"groupVersion": f"{name}/{version}", "version": version} for version in group_versions(name)]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def resource_list(group: str, version: str) -> dict[str, Any] | None:
    """Answer `GET /api/v1` or `GET /apis/apps/v1`; None for a version that is not served."""
    kinds = kinds_of(group, version)
    if not kinds:
        return None
    return {
        "kind": "APIResourceList",
        **({"apiVersion": "v1"} if group else {}),
        "groupVersion": kinds[0].api_version,
        "resources": [entry for kind in kinds for entry in _resources(kind)],
    }


def _resources(kind: Kind) -> list[dict[str, Any]]:
    """Answer the entry of the resource, then those of what lies below it."""
    resource: dict[str, Any] = {
        "name": kind.plural,
        "singularName": "" if kind.is_measured else kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(kind.verbs),
        **_names(kind),
    }
    if "watch" in kind.verbs:  # it is stored
        resource["storageVersionHash"] = storage_version_hash(kind)
    return [resource, *(_subresource_entry(kind, name) for name in kind.subresources)]


def _subresource_entry(kind: Kind, name: str) -> dict[str, Any]:
    below = subresource(kind, name)
    return {
        "name": f"{kind.plural}/{name}",
        "singularName": "",
        "namespaced": kind.namespaced,
        **({"group": below.group, "version": below.version} if below.group else {}),
        "kind": below.kind,
        "verbs": list(below.verbs),
    }


def _names(kind: Kind) -> dict[str, Any]:
    names = {"shortNames": list(kind.short_names), "categories": list(kind.categories)}
    return {key: value for key, value in names.items() if value}


def storage_version_hash(kind: Kind) -> str:
    """Answer the mark by which clients see that the stored version changed: 8 bytes of a SHA-256."""
    stored = STORED_AS.get(kind.resource, f"{kind.group}/{kind.version}/{kind.kind}")
    digest = hashlib.sha256(stored.encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def aggregated_core() -> dict[str, Any]:
    """Answer `GET /api` for a client that accepts `APIGroupDiscoveryList`."""
    return _aggregated([{"metadata": {}, "versions": _aggregated_versions("")}])


def aggregated_groups() -> dict[str, Any]:
    """Answer `GET /apis` for a client that accepts `APIGroupDiscoveryList`."""
    return _aggregated(
        [{"metadata": {"name": name}, "versions": _aggregated_versions(name)} for name in GROUP_ORDER]
    )


def _aggregated(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def _aggregated_versions(group: str) -> list[dict[str, Any]]:
    return [
        {
            "version": version,
            "resources": [_aggregated_resource(kind) for kind in kinds_of(group, version)],
            "freshness": "Current",
        }
        for version in group_versions(group)
    ]


def _aggregated_resource(kind: Kind) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "resource": kind.plural,
        "responseKind": {"group": "", "version": "", "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": "" if kind.is_measured else kind.singular,
        "verbs": list(kind.verbs),
        **_names(kind),
    }
    if kind.subresources:
        resource["subresources"] = [_aggregated_subresource(kind, name) for name in kind.subresources]
    return resource


def _aggregated_subresource(kind: Kind, name: str) -> dict[str, Any]:
    below = subresource(kind, name)
    return {
        "subresource": name,
        "responseKind": {"group": below.group, "version": below.version, "kind": below.kind},
        "verbs": list(below.verbs),
    }


def version_info() -> dict[str, Any]:
    """Answer `GET /version`."""
    major, minor = RELEASE.split(".")
    return {
        "major": major,
        "minor": minor,
        "emulationMajor": major,
        "emulationMinor": minor,
        "minCompatibilityMajor": major,
        "minCompatibilityMinor": str(int(minor) - 1),
        "gitVersion": VERSION,
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "",
    }
