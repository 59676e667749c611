"""LimitRanges, at the moment when a pod is created: the defaults they give, and what they refuse.

Models: plugin/pkg/admission/limitranger. Unlike upstream: limits of PersistentVolumeClaims hold for nothing.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from kubetutor.api.quantities import parse as amount_of
from kubetutor.api.quantities import write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kubetutor.api.objects import Object

ANNOTATION = "kubernetes.io/limit-ranger"
FIELDS = (("requests", "defaultRequest", "request"), ("limits", "default", "limit"))
Amounts: TypeAlias = "dict[str, str]"


def set_defaults(pod: Object, limit_ranges: Iterable[Object]) -> None:
    """Fill in requests and limits that there are defaults for, and say so in an annotation."""
    done: list[str] = []
    limits = [limit for limit in _limits(limit_ranges) if limit.get("type") == "Container"]
    defaults = {
        field: {name: amount for limit in limits for name, amount in (limit.get(default) or {}).items()}
        for field, default, _ in FIELDS
    }
    for group, words in (("containers", "container"), ("initContainers", "init container")):
        for container in pod["spec"].get(group) or ():
            done += _fill_in(container, defaults, words)
    if done:
        annotations = pod["metadata"].get("annotations") or {}
        pod["metadata"]["annotations"] = {
            **annotations,
            ANNOTATION: f"LimitRanger plugin set: {'; '.join(done)}",
        }


def _fill_in(container: Object, defaults: dict[str, Amounts], words: str) -> Iterator[str]:
    """Give one container what it lacks; answer what was given, in upstream's words."""
    resources = container.setdefault("resources", {})
    for field, _, single in FIELDS:
        missing = sorted(defaults[field].keys() - (resources.get(field) or {}).keys())
        if missing:
            given = {name: defaults[field][name] for name in missing}
            resources[field] = {**given, **(resources.get(field) or {})}
            yield f"{', '.join(missing)} {single} for {words} {container['name']}"


def limit_complaint(spec: Object, limit_ranges: Iterable[Object]) -> str | None:
    """Answer what a LimitRange has against this pod, in upstream's words."""
    complaints: list[str] = []
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    for limit in _limits(limit_ranges):
        if limit.get("type") == "Container":
            for container in containers:
                complaints += _check(limit, container.get("resources") or {})
        elif limit.get("type") == "Pod":
            complaints += _check(limit, _sums(spec))
    if not complaints:
        return None
    return complaints[0] if len(complaints) == 1 else f"[{', '.join(complaints)}]"


def _limits(limit_ranges: Iterable[Object]) -> Iterator[Object]:
    for limit_range in limit_ranges:
        yield from limit_range.get("spec", {}).get("limits") or ()


def _sums(spec: Object) -> dict[str, Amounts]:
    """Add up what a pod's containers ask for; an init container counts where it alone asks for more."""
    return {field: _sum(spec, field) for field, _, _ in FIELDS}


def _sum(spec: Object, field: str) -> Amounts:
    sums: dict[str, Fraction] = {}
    for container in spec.get("containers") or ():
        for name, amount in ((container.get("resources") or {}).get(field) or {}).items():
            sums[name] = sums.get(name, Fraction()) + amount_of(amount)
    for container in spec.get("initContainers") or ():
        for name, amount in ((container.get("resources") or {}).get(field) or {}).items():
            sums[name] = max(sums.get(name, Fraction()), amount_of(amount))
    return {name: write(amount, "binary" if name == "memory" else "decimal") for name, amount in sums.items()}


def _check(limit: Object, resources: Object) -> Iterator[str]:
    """Hold what is asked for against one limit; answer a complaint for each bound that it breaks."""
    rules = (("min", _too_small), ("max", _too_large), ("maxLimitRequestRatio", _too_far_apart))
    for field, rule in rules:
        for name, bound in sorted((limit.get(field) or {}).items()):
            asked = {
                word: amount
                for group, _, word in FIELDS
                if (amount := (resources.get(group) or {}).get(name))
            }
            complaint = rule(f"{name} {{}} per {limit['type']} is {bound}", bound, asked)
            if complaint:
                yield complaint


def _too_small(who: str, bound: str, asked: Amounts) -> str | None:
    who = f"minimum {who.format('usage')}"
    if "request" not in asked:
        return f"{who}.  No request is specified"
    for word in ("request", "limit"):
        if word in asked and amount_of(asked[word]) < amount_of(bound):
            return f"{who}, but {word} is {asked[word]}"
    return None


def _too_large(who: str, bound: str, asked: Amounts) -> str | None:
    who = f"maximum {who.format('usage')}"
    if "limit" not in asked:
        return f"{who}.  No limit is specified"
    for word in ("limit", "request"):
        if word in asked and amount_of(asked[word]) > amount_of(bound):
            return f"{who}, but {word} is {asked[word]}"
    return None


def _too_far_apart(who: str, bound: str, asked: Amounts) -> str | None:
    who = who.format("max limit to request ratio")
    for word in ("request", "limit"):
        if not amount_of(asked.get(word, "0")):
            return f"{who}, but no {word} is specified or {word} is 0"
    ratio = amount_of(asked["limit"]) / amount_of(asked["request"])
    return f"{who}, but provided ratio is {float(ratio):f}" if ratio > amount_of(bound) else None
