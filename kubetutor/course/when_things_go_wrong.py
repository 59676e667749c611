"""Lesson `when-things-go-wrong`: five things that break, each predicted and measured, and what the cluster does about it.

Here are its questions and the exercise on a broken version; the one on maintenance is in `maintenance.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_load, is_pod_ready
from kubetutor.cluster.backend import Capability
from kubetutor.course.deployments import image_of
from kubetutor.course.maintenance import MAINTENANCE, NAME, SERVICE, STEM, WANTED, find, open_ours, wait_for
from kubetutor.exercises.display import number_of
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question
from kubetutor.exercises.waiting import eventually
from kubetutor.widgets.cluster_map.snapshot import tag_of

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Command, Evidence
    from kubetutor.exercises.lesson import LessonSession

FIRST, GOOD, BROKEN = "my-app:1.0", "my-app:2.0", "my-app:broken"
SCENE_SET = 3  # the Deployment's generation: applied, then two images set
SILENCE_ALLOWED = 1.0  # seconds without a single answer
ENOUGH_ANSWERS = 20
NODE_PATIENCE = 120.0  # seconds: 40 to 50 until a real cluster notices, then the start of new pods
RESTART_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class RecoveryFacts:
    """What the exercise on the broken version is judged by."""

    exists: bool = False
    image: str = ""
    replicas: int = 0
    generation: int = 0  # grows with each change of what is asked for
    ready_good: int = 0
    others: int = 0  # pods of any other version
    sent: int = 0
    lost: int = 0
    silence: float = 0.0
    fewest_ready: int = 0
    newest_versions: tuple[str, ...] = ()


def observe(evidence: Evidence) -> RecoveryFacts:
    """Read the Deployment, its pods and what the requests met."""
    tally, deployment = evidence.tally, find(evidence, "deployments.apps")
    if deployment is None:
        return RecoveryFacts(sent=tally.sent, lost=tally.lost)
    there = evidence.cluster.api.list("pods", namespace=evidence.namespace)
    pods = [pod for pod in there if not is_being_deleted(pod) and not is_load(pod)]
    return RecoveryFacts(
        exists=True,
        image=image_of(deployment["spec"]["template"]),
        replicas=int(deployment["spec"].get("replicas", 1)),
        generation=int(deployment["metadata"].get("generation", 0)),
        ready_good=sum(is_pod_ready(pod) and image_of(pod) == GOOD for pod in pods),
        others=sum(image_of(pod) != GOOD for pod in pods),
        sent=tally.sent,
        lost=tally.lost,
        silence=tally.longest_silence,
        fewest_ready=evidence.fewest_ready,
        newest_versions=tally.newest_versions(ENOUGH_ANSWERS),
    )


UNTOUCHED = Rule[RecoveryFacts](
    expected="Somebody takes the broken version back.",
    holds=lambda facts: (
        not (facts.exists and facts.generation == SCENE_SET and facts.fewest_ready >= WANTED - 1)
    ),
    seen=lambda facts: f"The Deployment still asks for {facts.image}, and nobody has changed anything.",
    look_at="the Deployment's pod template, and its history",
    hint=Hint(
        "begin",
        look="Compare the image that the Deployment asks for with the images of the pods that are Ready.",
        missing="The rollout is stuck, and stays so. Kubernetes waits for somebody who says what should run instead.",
        nearly="The Deployment keeps its revisions. One subcommand of the rollout family takes the newest one back.",
    ),
)

RULES = (
    Rule[RecoveryFacts](
        expected=f"A Deployment {NAME} that looks after the pods.",
        holds=lambda facts: facts.exists,
        seen=lambda _facts: f"There is no Deployment {NAME} in this namespace.",
        look_at="the Deployments of this namespace",
        hint=Hint(
            "gone",
            look="List the Deployments of this namespace.",
            missing="The Deployment is deleted, and the pods that still answered went with it.",
            nearly="Run the start() cell again. Then change what the Deployment asks for, and delete nothing.",
        ),
    ),
    Rule[RecoveryFacts](
        expected=f"At every moment at least {WANTED - 1} Ready pods, and never a second without an answer.",
        holds=lambda facts: facts.fewest_ready >= WANTED - 1 and facts.silence <= SILENCE_ALLOWED,
        seen=lambda facts: (
            f"Ready at the worst moment: {number_of(facts.fewest_ready, 'pod')}. {facts.lost} of {facts.sent} requests were lost, "
            f"and for {facts.silence:.1f} s nobody answered."
        ),
        look_at="the number of Ready pods over time, in the live view",
        hint=Hint(
            "outage",
            look="Look at which pods were still Ready before your first command, and what became of them.",
            missing="The old pods were all that answered. Something took them away before others were Ready.",
            nearly="Run the start() cell again. Leave pods and the number of replicas alone: change only the template.",
        ),
    ),
    Rule[RecoveryFacts](
        expected="The Deployment asks for a version that works.",
        holds=lambda facts: facts.image != BROKEN,
        seen=lambda facts: f"The Deployment still asks for {facts.image}.",
        look_at="the image in the Deployment's pod template",
        hint=Hint(
            "still-broken",
            look="Read the image in the Deployment's pod template.",
            missing="You have changed something, but not the version. Each new pod is made from the template.",
            nearly="Bring back the revision before the newest one, or name its image yourself.",
        ),
    ),
    Rule[RecoveryFacts](
        expected=f"The Deployment asks for {GOOD}.",
        holds=lambda facts: facts.image == GOOD,
        seen=lambda facts: f"The Deployment asks for {facts.image}.",
        look_at="the history of the rollout: which revision had which image",
        hint=Hint(
            "version",
            look="Look at the history, and at the image of each revision.",
            missing=f"This works, but it is not what ran before the broken version. That was {tag_of(GOOD)}.",
            nearly=f"Ask for the image my-app with the tag {tag_of(GOOD)}.",
        ),
    ),
    Rule[RecoveryFacts](
        expected=f"The Deployment asks for {WANTED} replicas.",
        holds=lambda facts: facts.replicas == WANTED,
        seen=lambda facts: f"The Deployment asks for {number_of(facts.replicas, 'replica')}.",
        look_at="the number of replicas",
        hint=Hint(
            "replicas",
            look="Look at the number of replicas that the Deployment asks for.",
            missing=f"The task says {WANTED} replicas.",
            nearly=f"Scale the Deployment to {WANTED}.",
        ),
    ),
    Rule[RecoveryFacts](
        expected=f"{WANTED} Ready pods of version {tag_of(GOOD)}, and no other; all new answers come from them.",
        holds=lambda facts: (
            (facts.ready_good, facts.others, facts.newest_versions) == (WANTED, 0, (tag_of(GOOD),))
        ),
        seen=lambda facts: (
            f"{facts.ready_good} Ready pods of version {tag_of(GOOD)}, {facts.others} pods of another version; "
            f"the newest answers came from: {', '.join(facts.newest_versions) or 'nobody'}."
        ),
        look_at="the rollout's status, and the pods in the live view",
        may_mend=lambda _facts: True,
        hint=Hint(
            "under-way",
            look="Look at the rollout's status.",
            missing="You ask for the right thing, and it is not finished: a rollout is under way, or it is paused.",
            nearly="Wait until the rollout is complete. When it is paused, resume it. Then check again.",
        ),
    ),
)


def passed(facts: RecoveryFacts) -> str:
    return (
        f"{facts.ready_good} Ready pods of version {tag_of(GOOD)}. {facts.lost} of {facts.sent:,} requests were lost; the "
        f"longest time without an answer was {facts.silence:.2f} s, and never fewer than {facts.fewest_ready} pods were Ready."
    )


def set_image(image: str) -> Command:
    return ("set", "image", f"deployment/{NAME}", f"web={image}")


UNDO: Command = ("rollout", "undo", f"deployment/{NAME}")
WAIT = wait_for(NAME)
TEMPLATE = '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"my-app:2.0"}]}}}}'

TAKE_IT_BACK = Exercise(
    slug="take-it-back",
    task=f"Bring the version from before the broken one to all {WANTED} replicas of {NAME}, and keep the service answering.",
    service=SERVICE,
    setup=(
        ("delete", "horizontalpodautoscaler,poddisruptionbudget", "--all"),
        ("delete", "deployment", NAME, "--ignore-not-found", "--wait", "--timeout=60s"),
        ("apply", "-f", f"{STEM}/app.yaml"),
        WAIT, set_image(GOOD), WAIT, set_image(BROKEN),
    ),
    observe=observe,
    measured=("silence", "fewest_ready", "newest_versions"),
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=Attempt("undo", (UNDO, WAIT)),
    other_right=(
        Attempt("undo to the revision", ((*UNDO, "--to-revision=2"), WAIT)),
        Attempt("set the image", (set_image(GOOD), WAIT)),
        Attempt("patch the template", (("patch", "deployment", NAME, "--patch", TEMPLATE), WAIT)),
        Attempt("by way of the first version", ((*UNDO, "--to-revision=1"), WAIT, set_image(GOOD), WAIT)),
    ),
    typical_wrong=(
        Attempt("the Deployment is deleted", (("delete", "deployment", NAME, "--wait"),), hint="gone"),
        Attempt("all pods are deleted", (("delete", "pods", "--selector=app=web"),), hint="outage"),
        Attempt("restarted", (("rollout", "restart", f"deployment/{NAME}"),), hint="still-broken"),
        Attempt("more of the same", (("scale", f"deployment/{NAME}", "--replicas=6"),), hint="still-broken"),
        Attempt("back too far", ((*UNDO, "--to-revision=1"), WAIT), hint="version"),
        Attempt("five replicas", (UNDO, WAIT, ("scale", f"deployment/{NAME}", "--replicas=5"), WAIT), hint="replicas"),
        Attempt("paused half way", (("rollout", "pause", f"deployment/{NAME}"), set_image(GOOD)), hint="under-way"),
    ),
    minutes=2.0,
)  # fmt: skip

SAME_POD, NEW_POD = "the same pod, with a new container", "a new pod with another name"
NOTHING, ADDED = "it stays at 4 pods", "pods are added"
ALL_STOP, OLD_GO_ON, GOES_BACK = (
    "nobody answers any more",
    "old pods go on, and it stays so",
    "it goes back by itself",
)


def after_crash(session: LessonSession) -> str | None:
    """Say who answers for a crashed container: read from the restarts that pods count."""

    def restarts() -> int:
        pods = session.cluster.api.list("pods", namespace=session.namespace)
        entries = [entry for pod in pods for entry in pod["status"].get("containerStatuses") or ()]
        return sum(int(entry.get("restartCount", 0)) for entry in entries)

    if eventually(lambda: restarts() > 0, seconds=RESTART_PATIENCE):
        return SAME_POD
    return NEW_POD if session.view.snapshot().ready == WANTED else None


def after_node_loss(session: LessonSession) -> float | None:
    """Answer the seconds until as many pods were Ready again. Where no node can be stopped there is nothing to wait for."""
    if Capability.STOP_NODES not in session.cluster.capabilities:
        return None
    return session.seconds_until_restored(within=NODE_PATIENCE)


def after_spike(session: LessonSession) -> str:
    """Say whether the Deployment asks for more than it did."""
    deployment = session.cluster.api.get("deployments.apps", NAME, namespace=session.namespace)
    return ADDED if int(deployment["spec"]["replicas"]) > WANTED else NOTHING


def after_broken(session: LessonSession) -> str:
    """Say what became of a rollout to a version that cannot start."""
    snapshot = session.view.snapshot()
    if not any(view.name == NAME and view.image == BROKEN for view in snapshot.deployments):
        return GOES_BACK
    return OLD_GO_ON if snapshot.ready else ALL_STOP


LESSON = Lesson(
    slug="when-things-go-wrong",
    title="When things go wrong: five faults, predicted and measured",
    needs=("two workers that take pods", "a node that can be stopped, for one part", "measured CPU use, for one part"),
    namespace="lesson-when-things-go-wrong",
    manifests=STEM,
    questions=(
        Question("crash", "A container crashes. What runs in its place?", measure=after_crash, choices=(SAME_POD, NEW_POD)),
        Question(
            "node-loss",
            "You cut the power of a worker. After how many seconds are four pods Ready again?",
            measure=after_node_loss, unit="s", most=400.0,
        ),
        Question("spike", "200 requests a second, and no autoscaler. What happens?", measure=after_spike, choices=(NOTHING, ADDED)),
        Question(
            "fewest",
            "Four pods get a new version. How few are Ready at the worst moment?",
            measure=lambda session: str(session.fewest_ready()), choices=("0", "1", "2", "3", "4"),
        ),
        Question("broken", "The new version is broken. What happens?", measure=after_broken, choices=(ALL_STOP, OLD_GO_ON, GOES_BACK)),
    ),
    exercises=(TAKE_IT_BACK, MAINTENANCE),
    teaches=("disruption budget", "priority"),
    clean_up=open_ours,
)  # fmt: skip
