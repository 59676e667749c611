"""Label selectors: what an object selects, which labels meet it, and what was nearly meant.

A Service's selector is a plain map, that of a controller has `matchLabels` and `matchExpressions`; both become parts,
each of which can be shown, and looked for in the labels of a pod.
"""

from __future__ import annotations

import difflib
from collections import Counter
from typing import TYPE_CHECKING

from kubetutor.api.objects import labels_of
from kubetutor.api.selectors import from_labels, from_selector, matches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.api.selectors import Requirement, Requirements

SIGNS = {"In": "in", "NotIn": "notin"}
CONTROLLERS = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"})
CLOSE = 0.6  # how alike two labels must be to name one for the other


def selection_of(kind: str, obj: Object) -> Requirements:
    """Answer what the object selects pods by; nothing for objects that select none."""
    spec = obj.get("spec") or {}
    if kind == "Service" and spec.get("type") != "ExternalName":
        return from_labels(spec.get("selector") or {})
    if kind in CONTROLLERS and spec.get("selector"):
        return from_selector(spec["selector"])
    return ()


def selects(requirements: Requirements, obj: Object) -> bool:
    """Say whether the selector picks the object. Here an empty one picks nothing, as a Service's does."""
    return bool(requirements) and matches(requirements, labels_of(obj))


def written(requirement: Requirement) -> str:
    """Write one part as kubectl would take it: `app=web`, `tier in (back,front)`, `!canary`."""
    key, values = requirement.key, requirement.values
    if requirement.operator in {"Exists", "DoesNotExist"}:
        return key if requirement.operator == "Exists" else f"!{key}"
    if len(values) == 1:
        return f"{key}{'=' if requirement.operator == 'In' else '!='}{values[0]}"
    return f"{key} {SIGNS.get(requirement.operator, requirement.operator)} ({','.join(values)})"


def in_words(requirements: Requirements) -> str:
    return " and ".join(map(written, requirements))


def met_labels(requirements: Requirements, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Answer the labels that meet the selector, as `key=value`."""
    return tuple(f"{each.key}={labels[each.key]}" for each in requirements if each.key in labels)


def near_miss(requirements: Requirements, pods: Sequence[Object]) -> str:
    """Say why a selector picks none of the pods, and which label comes nearest."""
    if not pods:
        return "there are no pods in this namespace yet"
    for each in requirements:
        if not any(matches((each,), labels_of(pod)) for pod in pods):
            nearest = _nearest(each, pods)
            return f"no pod has {written(each)}{f'; {nearest}' if nearest else ''}"
    counts = [(sum(matches((each,), labels_of(pod)) for pod in pods), written(each)) for each in requirements]
    parts = ", ".join(f"{have(count)} {part}" for count, part in counts)
    return f"{parts}, but none has all of them"


def have(count: int) -> str:
    return f"{count} pod has" if count == 1 else f"{count} pods have"


def _nearest(missing: Requirement, pods: Sequence[Object]) -> str:
    """Answer `3 pods have app=web`: the same key with another value before another key."""
    counts = Counter(f"{key}={value}" for pod in pods for key, value in labels_of(pod).items())
    wanted = written(missing)
    same_key = [label for label in counts if label.partition("=")[0] == missing.key]
    found = _closest(wanted, same_key, 0.0) or _closest(wanted, list(counts), CLOSE)
    return f"{have(counts[found])} {found}" if found else ""


def _closest(wanted: str, labels: list[str], least: float) -> str:
    return next(iter(difflib.get_close_matches(wanted, sorted(labels), n=1, cutoff=least)), "")
