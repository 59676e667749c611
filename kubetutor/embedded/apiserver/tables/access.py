"""Who may do what: service accounts and bindings. Roles have only a name and a time, so the default table will do.

Models: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.embedded.apiserver.tables.layout import AGE, NAME, Column, Layout, age, at, name, wide

if TYPE_CHECKING:
    import datetime as dt

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


BINDING = Layout(
    (NAME, Column("Role"), AGE, wide("Users"), wide("Groups"), wide("ServiceAccounts")), _binding
)
LAYOUTS = {
    "serviceaccounts": Layout((NAME, AGE), _service_account),
    "clusterrolebindings.rbac.authorization.k8s.io": BINDING,
    "rolebindings.rbac.authorization.k8s.io": BINDING,
}
