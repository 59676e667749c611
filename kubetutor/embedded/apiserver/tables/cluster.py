"""The cluster itself and what it holds: nodes, namespaces, leases, quotas, priorities, settings.

Models: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import condition, labels_of
from kubetutor.embedded.apiserver.tables.layout import (
    AGE,
    NAME,
    NONE,
    UNKNOWN,
    Column,
    Layout,
    age,
    at,
    integer,
    name,
    wide,
)

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.objects import Object

ROLE_PREFIX = "node-role.kubernetes.io/"
ROLE_LABEL = "kubernetes.io/role"


def _node_status(obj: Object) -> str:
    ready = condition(obj, "Ready")
    word = "Unknown"
    if ready is not None:
        word = "Ready" if ready.get("status") == "True" else "NotReady"
    return f"{word},SchedulingDisabled" if at(obj, "spec.unschedulable") else word


def _node_roles(obj: Object) -> str:
    labels = labels_of(obj)
    roles = {key.removeprefix(ROLE_PREFIX) for key in labels if key.startswith(ROLE_PREFIX)}
    return ",".join(sorted((roles | {labels.get(ROLE_LABEL, "")}) - {""})) or NONE


def _address(obj: Object, kind: str) -> str:
    addresses = at(obj, "status.addresses", ())
    return next((entry["address"] for entry in addresses if entry.get("type") == kind), NONE)


def _node(obj: Object, now: dt.datetime) -> list[Any]:
    info = at(obj, "status.nodeInfo", {})
    architecture = f" ({info['architecture']})" if info.get("architecture") else ""
    return [
        name(obj),
        _node_status(obj),
        _node_roles(obj),
        age(obj, now),
        info.get("kubeletVersion", ""),
        _address(obj, "InternalIP"),
        _address(obj, "ExternalIP"),
        info.get("osImage") or UNKNOWN,
        (info.get("kernelVersion") or UNKNOWN) + architecture,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def _namespace(obj: Object, now: dt.datetime) -> list[Any]:
    return [name(obj), at(obj, "status.phase", ""), age(obj, now)]


def _lease(obj: Object, now: dt.datetime) -> list[Any]:
    return [name(obj), at(obj, "spec.holderIdentity", ""), age(obj, now)]


def _resource_quota(obj: Object, now: dt.datetime) -> list[Any]:
    """Split the resources into requests and limits: `pods: 8/50`, used and hard."""
    hard, used = at(obj, "status.hard", {}), at(obj, "status.used", {})
    texts = {key: f"{key}: {used.get(key, '0')}/{hard[key]}" for key in sorted(hard)}
    requests = ", ".join(text for key, text in texts.items() if not key.startswith("limits."))
    limits = ", ".join(text for key, text in texts.items() if key.startswith("limits."))
    return [name(obj), requests, limits, age(obj, now)]


def _priority_class(obj: Object, now: dt.datetime) -> list[Any]:
    return [
        name(obj),
        obj.get("value", 0),
        bool(obj.get("globalDefault")),
        age(obj, now),
        obj.get("preemptionPolicy") or "",
    ]


def _config_map(obj: Object, now: dt.datetime) -> list[Any]:
    return [name(obj), len(obj.get("data") or ()) + len(obj.get("binaryData") or ()), age(obj, now)]


def _secret(obj: Object, now: dt.datetime) -> list[Any]:
    return [name(obj), obj.get("type", ""), len(obj.get("data") or ()), age(obj, now)]


def _component_status(obj: Object, _: dt.datetime) -> list[Any]:
    entry = next((c for c in obj.get("conditions") or () if c.get("type") == "Healthy"), None)
    if entry is None:
        return [name(obj), "Unknown", "", ""]
    word = "Healthy" if entry.get("status") == "True" else "Unhealthy"
    return [name(obj), word, entry.get("message", ""), entry.get("error", "")]


LAYOUTS = {
    "nodes": Layout(
        (
            NAME,
            Column("Status"),
            Column("Roles"),
            AGE,
            Column("Version"),
            *(wide(n) for n in ("Internal-IP", "External-IP")),
            *(wide(n) for n in ("OS-Image", "Kernel-Version", "Container-Runtime")),
        ),
        _node,
    ),
    "namespaces": Layout((NAME, Column("Status"), AGE), _namespace),
    "leases.coordination.k8s.io": Layout((NAME, Column("Holder"), AGE), _lease),
    "resourcequotas": Layout((NAME, Column("Request"), Column("Limit"), AGE), _resource_quota),
    "priorityclasses.scheduling.k8s.io": Layout(
        (NAME, integer("Value"), Column("Global-Default", "boolean"), AGE, Column("PreemptionPolicy")),
        _priority_class,
    ),
    "configmaps": Layout((NAME, Column("Data"), AGE), _config_map),
    "secrets": Layout((NAME, Column("Type"), Column("Data"), AGE), _secret),
    "componentstatuses": Layout(
        (NAME, Column("Status"), Column("Message"), Column("Error")), _component_status
    ),
}
