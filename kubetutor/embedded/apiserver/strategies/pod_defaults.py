"""What a pod is given that its author left out.

Models: pkg/apis/core/v1/defaults.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_DOMAIN = (
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?"
)
_COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    rf"(?:{_DOMAIN}/)?{_COMPONENT}(?:/{_COMPONENT})*(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}))?(?P<digest>@[A-Za-z0-9+._-]+:[0-9a-fA-F]{{32,}})?"
)
_MODE_0644 = 0o644
_MODED_SOURCES = ("secret", "configMap", "downwardAPI", "projected")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_PROBE_DEFAULTS = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}


def set_pod_defaults(pod: Object) -> None:
    """Fill in a Pod. A template of pods gets less: see `set_pod_spec_defaults`."""
    spec = pod.setdefault("spec", {})
    spec.setdefault("containers", [])
    set_pod_spec_defaults(spec)
    for container in (*spec["containers"], *spec.get("initContainers", ())):
        resources = container["resources"]
        if "limits" in resources:
            resources["requests"] = {**resources["limits"], **resources.get("requests", {})}
        if spec.get("hostNetwork"):
            for port in container.get("ports", ()):
                port["hostPort"] = port.get("hostPort") or port.get("containerPort", 0)
    spec.setdefault("enableServiceLinks", True)


def set_template_defaults(spec: Object) -> None:
    """Fill in `template`, the pods that a workload makes."""
    template = spec.setdefault("template", {})
    template.setdefault("metadata", {})
    template.setdefault("spec", {}).setdefault("containers", [])
    set_pod_spec_defaults(template["spec"])


def set_pod_spec_defaults(spec: Object) -> None:
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for group in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(group, ()):
            _set_container_defaults(container)
    for volume in spec.get("volumes", ()):
        _set_volume_defaults(volume)


def pull_policy(image: str) -> str:
    """Answer Always for the tag `latest`, given or understood, and IfNotPresent for all else."""
    match = _IMAGE.fullmatch(image)
    if match is None:
        return "IfNotPresent"
    tag = match["tag"] or ("" if match["digest"] else "latest")
    return "Always" if tag == "latest" else "IfNotPresent"


def _set_container_defaults(container: Object) -> None:
    container.setdefault("name", "")
    container.setdefault("resources", {})
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    if "imagePullPolicy" not in container:
        container["imagePullPolicy"] = pull_policy(container.get("image", ""))
    for port in container.get("ports", ()):
        port.setdefault("protocol", "TCP")
    for variable in container.get("env", ()):
        _set_source_defaults(variable.get("valueFrom", {}))
    for name in _PROBES:
        if name in container:
            for field, value in _PROBE_DEFAULTS.items():
                container[name].setdefault(field, value)
            _set_http_get_defaults(container[name])
    for hook in ("postStart", "preStop"):
        _set_http_get_defaults(container.get("lifecycle", {}).get(hook, {}))


def _set_http_get_defaults(handler: Object) -> None:
    if "httpGet" in handler:
        handler["httpGet"].setdefault("path", "/")
        handler["httpGet"].setdefault("scheme", "HTTP")
        handler["httpGet"]["path"] = handler["httpGet"]["path"] or "/"


def _set_source_defaults(source: Object) -> None:
    if "fieldRef" in source:
        source["fieldRef"].setdefault("apiVersion", "v1")
    if "resourceFieldRef" in source:
        source["resourceFieldRef"].setdefault("divisor", "0")


def _set_volume_defaults(volume: Object) -> None:
    if len(volume) == ("name" in volume):
        volume["emptyDir"] = {}
    for name in _MODED_SOURCES:
        if name in volume:
            volume[name].setdefault("defaultMode", _MODE_0644)
    if "hostPath" in volume:
        volume["hostPath"].setdefault("type", "")
    for item in volume.get("downwardAPI", {}).get("items", ()):
        _set_source_defaults(item)
    for source in volume.get("projected", {}).get("sources", ()):
        for item in source.get("downwardAPI", {}).get("items", ()):
            _set_source_defaults(item)
        if "serviceAccountToken" in source:
            source["serviceAccountToken"].setdefault("expirationSeconds", 3600)
    template = volume.get("ephemeral", {}).get("volumeClaimTemplate")
    if template is not None:
        template.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
