"""What the exercises of lesson `capstone` share: the shop's commands, and the rules that hold on each of its days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.course.capstone_shop import NAMES, NEW, OLD, ShopFacts, record
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Command

SILENCE_ALLOWED = 2.0  # seconds without an answer, at any of the four
SHARE_ALLOWED = 0.05  # of all requests
FRONTS = 4
WAITS = tuple(("rollout", "status", f"deployment/{name}", "--timeout=60s") for name in NAMES)
DEPLOYMENTS = tuple(f"deployment/{name}" for name in NAMES)
# With all that the learner may have made of these names, and all that they own: a new start meets none of it.
REMOVE = (
    "delete", *DEPLOYMENTS, *(f"{kind}/{name}" for kind in ("service", "hpa", "pdb") for name in NAMES),
    "--ignore-not-found", "--cascade=foreground", "--wait", "--timeout=60s",
)  # fmt: skip
READY = ("wait", "--for=condition=Available", *DEPLOYMENTS, "--timeout=60s")


def names(those: list[str]) -> str:
    return ", ".join(those) or "none"


def scale(number: int, *which: str) -> Command:
    return ("scale", "deployment", *(which or NAMES), f"--replicas={number}")


def bring(image: str, *which: str) -> tuple[Command, ...]:
    return tuple(("set", "image", f"deployment/{name}", f"my-app={image}") for name in which or NAMES)


def made(replicas: int) -> tuple[Command, ...]:
    return tuple(("create", "deployment", name, f"--image={OLD}", f"--replicas={replicas}") for name in NAMES)


def exposed(*which: str, target: str = "3000") -> tuple[Command, ...]:
    return tuple(
        ("expose", "deployment", name, "--port=80", f"--target-port={target}") for name in which or NAMES
    )


def missing(facts: ShopFacts) -> list[str]:
    return [part.name for part in facts.parts if not part.exists]


def few(facts: ShopFacts) -> list[str]:
    return [part.name for part in facts.parts if part.ready < 2]


def wrong_image(facts: ShopFacts) -> list[str]:
    return [part.name for part in facts.parts if part.image != NEW]


def failing(facts: ShopFacts) -> list[str]:
    return [
        f"{part.name} ({', '.join(part.failing)})"
        for part in facts.parts
        if part.failing and part.image != NEW
    ]


def unfinished(facts: ShopFacts) -> list[str]:
    return [part.name for part in facts.parts if part.unlike or part.ready != part.replicas]


def is_kept_up(facts: ShopFacts) -> bool:
    return facts.silence <= SILENCE_ALLOWED and facts.lost <= SHARE_ALLOWED * max(1, facts.sent)


def all_there(slug: str) -> Rule[ShopFacts]:
    return Rule[ShopFacts](
        expected="Four Deployments: front, stock, cart and pay.",
        holds=lambda facts: not missing(facts),
        seen=lambda facts: f"Deployments that are not there: {names(missing(facts))}.",
        look_at="the Deployments of this namespace",
        hint=Hint(
            slug,
            look="List the Deployments of this namespace, and compare with the four names.",
            missing="The shop needs four Deployments, each called as the task says. At least one is not there.",
            nearly="Each needs a name, the image my-app with its tag, and a number of replicas. A manifest can hold all four.",
        ),
    )


KEPT_UP = Rule[ShopFacts](
    expected="Every service answers: never 2 s of silence, at most 5 of 100 requests lost.",
    holds=is_kept_up,
    seen=lambda facts: f"{record(facts)}.",
    look_at="the Ready pods of each part over time, and how its Deployment replaces pods",
    hint=Hint(
        "lost",
        look="Look at the part that was silent for longest: how many Ready pods did it have at that time?",
        missing="For a while a service had nobody to send requests to. Something took its pods away before others were Ready.",
        nearly="Run the start() cell again. Keep at least one Ready pod of each part at every moment: never scale to nothing, "
        "and leave the strategy of the Deployments a rolling one.",
    ),
)
