"""What lessons on Deployments expect of a rollout, as rules that they share. The hint is each lesson's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from kubetutor.exercises.display import number_of
from kubetutor.exercises.expect import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.exercises.hints import Hint

SILENCE_ALLOWED = 1.0  # seconds without a single answer
ENOUGH_ANSWERS = 20  # of the newest, to say which versions answer


class Existing(Protocol):
    """Whether there is a Deployment."""

    @property
    def exists(self) -> bool: ...


class Asked(Protocol):
    """What a Deployment asks for."""

    @property
    def image(self) -> str: ...
    @property
    def replicas(self) -> int: ...


class Served(Protocol):
    """What requests met, and how many pods were Ready at the worst moment."""

    @property
    def sent(self) -> int: ...
    @property
    def lost(self) -> int: ...
    @property
    def silence(self) -> float: ...
    @property
    def fewest_ready(self) -> int: ...


class Versions(Protocol):
    """Which versions run, and which answer."""

    @property
    def ready(self) -> int: ...  # Ready pods of the version that is wanted
    @property
    def others(self) -> int: ...  # pods of any other version
    @property
    def newest_versions(self) -> tuple[str, ...]: ...


ExistingT = TypeVar("ExistingT", bound=Existing)
AskedT = TypeVar("AskedT", bound=Asked)
ServedT = TypeVar("ServedT", bound=Served)
VersionsT = TypeVar("VersionsT", bound=Versions)


def is_there(name: str, hint: Hint) -> Rule[ExistingT]:
    return Rule(
        expected=f"A Deployment {name} that looks after the pods.",
        holds=lambda facts: facts.exists,
        seen=lambda _facts: f"There is no Deployment {name} in this namespace.",
        look_at="the Deployments of this namespace",
        hint=hint,
    )


def asks_for_image(
    image: str,
    hint: Hint,
    *,
    look_at: str = "the image in the Deployment's pod template",
    may_mend: Callable[[AskedT], bool] = lambda _facts: False,
) -> Rule[AskedT]:
    return Rule(
        expected=f"The Deployment asks for {image}.",
        holds=lambda facts: facts.image == image,
        seen=lambda facts: f"The Deployment asks for {facts.image}.",
        look_at=look_at,
        may_mend=may_mend,
        hint=hint,
    )


def asks_for_replicas(
    number: int, hint: Hint, *, words: tuple[str, str] = ("replica", "replicas")
) -> Rule[AskedT]:
    return Rule(
        expected=f"The Deployment asks for {number_of(number, *words)}.",
        holds=lambda facts: facts.replicas == number,
        seen=lambda facts: f"The Deployment asks for {number_of(facts.replicas, *words)}.",
        look_at=f"the number of {words[1]} that the Deployment asks for",
        hint=hint,
    )


def never_silent(hint: Hint, *, fewest: int = 1) -> Rule[ServedT]:
    return Rule(
        expected=f"The service answers all the time: always at least {number_of(fewest, 'Ready pod')}, never a second of silence.",
        holds=lambda facts: facts.fewest_ready >= fewest and facts.silence <= SILENCE_ALLOWED,
        seen=lambda facts: (
            f"Ready at the worst moment: {number_of(facts.fewest_ready, 'pod')}. {facts.lost} of {facts.sent} requests "
            f"were lost, and for {facts.silence:.1f} s nobody answered."
        ),
        look_at="the number of Ready pods over time, in the live view",
        hint=hint,
    )


def runs_only(
    tag: str, pods: int, hint: Hint, *, look_at: str = "the rollout's status, and the pods in the live view"
) -> Rule[VersionsT]:
    return Rule(
        expected=f"{number_of(pods, 'Ready pod')} of version {tag}, and no other; all new answers come from them.",
        holds=lambda facts: (facts.ready, facts.others, facts.newest_versions) == (pods, 0, (tag,)),
        seen=lambda facts: (
            f"{number_of(facts.ready, 'Ready pod')} of version {tag}, {number_of(facts.others, 'pod')} of another version; "
            f"the newest answers came from: {', '.join(facts.newest_versions) or 'nobody'}."
        ),
        look_at=look_at,
        may_mend=lambda _facts: True,
        hint=hint,
    )


def in_numbers(facts: Served, *, when: str = "") -> str:
    """Say what requests met; `when` is a time, such as `during your rollout`."""
    lost = " ".join(filter(None, (f"{facts.lost} of {facts.sent:,} requests were lost", when)))
    return (
        f"{lost}; the longest time without an answer was {facts.silence:.2f} s. "
        f"Ready at the worst moment: {number_of(facts.fewest_ready, 'pod')}."
    )
