"""What there is to ask for: the documents from which clients learn groups, versions and resources.

kubectl reads the two aggregated documents; older clients walk from `/api` and `/apis` down to each version.
All of it is drawn from the kinds, in upstream's order: it decides which of two kinds of one name a client takes.
The groups of custom kinds come last.

Models: k8s.io/apiserver/pkg/endpoints/discovery, k8s.io/apiserver/pkg/endpoints/discovery/aggregated.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from kubetutor.api.kinds import KINDS, Kind
from kubetutor.embedded.apiserver.custom.kind import CustomKind, version_rank
from kubetutor.embedded.apiserver.definitions import RELEASE, VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

Kinds: TypeAlias = "Sequence[Kind]"

GROUP_ORDER = (
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
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


def group_versions(group: str, kinds: Kinds = KINDS) -> list[str]:
    """Answer the group's versions, the preferred one first."""
    found = list(dict.fromkeys(kind.version for kind in kinds if kind.group == group))
    return found if group in GROUP_ORDER or not group else sorted(found, key=version_rank)


def group_names(kinds: Kinds) -> list[str]:
    custom = {kind.group for kind in kinds} - {"", *GROUP_ORDER}
    return [*GROUP_ORDER, *sorted(custom)]


def kinds_of(group: str, version: str, kinds: Kinds = KINDS) -> list[Kind]:
    found = (kind for kind in kinds if (kind.group, kind.version) == (group, version))
    return sorted(found, key=lambda kind: kind.plural)


def api_versions(server_address: str) -> dict[str, Any]:
    """Answer `GET /api`. The address is `HOST:PORT`."""
    return {
        "kind": "APIVersions",
        "versions": group_versions(""),
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": server_address}],
    }


def api_groups(kinds: Kinds = KINDS) -> dict[str, Any]:
    """Answer `GET /apis`."""
    groups = [_group(name, kinds) for name in group_names(kinds)]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def api_group(group: str, kinds: Kinds = KINDS) -> dict[str, Any] | None:
    """Answer `GET /apis/apps`; None for a group that is not served."""
    if group not in group_names(kinds):
        return None
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(group, kinds)}


def _group(name: str, kinds: Kinds) -> dict[str, Any]:
    found = group_versions(name, kinds)
    versions = [{"groupVersion": f"{name}/{version}", "version": version} for version in found]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def resource_list(group: str, version: str, kinds: Kinds = KINDS) -> dict[str, Any] | None:
    """Answer `GET /api/v1` or `GET /apis/apps/v1`; None for a version that is not served."""
    served = kinds_of(group, version, kinds)
    if not served:
        return None
    return {
        "kind": "APIResourceList",
        **({"apiVersion": "v1"} if group else {}),
        "groupVersion": served[0].api_version,
        "resources": [entry for kind in served for entry in _resources(kind)],
    }


def _resources(kind: Kind) -> list[dict[str, Any]]:
    """Answer the entry of the resource, then those of what lies below it."""
    resource: dict[str, Any] = {
        "name": kind.plural,
        "singularName": "" if kind.is_measured else kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(_verbs(kind)),
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


def _verbs(kind: Kind) -> tuple[str, ...]:
    return kind.discovered_verbs if isinstance(kind, CustomKind) else kind.verbs


def _names(kind: Kind) -> dict[str, Any]:
    names = {"shortNames": list(kind.short_names), "categories": list(kind.categories)}
    return {key: value for key, value in names.items() if value}


def storage_version_hash(kind: Kind) -> str:
    """Answer the mark by which clients see that the stored version changed: 8 bytes of a SHA-256."""
    version = kind.storage_version if isinstance(kind, CustomKind) else kind.version
    stored = STORED_AS.get(kind.resource, f"{kind.group}/{version}/{kind.kind}")
    digest = hashlib.sha256(stored.encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def aggregated_core() -> dict[str, Any]:
    """Answer `GET /api` for a client that accepts `APIGroupDiscoveryList`."""
    return _aggregated([{"metadata": {}, "versions": _aggregated_versions("", KINDS)}])


def aggregated_groups(kinds: Kinds = KINDS) -> dict[str, Any]:
    """Answer `GET /apis` for a client that accepts `APIGroupDiscoveryList`."""
    return _aggregated(
        [
            {"metadata": {"name": name}, "versions": _aggregated_versions(name, kinds)}
            for name in group_names(kinds)
        ]
    )


def _aggregated(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def _aggregated_versions(group: str, kinds: Kinds) -> list[dict[str, Any]]:
    return [
        {
            "version": version,
            "resources": [_aggregated_resource(kind) for kind in kinds_of(group, version, kinds)],
            "freshness": "Current",
        }
        for version in group_versions(group, kinds)
    ]


def _aggregated_resource(kind: Kind) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "resource": kind.plural,
        "responseKind": _response_kind(kind, kind.kind),
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": "" if kind.is_measured else kind.singular,
        "verbs": list(_verbs(kind)),
        **_names(kind),
    }
    if kind.subresources:
        resource["subresources"] = [_aggregated_subresource(kind, name) for name in kind.subresources]
    return resource


def _aggregated_subresource(kind: Kind, name: str) -> dict[str, Any]:
    below = subresource(kind, name)
    shown = {"group": below.group, "version": below.version, "kind": below.kind}
    return {
        "subresource": name,
        "responseKind": shown if below.group else _response_kind(kind, below.kind),
        "verbs": list(below.verbs),
    }


def _response_kind(kind: Kind, name: str) -> dict[str, str]:
    """Answer what kind an answer is of; upstream leaves out the group of its own kinds."""
    group, version = (kind.group, kind.version) if isinstance(kind, CustomKind) else ("", "")
    return {"group": group, "version": version, "kind": name}


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
