"""What a pod as a whole may use: `status.resources`.

The containers' amounts are added up; where an init container alone needs more, its amount counts.

Models: k8s.io/component-helpers/resource/helpers.go (PodRequests, PodLimits).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.quantities import parse, write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object


def pod_resources(spec: Object) -> Object:
    """Answer `limits` and `requests`, each only if a container has any."""
    found = {field: _of_pod(spec, field) for field in ("limits", "requests")}
    return {field: amounts for field, amounts in found.items() if amounts}


def _of_pod(spec: Object, field: str) -> dict[str, str]:
    main = _amounts(spec.get("containers") or (), field)
    init = spec.get("initContainers") or ()
    stay = _amounts((each for each in init if each.get("restartPolicy") == "Always"), field)
    pass_by = [_amounts([each], field) for each in init if each.get("restartPolicy") != "Always"]
    whole = _added([main, stay])
    for needed in (_added([stay, one]) for one in pass_by):
        whole = {name: max(whole.get(name, "0"), needed.get(name, "0"), key=parse) for name in whole | needed}
    return {**whole, **((spec.get("resources") or {}).get(field) or {})}


def _amounts(containers: Iterable[Object], field: str) -> dict[str, str]:
    return _added([(each.get("resources") or {}).get(field) or {} for each in containers])


def _added(parts: Iterable[dict[str, str]]) -> dict[str, str]:
    total: dict[str, str] = {}
    for part in parts:
        for name, amount in part.items():
            total[name] = _sum(total[name], amount) if name in total else amount
    return total


def _sum(one: str, other: str) -> str:
    """Add two amounts, written as the first one is."""
    return write(parse(one) + parse(other), "binary" if str(one).endswith("i") else "decimal")
