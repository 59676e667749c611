"""What the API server counts: its answers, in Prometheus' text format.

Models: k8s.io/apiserver/pkg/endpoints/metrics. Unlike upstream: there are hundreds of other metrics.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.health import ENDPOINTS

if TYPE_CHECKING:
    from starlette.requests import Request

    from kubetutor.embedded.apiserver.request import ResourceRequest

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
NAME = "apiserver_request_total"
HELP = (
    "Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, "
    "component, and HTTP response code."
)
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
CONNECTED = {"attach", "exec", "log", "portforward", "proxy"}

Labels = tuple[tuple[str, str], ...]


class RequestMetrics:
    """Counts the answers to requests since the server started."""

    def __init__(self) -> None:
        self._requests: Counter[Labels] = Counter()

    def count_resource(self, request: Request, what: ResourceRequest, code: int) -> None:
        """Count an answer about a resource."""
        labels = {
            "component": "apiserver",
            "dry_run": "All" if request.query_params.get("dryRun") == "All" else "",
            "group": what.kind.group,
            "resource": what.kind.plural,
            "scope": _scope(request.method, what),
            "subresource": what.subresource,
            "verb": _verb(request, what),
            "version": what.kind.version,
        }
        self._count(code, labels)

    def count_document(self, request: Request, path: str, code: int) -> None:
        """Count an answer that was no resource. Upstream leaves out the component of health checks, too."""
        is_health = path in ENDPOINTS
        name = (
            "openapi/v3/" if path.startswith("/openapi/v3/") else path.strip("/")
        )  # all that one may ask for
        labels = dict.fromkeys(("dry_run", "group", "resource", "scope", "version"), "")
        labels |= {
            "component": "" if is_health else "apiserver",
            "subresource": path if is_health else name,
            "verb": _method(request),
        }
        self._count(code, labels)

    def text(self) -> str:
        lines = [f"# HELP {NAME} [STABLE] {HELP}", f"# TYPE {NAME} counter"]
        for labels, count in sorted(self._requests.items()):
            shown = ",".join(f'{name}="{value}"' for name, value in labels)
            lines.append(f"{NAME}{{{shown}}} {count}")
        return "\n".join([*lines, ""])

    def reset(self) -> None:
        self._requests.clear()

    def _count(self, code: int, labels: dict[str, str]) -> None:
        self._requests[tuple(sorted({**labels, "code": str(code)}.items()))] += 1


def _scope(method: str, what: ResourceRequest) -> str:
    if what.name is not None or method == "POST":
        return "resource"
    return "namespace" if what.namespace else "cluster"


def _verb(request: Request, what: ResourceRequest) -> str:
    if what.subresource in CONNECTED:
        return "CONNECT"
    if request.method == "GET" and (what.watch or request.query_params.get("watch") in {"1", "true"}):
        return "WATCH"
    if request.method == "GET" and what.name is None:
        return "LIST"
    if request.method == "PATCH" and "apply-patch" in request.headers.get("content-type", ""):
        return "APPLY"
    return _method(request)


def _method(request: Request) -> str:
    return request.method if request.method in METHODS else "other"
