"""The APIServices of a new cluster: who serves which group and version of the API.

The API server itself serves all but one; metrics.k8s.io is served by the metrics server.

Models: k8s.io/kube-aggregator, pkg/controlplane/apiserver/aggregator.go (DefaultGenericAPIServicePriorities).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.kinds import KINDS, METRICS

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

GROUP = "apiregistration.k8s.io"
PRIORITIES = {
    "": 18000,
    "apps": 17800,
    "events.k8s.io": 17750,
    "authentication.k8s.io": 17700,
    "authorization.k8s.io": 17600,
    "autoscaling": 17500,
    "batch": 17400,
    "certificates.k8s.io": 17300,
    "networking.k8s.io": 17200,
    "policy": 17100,
    "rbac.authorization.k8s.io": 17000,
    "storage.k8s.io": 16800,
    "admissionregistration.k8s.io": 16700,
    "apiextensions.k8s.io": 16700,
    "scheduling.k8s.io": 16600,
    "coordination.k8s.io": 16500,
    "node.k8s.io": 16300,
    "discovery.k8s.io": 16200,
}
VERSION_PRIORITIES = {("", "v1"): 1, ("autoscaling", "v2"): 30}
USUAL_VERSION_PRIORITY = 15
USUAL_PRIORITY = 1000  # of groups that upstream has no number for
ALL_WELL = {"type": "Available", "status": "True", "reason": "Passed", "message": "all checks passed"}


def local_services() -> list[Object]:
    """List those for what the API server serves itself."""
    served = dict.fromkeys((kind.group, kind.version) for kind in KINDS if not kind.is_measured)
    return [_local(group, version) for group, version in served if group != GROUP]


def _local(group: str, version: str) -> Object:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "APIService",
        "metadata": {
            "name": f"{version}.{group}",
            "labels": {"kube-aggregator.kubernetes.io/automanaged": "onstart"},
        },
        "spec": {
            **({"group": group} if group else {}),
            "version": version,
            "groupPriorityMinimum": PRIORITIES.get(group, USUAL_PRIORITY),
            "versionPriority": VERSION_PRIORITIES.get((group, version), USUAL_VERSION_PRIORITY),
        },
    }


def metrics_service() -> Object:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "APIService",
        "metadata": {"name": f"v1beta1.{METRICS}", "labels": {"k8s-app": "metrics-server"}},
        "spec": {
            "group": METRICS,
            "version": "v1beta1",
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "insecureSkipTLSVerify": True,
            "service": {"name": "metrics-server", "namespace": "kube-system", "port": 443},
        },
    }
