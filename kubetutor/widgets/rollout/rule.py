"""The rule that limits each step of a rollout, what it allows now, and what the next step waits for. Pure.

1. At most `replicas + maxSurge` pods: while the ReplicaSets have as many together, the new one does not grow.
2. At least `replicas - maxUnavailable` pods stay available: while no more are, no old set shrinks. Old pods that are not
   available may go first, as long as the new pods that are not available yet are made up for.
3. Both limits at 0 would let nothing move, so then one pod may be unavailable.
4. The controller counts what the sets are to have. Pods that are ending do not count any more.
5. Recreate knows no such limits: all old pods go, and when the last one has gone, all new ones come.

Models: pkg/controller/deployment/rolling.go, recreate.go, util/deployment_util.go (ResolveFenceposts, NewRSNewReplicas).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import condition, is_being_deleted, is_unseen, name_of
from kubetutor.widgets.rollout.sets import Sets, available_of, pods_of, replicas_of, revision_of, sets_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object

ROLLING, RECREATE = "RollingUpdate", "Recreate"
DEFAULT = "25%"  # of both limits
NAMED = 2  # pods that are named in a sentence; of more, the number says enough


@dataclass(frozen=True, slots=True)
class Fence:
    """One of the two settings. `said` is what the Deployment says (`25%`), `pods` what it comes to."""

    said: str
    pods: int


@dataclass(frozen=True, slots=True)
class Limit:
    """One of the two limits now. `state`: `holds` a step back, leaves it `open`, or is at `rest`: nothing wants to pass."""

    state: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of one Deployment, and where it stands.

    `most` and `least` are pods. `total` counts the pods that the sets are to have, `available` those that serve,
    `ending` those that end and are in neither. `state`: `complete`, `paused`, `stopped` (no progress within the
    deadline), `unseen` (the controller has not looked yet), `held` or `moving`. `next` says what comes next, or what it waits for.
    """

    strategy: str
    desired: int
    surge: Fence
    unavailable: Fence
    most: int
    least: int
    total: int
    available: int
    ending: int
    state: str
    upper: Limit
    lower: Limit
    next: str


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the rule looks at. `growth` and `shrinkage` are pods by which the next step may change the sets."""

    deployment: Object
    sets: Sets
    pods: tuple[Object, ...]
    growth: int
    shrinkage: int

    @property
    def new_size(self) -> int:
        return replicas_of(self.sets.new) if self.sets.new is not None else 0

    @property
    def old_size(self) -> int:
        return sum(map(replicas_of, self.sets.old))

    @property
    def waits_for_old(self) -> int:
        """Count the old pods that keep Recreate from starting new ones."""
        left = sum(len(pods_of(each, self.pods)) for each in self.sets.old)
        return max(left, self.old_size) if strategy_of(self.deployment) == RECREATE else 0

    @property
    def missing(self) -> int:
        """Count the new pods that are not available."""
        return max(0, self.new_size - (available_of(self.sets.new) if self.sets.new is not None else 0))


def rule_of(deployment: Object, replica_sets: Iterable[Object], pods: Iterable[Object]) -> Rule:
    sets, pods = sets_of(deployment, replica_sets), tuple(pods)
    desired, (surge, unavailable) = replicas_of(deployment), fences_of(deployment)
    total, available = sum(map(replicas_of, sets.all)), sum(map(available_of, sets.all))
    most, least = desired + surge.pods, max(0, desired - unavailable.pods)
    ending = sum(is_being_deleted(pod) for each in sets.all for pod in pods_of(each, pods))
    growth, shrinkage = growth_of(sets, desired, most), shrinkage_of(sets, least)
    scene = _Scene(deployment, sets, pods, growth, shrinkage)
    state = state_of(scene)
    if strategy_of(deployment) == RECREATE:
        upper, lower, following = _limits_of_recreate(scene)
    else:
        upper, lower = _upper(scene, total, most), _lower(scene, available, least)
        following = _next(scene)
    return Rule(
        strategy=strategy_of(deployment),
        desired=desired,
        surge=surge,
        unavailable=unavailable,
        most=most,
        least=least,
        total=total,
        available=available,
        ending=ending,
        state=state,
        upper=upper,
        lower=lower,
        next=_words_of_state(scene, state) or following,
    )


def strategy_of(deployment: Object) -> str:
    return str((deployment.get("spec", {}).get("strategy") or {}).get("type", ROLLING))


def fences_of(deployment: Object) -> tuple[Fence, Fence]:
    """Answer maxSurge and maxUnavailable: a percentage of the first rounds up, of the second down."""
    if strategy_of(deployment) == RECREATE:
        return Fence("", 0), Fence("", replicas_of(deployment))
    rolling = (deployment.get("spec", {}).get("strategy") or {}).get("rollingUpdate") or {}
    surge_said, unavailable_said = rolling.get("maxSurge", DEFAULT), rolling.get("maxUnavailable", DEFAULT)
    desired = replicas_of(deployment)
    surge = in_pods(surge_said, desired, round_up=True)
    unavailable = in_pods(unavailable_said, desired, round_up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Fence(str(surge_said), surge), Fence(str(unavailable_said), min(unavailable, desired))


def in_pods(value: int | str, desired: int, *, round_up: bool) -> int:
    if isinstance(value, int) or not value.endswith("%"):
        return int(value)
    share = int(value.removesuffix("%")) * desired
    return -(-share // 100) if round_up else share // 100


def growth_of(sets: Sets, desired: int, most: int) -> int:
    """Answer by how many pods the new set may grow now."""
    if sets.new is None:
        return 0
    room = most - sum(map(replicas_of, sets.all))
    return max(0, min(room, desired - replicas_of(sets.new)))


def shrinkage_of(sets: Sets, least: int) -> int:
    """Answer by how many pods the old sets may shrink now."""
    old, available = sum(map(replicas_of, sets.old)), sum(map(available_of, sets.all))
    if sets.new is None or old == 0:
        return 0
    new_unavailable = replicas_of(sets.new) - available_of(sets.new)
    spare = sum(map(replicas_of, sets.all)) - least - new_unavailable
    if spare <= 0:
        return 0
    unhealthy = sum(max(0, replicas_of(each) - available_of(each)) for each in sets.old)
    first = min(spare, unhealthy)
    return min(old, first + max(0, min(available - least, old - first)))


def state_of(scene: _Scene) -> str:
    deployment = scene.deployment
    progress = condition(deployment, "Progressing") or {}
    unseen = is_unseen(deployment)
    gone = all(each.get("status", {}).get("replicas", 0) == 0 for each in scene.sets.old)
    is_full = scene.sets.new is not None and scene.new_size == replicas_of(deployment)
    signs = (
        ("paused", bool(deployment.get("spec", {}).get("paused"))),
        ("complete", is_full and scene.old_size == 0 and scene.missing == 0 and gone and not unseen),
        ("unseen", unseen or (scene.sets.new is None and not scene.waits_for_old)),
        ("stopped", progress.get("reason") == "ProgressDeadlineExceeded"),
        ("held", scene.waits_for_old > 0),
        ("moving", scene.growth > 0 or scene.shrinkage > 0),
    )
    return next((state for state, holds in signs if holds), "held")


def _words_of_state(scene: _Scene, state: str) -> str:
    """Say what keeps the whole rollout from its next step, or "" if the two limits do."""
    revision = revision_of(scene.deployment)
    if state == "complete":
        left = "" if revision < 2 else " The old ReplicaSets are kept without pods, so that you can undo."
        return f"The rollout is complete: {count(scene.new_size, 'pod')} of revision {revision}.{left}"
    if state == "paused":
        return "Paused: a new pod template starts no rollout, and one under way takes no step, until you resume it."
    if state == "unseen":
        return "The Deployment controller has not made the new ReplicaSet yet."
    if state == "stopped":
        seconds = scene.deployment.get("spec", {}).get("progressDeadlineSeconds")
        serving = sum(map(available_of, scene.sets.old))
        old = f"{count(serving, 'old pod')} still {_verb(serving, 'serves', 'serve')}. " if serving else ""
        return (
            f"The rollout has stopped: no progress within {seconds} s. {old}"
            "Kubernetes does not roll back by itself: undo it, or ship a version that works."
        )
    return ""


def _upper(scene: _Scene, total: int, most: int) -> Limit:
    seen = f"{total} of at most {most} {_verb(total, 'exists', 'exist')}"
    wanting = replicas_of(scene.deployment) - scene.new_size
    if wanting <= 0:
        return Limit("rest", f"No more new pods are wanted: {seen}.")
    if scene.growth:
        return Limit("open", f"{_more(scene.growth)} may start: {seen}.")
    return Limit("holds", f"No new pod may start: {seen}, so it waits for an old one to end.")


def _lower(scene: _Scene, available: int, least: int) -> Limit:
    seen = f"{available} available of at least {least}"
    if scene.old_size == 0:
        return Limit("rest", f"No old pod is left to end: {seen}.")
    if scene.shrinkage:
        return Limit("open", f"{count(scene.shrinkage, 'old pod')} may end: {seen}.")
    return Limit("holds", f"No old pod may end: {seen}.")


def _next(scene: _Scene) -> str:
    if scene.growth:
        return f"Next: {_more(scene.growth)} {_verb(scene.growth, 'starts', 'start')}."
    if scene.shrinkage:
        return f"Next: {count(scene.shrinkage, 'old pod')} {_verb(scene.shrinkage, 'ends', 'end')}."
    waits = "The next step waits" if scene.old_size else "The rollout is complete as soon as"
    who = _awaited(scene)
    if not who:
        return "The last old pods are ending."
    return f"{waits} until {who}." if scene.old_size else f"{waits} {who}."


def _awaited(scene: _Scene) -> str:
    """Say which pods must become available."""
    if scene.sets.new is None or not scene.missing:
        return ""
    seconds = int(scene.deployment.get("spec", {}).get("minReadySeconds") or 0)
    ready = "available" if not seconds else f"available: Ready for {seconds} s (minReadySeconds)"
    living = [pod for pod in pods_of(scene.sets.new, scene.pods) if not is_being_deleted(pod)]
    names = [name_of(pod) for pod in living if not _is_ready(pod)]
    if len(names) == scene.missing and len(names) <= NAMED:
        return f"{' and '.join(names)} {_verb(len(names), 'is', 'are')} {ready}"
    new = "new pod" if scene.missing == 1 else "new pods"
    return f"{scene.missing} {new} {_verb(scene.missing, 'is', 'are')} {ready}"


def _is_ready(pod: Object) -> bool:
    entry = condition(pod, "Ready")
    return entry is not None and entry.get("status") == "True"


def _limits_of_recreate(scene: _Scene) -> tuple[Limit, Limit, str]:
    there = scene.waits_for_old
    lower = Limit("open" if there else "rest", "All old pods may end at once: nothing must stay available.")
    if there:
        upper = Limit(
            "holds",
            f"No new pod may start: {count(there, 'old pod')} {_verb(there, 'is', 'are')} still there.",
        )
        return upper, lower, "The new pods start when the last old pod has gone. Until then nobody serves."
    upper = Limit("open" if scene.missing else "rest", "All new pods may start at once: no old pod is left.")
    who = _awaited(scene)
    return upper, lower, f"The rollout is complete as soon as {who}." if who else "All new pods start."


def _more(number: int) -> str:
    return "1 more new pod" if number == 1 else f"{number} more new pods"


def _verb(number: int, one: str, several: str) -> str:
    return one if number == 1 else several


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
