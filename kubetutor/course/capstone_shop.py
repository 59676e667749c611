"""The shop of lesson `capstone`: what its four services do, read from the cluster and from the requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import (
    Object,
    controller_of,
    is_being_deleted,
    is_load,
    is_pod_ready,
    labels_of,
    name_of,
    uid_of,
)
from kubetutor.errors import KubetutorError
from kubetutor.exercises.traffic import ask_once
from kubetutor.widgets.cluster_map.snapshot import is_failure, status_word

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Evidence

NAMES = ("front", "stock", "cart", "pay")
MANIFEST = "manifests/13-capstone/shop.yaml"
OLD, NEW, BROKEN = "my-app:1.0", "my-app:2.0", "my-app:broken"
ASKED = 3  # requests to each service


@dataclass(frozen=True, slots=True)
class Part:
    """One of the four: its Deployment, its pods, its service, and what requests to it met."""

    name: str
    exists: bool = False
    has_service: bool = False
    image: str = ""
    replicas: int = 0
    ready: int = 0
    unlike: int = 0  # pods that run another image than the Deployment asks for
    failing: tuple[str, ...] = ()
    is_new: bool = True  # some pod was not there at the start
    lost: int = 0
    sent: int = 0
    silence: float = 0.0


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """The shop as a whole. `answered` maps a service to who answered a few requests, where they were asked."""

    parts: tuple[Part, ...]
    is_broken: bool = False
    answered: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def sent(self) -> int:
        return sum(part.sent for part in self.parts)

    @property
    def lost(self) -> int:
        return sum(part.lost for part in self.parts)

    @property
    def silence(self) -> float:
        return max(part.silence for part in self.parts)

    @property
    def worst(self) -> Part:
        """Answer the part that was silent for longest."""
        return max(self.parts, key=lambda part: part.silence)

    @property
    def strangers(self) -> tuple[str, ...]:
        """Answer the services that pods of another part answered."""
        return tuple(
            service for service, pods in self.answered if any(pod and not is_of(pod, service) for pod in pods)
        )

    @property
    def silent(self) -> tuple[str, ...]:
        """Answer the services that did not answer every request."""
        return tuple(service for service, pods in self.answered if not all(pods))


def is_of(pod: str, part: str) -> bool:
    return pod.startswith(f"{part}-")


def observe(evidence: Evidence) -> ShopFacts:
    """Read all four parts, and what was measured at each."""
    return ShopFacts(parts_of(evidence), evidence.is_broken)


def observe_answers(evidence: Evidence) -> ShopFacts:
    """Read all four parts, and send some requests to each that has a service and a pod."""
    parts = parts_of(evidence)
    asked = tuple((part.name, ask(evidence, part.name)) for part in parts if part.has_service and part.ready)
    return ShopFacts(parts, answered=asked)


def ask(evidence: Evidence, service: str) -> tuple[str, ...]:
    """Answer which pods answered; an empty name for each request without an answer."""
    try:
        url = evidence.cluster.url(service, evidence.namespace)
    except KubetutorError:  # a service without a port that fits has no address that can be asked
        return ("",) * ASKED
    return tuple(ask_once(url).pod for _ in range(ASKED))


def parts_of(evidence: Evidence) -> tuple[Part, ...]:
    api, namespace = evidence.cluster.api, evidence.namespace
    deployments = {name_of(each): each for each in api.list("deployments.apps", namespace=namespace)}
    services = {name_of(each) for each in api.list("services", namespace=namespace)}
    pods = [
        pod for pod in api.list("pods", namespace=namespace) if not is_being_deleted(pod) and not is_load(pod)
    ]
    return tuple(part_of(name, deployments.get(name), name in services, pods, evidence) for name in NAMES)


def part_of(
    name: str, deployment: Object | None, has_service: bool, pods: list[Object], evidence: Evidence
) -> Part:
    if deployment is None:
        return Part(name, has_service=has_service)
    template, tally = deployment["spec"]["template"], evidence.tallies.get(name)
    wanted = deployment["spec"]["selector"].get("matchLabels", {}).items()
    own = [pod for pod in pods if wanted <= labels_of(pod).items() and controller_of(pod) is not None]
    return Part(
        name,
        exists=True,
        has_service=has_service,
        image=image_of(template),
        replicas=int(deployment["spec"].get("replicas", 1)),
        ready=sum(map(is_pod_ready, own)),
        unlike=sum(image_of(pod) != image_of(template) for pod in own),
        failing=tuple(sorted({word for pod in own if (word := failure_of(pod))})),
        is_new=any(uid_of(pod) not in evidence.pods_at_start for pod in own),
        lost=tally.lost if tally else 0,
        sent=tally.sent if tally else 0,
        silence=tally.longest_silence if tally else 0.0,
    )


def failure_of(pod: Object) -> str:
    """Answer the word of a pod that cannot run its image, or an empty one. Between two crashes it looks well."""
    word = status_word(pod)[0]
    if is_failure(word):
        return word
    states = pod.get("status", {}).get("containerStatuses") or ()
    restarts = sum(int(entry.get("restartCount", 0)) for entry in states)
    return "Restarting" if restarts and image_of(pod) not in {OLD, NEW} else ""


def image_of(obj: Object) -> str:
    """Answer the image of the first container of a pod or a pod template."""
    containers: list[dict[str, Any]] = obj.get("spec", {}).get("containers") or [{}]
    return str(containers[0].get("image", ""))


def grade(facts: ShopFacts) -> str:
    """Say in a word how much the customers noticed."""
    share = facts.lost / max(1, facts.sent)
    if not facts.lost:
        return "A: nobody noticed"
    return "B: hardly anybody noticed" if share <= 0.01 else "C: some customers noticed"


def record(facts: ShopFacts) -> str:
    """Say what was lost, in all and where most."""
    words = (
        f"{facts.lost} of {facts.sent:,} requests were lost; the longest silence was {facts.silence:.2f} s"
    )
    return f"{words} ({facts.worst.name})" if facts.silence else words
