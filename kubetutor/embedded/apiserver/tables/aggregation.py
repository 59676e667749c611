"""APIServices as a table.

Models: k8s.io/kube-aggregator/pkg/registry/apiservice/etcd.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import condition
from kubetutor.embedded.apiserver.tables.layout import AGE, NAME, Column, Layout, age, at, name

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.objects import Object


def _api_service(obj: Object, now: dt.datetime) -> list[Any]:
    server = at(obj, "spec.service", None)
    where = f"{server.get('namespace', '')}/{server.get('name', '')}" if server else "Local"
    found = condition(obj, "Available") or {}
    available = found.get("status", "Unknown")
    if available != "True" and found.get("reason"):
        available = f"{available} ({found['reason']})"
    return [name(obj), where, available, age(obj, now)]


LAYOUTS = {
    "apiservices.apiregistration.k8s.io": Layout(
        (NAME, Column("Service"), Column("Available"), AGE), _api_service
    )
}
