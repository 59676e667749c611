"""The two exercises of lesson `rollouts-and-rollbacks`: bring a version without a lost request, and take one back.

Both are judged by requests that a pod inside the cluster sends all the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_load, uid_of
from kubetutor.course.deployments import NAME, SERVICE, WAIT, image_of, patch, set_image
from kubetutor.course.rollout_rules import ENOUGH_ANSWERS, asks_for_image, asks_for_replicas
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint
from kubetutor.widgets.cluster_map.snapshot import deployment_view, tag_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.exercises.exercise import Command, Evidence

FOLDER = "manifests/08-rollouts-and-rollbacks"
FIRST, SECOND, BROKEN = "my-app:1.0", "my-app:2.0", "my-app:broken"
PODS = 2


@dataclass(frozen=True, slots=True)
class Facts:
    """What both exercises are judged by."""

    exists: bool = False
    image: str = ""
    replicas: int = 0
    same_pods: bool = False  # every pod was there at the start
    complete: bool = False  # the rollout, to whatever version
    sent: int = 0
    lost: int = 0
    why_lost: str = ""
    silence: float = 0.0
    newest_versions: tuple[str, ...] = ()


def observe(evidence: Evidence) -> Facts:
    """Read the Deployment, its pods and what the requests met."""
    api, tally = evidence.cluster.api, evidence.tally
    deployment = api.find("deployments.apps", NAME, namespace=evidence.namespace)
    if deployment is None:
        return Facts(sent=tally.sent, lost=tally.lost, silence=tally.longest_silence)
    there = api.list("pods", namespace=evidence.namespace)
    pods = [pod for pod in there if not is_being_deleted(pod) and not is_load(pod)]
    return Facts(
        exists=True,
        image=image_of(deployment["spec"]["template"]),
        replicas=int(deployment["spec"].get("replicas", 1)),
        same_pods=all(uid_of(pod) in evidence.pods_at_start for pod in pods),
        complete=deployment_view(deployment).progress == "complete",
        sent=tally.sent,
        lost=tally.lost,
        why_lost=", ".join(words for words, _times in tally.errors),
        silence=tally.longest_silence,
        newest_versions=tally.newest_versions(ENOUGH_ANSWERS),
    )


def of_requests(facts: Facts) -> str:
    why = f" ({facts.why_lost})" if facts.why_lost else ""
    return (
        f"{facts.lost:,} of {facts.sent:,} requests were lost{why}; the longest time without an answer was "
        f"{facts.silence:.2f} s."
    )


GONE = Rule[Facts](
    expected=f"A Deployment {NAME} that looks after the pods.",
    holds=lambda facts: facts.exists,
    seen=lambda facts: f"There is no Deployment {NAME} in this namespace. {of_requests(facts)}",
    look_at="the Deployments of this namespace",
    hint=Hint(
        "gone",
        look="List the Deployments of this namespace.",
        missing="The Deployment has been deleted, and with it its pods and its whole history.",
        nearly="Run the start() cell again. Change the Deployment that is there, and do not delete it.",
    ),
)

REPLICAS: Rule[Facts] = asks_for_replicas(
    PODS,
    Hint(
        "replicas",
        look="Look at the number of replicas that the Deployment asks for.",
        missing=f"The task leaves the number as it was: {PODS}.",
        nearly=f"Scale the Deployment to {PODS}.",
    ),
)


def none_lost(hint: Hint) -> Rule[Facts]:
    return Rule[Facts](
        expected="Not one request is lost.",
        holds=lambda facts: facts.lost == 0,
        seen=of_requests,
        look_at="the traffic, beside the moment when the old pods went",
        hint=hint,
    )


def complete(image: str, missing: str, nearly: str) -> Rule[Facts]:
    return Rule[Facts](
        expected=f"The rollout is complete, and all new answers come from version {tag_of(image)}.",
        holds=lambda facts: facts.complete and facts.newest_versions == (tag_of(image),),
        seen=lambda facts: (
            f"The rollout is {'complete' if facts.complete else 'not complete'}; the newest answers came from: "
            f"{', '.join(facts.newest_versions) or 'nobody'}."
        ),
        look_at="the rollout's status, and whether the newest pods are Ready",
        may_mend=lambda _facts: True,
        hint=Hint(
            "under-way",
            look="Look at the rollout's status and at the newest pods.",
            missing=missing,
            nearly=nearly,
        ),
    )


def passed(image: str) -> Callable[[Facts], str]:
    return lambda facts: f"Version {tag_of(image)} answers. {of_requests(facts)}"


def template(*, probe: str = "", image: str = SECOND) -> str:
    """Write a patch of the pod template, as JSON."""
    more = f',"readinessProbe":{probe}' if probe else ""
    return f'{{"spec":{{"template":{{"spec":{{"containers":[{{"name":"web","image":"{image}"{more}}}]}}}}}}}}'


HTTP = '{"periodSeconds":1,"httpGet":{"path":"/healthz","port":3000}}'
TCP = '{"periodSeconds":1,"tcpSocket":{"port":3000}}'
WRONG_PORT = '{"periodSeconds":1,"httpGet":{"path":"/healthz","port":8080}}'
TO_ZERO: tuple[Command, ...] = (
    ("scale", f"deployment/{NAME}", "--replicas=0"),
    ("wait", "--for=delete", "pod", "--selector=app=web", "--timeout=60s"),
)
BACK_FROM_ZERO: Command = ("scale", f"deployment/{NAME}", f"--replicas={PODS}")
ANEW: Command = (
    "delete",
    "deployment",
    NAME,
    "--ignore-not-found",
    "--cascade=foreground",
    "--wait",
    "--timeout=60s",
)

WITH_PROBE = f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {NAME}
spec:
  replicas: {PODS}
  strategy:
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: {SECOND}
          env:
            - name: START_SECONDS
              value: "1"
          ports:
            - containerPort: 3000
          readinessProbe:
            periodSeconds: 1
            httpGet:
              path: /healthz
              port: 3000
          lifecycle:
            preStop:
              sleep:
                seconds: 3
"""

