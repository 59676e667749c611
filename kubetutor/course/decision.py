"""Do you need Kubernetes? Questions, what each answer speaks for, and what to look at first. Pure.

The points are those of popular articles, corrected: several of the reasons usually given for Kubernetes are met by
simpler tools as well, and each such point says by which.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Side(StrEnum):
    """What an answer speaks for."""

    FOR = "for"
    AGAINST = "against"
    OPEN = "neither"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: what it speaks for, and why."""

    answer: str
    side: Side
    reason: str


@dataclass(frozen=True, slots=True)
class Point:
    """One question of the aid."""

    slug: str
    question: str
    choices: tuple[Choice, ...]

    def choice(self, answer: str) -> Choice:
        return next(choice for choice in self.choices if choice.answer == answer)


@dataclass(frozen=True, slots=True)
class Advice:
    """What speaks for Kubernetes and against it, and what to look at first. Reasons stand in the order of the questions."""

    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]
    open: tuple[str, ...]
    first: str
    missing: int  # questions without an answer


POINTS = (
    Point("services", "How many services (programs that talk to each other) do you run?", (
        Choice("1 or 2", Side.AGAINST, "One or two services need nobody to find each other. Docker Compose describes them in one file."),
        Choice("3 or 4", Side.OPEN, "Three or four services: both ways work. Look at the other answers."),
        Choice("5 or more", Side.FOR, "Many services that talk to each other: names, addresses and updates are the same for all of them."),
    )),
    Point("servers", "How many servers does the load need?", (
        Choice("one", Side.AGAINST, "All fits on one server. Nothing has to be placed, so nobody is needed who places it."),
        Choice("several", Side.FOR, "Work for several servers: Kubernetes chooses one for each pod, and moves on when one is lost."),
    )),
    Point("traffic", "Does your traffic change much?", (
        Choice("hardly", Side.AGAINST, "Steady traffic: a fixed number of copies will do."),
        Choice("a lot", Side.FOR, "Traffic that rises and falls: an autoscaler adds and removes copies. You must set one up. "
               "Cloud Run and other serverless platforms do it too, down to zero."),
    )),
    Point("updates", "May an update interrupt the service for some seconds?", (
        Choice("yes", Side.AGAINST, "A short gap is allowed: stop the old version, start the new one."),
        Choice("no", Side.FOR, "No gap allowed: a rolling update does that, if pods say when they are ready. It is not the only way: two copies "
               "behind a load balancer, and most platforms, do it too."),
    )),
    Point("repair", "What must repair itself while you sleep?", (
        Choice("a crashed process", Side.AGAINST, "A crash alone needs no cluster: systemd and Docker Compose restart a process too."),
        Choice("a lost server", Side.FOR, "A lost server: its pods are started again on another one. A supervisor on the server is lost with it."),
    )),
    Point("team", "Who will run it?", (
        Choice("nobody has time", Side.AGAINST, "Nobody for it: a cluster wants updates, watching and knowledge. A managed one takes the control plane off you, not the rest."),
        Choice("a small team, new to it", Side.AGAINST, "A small team that must learn it first: the time is missing elsewhere. Take a managed one, if any."),
        Choice("people who know it", Side.FOR, "There are people who can run it, so its price is paid already."),
    )),
    Point("platform", "Would a platform run it for you (Vercel, Railway, Render, Cloud Run, ...)?", (
        Choice("yes", Side.AGAINST, "A platform would do: you give it code or an image, and it does the rest."),
        Choice("no", Side.FOR, "No platform fits: your own hardware, special needs, or rules on where data may be."),
        Choice("not known", Side.OPEN, "Try a platform before you decide: an afternoon tells more than an opinion."),
    )),
)  # fmt: skip

UNANSWERED = "Answer the questions."
PLATFORM = "A platform (Vercel, Railway, Render), or serverless containers (Cloud Run, Fargate, Azure Container Apps): no cluster to run."
ONE_SERVER = "One server with a supervisor or Docker Compose."
WITHOUT_CLUSTER = (
    "Serverless containers (Cloud Run, Fargate, Azure Container Apps), or AWS ECS if you are there. Docker Swarm is simpler than "
    "Kubernetes too, and fewer people use it."
)
MANAGED = "Kubernetes, and a managed one first: EKS, GKE or AKS run the control plane for you."
LEARN_FIRST = (
    "Much speaks for Kubernetes, and nobody is there to run it. Serverless containers now; a managed cluster "
    "(EKS, GKE, AKS) when the team has learned it."
)
ENOUGH = 4  # points for it, of seven


def points() -> dict[str, Point]:
    return {point.slug: point for point in POINTS}


def advise(answers: Mapping[str, str]) -> Advice:
    """Say what these answers speak for. `answers` map slugs of points to answers; some may be missing."""
    chosen = [point.choice(answers[point.slug]) for point in POINTS if point.slug in answers]
    by_side = {side: tuple(choice.reason for choice in chosen if choice.side is side) for side in Side}
    return Advice(
        by_side[Side.FOR],
        by_side[Side.AGAINST],
        by_side[Side.OPEN],
        look_first_at(answers, len(by_side[Side.FOR])),
        len(POINTS) - len(chosen),
    )


def look_first_at(answers: Mapping[str, str], speak_for: int) -> str:
    """Name the choice to look at first. The order of the rules is their weight."""
    if not answers:
        return UNANSWERED
    can_run_it = answers.get("team") == "people who know it"
    if answers.get("platform") == "yes" and not can_run_it:
        return PLATFORM
    if speak_for >= ENOUGH:
        return MANAGED if can_run_it else LEARN_FIRST
    if answers.get("servers") == "several":
        return WITHOUT_CLUSTER
    return PLATFORM if answers.get("platform") == "yes" else ONE_SERVER
