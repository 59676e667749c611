"""A container's environment variables: from the image, the services, the manifest, in this order.

Models: pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables), pkg/kubelet/envvars, third_party/forked/golang/expansion.
"""

from __future__ import annotations

import base64
import json
import math
import re
from typing import TYPE_CHECKING, Any, Protocol

from kubetutor.api.objects import annotations_of, labels_of, name_of, namespace_of, uid_of
from kubetutor.api.quantities import parse
from kubetutor.errors import KubetutorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kubetutor.api.objects import Object

REFERENCE = re.compile(r"\$(?:\$|\(([^()]*)\))")
SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]")


class ConfigError(KubetutorError):
    """The container cannot be made: what it refers to is missing. Shown as CreateContainerConfigError."""


class Lookup(Protocol):
    """Answers objects of the cluster, as an informer does."""

    def __call__(self, resource: str, key: str) -> Object | None: ...


def expand(text: str, values: Mapping[str, str]) -> str:
    """Replace $(NAME) where NAME is known; $$ stands for $; an unknown reference stays as it is written."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return "$" if name is None else values.get(name, match[0])

    return REFERENCE.sub(value, text)


def expand_all(words: Iterable[str], values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(expand(word, values) for word in words)


def service_environment(services: Iterable[Object], namespace: str, *, links: bool) -> dict[str, str]:
    """Answer the variables that tell of services: `kubernetes` always, the namespace's own if `links`."""
    values: dict[str, str] = {}
    for service in services:
        is_master = namespace_of(service) == "default" and name_of(service) == "kubernetes"
        is_ours = links and namespace_of(service) == namespace
        if (is_master or is_ours) and service["spec"].get("clusterIP") not in {None, "", "None"}:
            values.update(_of_service(service))
    return values


def _of_service(service: Object) -> dict[str, str]:
    prefix = name_of(service).upper().replace("-", "_")
    address, ports = service["spec"]["clusterIP"], service["spec"].get("ports") or ()
    if not ports:
        return {}
    values = {f"{prefix}_SERVICE_HOST": address, f"{prefix}_SERVICE_PORT": str(ports[0]["port"])}
    for port in ports:
        if port.get("name"):
            values[f"{prefix}_SERVICE_PORT_{port['name'].upper().replace('-', '_')}"] = str(port["port"])
    first = ports[0]
    values[f"{prefix}_PORT"] = f"{first.get('protocol', 'TCP').lower()}://{address}:{first['port']}"
    for port in ports:
        protocol = port.get("protocol", "TCP")
        link = f"{prefix}_PORT_{port['port']}_{protocol}"
        values[link] = f"{protocol.lower()}://{address}:{port['port']}"
        values[f"{link}_PROTO"] = protocol.lower()
        values[f"{link}_PORT"] = str(port["port"])
        values[f"{link}_ADDR"] = address
    return values


def container_environment(
    pod: Object, container: Object, start: Mapping[str, str], find: Lookup
) -> dict[str, str]:
    """Answer `start` with what the manifest adds to it. Raises `ConfigError`."""
    own: dict[str, str] = {}
    for source in container.get("envFrom") or ():
        own.update(_from_source(pod, source, find))
    for entry in container.get("env") or ():
        if entry.get("valueFrom"):
            value = _value_from(pod, container, entry["valueFrom"], find)
            if value is None:
                continue
        else:
            value = expand(entry.get("value") or "", {**start, **own})
        own[entry["name"]] = value
    return {**start, **own}


def _from_source(pod: Object, source: Object, find: Lookup) -> dict[str, str]:
    prefix = source.get("prefix") or ""
    for field, resource in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
        reference = source.get(field)
        if reference:
            data = _data(pod, resource, reference, find)
            return {f"{prefix}{key}": value for key, value in (data or {}).items()}
    return {}


def _data(pod: Object, resource: str, reference: Object, find: Lookup) -> dict[str, str] | None:
    """Answer the values of a ConfigMap or Secret; None when it is missing and may be."""
    found = find(resource, f"{namespace_of(pod)}/{reference['name']}")
    if found is None:
        if reference.get("optional"):
            return None
        raise ConfigError(f'{resource.removesuffix("s")} "{reference["name"]}" not found')
    data = found.get("data") or {}
    if resource == "secrets":
        return {key: base64.b64decode(value).decode(errors="replace") for key, value in data.items()}
    return dict(data)


def _value_from(pod: Object, container: Object, source: Object, find: Lookup) -> str | None:
    for field, resource, kind in (
        ("configMapKeyRef", "configmaps", "ConfigMap"),
        ("secretKeyRef", "secrets", "Secret"),
    ):
        reference = source.get(field)
        if not reference:
            continue
        data = _data(pod, resource, reference, find)
        if data is not None and reference["key"] in data:
            return data[reference["key"]]
        if reference.get("optional"):
            return None
        where = f"{namespace_of(pod)}/{reference['name']}"
        raise ConfigError(f"couldn't find key {reference['key']} in {kind} {where}")
    if source.get("fieldRef"):
        return field_value(pod, source["fieldRef"]["fieldPath"])
    if source.get("resourceFieldRef"):
        return resource_value(pod, container, source["resourceFieldRef"], find)
    return None


def field_value(pod: Object, path: str) -> str:
    """Answer a field that the downward API knows. `status` must hold the addresses already."""
    subscript = SUBSCRIPT.fullmatch(path)
    if subscript:
        of = labels_of(pod) if subscript[1] == "labels" else annotations_of(pod)
        return of.get(subscript[2], "")
    status, spec = pod.get("status", {}), pod["spec"]
    fields: dict[str, Any] = {
        "metadata.name": name_of(pod),
        "metadata.namespace": namespace_of(pod),
        "metadata.uid": uid_of(pod),
        "metadata.labels": _lines(labels_of(pod)),
        "metadata.annotations": _lines(annotations_of(pod)),
        "spec.nodeName": spec.get("nodeName"),
        "spec.serviceAccountName": spec.get("serviceAccountName"),
        "status.hostIP": status.get("hostIP"),
        "status.hostIPs": ",".join(entry["ip"] for entry in status.get("hostIPs") or ()),
        "status.podIP": status.get("podIP"),
        "status.podIPs": ",".join(entry["ip"] for entry in status.get("podIPs") or ()),
    }
    if path not in fields:
        raise ConfigError(f"unsupported fieldPath: {path}")
    return str(fields[path] or "")


def _lines(values: Mapping[str, str]) -> str:
    return "\n".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in sorted(values.items())
    )


def resource_value(pod: Object, container: Object, reference: Object, find: Lookup) -> str:
    """Answer a limit or request; a missing limit is what the node has."""
    name = reference.get("containerName") or container["name"]
    all_containers: Sequence[Object] = [
        *pod["spec"]["containers"],
        *(pod["spec"].get("initContainers") or ()),
    ]
    of = next((entry for entry in all_containers if entry["name"] == name), container)
    kind, _, resource = reference["resource"].partition(".")
    resources = of.get("resources") or {}
    value = (resources.get(kind) or {}).get(resource)
    if value is None and kind == "limits":
        node = find("nodes", pod["spec"]["nodeName"]) or {}
        value = (node.get("status", {}).get("allocatable") or {}).get(resource)
    return in_units(value or "0", reference.get("divisor") or "0")


def in_units(text: str, divisor: str) -> str:
    """Answer an amount in units of the divisor (0: of one), rounded up, as the downward API does."""
    return str(math.ceil(parse(text) / (parse(divisor) or 1)))