NONE_LOST = Exercise(
    slug="none-lost",
    task=f"Bring version {tag_of(SECOND)} of the application that starts slowly, and lose not one request.",
    service=SERVICE,
    calm_at_start=True,
    setup=(ANEW, ("apply", "-f", f"{FOLDER}/slow-start.yaml"), WAIT),
    observe=observe,
    measured=("lost", "newest_versions"),
    untouched=Rule[Facts](
        expected=f"Version {tag_of(SECOND)} on its way.",
        holds=lambda facts: not (facts.exists and facts.image == FIRST and facts.replicas == PODS and facts.same_pods),
        seen=lambda facts: f"The Deployment still asks for {facts.image}, and its pods are those of the start.",
        look_at="the Deployment's pod template",
        hint=Hint(
            "begin",
            look="Read the pod template of this Deployment beside that of careful.yaml. What does it not have?",
            missing="Nothing tells Kubernetes when a pod of this application listens. It counts as Ready at once.",
            nearly="Copy the file of this exercise, add a readiness probe and the new version, and apply your copy.",
        ),
    ),
    rules=(
        GONE,
        none_lost(
            Hint(
                "lost",
                look="Look at when the new pods became Ready, and at when they wrote that they listen.",
                missing="Requests went to pods that did not listen yet, or no pod was left at all. To wait longer before the next "
                "step does not help: a pod gets requests as soon as it is Ready.",
                nearly="Run the start() cell again. Give the container a readiness probe in the same change that brings "
                "the new version, and leave strategy and number as they are.",
            )
        ),
        REPLICAS,
        asks_for_image(SECOND, Hint(
                "version",
                look="Read the image in the Deployment's pod template.",
                missing=f"Something has changed, but the template does not ask for {SECOND}.",
                nearly=f"Set the image of the container web to {SECOND}.",
            ), look_at="the image in the pod template"),
        complete(
            SECOND,
            "The new pods are not all Ready. Either they still start, or their probe asks where nobody answers.",
            "The application answers at /healthz on port 3000. Correct the probe, or wait until the rollout is complete.",
        ),
    ),
    passed=passed(SECOND),
    solution=Attempt("a probe and the version in one file", (("apply", "-f", "mine.yaml"), WAIT), files={"mine.yaml": WITH_PROBE}),
    other_right=(
        Attempt("one patch", (patch(template(probe=HTTP)), WAIT)),
        Attempt("a probe that only connects", (patch(template(probe=TCP)), WAIT)),
        Attempt("the probe first, the version afterwards", (patch(template(probe=HTTP, image=FIRST)), WAIT, set_image(SECOND), WAIT)),
    ),
    typical_wrong=(
        Attempt("nothing", (), hint="begin"),
        Attempt("the Deployment is deleted", (("delete", "deployment", NAME, "--wait"),), hint="gone"),
        Attempt("the version alone", (set_image(SECOND), WAIT), hint="lost"),
        Attempt(
            "more time between the steps",
            (patch('{"spec":{"minReadySeconds":2}}'), set_image(SECOND), WAIT),
            hint="lost",
        ),
        Attempt("to zero and back", (*TO_ZERO, set_image(SECOND), BACK_FROM_ZERO, WAIT), hint="lost"),
        Attempt("a probe on another port", (patch(template(probe=WRONG_PORT)),), hint="under-way"),
        Attempt("the probe, and no version", (patch(template(probe=HTTP, image=FIRST)), WAIT), hint="version"),
        Attempt("one pod more", (patch(template(probe=HTTP)), WAIT, ("scale", f"deployment/{NAME}", "--replicas=3"), WAIT), hint="replicas"),
    ),
    minutes=4.0,
)  # fmt: skip

