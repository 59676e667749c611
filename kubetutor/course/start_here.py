"""Lesson `start-here`: do you need Kubernetes? A decision aid, and the same faults on one server and on a cluster.

Its exercise is the update of the experiment, done by the learner. It is read and measured like the one on Deployments,
with three copies and fewer ways to go wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.course.deployments import NAME, NEW, OLD, SERVICE, RolloutFacts, observe
from kubetutor.course.experiment import BROKEN, CLUSTER, CRASH, SERVER, UPDATE
from kubetutor.course.rollout_rules import (
    asks_for_image,
    asks_for_replicas,
    in_numbers,
    is_there,
    never_silent,
    runs_only,
)
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.predict import Question

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Command
    from kubetutor.exercises.lesson import LessonSession

MANIFEST = "manifests/00-start-here/web-app.yaml"
NEXT = "manifests/00-start-here/version-2.yaml"
COPIES = 3
WAIT: Command = ("rollout", "status", f"deployment/{NAME}", "--timeout=60s")

UNTOUCHED = Rule[RolloutFacts](
    expected="Version 2.0 on its way.",
    holds=lambda facts: (
        not (facts.exists and facts.image == OLD and facts.replicas == COPIES and facts.same_pods)
    ),
    seen=lambda facts: f"The Deployment still asks for {facts.image}, and its pods are those of the start.",
    look_at="the two manifests of this lesson, beside each other",
    hint=Hint(
        "begin",
        look="Compare the two manifests of this lesson. Which line differs?",
        missing="The cluster still has the old manifest. You did the step that is missing once already, with the first one.",
        nearly="Give the cluster the second manifest in the same way as the first. Remove nothing before.",
    ),
)

RULES: tuple[Rule[RolloutFacts], ...] = (
    is_there(
        NAME,
        Hint(
            "gone",
            look="List the Deployments of this namespace.",
            missing="The Deployment has been deleted, and its pods with it. That is the stop of stop-and-start.",
            nearly="Run the start() cell again. Then only give the cluster the second manifest.",
        ),
    ),
    never_silent(
        Hint(
            "outage",
            look="Look at the live view: how many pods were Ready between the old version and the new one?",
            missing="All old pods went before a new one was Ready. So this was stop-and-start, on a cluster.",
            nearly="Run the start() cell again. Change the Deployment that is there, and delete nothing.",
        )
    ),
    asks_for_image(
        NEW,
        Hint(
            "version",
            look="Read the image in the Deployment, letter by letter.",
            missing=f"Something has changed, but the Deployment does not ask for {NEW}.",
            nearly="The second manifest of this lesson has the right image. Use it as it is.",
        ),
        look_at="the image in the Deployment",
    ),
    asks_for_replicas(
        COPIES,
        Hint(
            "copies",
            look="Look at how many copies the Deployment asks for.",
            missing=f"The task says {COPIES} copies.",
            nearly=f"The second manifest of this lesson asks for {COPIES}. Use it as it is.",
        ),
        words=("copy", "copies"),
    ),
    runs_only(
        "2.0",
        COPIES,
        Hint(
            "under-way",
            look="Look at the pods in the live view. Which versions are there?",
            missing="You have asked for the right thing, and it is not finished, or somebody has told it to pause.",
            nearly="Wait a little, and check again. If the Deployment is paused, let it go on.",
        ),
        look_at="the pods in the live view",
    ),
)


def passed(facts: RolloutFacts) -> str:
    return f"{facts.ready} Ready pods of version 2.0. {in_numbers(facts, when='during your update')}"


APPLY: Command = ("apply", "-f", NEXT)
SET_IMAGE: Command = ("set", "image", f"deployment/{NAME}", f"web={NEW}")
PATCH = '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"my-app:2.0"}]}}}}'

NO_GAP = Exercise(
    slug="no-gap",
    task=f"Bring version 2.0 to all {COPIES} copies of {NAME}, without a gap.",
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
    solution=Attempt("apply the second manifest", (APPLY,)),
    other_right=(
        Attempt("replace", (("replace", "-f", NEXT), WAIT)),
        Attempt("set the image", (SET_IMAGE, WAIT)),
        Attempt("patch", (("patch", "deployment", NAME, "--patch", PATCH), WAIT)),
        Attempt("applied twice", (APPLY, APPLY, WAIT)),
    ),
    typical_wrong=(
        Attempt("nothing", (), hint="begin"),
        Attempt("the first manifest once more", (("apply", "-f", MANIFEST),), hint="begin"),
        Attempt("deleted, and not started again", (("delete", "-f", MANIFEST, "--wait"),), hint="gone"),
        Attempt("deleted, then applied", (("delete", "deployment", NAME, "--wait"), APPLY, WAIT), hint="outage"),
        Attempt("version 3.0", (("set", "image", f"deployment/{NAME}", "web=my-app:3.0"), WAIT), hint="version"),
        Attempt("the broken version", (("set", "image", f"deployment/{NAME}", "web=my-app:broken"),), hint="version"),
        Attempt("two copies", (SET_IMAGE, ("scale", f"deployment/{NAME}", "--replicas=2"), WAIT), hint="copies"),
        Attempt("paused", (("rollout", "pause", f"deployment/{NAME}"), SET_IMAGE), hint="under-way"),
    ),
)  # fmt: skip

BOTH, ONLY_SERVER, NEITHER = "both", "only the one server", "neither"
GOES_BACK, STAYS, ALL_STOP = (
    "Kubernetes goes back by itself",
    "old pods answer, and it stays so",
    "nobody answers any more",
)


def who_lost(session: LessonSession) -> str | None:
    """Say which side lost requests in a crash."""
    server, cluster = (_lost(session, CRASH, side) for side in (SERVER, CLUSTER))
    if server is None or cluster is None:
        return None
    if server and cluster:
        return BOTH
    return ONLY_SERVER if server else "only the cluster" if cluster else NEITHER


def after_broken(session: LessonSession) -> str | None:
    """Say what the cluster did with the broken version, at the moment when somebody noticed."""
    experiment = session.found.get("experiment")
    silence = experiment.silence(BROKEN, CLUSTER) if experiment else None
    if silence is None:
        return None
    if session.found["asked for after the broken version"] != "my-app:broken":
        return GOES_BACK
    return STAYS if silence < 1.0 else ALL_STOP


def silence_of_update(session: LessonSession) -> float | None:
    experiment = session.found.get("experiment")
    return experiment.silence(UPDATE, SERVER) if experiment else None


def _lost(session: LessonSession, fault: str, side: str) -> int | None:
    experiment = session.found.get("experiment")
    return experiment.lost(fault, side) if experiment else None


LESSON = Lesson(
    slug="start-here",
    title="Start here: do you need Kubernetes?",
    needs=("one node that takes pods", "the images my-app:1.0, 2.0 and broken", "room for one more process on this machine"),
    namespace="lesson-start-here",
    manifests="manifests/00-start-here",
    questions=(
        Question(
            "crash",
            "The process dies on both sides. Who loses requests?",
            measure=who_lost,
            choices=(BOTH, ONLY_SERVER, "only the cluster", NEITHER),
        ),
        Question(
            "update",
            "A new version on the one server, by stop and start. For how many seconds does nobody answer?",
            measure=silence_of_update,
            unit="s",
            step=0.1,
        ),
        Question(
            "broken",
            "You bring a version that ends at once. What does the cluster do?",
            measure=after_broken,
            choices=(GOES_BACK, STAYS, ALL_STOP),
        ),
    ),
    exercises=(NO_GAP,),
    teaches=(
        "kubectl", "cluster", "container", "image", "node", "pod", "deployment", "service", "namespace", "readiness probe",
    ),
)  # fmt: skip
