"""Lesson `deployments`: keep pods alive, scale them, bring a new version, take a bad one back.

Here is all that the notebook does not say: what its exercise measures, what each hint is for, and the right
and wrong answers that prove the check on live clusters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import Object, controller_of, is_being_deleted, is_load, is_pod_ready, uid_of
from kubetutor.errors import ApiError
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question
from kubetutor.widgets.cluster_map.snapshot import deployment_view, is_failure, status_word, tag_of

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Command, Evidence
    from kubetutor.widgets.cluster_map.snapshot import Snapshot

NAME, SERVICE = "web-app", "web-service"
MANIFEST = "manifests/04-deployments/exercise.yaml"
OLD, NEW, WANTED = "my-app:1.0", "my-app:2.0", 5
SILENCE_ALLOWED = 1.0  # seconds without a single answer
ENOUGH_ANSWERS = 20


@dataclass(frozen=True, slots=True)
class RolloutFacts:
    """What the exercise is judged by."""

    exists: bool = False
    image: str = ""
    replicas: int = 0
    same_pods: bool = False  # every pod is one of those that were there at the start, with its old image
    ready_new: int = 0  # Ready pods of the new version that a Deployment owns
    changed_by_hand: int = 0  # pods whose image is not the one their owner asks for
    old_left: int = 0
    failing: tuple[str, ...] = ()  # what pods say that cannot run
    complete: bool = False  # the rollout, to whatever version
    sent: int = 0
    lost: int = 0
    silence: float = 0.0
    fewest_ready: int = 0
    newest_versions: tuple[str, ...] = ()


def observe(evidence: Evidence) -> RolloutFacts:
    """Read the Deployment, its pods and what the requests met."""
    api, namespace, tally = evidence.cluster.api, evidence.namespace, evidence.tally
    there = api.list("pods", namespace=namespace)
    pods = [pod for pod in there if not is_being_deleted(pod) and not is_load(pod)]
    try:
        deployment = api.get("deployments.apps", NAME, namespace=namespace)
    except ApiError as error:
        if error.code != 404:
            raise
        deployment = None
    return (
        facts_of(deployment, pods, evidence) if deployment else RolloutFacts(sent=tally.sent, lost=tally.lost)
    )


def facts_of(deployment: Object, pods: list[Object], evidence: Evidence) -> RolloutFacts:
    tally, image = evidence.tally, image_of(deployment["spec"]["template"])
    return RolloutFacts(
        exists=True,
        image=image,
        replicas=int(deployment["spec"].get("replicas", 1)),
        same_pods=all(uid_of(pod) in evidence.pods_at_start and image_of(pod) == OLD for pod in pods),
        ready_new=sum(
            is_pod_ready(pod) and image_of(pod) == NEW and controller_of(pod) is not None for pod in pods
        ),
        changed_by_hand=sum(image_of(pod) == NEW != image for pod in pods),
        old_left=sum(image_of(pod) != NEW for pod in pods),
        failing=tuple(sorted({word for pod in pods if (word := failure_of(pod))})),
        complete=deployment_view(deployment).progress == "complete",
        sent=tally.sent,
        lost=tally.lost,
        silence=tally.longest_silence,
        fewest_ready=evidence.fewest_ready,
        newest_versions=tally.newest_versions(ENOUGH_ANSWERS),
    )


def failure_of(pod: Object) -> str:
    """Answer the word of a pod that cannot run its image, or an empty one. Between two crashes it looks well."""
    word = status_word(pod)[0]
    restarts = sum(
        int(entry.get("restartCount", 0)) for entry in pod["status"].get("containerStatuses") or ()
    )
    if is_failure(word):
        return word
    return "Restarting" if restarts and image_of(pod) not in {OLD, NEW} else ""


def image_of(obj: Object) -> str:
    """Answer the image of the first container of a pod or a pod template."""
    containers: list[dict[str, Any]] = obj.get("spec", {}).get("containers") or [{}]
    return str(containers[0].get("image", ""))


def was_silent(facts: RolloutFacts) -> bool:
    return facts.fewest_ready == 0 or facts.silence > SILENCE_ALLOWED


UNTOUCHED = Rule[RolloutFacts](
    expected=f"Version {tag_of(NEW)} on its way to {WANTED} pods.",
    holds=lambda facts: (
        not (facts.exists and facts.image == OLD and facts.replicas == WANTED and facts.same_pods)
    ),
    seen=lambda facts: (
        f"The Deployment still asks for {facts.image}, and no pod has changed since the start."
    ),
    look_at="the Deployment's pod template",
    hint=Hint(
        "begin",
        look="The version of the application is part of the image's name. Look for it in the Deployment's pod template.",
        missing="You change what you want, and Kubernetes changes the pods. Nothing has asked for another image yet.",
        nearly="One command sets the image of a Deployment. You used it in this lesson, for another version.",
    ),
)

RULES = (
    Rule[RolloutFacts](
        expected=f"A Deployment {NAME} that looks after the pods.",
        holds=lambda facts: facts.exists,
        seen=lambda _facts: f"There is no Deployment {NAME} in this namespace.",
        look_at="the Deployments of this namespace",
        hint=Hint(
            "gone",
            look="List the Deployments of this namespace.",
            missing="The Deployment has been deleted, and its pods with it. The service has nobody to send requests to.",
            nearly="Run the start() cell again: it brings back five pods of version 1.0. Then change, and do not delete.",
        ),
    ),
    Rule[RolloutFacts](
        expected="The Deployment itself asks for the new version.",
        holds=lambda facts: facts.changed_by_hand == 0,
        seen=lambda facts: (
            f"{facts.changed_by_hand} pods run {NEW}, but the Deployment still asks for {facts.image}."
        ),
        look_at="the image in the Deployment's pod template, beside the image of the pods",
        hint=Hint(
            "by-hand",
            look="Compare the image of a pod with the image in the Deployment's pod template.",
            missing="You changed pods. The next pod that the Deployment makes has the old version again.",
            nearly="Name the Deployment, not the pods, in the command that sets the image.",
        ),
    ),
    Rule[RolloutFacts](
        expected="Every new pod can start.",
        holds=lambda facts: not facts.failing or facts.image == NEW,
        seen=lambda facts: f"The Deployment asks for {facts.image}. New pods say {', '.join(facts.failing)}.",
        look_at="the status of the newest pods, and their events",
        hint=Hint(
            "stuck",
            look="Look at the status of the newest pods, and read the events of one of them.",
            missing="The new pods cannot run this image, so the rollout cannot complete. Kubernetes does not go back by itself.",
            nearly=f"Ask for a version that exists and works: {tag_of(NEW)}. You can go straight to it.",
        ),
    ),
    Rule[RolloutFacts](
        expected="The service answers all the time: always at least one Ready pod, never a second of silence.",
        holds=lambda facts: not was_silent(facts),
        seen=lambda facts: (
            f"Fewest Ready pods: {facts.fewest_ready}. {facts.lost} of {facts.sent} requests were lost, "
            f"and for {facts.silence:.1f} s nobody answered."
        ),
        look_at="the number of Ready pods over time, in the live view",
        hint=Hint(
            "outage",
            look="Look at how many old pods were still Ready when the first new one began to start.",
            missing="The old pods all went before new ones were Ready. Something took them away at once: the number of "
            "replicas, the strategy, or a delete.",
            nearly="Run the start() cell again. Leave the number of replicas and the strategy as they are. A rolling update "
            "begins by itself when only the image in the template changes.",
        ),
    ),
    Rule[RolloutFacts](
        expected=f"The Deployment asks for {NEW}.",
        holds=lambda facts: facts.image == NEW,
        seen=lambda facts: f"The Deployment asks for {facts.image}.",
        look_at="the image in the Deployment's pod template",
        may_mend=lambda facts: not facts.complete,  # it may turn out that the other version cannot even run
        hint=Hint(
            "version",
            look="Read the image in the Deployment's pod template, letter by letter.",
            missing=f"Something has changed, but the template does not ask for {NEW}.",
            nearly=f"The image is called my-app, and its tag is {tag_of(NEW)}. The container in the template is called web.",
        ),
    ),
    Rule[RolloutFacts](
        expected=f"The Deployment asks for {WANTED} replicas.",
        holds=lambda facts: facts.replicas == WANTED,
        seen=lambda facts: f"The Deployment asks for {facts.replicas} replicas.",
        look_at="the number of replicas",
        hint=Hint(
            "replicas",
            look="Look at the number of replicas that the Deployment asks for.",
            missing=f"The task says {WANTED} replicas. A manifest that is applied again also sets its own number.",
            nearly=f"Scale the Deployment to {WANTED}.",
        ),
    ),
    Rule[RolloutFacts](
        expected=f"{WANTED} Ready pods of version {tag_of(NEW)}, and no other; all new answers come from them.",
        holds=lambda facts: (
            facts.ready_new == WANTED and facts.old_left == 0 and facts.newest_versions == (tag_of(NEW),)
        ),
        seen=lambda facts: (
            f"{facts.ready_new} Ready pods of version {tag_of(NEW)}, {facts.old_left} pods of another version; "
            f"the newest answers came from: {', '.join(facts.newest_versions) or 'nobody'}."
        ),
        look_at="the rollout's status, and the pods of both revisions in the live view",
        may_mend=lambda _facts: True,
        hint=Hint(
            "under-way",
            look="Look at the rollout's status.",
            missing="You have asked for the right thing, and it is not finished: pods of two versions are there, or the "
            "rollout is paused.",
            nearly="Wait until the rollout is complete. When it is paused, resume it. Then check again.",
        ),
    ),
)


def passed(facts: RolloutFacts) -> str:
    return (
        f"{facts.ready_new} Ready pods of version {tag_of(NEW)}. {facts.lost} of {facts.sent:,} requests were lost during "
        f"your rollout; the longest time without an answer was {facts.silence:.2f} s, and never fewer than "
        f"{facts.fewest_ready} pods were Ready."
    )


def set_image(image: str) -> Command:
    return ("set", "image", f"deployment/{NAME}", f"web={image}")


def patch(body: str) -> Command:
    return ("patch", "deployment", NAME, "--patch", body)


WAIT: Command = ("rollout", "status", f"deployment/{NAME}", "--timeout=60s")
TEMPLATE = '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"my-app:2.0"}]}}}}'
ONE_BY_ONE = '{"spec":{"strategy":{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}}}'
RECREATE = '{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}'

NO_OUTAGE = Exercise(
    slug="no-outage",
    task=f"Bring version {tag_of(NEW)} to all {WANTED} replicas of {NAME}, while the service answers all the time.",
    service=SERVICE,
    setup=(
        ("delete", "deployment", NAME, "--ignore-not-found", "--wait", "--timeout=60s"),
        ("apply", "-f", MANIFEST),
        WAIT,
    ),
    observe=observe,
    measured=("silence", "fewest_ready", "newest_versions"),
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=Attempt("set the image", (set_image(NEW), WAIT)),
    other_right=(
        Attempt("patch the template", (patch(TEMPLATE), WAIT)),
        Attempt("one pod at a time", (patch(ONE_BY_ONE), set_image(NEW), WAIT)),
        Attempt(
            "JSON patch",
            (
                ("patch", "deployment", NAME, "--type=json", "--patch",
                 '[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"my-app:2.0"}]'),
                WAIT,
            ),
        ),
        Attempt("by way of a broken version", (set_image("my-app:9.9"), set_image(NEW), WAIT)),
        Attempt("the image first, the number afterwards", (
            ("scale", f"deployment/{NAME}", "--replicas=4"), set_image(NEW),
            ("scale", f"deployment/{NAME}", f"--replicas={WANTED}"), WAIT,
        )),
    ),
    typical_wrong=(
        Attempt("nothing", (), hint="begin"),
        Attempt("the Deployment is deleted", (("delete", "deployment", NAME, "--wait"),), hint="gone"),
        Attempt("all pods at once", (patch(RECREATE), set_image(NEW), WAIT), hint="outage"),
        Attempt(
            "to zero and back",
            (
                ("scale", f"deployment/{NAME}", "--replicas=0"),
                ("wait", "--for=delete", "pod", "--selector=app=web", "--timeout=60s"),
                set_image(NEW), ("scale", f"deployment/{NAME}", f"--replicas={WANTED}"), WAIT,
            ),
            hint="outage",
        ),
        Attempt("the pods instead of the Deployment", (("set", "image", "pods", "--selector=app=web", f"web={NEW}"),), hint="by-hand"),
        Attempt("a tag that does not exist", (set_image("my-app:9.9"),), hint="stuck"),
        Attempt("a version that crashes", (set_image("my-app:broken"),), hint="stuck"),
        Attempt("version 3.0", (set_image("my-app:3.0"), WAIT), hint="version"),
        Attempt("three replicas", (set_image(NEW), ("scale", f"deployment/{NAME}", "--replicas=3"), WAIT), hint="replicas"),
        Attempt(
            "paused half way",
            (("rollout", "pause", f"deployment/{NAME}"), set_image(NEW)),
            hint="under-way",
        ),
    ),
)  # fmt: skip

ALL_STOP, OLD_GO_ON, GOES_BACK = (
    "all pods stop",
    "most old pods go on, and it stays so",
    "Kubernetes goes back by itself",
)


def after_bad_version(snapshot: Snapshot) -> str:
    """Say what became of a rollout to a version that does not exist."""
    asks_for_it = any(view.name == NAME and view.image == "my-app:9.9" for view in snapshot.deployments)
    if not asks_for_it:
        return GOES_BACK
    return OLD_GO_ON if snapshot.ready else ALL_STOP


LESSON = Lesson(
    slug="deployments",
    title="Deployments: keep it running, change it safely",
    needs=(
        "two nodes that take pods",
        "the images my-app:1.0, 2.0, 3.0 and broken",
        "a service that can be asked from this machine",
    ),
    namespace="lesson-deployments",
    manifests="manifests/04-deployments",
    questions=(
        Question(
            "after-delete",
            "Three pods are Ready. You delete one. How many are Ready a few seconds later?",
            measure=lambda session: str(session.view.snapshot().ready),
            choices=("2", "3", "4"),
        ),
        Question(
            "recovery",
            "How many seconds does it take until three pods are Ready again?",
            measure=lambda session: session.seconds_to_recover(),
            unit="s",
        ),
        Question(
            "bad-version",
            "You ask for version 9.9, which does not exist. What happens?",
            measure=lambda session: after_bad_version(session.view.snapshot()),
            choices=(ALL_STOP, OLD_GO_ON, GOES_BACK),
        ),
    ),
    exercises=(NO_OUTAGE,),
    teaches=(
        "replicaset", "scale", "rollout", "set image", "revision", "strategy", "progress deadline", "readiness probe",
    ),
)  # fmt: skip
