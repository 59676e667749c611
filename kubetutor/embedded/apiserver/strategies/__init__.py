"""Where a kind behaves differently from the generic registry: one module per kind that does. TEMP"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kubetutor.errors import ApiError


def _pod_spec(spec):
    for c in [*spec.get("containers", []), *spec.get("initContainers", [])]:
        c.setdefault("resources", {})
        c.setdefault("terminationMessagePath", "/dev/termination-log")
        c.setdefault("terminationMessagePolicy", "File")
        c.setdefault("imagePullPolicy", "IfNotPresent")
        for p in c.get("ports", []):
            p.setdefault("protocol", "TCP")
        for n in ("livenessProbe", "readinessProbe", "startupProbe"):
            if n in c:
                p = c[n]
                p.setdefault("timeoutSeconds", 1)
                p.setdefault("periodSeconds", 10)
                p.setdefault("successThreshold", 1)
                p.setdefault("failureThreshold", 3)
                if "httpGet" in p:
                    p["httpGet"].setdefault("path", "/")
                    p["httpGet"].setdefault("scheme", "HTTP")
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")


def defaults(resource):
    def d(obj):
        spec = obj.get("spec")
        if resource == "pods":
            _pod_spec(spec)
            spec.setdefault("enableServiceLinks", True)
        if resource in ("deployments.apps", "replicasets.apps"):
            spec.setdefault("replicas", 1)
            _pod_spec(spec["template"]["spec"])
        if resource == "deployments.apps":
            spec.setdefault("strategy", {"type": "RollingUpdate"})
            if spec["strategy"].setdefault("type", "RollingUpdate") == "RollingUpdate":
                r = spec["strategy"].setdefault("rollingUpdate", {})
                r.setdefault("maxUnavailable", "25%")
                r.setdefault("maxSurge", "25%")
            spec.setdefault("revisionHistoryLimit", 10)
            spec.setdefault("progressDeadlineSeconds", 600)
        if resource == "services":
            spec.setdefault("type", "ClusterIP")
            spec.setdefault("sessionAffinity", "None")
            spec.setdefault("internalTrafficPolicy", "Cluster")
            for p in spec.get("ports", []):
                p.setdefault("protocol", "TCP")
                p.setdefault("targetPort", p["port"])
            if spec["type"] != "ClusterIP":
                spec.setdefault("externalTrafficPolicy", "Cluster")
        if resource == "namespaces":
            obj.setdefault("spec", {}).setdefault(
                "finalizers", ["kubernetes"]
            ) if "deletionTimestamp" not in obj["metadata"] else None
            obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]
        if resource == "secrets":
            obj.setdefault("type", "Opaque")

    return d


def prep(resource):
    def p(obj):
        if resource == "pods":
            obj["status"] = {"phase": "Pending", "qosClass": "BestEffort"}
        elif resource == "namespaces":
            obj["status"] = {"phase": "Active"}
        elif resource == "services":
            obj["status"] = {"loadBalancer": {}}
        elif resource in ("deployments.apps", "replicasets.apps", "nodes"):
            obj.setdefault("status", {})

    return p


@dataclass(frozen=True)
class Strategy:
    defaults: Callable
    prepare_create: Callable
    prepare_update: Callable
    validate: Callable
    validate_update: Callable


def strategy_of(resource):
    return Strategy(defaults(resource), prep(resource), lambda n, o: None, lambda o: [], lambda n, o: [])


def validate_scale(o):
    return []


def invalid_error(kind, name, errors):
    return ApiError(422, "Invalid", "invalid: " + str(errors))
