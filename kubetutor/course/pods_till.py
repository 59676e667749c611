"""The exercise `comes-back`: a program that gets stuck, and a cluster that notices by itself.

The till works for four seconds after its first start, then it is stuck; once started again it works on. Measured is for how
long it was stuck until its container was started again: the length of its first run, without the seconds that it worked;
and whether it is left alone afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import is_pod_ready, uid_of
from kubetutor.course.pod_reading import seconds_between, statuses_of
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.exercises.exercise import Command, Evidence

NAME = "till"
MANIFEST = "manifests/03-pods/till.yaml"
WORKS = 4.0  # seconds from the first start until it is stuck
ALLOWED = 8.0  # seconds that it may be stuck; times of the API are whole seconds
CALM = 3.0  # seconds that it must work after it was started again
STUCK = "the till is stuck"  # what its log says then
FILE = "my-till.yaml"


@dataclass(frozen=True, slots=True)
class TillFacts:
    """What the exercise is judged by."""

    exists: bool = False
    is_first: bool = False  # the pod that the start made
    has_liveness: bool = False
    has_readiness: bool = False
    failing: str = ""  # why its container cannot start
    restarts: int = 0
    stuck: float = 0.0  # seconds, so far or until its container was started again
    said_stuck: bool = False  # the run that ended had been stuck before
    calm: float = 0.0  # seconds since the newest start
    is_ready: bool = False


def observe(evidence: Evidence) -> TillFacts:
    pod = evidence.cluster.api.find("pods", NAME, namespace=evidence.namespace)
    if pod is None:
        return TillFacts()
    is_first = uid_of(pod) in evidence.pods_at_start
    facts = facts_of(pod, is_first=is_first, now=datetime.now(UTC).isoformat())
    if facts.restarts != 1:
        return facts
    log = evidence.cluster.kubectl("--namespace", evidence.namespace, "logs", NAME, "--previous")
    return replace(facts, said_stuck=STUCK in log)


def facts_of(pod: Object, *, is_first: bool, now: str) -> TillFacts:
    container: dict[str, Any] = pod["spec"]["containers"][0]
    status = statuses_of(pod).get(container["name"], {})
    restarts, state = int(status.get("restartCount", 0)), status.get("state", {})
    ended, running = status.get("lastState", {}).get("terminated"), state.get("running")
    last_run = seconds_between(ended["startedAt"], ended["finishedAt"]) if ended else 0.0
    so_far = seconds_between(running["startedAt"], now) if running else 0.0
    return TillFacts(
        exists=True,
        is_first=is_first,
        has_liveness="livenessProbe" in container or "startupProbe" in container,
        has_readiness="readinessProbe" in container,
        failing="" if restarts else why_waiting(state),
        restarts=restarts,
        stuck=max(0.0, (last_run if restarts else so_far) - WORKS),
        calm=so_far,
        is_ready=is_pod_ready(pod),
    )


def why_waiting(state: dict[str, Any]) -> str:
    """Answer the word of a container that cannot start; one that is being made can."""
    reason = str(state.get("waiting", {}).get("reason", ""))
    return "" if reason in {"ContainerCreating", "PodInitializing"} else reason


def is_eager(facts: TillFacts) -> bool:
    """Say whether the container was started again although it worked."""
    return facts.restarts > 1 or (facts.restarts == 1 and not facts.said_stuck)


UNTOUCHED = Rule[TillFacts](
    expected="A till that is started again when it is stuck.",
    holds=lambda facts: not (facts.exists and facts.is_first and facts.restarts == 0),
    seen=lambda facts: f"The pod is still the one of the start, and has been stuck for {facts.stuck:.0f} s.",
    look_at="the log of the pod, beside its state",
    hint=Hint(
        "begin",
        look="Read the log of the pod, then look at its state. Do they say the same?",
        missing="The process has not ended, so the kubelet sees nothing wrong. Nobody has told it what to ask.",
        nearly="A pod's probes cannot be changed while it lives. Delete the pod, and apply a manifest with one field more.",
    ),
)

RULES = (
    Rule[TillFacts](
        expected=f"A pod {NAME}.",
        holds=lambda facts: facts.exists,
        seen=lambda _facts: f"There is no pod {NAME} in this namespace.",
        look_at="the pods of this namespace",
        hint=Hint(
            "gone",
            look="List the pods of this namespace.",
            missing="The pod has been deleted. Nobody makes a bare pod again.",
            nearly=f"Apply your own manifest. The pod in it must be called {NAME}.",
        ),
    ),
    Rule[TillFacts](
        expected="Its container can start.",
        holds=lambda facts: not facts.failing,
        seen=lambda facts: f"The container waits: {facts.failing}.",
        look_at="the events of the pod",
        hint=Hint(
            "cannot-start",
            look="Read the events at the end of the pod's description.",
            missing="The kubelet cannot even start the container. The reason stands in the event.",
            nearly="Take image and program from the file that came with the lesson, and add the probe only.",
        ),
    ),
    Rule[TillFacts](
        expected="It is left alone while it works.",
        holds=lambda facts: not is_eager(facts),
        seen=lambda facts: (
            f"The container was started again although it worked. Restarts so far: {facts.restarts}."
        ),
        look_at="what the probe's command answers while the till works",
        hint=Hint(
            "eager",
            look="Look at the events of the pod: when does the probe fail?",
            missing="The probe fails while the till works. A command that ends with 0 means: all is well.",
            nearly="The file stuck is there when the till is stuck. The command must succeed when the file is *not* there.",
        ),
    ),
    Rule[TillFacts](
        expected="The kubelet asks whether it must start the container again.",
        holds=lambda facts: facts.has_liveness or facts.restarts > 0 or not facts.has_readiness,
        seen=lambda facts: (
            f"A readiness probe alone. No restart; the till has been stuck for {facts.stuck:.0f} s."
        ),
        look_at="the READY and RESTARTS columns of the pod",
        hint=Hint(
            "readiness",
            look="Look at READY and RESTARTS: which of the two changes?",
            missing="A readiness probe takes the pod out of service. It never starts a container again.",
            nearly="Another of the three probes asks: must this container start again? Give it the same command.",
        ),
    ),
    Rule[TillFacts](
        expected="The pod has a probe that can notice.",
        holds=lambda facts: facts.has_liveness or facts.restarts > 0,
        seen=lambda facts: f"No probe. The till has been stuck for {facts.stuck:.0f} s.",
        look_at="the container in the pod's spec",
        hint=Hint(
            "no-probe",
            look="Look for probes in the pod's description.",
            missing="This is a new pod, but nothing asks it how it is.",
            nearly="The manifest of the pod guest has all three probes. One of them starts a container again.",
        ),
    ),
    Rule[TillFacts](
        expected=f"The container is started again at most {ALLOWED:.0f} s after the till got stuck.",
        holds=lambda facts: facts.stuck <= ALLOWED,
        seen=lambda facts: f"The till was stuck for {facts.stuck:.0f} s.",
        look_at="how often the probe asks, and how many failures it waits for",
        hint=Hint(
            "slow",
            look="Look at the numbers behind the probe in the pod's description: period and failure.",
            missing="A probe asks every 10 s, and waits for 3 failures, if you do not say otherwise.",
            nearly="Set the two fields that the pod guest sets as well, so that their product is a few seconds.",
        ),
    ),
    Rule[TillFacts](
        expected=f"It has been started again, once, and has been Ready since, for {CALM:.0f} s.",
        holds=lambda facts: facts.restarts == 1 and facts.is_ready and facts.calm >= CALM,
        seen=lambda facts: (
            f"Restarts so far: {facts.restarts}. The pod is {'' if facts.is_ready else 'not '}Ready."
        ),
        look_at="the READY and RESTARTS columns of the pod",
        may_mend=lambda _facts: True,
        hint=Hint(
            "not-ready",
            look="Look at the READY column, and at the readiness probe if there is one.",
            missing="The till works again, but its pod is not Ready, or the restart is still to come.",
            nearly="If the restart has happened, look at the other probes: one of them fails while the till works.",
        ),
    ),
)


def passed(facts: TillFacts) -> str:
    return f"The till was stuck for about {facts.stuck:.0f} s. Then the kubelet started its container again, and it is Ready."


HEAD = """\
apiVersion: v1
kind: Pod
metadata:
  name: till
  labels:
    lesson: pods
