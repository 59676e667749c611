"""Lesson `scaling`: more pods by hand, what a pod asks for and may use, and an autoscaler under real load.

Its exercise is judged by what the autoscaler did under 50 requests a second. An autoscaler of a real cluster looks every
15 seconds, at measurements that are up to 15 seconds old, so the check waits for longer than those of other lessons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import Object, condition, is_load, is_pod_ready, labels_of
from kubetutor.cluster.load.manifest import RATE
from kubetutor.course.deployments import NAME, SERVICE, WAIT
from kubetutor.course.rollout_rules import is_there
from kubetutor.exercises.display import number_of
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.exercises.exercise import Command, Evidence
    from kubetutor.exercises.lesson import LessonSession
    from kubetutor.exercises.timeline import Moment

FOLDER = "manifests/07-scaling"
WANTED = 3  # Ready pods that the load needs
MOST = 4
AUTOSCALER = "horizontalpodautoscalers.autoscaling"
PATIENCE = 150.0  # seconds: a real cluster measures a new pod within half a minute, and looks every 15 s


@dataclass(frozen=True, slots=True)
class Facts:
    """What the exercise is judged by."""

    exists: bool = False
    replicas: int = 0
    has_request: bool = False
    autoscalers: int = 0
    needs_request: bool = False  # an autoscaler compares use with what the pods ask for
    least: int = 0  # pods that the autoscaler must keep
    most: int = 0  # pods that it may make
    why: str = ""  # what the autoscaler says of its own work
    has_scaled: bool = False  # the autoscaler, not somebody by hand
    most_ready: int = 0  # Ready pods, at the best moment since the start
    sent: int = 0
    lost: int = 0


def observe(evidence: Evidence) -> Facts:
    """Read the Deployment, its autoscaler, and how many pods were Ready at each moment."""
    api, namespace, tally = evidence.cluster.api, evidence.namespace, evidence.tally
    deployment = api.find("deployments.apps", NAME, namespace=namespace)
    if deployment is None:
        return Facts(sent=tally.sent, lost=tally.lost)
    ours = [each for each in api.list(AUTOSCALER, namespace=namespace) if is_for(each, NAME)]
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    requests = container.get("resources", {}).get("requests") or {}
    return Facts(
        exists=True,
        replicas=int(deployment["spec"].get("replicas", 1)),
        has_request="cpu" in requests,
        autoscalers=len(ours),
        needs_request=any(compares_with_request(each) for each in ours),
        most=max((int(each["spec"]["maxReplicas"]) for each in ours), default=0),
        least=max((int(each["spec"].get("minReplicas", 1)) for each in ours), default=0),
        why=said(ours[0]) if ours else "",
        has_scaled=any("lastScaleTime" in each.get("status", {}) for each in ours),
        most_ready=max((moment.ready for moment in evidence.moments), default=0),
        sent=tally.sent,
        lost=tally.lost,
    )


def is_for(autoscaler: Object, name: str) -> bool:
    target = autoscaler["spec"]["scaleTargetRef"]
    return bool((target["kind"], target["name"]) == ("Deployment", name))


def compares_with_request(autoscaler: Object) -> bool:
    metrics: list[dict[str, Any]] = autoscaler["spec"].get("metrics") or []
    return any(each.get("resource", {}).get("target", {}).get("type") == "Utilization" for each in metrics)


def said(autoscaler: Object) -> str:
    """Answer the message of the condition that says whether it can work."""
    found = condition(autoscaler, "ScalingActive") or {}
    return str(found.get("message", "nothing yet"))


def seconds_until(moments: Sequence[Moment], start: float, holds: Callable[[Moment], bool]) -> float | None:
    """Answer the seconds from `start` until this held for the first time; None: not yet, or it has not begun (0)."""
    if not start:
        return None
    after = next((moment for moment in moments if moment.time >= start and holds(moment)), None)
    return None if after is None else after.time - start


def seconds_up(session: LessonSession) -> float | None:
    """From the first answer under load until all pods that the autoscaler may make were Ready."""
    return seconds_until(session.moments(), session.requests.began, lambda moment: moment.ready >= MOST)


def seconds_down(session: LessonSession) -> float | None:
    """From the end of the load until one pod was left."""
    return seconds_until(session.moments(), session.requests.ended, lambda moment: moment.pods <= 1)


REFUSED, WAITS, MAKES_ROOM = (
    "kubectl is told no",
    "the pod waits, and the others go on",
    "other pods are stopped to make room",
)


def after_giant(session: LessonSession) -> str:
    """Say what became of a pod that asks for more than any node has."""
    pods = [pod for pod in session.cluster.api.list("pods", namespace=session.namespace) if not is_load(pod)]
    giants = [pod for pod in pods if labels_of(pod).get("app") == "giant"]
    if not giants:
        return REFUSED
    is_served = any(is_pod_ready(pod) for pod in pods if pod not in giants)
    return WAITS if is_served and not is_pod_ready(giants[0]) else MAKES_ROOM


def autoscale(*flags: str) -> Command:
    return ("autoscale", "deployment", NAME, *flags)


REQUEST: Command = ("set", "resources", f"deployment/{NAME}", "--requests=cpu=50m")
HALF = autoscale("--min=1", "--max=4", "--cpu=50%")
BY_AMOUNT = f"""\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: by-amount
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {NAME}
  minReplicas: 1
  maxReplicas: 4
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: AverageValue
          averageValue: 25m
