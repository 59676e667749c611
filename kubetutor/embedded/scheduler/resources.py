"""What a pod asks for, in whole numbers: thousandths of a core, bytes, pieces.

Models: staging/src/k8s.io/component-helpers/resource/helpers.go, pkg/scheduler/util/pod_resources.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.quantities import parse_int, parse_milli

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kubetutor.api.objects import Object

Amounts = dict[str, int]

# What a container without requests is taken to need when nodes are compared.
ASSUMED = {"cpu": 100, "memory": 200 * 2**20}


def amounts(resources: Mapping[str, str | int | float] | None) -> Amounts:
    return {
        name: parse_milli(written) if name == "cpu" else parse_int(written)
        for name, written in (resources or {}).items()
    }


def pod_requests(pod: Object) -> Amounts:
    """Answer what must be free on a node for this pod."""
    return _total(pod, {})


def assumed_requests(pod: Object) -> Amounts:
    """Answer the same, with a little for each container that says nothing."""
    return _total(pod, ASSUMED)


def _total(pod: Object, default: Amounts) -> Amounts:
    spec = pod["spec"]
    running = _sum(_requests(each, default) for each in spec.get("containers") or ())
    peak: Amounts = {}
    sidecars: Amounts = {}
    for container in spec.get("initContainers") or ():
        wanted = _requests(container, default)
        if container.get("restartPolicy") == "Always":
            sidecars = _sum([sidecars, wanted])
            peak = _most(peak, sidecars)
        else:
            peak = _most(peak, _sum([sidecars, wanted]))
    needed = _most(_sum([running, sidecars]), peak)
    needed |= amounts((spec.get("resources") or {}).get("requests"))
    return _sum([needed, amounts(spec.get("overhead"))])


def _requests(container: Object, default: Amounts) -> Amounts:
    return {**default, **amounts((container.get("resources") or {}).get("requests"))}


def _sum(parts: Iterable[Amounts]) -> Amounts:
    total: Amounts = {}
    for part in parts:
        for name, amount in part.items():
            total[name] = total.get(name, 0) + amount
    return total


def _most(one: Amounts, other: Amounts) -> Amounts:
    return {name: max(one.get(name, 0), other.get(name, 0)) for name in one | other}


def host_ports(pod: Object) -> frozenset[tuple[str, str, int]]:
    """Answer (address, protocol, port) of each port that the pod wants on the node itself."""
    return frozenset(
        (port.get("hostIP") or "0.0.0.0", port.get("protocol", "TCP"), port["hostPort"])  # noqa: S104  # what upstream calls "any address"
        for container in pod["spec"].get("containers") or ()
        for port in container.get("ports") or ()
        if port.get("hostPort")
    )
