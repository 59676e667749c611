"""Decides how many pods each ReplicaSet of a Deployment gets next. Nothing here acts.

1. A change of `replicas`, or a pause: share the new size out, in proportion when several sets are active.
2. RollingUpdate: first grow the new set up to replicas + maxSurge; if it is as large as it may be, shrink old sets,
   unhealthy pods first, as far as replicas - maxUnavailable pods stay available.
3. Recreate: empty all old sets, wait until their pods are gone, then fill the new one.
4. When the rollout is complete, drop the oldest empty sets beyond revisionHistoryLimit.

Models: pkg/controller/deployment/rolling.go, recreate.go, sync.go.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import annotations_of, is_being_deleted, name_of
from kubetutor.embedded.controllers.revisions import DESIRED, MOST, by_age, revision_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kubetutor.api.objects import Object

NO_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do next: make the new set with so many replicas, resize sets, delete sets, and why."""

    create: int | None = None
    scale: tuple[tuple[Object, int], ...] = ()
    delete: tuple[Object, ...] = ()
    why: str = ""


def replicas_of(replica_set: Object) -> int:
    return int(replica_set["spec"].get("replicas", 1))


def available_of(replica_set: Object) -> int:
    return int(replica_set.get("status", {}).get("availableReplicas", 0))


def active(replica_sets: Iterable[Object | None]) -> list[Object]:
    return [each for each in replica_sets if each is not None and replicas_of(each) > 0]


def is_rolling(deployment: Object) -> bool:
    return bool((deployment["spec"].get("strategy") or {}).get("type", "RollingUpdate") == "RollingUpdate")