spec:
  terminationGracePeriodSeconds: 1
  volumes:
    - name: drawer
      emptyDir: {}
  containers:
    - name: till
      image: busybox:1.36
"""
BODY = """\
      volumeMounts:
        - name: drawer
          mountPath: /drawer
      command:
        - sh
        - -c
        - |
          echo "the till is open"
          used=$KUBETUTOR_VOLUMES/drawer/used
          if [ ! -e "$used" ]; then
            touch "$used"
            sleep 4
            touch stuck
            echo "the till is stuck"
          fi
          while true; do sleep 1; done
"""


def probe(kind: str, command: str, numbers: str = "periodSeconds: 1, failureThreshold: 2") -> str:
    return f"      {kind}: {{exec: {{command: {command}}}, {numbers}}}\n"


WELL = '["test", "!", "-e", "stuck"]'
LIVENESS = probe("livenessProbe", WELL)
DELETE: Command = ("delete", "pod", NAME, "--wait", "--timeout=60s")
APPLY: Command = ("apply", "-f", FILE)


def manifest(*probes: str) -> dict[str, str]:
    return {FILE: HEAD + "".join(probes) + BODY}


def attempt(name: str, *probes: str, hint: str = "") -> Attempt:
    """Answer an attempt that makes the pod anew with these probes."""
    return Attempt(name, (DELETE, APPLY), hint=hint, files=manifest(*probes))


COMES_BACK = Exercise(
    slug="comes-back",
    task=f"Let the cluster start the container of the pod {NAME} again by itself, at most {ALLOWED:.0f} s after it got stuck.",
    setup=(
        ("delete", "pods", NAME, "--ignore-not-found", "--wait", "--timeout=60s"),
        ("apply", "-f", MANIFEST),
        ("wait", "--for=condition=Ready", f"pod/{NAME}", "--timeout=60s"),
    ),
    observe=observe,
    measured=("stuck", "restarts", "calm"),
    untouched=UNTOUCHED,
    rules=RULES,
    patience=30.0,  # seconds: four until it is stuck, three of calm, and two starts of a container on a busy machine
    passed=passed,
    solution=attempt("a liveness probe", LIVENESS),
    other_right=(
        attempt("through a shell", probe("livenessProbe", '["sh", "-c", "[ ! -e stuck ]"]', "periodSeconds: 2, failureThreshold: 1")),
        attempt("with a readiness probe beside it", LIVENESS, probe("readinessProbe", WELL)),
        Attempt("replaced by force", (("replace", "--force", "-f", FILE),), files=manifest(LIVENESS)),
    ),
    typical_wrong=(
        Attempt("deleted only", (DELETE,), hint="gone"),
        Attempt("started anew by hand", (DELETE, ("apply", "-f", MANIFEST)), hint="no-probe"),
        attempt("a readiness probe", probe("readinessProbe", WELL, "periodSeconds: 1"), hint="readiness"),
        attempt("the numbers left out", probe("livenessProbe", WELL, "timeoutSeconds: 1"), hint="slow"),
        attempt("the command the wrong way round", probe("livenessProbe", '["test", "-e", "stuck"]'), hint="eager"),
        attempt("a readiness probe the wrong way round", LIVENESS, probe("readinessProbe", '["test", "-e", "stuck"]'), hint="not-ready"),
        Attempt("an image that does not exist", (DELETE, APPLY), hint="cannot-start",
                files={FILE: (HEAD + LIVENESS + BODY).replace("busybox:1.36", "my-app:9.9")}),
    ),
)  # fmt: skip
