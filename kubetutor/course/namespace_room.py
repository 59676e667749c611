"""The exercise `room` of the lesson `namespaces`: three pods that a quota refuses, until they say what they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_load, is_pod_ready, name_of
from kubetutor.course.rollout_rules import is_there
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.exercises.exercise import Command, Evidence

NAME, SERVICE, QUOTA = "web-app", "web-service", "room"
HARD = {"pods": "6", "requests.cpu": "500m", "requests.memory": "512Mi"}
WANTED, NEWEST = 3, 25
FOLDER = "manifests/06-namespaces"


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """What the exercise is judged by."""

    replicas: int = 0  # that the Deployment asks for; 0 without one
    untouched: bool = False
    exists: bool = True
    quota_kept: bool = False
    asks: bool = False  # its containers ask for CPU and memory, by themselves or by the namespace's defaults
    ready: int = 0
    answering: int = 0  # of the Ready pods, those that have answered
    newest: tuple[str, ...] = ()  # versions of the newest answers
    sent: int = 0
    lost: int = 0


def observe(evidence: Evidence) -> RoomFacts:
    """Read the quota, the Deployment, its pods and what the requests met."""
    api, namespace, tally = evidence.cluster.api, evidence.namespace, evidence.tally
    deployment = api.find("deployments.apps", NAME, namespace=namespace)
    quota = api.find("resourcequotas", QUOTA, namespace=namespace)
    ranges = api.list("limitranges", namespace=namespace)
    pods = [
        pod for pod in api.list("pods", namespace=namespace) if not is_load(pod) and not is_being_deleted(pod)
    ]
    ready = {name_of(pod) for pod in pods if is_pod_ready(pod)}
    kept = quota is not None and quota["spec"].get("hard") == HARD
    return RoomFacts(
        exists=deployment is not None,
        replicas=int(deployment["spec"].get("replicas", 1)) if deployment else 0,
        untouched=kept
        and not ranges
        and deployment is not None
        and deployment["metadata"].get("generation") == 1,
        quota_kept=kept,
        asks=deployment is not None and (asks_for_all(deployment) or any(map(has_defaults, ranges))),
        ready=len(ready),
        answering=sum(pod in ready for pod, _times in tally.pods),
        newest=tally.newest_versions(NEWEST),
        sent=tally.sent,
        lost=tally.lost,
    )


def asks_for_all(deployment: Object) -> bool:
    """Say whether each container asks for CPU and memory: a limit alone counts as a request too."""
    for container in deployment["spec"]["template"]["spec"]["containers"]:
        resources = container.get("resources") or {}
        if (
            not {"cpu", "memory"}
            <= {**(resources.get("limits") or {}), **(resources.get("requests") or {})}.keys()
        ):
            return False
    return True


def has_defaults(limit_range: Object) -> bool:
    """Say whether it gives containers a request for CPU and memory; a default limit counts as one."""
    entries = [entry for entry in limit_range["spec"]["limits"] if entry.get("type") == "Container"]
    return any(
        {"cpu", "memory"} <= {**(entry.get("default") or {}), **(entry.get("defaultRequest") or {})}.keys()
        for entry in entries
    )


UNTOUCHED = Rule[RoomFacts](
    expected=f"{WANTED} pods on their way.",
    holds=lambda facts: not facts.untouched,
    seen=lambda facts: f"{facts.ready} pods are Ready, and nothing has changed since the start.",
    look_at="the events of this namespace, and its quota",
    hint=Hint(
        "begin",
        look="Read the newest events of the ReplicaSet. It says why it can make no pod.",
        missing="The namespace has a quota for CPU and memory, and the pods do not say how much they need.",
        nearly="Give the container in the Deployment's template requests for CPU and memory, or give the namespace defaults.",
    ),
)

RULES: tuple[Rule[RoomFacts], ...] = (
    Rule[RoomFacts](
        expected="The quota, as it was: it belongs to whoever runs the cluster.",
        holds=lambda facts: facts.quota_kept,
        seen=lambda _facts: f"The quota {QUOTA} is gone, or it is another.",
        look_at="the quotas of this namespace",
        hint=Hint(
            "quota",
            look="List the quotas of this namespace, and compare them with quota.yaml.",
            missing="You changed the rule in place of the pods. In daily work it is somebody else's rule.",
            nearly="Run the start() cell again: it brings the quota back. Then change the Deployment or the defaults.",
        ),
    ),
    is_there(
        NAME,
        Hint(
            "gone",
            look="List the Deployments of this namespace.",
            missing="The Deployment has been deleted. Nothing asks for pods any more.",
            nearly="Run the start() cell again, and change the Deployment that is there.",
        ),
    ),
    Rule[RoomFacts](
        expected=f"{NAME} asks for {WANTED} replicas.",
        holds=lambda facts: facts.replicas == WANTED,
        seen=lambda facts: f"The Deployment asks for {facts.replicas} replicas.",
        look_at="the number of replicas",
        hint=Hint(
            "replicas",
            look="Look at how many replicas the Deployment asks for.",
            missing=f"The task says {WANTED}. Asking for fewer does not help: not even one fits without a request.",
            nearly=f"Let the Deployment ask for {WANTED} again, and say what each pod needs.",
        ),
    ),
    Rule[RoomFacts](
        expected="Each container asks for CPU and for memory, by itself or by a default of the namespace.",
        holds=lambda facts: facts.asks,
        seen=lambda facts: f"Not every container asks for both. {facts.ready} pods are Ready.",
        look_at="the requests in the Deployment's pod template, and the limit ranges of the namespace",
        hint=Hint(
            "requests",
            look="Read the newest event of the ReplicaSet: it names what must be specified.",
            missing="The quota counts CPU and memory. Who does not ask for both is refused.",
            nearly="Add both to the requests of the container called web. 50m of CPU and 64Mi of memory are enough.",
        ),
    ),
    Rule[RoomFacts](
        expected=f"{WANTED} Ready pods that all answer, and no newest request lost.",
        holds=lambda facts: (
            facts.ready == facts.answering == WANTED
            and bool(facts.newest)
            and "no answer" not in facts.newest
        ),
        seen=lambda facts: (
            f"{facts.ready} pods are Ready, and {facts.answering} of them have answered; the newest outcomes: "
            f"{', '.join(facts.newest) or 'none'}."
        ),
        look_at="what the quota says is used, beside what each pod asks for",
        may_mend=lambda _facts: True,
        hint=Hint(
            "too-much",
            look="Describe the quota: it shows what is used and what there is.",
            missing="Not all pods fit: each asks for so much that three of them, with the pod load, need more than there is.",
            nearly="Ask for less, for example 50m of CPU and 64Mi of memory for each pod.",
        ),
    ),
)


def passed(facts: RoomFacts) -> str:
    return (
        f"{facts.ready} Ready pods within the quota, and all have answered. {facts.lost:,} of {facts.sent:,} requests were "
        "lost before that."
    )


def resources(requests: str) -> Command:
    return ("set", "resources", f"deployment/{NAME}", f"--requests={requests}")


WAIT: Command = ("rollout", "status", f"deployment/{NAME}", "--timeout=60s")
BOTH = "cpu=50m,memory=64Mi"
DEFAULTS: Command = ("apply", "-f", f"{FOLDER}/limits.yaml")
ANEW: Command = ("rollout", "restart", f"deployment/{NAME}")

ROOM = Exercise(
    slug="room",
    task=f"Bring all {WANTED} pods of {NAME} up within the quota of this namespace. The quota stays as it is.",
    service=SERVICE,
    answers_at_start=False,
    setup=(
        ("delete", "deployment", NAME, "--ignore-not-found", "--cascade=foreground", "--wait", "--timeout=60s"),
        ("delete", "resourcequotas,limitranges", "--all", "--wait"),
        ("apply", "-f", f"{FOLDER}/quota.yaml"),
        ("wait", "--for=jsonpath={.status.hard.pods}=6", f"resourcequota/{QUOTA}", "--timeout=30s"),
        ("apply", "-f", f"{FOLDER}/exercise.yaml"),
    ),
    observe=observe,
    measured=("newest", "answering"),
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=Attempt("requests in the template", (resources(BOTH), WAIT)),
    other_right=(
        Attempt("defaults of the namespace", (DEFAULTS, ANEW, WAIT)),
        Attempt("limits, which count as requests", (("set", "resources", f"deployment/{NAME}", "--limits=cpu=100m,memory=96Mi"), WAIT)),
        Attempt("as much as fits", (resources("cpu=120m,memory=128Mi"), WAIT)),
    ),
    typical_wrong=(
        Attempt("nothing", (), hint="begin"),
        Attempt("the quota is deleted", (("delete", "resourcequota", QUOTA), ANEW), hint="quota"),
        Attempt("the quota is raised", (("patch", "resourcequota", QUOTA, "--patch", '{"spec":{"hard":{"requests.cpu":"8"}}}'),), hint="quota"),
        Attempt("the Deployment is deleted", (("delete", "deployment", NAME),), hint="gone"),
        Attempt("one replica", (("scale", f"deployment/{NAME}", "--replicas=1"),), hint="replicas"),
        Attempt("tried once more", (ANEW,), hint="requests"),
        Attempt("only CPU", (resources("cpu=50m"),), hint="requests"),
        Attempt("too much for three", (resources("cpu=300m,memory=64Mi"),), hint="too-much"),
    ),
)  # fmt: skip
