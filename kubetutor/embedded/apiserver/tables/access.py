"""Who may do what: service accounts and bindings. Roles have only a name and a time, so the default table will do.

Models: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.tables.durations import human_duration
from kubetutor.embedded.apiserver.tables.layout import AGE, NAME, Column, Layout, age, at, name, wide

if TYPE_CHECKING:
    from kubetutor.api.objects import Object


def _service_account(obj: Object, now: dt.datetime) -> list[Any]:
    return [name(obj), age(obj, now)]


def _names(obj: Object, kind: str) -> str:
    return ", ".join(entry["name"] for entry in obj.get("subjects") or () if entry.get("kind") == kind)


def _binding(obj: Object, now: dt.datetime) -> list[Any]:
    accounts = [entry for entry in obj.get("subjects") or () if entry.get("kind") == "ServiceAccount"]
    return [
        name(obj),
        f"{at(obj, 'roleRef.kind', '')}/{at(obj, 'roleRef.name', '')}",
        age(obj, now),
        _names(obj, "User"),
        _names(obj, "Group"),
        ", ".join(f"{entry.get('namespace', '')}/{entry['name']}" for entry in accounts),
    ]


def _certificate_request(obj: Object, now: dt.datetime) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    seconds = spec.get("expirationSeconds")
    kinds = {entry.get("type") for entry in status.get("conditions") or ()}
    shown = ["Denied" if "Denied" in kinds else "Approved" if "Approved" in kinds else "Pending"]
    shown += ["Failed"] if "Failed" in kinds else []
    shown += ["Issued"] if status.get("certificate") else []
    duration = "<none>" if seconds is None else human_duration(dt.timedelta(seconds=seconds))
    return [
        name(obj),
        age(obj, now),
        spec.get("signerName", ""),
        spec.get("username", ""),
        duration,
        ",".join(shown),
    ]


CERTIFICATE_REQUEST = Layout(
    (NAME, AGE, *map(Column, ("SignerName", "Requestor", "RequestedDuration", "Condition"))),
    _certificate_request,
)
BINDING = Layout(
    (NAME, Column("Role"), AGE, wide("Users"), wide("Groups"), wide("ServiceAccounts")), _binding
)
LAYOUTS = {
    "certificatesigningrequests.certificates.k8s.io": CERTIFICATE_REQUEST,
    "serviceaccounts": Layout((NAME, AGE), _service_account),
    "clusterrolebindings.rbac.authorization.k8s.io": BINDING,
    "rolebindings.rbac.authorization.k8s.io": BINDING,
}
