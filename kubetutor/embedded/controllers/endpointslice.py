"""Says which addresses are behind a service.

1. Find the pods that the service's selector matches, that have an address and have not ended.
2. Resolve each target port, which may be a name that pods give to different numbers.
3. Write one EndpointSlice for each set of port numbers; nearly always that is one.
4. Write the same as an Endpoints object, for older readers; it knows no terminating pods.

A service without selector is left alone: somebody else writes its endpoints.
Unlike upstream: a slice is not split at 100 endpoints, and pods have one address each.
Models: staging/src/k8s.io/endpointslice/reconciler.go, pkg/controller/endpoint/endpoints_controller.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    is_being_deleted,
    is_pod_finished,
    is_pod_ready,
    key_of,
    labels_of,
    name_of,
    namespace_of,
    split_key,
    uid_of,
)
from kubetutor.api.selectors import from_labels, matches
from kubetutor.embedded.controllers.ownership import controller_reference
from kubetutor.embedded.controllers.trigger_times import TriggerTimes, annotated
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

SLICES = "endpointslices.discovery.k8s.io"
SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
CONTROLLER = "endpointslice-controller.k8s.io"
HEADLESS = "service.kubernetes.io/headless"
ENDPOINTS_MANAGED_BY = {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}

Ports = tuple[tuple[str, int, str], ...]


def resolve_ports(service: Object, pod: Object) -> Ports:
    """Answer (name, number, protocol) of each port of the service that the pod has."""
    resolved = []
    for port in service["spec"].get("ports") or ():
        number = _target_port(port, pod)
        if number is not None:
            resolved.append((port.get("name", ""), number, port.get("protocol", "TCP")))
    return tuple(resolved)


def _target_port(port: Object, pod: Object) -> int | None:
    target = port.get("targetPort") or port["port"]
    if isinstance(target, int):
        return target
    for container in [*pod["spec"].get("containers", ()), *(pod["spec"].get("initContainers") or ())]:
        for offered in container.get("ports") or ():
            if offered.get("name") == target and offered.get("protocol", "TCP") == port.get(
                "protocol", "TCP"
            ):
                return int(offered["containerPort"])
    return None


def is_endpoint(pod: Object) -> bool:
    return bool(pod.get("status", {}).get("podIP")) and not is_pod_finished(pod)


def endpoint(service: Object, pod: Object) -> Object:
    """Answer one endpoint of a slice."""
    terminating, serving = is_being_deleted(pod), is_pod_ready(pod)
    ready = bool(service["spec"].get("publishNotReadyAddresses")) or (serving and not terminating)
    spec = pod["spec"]
    found: Object = {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
        "targetRef": _target(pod),
    }
    if spec.get("hostname") and spec.get("subdomain") == name_of(service):
        found["hostname"] = spec["hostname"]
    if spec.get("nodeName"):
        found["nodeName"] = spec["nodeName"]
    return found


def _target(pod: Object) -> Object:
    return {"kind": "Pod", "namespace": namespace_of(pod), "name": name_of(pod), "uid": uid_of(pod)}


def plan_slices(
    service: Object, pods: Iterable[Object], current: Sequence[Object]
) -> tuple[list[Object], list[Object]]:
    """Answer the slices as they should be, and those to delete. Endpoints keep their places."""
    places = {
        each["targetRef"]["uid"]: place
        for place, each in enumerate(each for one in current for each in one.get("endpoints") or ())
        if each.get("targetRef")
    }
    groups: dict[Ports, list[Object]] = {}
    for pod in sorted(pods, key=lambda pod: (places.get(uid_of(pod), len(places)), name_of(pod))):
        groups.setdefault(resolve_ports(service, pod), []).append(endpoint(service, pod))
    if not groups:
        groups[()] = []
    unused = {_ports_of(each): each for each in current}
    wanted, unplaced = [], []
    for ports, endpoints in groups.items():
        found = unused.pop(ports, None)
        if found is None:
            unplaced.append((ports, endpoints))
        else:
            wanted.append(_slice(service, ports, endpoints, found))
    spare = list(unused.values())
    for ports, endpoints in unplaced:
        wanted.append(_slice(service, ports, endpoints, spare.pop() if spare else None))
    kept = {name_of(each) for each in wanted}
    return wanted, [each for each in current if name_of(each) not in kept]


def _ports_of(endpoint_slice: Object) -> Ports:
    return tuple(
        (port.get("name", ""), port["port"], port.get("protocol", "TCP"))
        for port in endpoint_slice.get("ports") or ()
    )


def _slice(service: Object, ports: Ports, endpoints: list[Object], current: Object | None) -> Object:
    labels = {**labels_of(service), SERVICE_NAME: name_of(service), MANAGED_BY: CONTROLLER}
    if service["spec"].get("clusterIP") == "None":
        labels[HEADLESS] = ""
    body = {
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": [{"name": name, "port": port, "protocol": protocol} for name, port, protocol in ports],
    }
    if current is not None:
        return {**current, **body, "metadata": {**current["metadata"], "labels": labels}}
    metadata = {
        "generateName": f"{name_of(service)}-",
        "labels": labels,
        "ownerReferences": [controller_reference(service)],
    }
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata, **body}


def plan_subsets(service: Object, pods: Iterable[Object]) -> list[Object]:
    """Answer the subsets of the Endpoints object."""
    publish_all = bool(service["spec"].get("publishNotReadyAddresses"))
    groups: dict[Ports, dict[str, list[Object]]] = {}
    for pod in sorted(pods, key=lambda pod: _numeric(pod["status"]["podIP"])):
        if is_being_deleted(pod) and not publish_all:
            continue
        ready = publish_all or is_pod_ready(pod)
        subset = groups.setdefault(resolve_ports(service, pod), {})
        subset.setdefault("addresses" if ready else "notReadyAddresses", []).append(_address(pod))
    return [
        {
            **{kind: subset[kind] for kind in ("addresses", "notReadyAddresses") if kind in subset},
            "ports": [
                {**({"name": name} if name else {}), "port": port, "protocol": protocol}
                for name, port, protocol in ports
            ],
        }
        for ports, subset in groups.items()
    ]


def _numeric(address: str) -> tuple[int, ...]:
    return tuple(int(part) for part in address.split(".") if part.isdecimal())


def _address(pod: Object) -> Object:
    node = {"nodeName": pod["spec"]["nodeName"]} if pod["spec"].get("nodeName") else {}
    return {"ip": pod["status"]["podIP"], **node, "targetRef": _target(pod)}


class EndpointSliceController:
    name = "endpoint-slice-controller"

    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._services = context.informers["services"]
        self._pods = context.informers["pods"]
        self._slices = context.informers[SLICES]
        self._endpoints = context.informers["endpoints"]
        self._trigger_times = TriggerTimes()

    def start(self, queue: WorkQueue) -> None:
        def on_owned(change: Change) -> None:
            service = labels_of(change.object).get(SERVICE_NAME)
            if service and change.type == "DELETED":
                queue.add(f"{namespace_of(change.object)}/{service}")

        self._services.on_change(lambda change: queue.add(key_of(change.object)))
        self._slices.on_change(on_owned)
        self._pods.on_change(lambda change: self._on_pod(change, queue))

    def _on_pod(self, change: Change, queue: WorkQueue) -> None:
        if (
            change.old is not None
            and change.type == "MODIFIED"
            and _facts(change.object) == _facts(change.old)
        ):
            return
        for service in self._services.list(namespace_of(change.object)):
            selector = from_labels(service["spec"].get("selector") or {})
            if selector and any(
                pod is not None and matches(selector, labels_of(pod)) for pod in (change.object, change.old)
            ):
                queue.add(key_of(service))

    def reconcile(self, key: str) -> float | None:
        service = self._services.get(key)
        if service is None:
            self._trigger_times.forget(key)
            self._delete_endpoints(key)
            return None
        selector = from_labels(service["spec"].get("selector") or {})
        if not selector or service["spec"].get("type") == "ExternalName" or is_being_deleted(service):
            return None
        pods = [
            pod
            for pod in self._pods.list(namespace_of(service))
            if is_endpoint(pod) and matches(selector, labels_of(pod))
        ]
        triggered = self._trigger_times.take(service, pods)
        self._write_slices(service, pods, triggered)
        self._write_endpoints(service, pods, triggered)
        return None

    def _write_slices(self, service: Object, pods: list[Object], triggered: str | None) -> None:
        current = [
            each
            for each in self._slices.controlled_by(uid_of(service))
            if labels_of(each).get(MANAGED_BY) == CONTROLLER and not is_being_deleted(each)
        ]
        wanted, surplus = plan_slices(service, pods, current)
        before = {name_of(each): each for each in current}
        for each in wanted:
            if not name_of(each):
                self._client.create(SLICES, annotated(each, triggered), namespace=namespace_of(service))
            elif each != before[name_of(each)]:
                self._client.update(SLICES, annotated(each, triggered))
        for each in surplus:
            self._client.delete(SLICES, name_of(each), namespace=namespace_of(each))

    def _write_endpoints(self, service: Object, pods: list[Object], triggered: str | None) -> None:
        labels = {**labels_of(service), **ENDPOINTS_MANAGED_BY}
        if service["spec"].get("clusterIP") == "None":
            labels[HEADLESS] = ""
        subsets = plan_subsets(service, pods)
        current = self._endpoints.get(key_of(service))
        if current is None:
            metadata = {"name": name_of(service), "labels": labels}
            body: Object = {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata}
            if subsets:
                body["subsets"] = subsets
            self._client.create("endpoints", annotated(body, triggered), namespace=namespace_of(service))
        elif (current.get("subsets") or []) != subsets or labels_of(current) != labels:
            rest = {name: value for name, value in current.items() if name != "subsets"}
            body = annotated({**rest, "metadata": {**current["metadata"], "labels": labels}}, triggered)
            self._client.update("endpoints", {**body, "subsets": subsets} if subsets else body)

    def _delete_endpoints(self, key: str) -> None:
        namespace, name = split_key(key)
        if self._endpoints.get(key) is None:
            return
        try:
            self._client.delete("endpoints", name, namespace=namespace)
        except ApiError as error:
            if error.code != 404:
                raise


def _facts(pod: Object) -> tuple[object, ...]:
    """Answer everything about a pod that an endpoint shows."""
    return (
        pod.get("status", {}).get("podIP"),
        is_pod_ready(pod),
        is_pod_finished(pod),
        is_being_deleted(pod),
        pod["spec"].get("nodeName"),
        labels_of(pod),
    )