"""

GROWS = Exercise(
    slug="grows-by-itself",
    task=f"Let the number of pods grow by itself to at least {WANTED} Ready pods, because of the load.",
    service=SERVICE,
    rate=RATE,  # so many take more of the processor than one pod may have
    setup=(
        ("delete", "hpa", "--all", "--wait"),
        ("delete", "deployment", NAME, "--ignore-not-found", "--cascade=foreground", "--wait", "--timeout=60s"),
        ("apply", "-f", f"{FOLDER}/no-request.yaml"),
        WAIT,
    ),
    observe=observe,
    measured=("most_ready", "has_scaled"),
    untouched=Rule[Facts](
        expected="An autoscaler that looks after the Deployment.",
        holds=lambda facts: not (
            facts.exists and facts.replicas == 1 and not facts.has_request and not facts.autoscalers
        ),
        seen=lambda facts: f"One pod answers {facts.sent:,} requests, and nobody has changed anything.",
        look_at="the autoscalers of this namespace, and what the pods ask for",
        hint=Hint(
            "begin",
            look="List the autoscalers of this namespace, and read what the container asks for.",
            missing="There is no autoscaler, and the container does not say how much of a processor it needs.",
            nearly="First let the container ask for a twentieth of a processor. Then make an autoscaler for the Deployment.",
        ),
    ),
    rules=(
        is_there(NAME, Hint(
                "gone",
                look="List the Deployments of this namespace.",
                missing="The Deployment has been deleted, so there is nothing that could grow.",
                nearly="Run the start() cell again, and change the Deployment that is there.",
            )),
        Rule[Facts](
            expected="An autoscaler for the Deployment.",
            holds=lambda facts: facts.autoscalers > 0,
            seen=lambda facts: f"No autoscaler is there for {NAME}. The Deployment asks for {number_of(facts.replicas, 'replica')}.",
            look_at="the autoscalers of this namespace",
            hint=Hint(
                "autoscaler",
                look="List the autoscalers of this namespace, and read which Deployment each is for.",
                missing="Nothing watches the load. A number that is set by hand stays as it is, whatever comes.",
                nearly=f"Make an autoscaler whose target is the Deployment {NAME}.",
            ),
        ),
        Rule[Facts](
            expected="The autoscaler can compare what the pods use with what they ask for.",
            holds=lambda facts: facts.has_request or not facts.needs_request,
            seen=lambda facts: f"The container asks for no cpu. The autoscaler says: {facts.why}.",
            look_at="the autoscaler's conditions, and the container's requests",
            hint=Hint(
                "request",
                look="Describe the autoscaler, and read the condition ScalingActive.",
                missing="The target is a percentage of what the container asks for, and it asks for nothing.",
                nearly="Set a request for cpu on the Deployment, a twentieth of a processor.",
            ),
        ),
        Rule[Facts](
            expected=f"The autoscaler may begin with fewer than {WANTED} pods, and make {WANTED} or more.",
            holds=lambda facts: facts.least < WANTED <= facts.most,
            seen=lambda facts: f"It keeps {facts.least} at least, and may make {facts.most} at most.",
            look_at="the autoscaler's limits",
            hint=Hint(
                "room",
                look="Read the smallest and the largest number that the autoscaler may choose.",
                missing="The largest number is too small for this load, or the smallest one leaves nothing to decide.",
                nearly=f"Let the smallest number be 1, and the largest {WANTED} or more.",
            ),
        ),
        Rule[Facts](
            expected=f"The autoscaler itself has changed the number, and {WANTED} pods were Ready.",
            holds=lambda facts: facts.has_scaled and facts.most_ready >= WANTED,
            seen=lambda facts: (
                f"Ready at the best moment: {number_of(facts.most_ready, 'pod')}. "
                f"{'The autoscaler has changed the number.' if facts.has_scaled else 'The autoscaler has changed nothing.'} "
                f"It says: {facts.why}."
            ),
            look_at="the autoscaler's column TARGETS: what is used, and what is wanted",
            may_mend=lambda _facts: True,
            hint=Hint(
                "grown",
                look="Look at the autoscaler's two numbers: what the pods use now, and what it aims at.",
                missing="It grows only while the pods use more than the target. New pods need some seconds to be measured.",
                nearly="When the first number stays below the second, aim at a smaller one, such as half of the request.",
            ),
        ),
    ),
    passed=lambda facts: (
        f"The autoscaler has changed the number, and {facts.most_ready} pods were Ready under load. "
        f"{facts.lost:,} of {facts.sent:,} requests were lost."
    ),
    solution=Attempt("a request, then an autoscaler", (REQUEST, WAIT, HALF)),
    other_right=(
        Attempt("the autoscaler first", (HALF, REQUEST, WAIT)),
        Attempt("an amount, which needs no request", (("apply", "-f", "by-amount.yaml"),), files={"by-amount.yaml": BY_AMOUNT}),
        Attempt("the lesson's own files", (("apply", "-f", f"{FOLDER}/web-app.yaml"), ("apply", "-f", f"{FOLDER}/autoscaler.yaml"))),
    ),
    typical_wrong=(
        Attempt("nothing", (), hint="begin"),
        Attempt("the Deployment is deleted", (("delete", "deployment", NAME, "--wait"),), hint="gone"),
        Attempt("by hand", (("scale", f"deployment/{NAME}", "--replicas=4"), WAIT), hint="autoscaler"),
        Attempt("an autoscaler alone", (HALF,), hint="request"),
        Attempt("two at most", (REQUEST, autoscale("--min=1", "--max=2", "--cpu=50%")), hint="room"),
        Attempt("three at least", (REQUEST, autoscale("--min=3", "--max=4", "--cpu=50%")), hint="room"),
        Attempt("a target far too high", (REQUEST, autoscale("--min=1", "--max=4", "--cpu=5000%")), hint="grown"),
    ),
    minutes=4.0,
    patience=PATIENCE,
)  # fmt: skip

LESSON = Lesson(
    slug="scaling",
    title="Scaling: as many pods as the load needs",
    needs=(
        "the image my-app:1.0",
        "measurements of pods (metrics-server)",
        "room for four pods that ask for a twentieth of a processor each",
    ),
    namespace="lesson-scaling",
    manifests=FOLDER,
    questions=(
        Question(
            "giant",
            "A pod asks for a thousand processors, and no node has them. What happens?",
            measure=after_giant,
            choices=(REFUSED, WAITS, MAKES_ROOM),
        ),
        Question(
            "up",
            "50 requests a second begin. After how many seconds are four pods Ready?",
            measure=seconds_up,
            unit="s",
            most=300.0,
        ),
        Question(
            "down",
            "The requests end. After how many seconds is one pod left?",
            measure=seconds_down,
            unit="s",
            most=600.0,
        ),
    ),
    exercises=(GROWS,),
    teaches=("autoscaler", "metrics"),
)