def fenceposts(deployment: Object) -> tuple[int, int]:
    """Answer (maxSurge, maxUnavailable) in pods: a percentage of the first rounds up, of the second down."""
    if not is_rolling(deployment):
        return 0, 0
    replicas = replicas_of(deployment)
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    surge = in_pods(rolling.get("maxSurge", "25%"), replicas, round_up=True)
    unavailable = in_pods(rolling.get("maxUnavailable", "25%"), replicas, round_up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1  # else nothing could ever move
    return surge, min(unavailable, replicas)


def in_pods(value: int | str, replicas: int, *, round_up: bool) -> int:
    if isinstance(value, int):
        return value
    share = int(value.removesuffix("%")) * replicas
    return -(-share // 100) if round_up else share // 100


def is_scaling(deployment: Object, replica_sets: Iterable[Object | None]) -> bool:
    """Say whether a set was last sized for another number of replicas than is wanted now."""
    wanted = str(replicas_of(deployment))
    return any(annotations_of(each).get(DESIRED, wanted) != wanted for each in active(replica_sets))


def plan_scale(deployment: Object, new: Object | None, old: Sequence[Object]) -> Plan:
    """Share a changed number of replicas out; also what a paused deployment does."""
    wanted = replicas_of(deployment)
    only = _active_or_latest(new, old)
    if only is not None:
        return Plan(scale=((only, wanted),), why=f"{wanted} replicas are wanted")
    if new is not None and _is_saturated(deployment, new):
        return _scale_plan([(each, 0) for each in active(old)], "the new replica set has all replicas")
    if not is_rolling(deployment):
        return Plan()
    return Plan(
        scale=tuple(_in_proportion(deployment, active([*old, new]))),
        why=f"{wanted} replicas are shared out among the active replica sets",
    )


def _active_or_latest(new: Object | None, old: Sequence[Object]) -> Object | None:
    """Answer the only active set, or the one to grow if none is active; None if several are."""
    running = active([new, *old])
    if len(running) > 1:
        return None
    if running:
        return running[0]
    return new if new is not None else (by_age(old)[-1] if old else None)


def _is_saturated(deployment: Object, new: Object) -> bool:
    wanted = replicas_of(deployment)
    sized_for = annotations_of(new).get(DESIRED)
    return sized_for == str(wanted) and replicas_of(new) == wanted and available_of(new) == wanted


def _in_proportion(deployment: Object, sets: list[Object]) -> list[tuple[Object, int]]:
    wanted = replicas_of(deployment)
    allowed = wanted + fenceposts(deployment)[0] if wanted > 0 else 0
    to_add = allowed - sum(replicas_of(each) for each in sets)
    newest_first = by_age(sets)[::-1] if to_add > 0 else by_age(sets)
    largest_first = sorted(newest_first, key=replicas_of, reverse=True)
    added, sizes = 0, []
    for each in largest_first:
        share = _share(deployment, each, to_add - added) if to_add else 0
        added += share
        sizes.append(replicas_of(each) + share)
    if sizes:
        sizes[0] = max(0, sizes[0] + to_add - added)
    return list(zip(largest_first, sizes, strict=True))


def _share(deployment: Object, replica_set: Object, left: int) -> int:
    """Answer by how much one set changes: as the whole does, but by no more than is left."""
    size, wanted = replicas_of(replica_set), replicas_of(deployment)
    if size == 0 or left == 0:
        return 0
    if wanted == 0:
        fraction = -size
    else:
        text = annotations_of(replica_set).get(MOST, "")
        before = (
            int(text) if text.isdecimal() and int(text) else deployment.get("status", {}).get("replicas", 0)
        )
        if not before:
            return 0
        most = wanted + fenceposts(deployment)[0]
        fraction = math.floor(size * most / before + 0.5) - size
    return min(fraction, left) if left > 0 else max(fraction, left)


def first_size(deployment: Object, old: Sequence[Object]) -> int:
    """Answer with how many replicas the new set starts."""
    wanted = replicas_of(deployment)
    if not is_rolling(deployment):
        return wanted
    surge, _ = fenceposts(deployment)
    return max(0, min(wanted, wanted + surge - sum(map(replicas_of, old))))


def plan_rolling(deployment: Object, new: Object | None, old: Sequence[Object]) -> Plan:
    """Take the next step of a rolling update."""
    if new is None:
        return Plan(create=first_size(deployment, old), why="the pod template is new")
    wanted, current = replicas_of(deployment), replicas_of(new)
    if current > wanted:
        return Plan(scale=((new, wanted),), why="the new replica set is too large")
    surge, _ = fenceposts(deployment)
    room = wanted + surge - current - sum(map(replicas_of, old))
    growth = max(0, min(room, wanted - current))
    if growth:
        return Plan(scale=((new, current + growth),), why=f"there is room for {growth} more new pods")
    return _plan_shrinking(deployment, new, active(old))


def _plan_shrinking(deployment: Object, new: Object, old: list[Object]) -> Plan:
    """Shrink old sets, oldest first: by their unavailable pods, then by as many as can be spared."""
    _, max_unavailable = fenceposts(deployment)
    least_available = replicas_of(deployment) - max_unavailable
    new_unavailable = replicas_of(new) - available_of(new)
    spare = sum(map(replicas_of, [*old, new])) - least_available - new_unavailable
    if spare <= 0:
        return Plan()
    sizes = {name_of(each): replicas_of(each) for each in old}
    for each in old:
        cut = max(0, min(spare, replicas_of(each) - available_of(each)))
        sizes[name_of(each)] -= cut
        spare -= cut
    spare = sum(map(available_of, [*old, new])) - least_available
    for each in old:
        cut = max(0, min(spare, sizes[name_of(each)]))
        sizes[name_of(each)] -= cut
        spare -= cut
    return _scale_plan(
        [(each, sizes[name_of(each)]) for each in old],
        f"{least_available} pods must stay available",
    )


def plan_recreate(
    deployment: Object, new: Object | None, old: Sequence[Object], *, old_pods_run: bool
) -> Plan:
    """Take the next step of strategy Recreate."""
    if active(old):
        return _scale_plan([(each, 0) for each in active(old)], "old pods go before new ones come")
    if old_pods_run:
        return Plan(why="old pods are still ending")
    if new is None:
        return Plan(create=first_size(deployment, old), why="the pod template is new")
    return _scale_plan([(new, replicas_of(deployment))], "no old pod is left")


def plan_clean_up(deployment: Object, old: Sequence[Object]) -> tuple[Object, ...]:
    """Answer the old sets that the history limit no longer keeps."""
    limit = deployment["spec"].get("revisionHistoryLimit")
    if limit is None or limit >= NO_LIMIT:
        return ()
    kept = [each for each in old if not is_being_deleted(each)]
    surplus = sorted(kept, key=revision_of)[: max(0, len(kept) - limit)]
    return tuple(each for each in surplus if _is_empty(each))


def _is_empty(replica_set: Object) -> bool:
    status = replica_set.get("status", {})
    observed = status.get("observedGeneration", 0) >= replica_set["metadata"].get("generation", 0)
    return observed and replicas_of(replica_set) == 0 and status.get("replicas", 0) == 0


def _scale_plan(sizes: Iterable[tuple[Object, int]], why: str) -> Plan:
    changes = tuple((each, size) for each, size in sizes if replicas_of(each) != size)
    return Plan(scale=changes, why=why if changes else "")