TAKE_BACK = Exercise(
    slug="take-it-back",
    task=f"Take the Deployment back to version {tag_of(FIRST)}, and lose not one request.",
    service=SERVICE,
    setup=(
        ANEW, ("apply", "-f", f"{FOLDER}/history.yaml"), WAIT, set_image(SECOND), WAIT, set_image(BROKEN),
    ),
    observe=observe,
    measured=("lost", "newest_versions"),
    untouched=Rule[Facts](
        expected=f"The Deployment goes back to {FIRST}.",
        holds=lambda facts: not (facts.exists and facts.image == BROKEN and facts.replicas == PODS),
        seen=lambda facts: f"The Deployment asks for {facts.image}, and nothing has gone back by itself.",
        look_at="the history of the rollout",
        hint=Hint(
            "begin",
            look="Look at the history of the rollout: which revisions are there, and what is in each?",
            missing="Nobody has asked for another version yet. Kubernetes waits, and the old pods serve.",
            nearly="The command that undoes a rollout can be told the number of the revision.",
        ),
    ),
    rules=(
        GONE,
        none_lost(
            Hint(
                "lost",
                look="Look at how many pods were Ready while you changed things.",
                missing="The pods that served all went before others were Ready. A rollback is a rolling update too: it needs "
                "no pause of the service.",
                nearly="Run the start() cell again. Leave the number of replicas and the strategy as they are, and only take "
                "the template back.",
            )
        ),
        REPLICAS,
        Rule[Facts](
            expected=f"Not {SECOND}, the version just before.",
            holds=lambda facts: facts.image != SECOND,
            seen=lambda facts: f"The Deployment asks for {facts.image}: the revision just before the broken one.",
            look_at="the history of the rollout",
            hint=Hint(
                "one-back",
                look="Compare the version that answers now with the one in the task.",
                missing="To undo without a number goes back by one revision. The task wants the one before that.",
                nearly="Find the revision with the first version in the history, and name its number.",
            ),
        ),
        asks_for_image(FIRST, Hint(
                "version",
                look="Read the image in the Deployment's pod template.",
                missing=f"The template has changed, but it does not ask for {FIRST}.",
                nearly="Go back to the revision whose template has the first version.",
            ), look_at="the image in the pod template"),
        complete(
            FIRST,
            "You have asked for the right version, and the rollout is not finished, or it is paused.",
            "Wait until the rollout is complete. When it is paused, resume it. Then check again.",
        ),
    ),
    passed=passed(FIRST),
    solution=Attempt("undo to the first revision", (("rollout", "undo", f"deployment/{NAME}", "--to-revision=1"), WAIT)),
    other_right=(
        Attempt("set the image", (set_image(FIRST), WAIT)),
        Attempt("apply the file again", (("apply", "-f", f"{FOLDER}/history.yaml"), WAIT)),
        Attempt("in two steps", (
            ("rollout", "undo", f"deployment/{NAME}"), WAIT, ("rollout", "undo", f"deployment/{NAME}", "--to-revision=1"), WAIT,
        )),
        Attempt("patch the template", (patch(template(image=FIRST)), WAIT)),
    ),
    typical_wrong=(
        Attempt("nothing", (), hint="begin"),
        Attempt("the Deployment is deleted", (("delete", "deployment", NAME, "--wait"),), hint="gone"),
        Attempt("one revision back", (("rollout", "undo", f"deployment/{NAME}"), WAIT), hint="one-back"),
        Attempt("to zero and back", (*TO_ZERO, set_image(FIRST), BACK_FROM_ZERO, WAIT), hint="lost"),
        Attempt("another version", (set_image("my-app:3.0"), WAIT), hint="version"),
        Attempt("paused", (("rollout", "pause", f"deployment/{NAME}"), set_image(FIRST)), hint="under-way"),
        Attempt("one pod more", (set_image(FIRST), WAIT, ("scale", f"deployment/{NAME}", "--replicas=3"), WAIT), hint="replicas"),
    ),
    minutes=2.0,
)  # fmt: skip
