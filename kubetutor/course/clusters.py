"""Lesson `clusters`: the parts of a cluster, how one is made, and which of several kubectl talks to.

Its exercise puts the same application on two clusters and asks for one of them to be emptied: what counts is whether
the requests to the other one go on being answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, name_of
from kubetutor.cluster import share
from kubetutor.course import second_cluster
from kubetutor.course.second_cluster import STAGING
from kubetutor.exercises.display import number_of
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint
from kubetutor.exercises.lesson import Lesson
from kubetutor.exercises.own_kubeconfig import OWN_KUBECONFIG
from kubetutor.exercises.predict import Question
from kubetutor.exercises.timeline import count_ready
from kubetutor.exercises.waiting import eventually

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Cluster, Command, Evidence
    from kubetutor.exercises.lesson import LessonSession

NAME, SERVICE = "web-app", "web-service"
MANIFEST = "manifests/01-clusters/app.yaml"
PODS = 3
SILENCE_ALLOWED = 1.0  # seconds without a single answer
WAIT: Command = ("rollout", "status", f"deployment/{NAME}", "--timeout=60s")


@dataclass(frozen=True, slots=True)
class TwoClusters:
    """What the exercise is judged by. `deployment` and `service` say whether staging still has them."""

    deployment: bool = False
    service: bool = False
    has_way: bool = True  # a context still leads to staging
    production: bool = True  # the Deployment and the Service of production are there
    fewest_ready: int = PODS
    sent: int = 0
    lost: int = 0
    silence: float = 0.0


def scene(cluster: Cluster, namespace: str) -> None:
    """Make the second cluster, put the application there, and write the two contexts."""
    staging = second_cluster.make(cluster)
    second_cluster.write_contexts(cluster, namespace)
    staging.kubectl("apply", "-f", str(share.folder("lessons") / MANIFEST))
    staging.kubectl(*WAIT)


def observe(evidence: Evidence) -> TwoClusters:
    staging = second_cluster.second(evidence.cluster)
    here, there = names_in(evidence.cluster, evidence.namespace), names_in(staging, "default")
    tally = evidence.tally
    return TwoClusters(
        deployment=NAME in there,
        service=SERVICE in there,
        has_way=second_cluster.leads_to_second(evidence.cluster),
        production={NAME, SERVICE} <= here,
        fewest_ready=evidence.fewest_ready,
        sent=tally.sent,
        lost=tally.lost,
        silence=tally.longest_silence,
    )


def names_in(cluster: Cluster, namespace: str) -> set[str]:
    """Answer the names of the Deployments and Services that stay."""
    found = [
        obj
        for kind in ("deployments.apps", "services")
        for obj in cluster.api.list(kind, namespace=namespace)
    ]
    return {name_of(obj) for obj in found if not is_being_deleted(obj)}


def production_suffered(facts: TwoClusters) -> bool:
    return not facts.production or facts.fewest_ready < PODS or facts.silence > SILENCE_ALLOWED


UNTOUCHED = Rule[TwoClusters](
    expected="The application leaves staging, and production goes on.",
    holds=lambda facts: (
        not (facts.deployment and facts.service and facts.has_way) or production_suffered(facts)
    ),
    seen=lambda _facts: f"The Deployment {NAME} and the Service {SERVICE} are in staging, as at the start.",
    look_at="the contexts of the lesson's kubeconfig, and what each one leads to",
    hint=Hint(
        "begin",
        look="List the contexts of the lesson's kubeconfig. One has a star: it is the one that counts when you name none.",
        missing="Nothing has changed in staging. Look there first: name its context when you list Deployments.",
        nearly="Delete what the manifest describes, and name the context of staging in the same command.",
    ),
)

RULES = (
    Rule[TwoClusters](
        expected=f"In production {PODS} pods are Ready at every moment, and the service never falls silent for a second.",
        holds=lambda facts: not production_suffered(facts),
        seen=lambda facts: (
            f"Ready in production at the worst moment: {number_of(facts.fewest_ready, 'pod')}. {facts.lost} of {facts.sent} "
            f"requests were lost, and for {facts.silence:.1f} s nobody answered."
        ),
        look_at="the Deployments and Services of production",
        hint=Hint(
            "wrong-cluster",
            look="Look at what is left in production, and at which context is the current one.",
            missing="Your command met production: it named no context, or the wrong one. What was deleted there does not "
            "come back by itself.",
            nearly="Run the start() cell again. Then name the context of staging in every command, or make it the current one "
            "and look that it is, before you delete.",
        ),
    ),
    Rule[TwoClusters](
        expected="The way to staging is still there.",
        holds=lambda facts: facts.has_way,
        seen=lambda _facts: (
            "No context of the lesson's kubeconfig leads to staging any more, and the application still runs there."
        ),
        look_at="the contexts of the lesson's kubeconfig",
        hint=Hint(
            "only-the-way",
            look="List the contexts of the lesson's kubeconfig again.",
            missing="A kubeconfig is a list of addresses. You have removed an address from the list; the cluster knows nothing of it.",
            nearly="Run the start() cell again: it writes both contexts anew. Then delete the Deployment and the Service, not the context.",
        ),
    ),
    Rule[TwoClusters](
        expected=f"There is no Deployment {NAME} in staging.",
        holds=lambda facts: not facts.deployment,
        seen=lambda _facts: f"The Deployment {NAME} is still in staging.",
        look_at="the Deployments of staging",
        hint=Hint(
            "deployment-left",
            look="List the Deployments, and name the context of staging.",
            missing="The Service has gone, and the Deployment keeps its pods running.",
            nearly=f"Delete the Deployment {NAME} too, with the same context.",
        ),
    ),
    Rule[TwoClusters](
        expected=f"There is no Service {SERVICE} in staging.",
        holds=lambda facts: not facts.service,
        seen=lambda _facts: f"The Service {SERVICE} is still in staging.",
        look_at="the Services of staging",
        hint=Hint(
            "service-left",
            look="List the Services, and name the context of staging.",
            missing="The Deployment has gone with its pods. The Service is an object of its own, so it stays.",
            nearly="Delete the Service too. Deleting what a manifest describes takes both at once.",
        ),
    ),
)  # fmt: skip


def passed(facts: TwoClusters) -> str:
    return (
        f"Staging is empty. In production {facts.lost} of {facts.sent:,} requests were lost meanwhile, and never fewer than "
        f"{facts.fewest_ready} pods were Ready."
    )


def own(*words: str) -> Command:
    """Write a command that uses the lesson's kubeconfig."""
    return (OWN_KUBECONFIG, *words)


THERE = f"--context={STAGING}"

SAFE_DELETE = Exercise(
    slug="the-right-cluster",
    task=f"Remove the application (Deployment {NAME} and Service {SERVICE}) from staging. Production must not notice.",
    service=SERVICE,
    scene=scene,
    setup=(("apply", "-f", MANIFEST), WAIT),
    observe=observe,
    measured=("fewest_ready", "silence"),
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=Attempt("name the context", (own(THERE, "delete", "-f", MANIFEST),)),
    other_right=(
        Attempt("one by one", (
            own(THERE, "delete", "service", SERVICE), own(THERE, "delete", "deployment", NAME),
        )),
        Attempt("make it the current one", (
            own("config", "use-context", STAGING), own("delete", "-f", MANIFEST),
        )),
        Attempt("there and back again", (
            own("config", "use-context", STAGING), own("delete", f"deployment/{NAME}", f"service/{SERVICE}"),
            own("config", "use-context", second_cluster.PRODUCTION),
        )),
        Attempt("a context of one's own", (
            own("config", "set-context", "cleaning", f"--cluster={second_cluster.NAME}", f"--user={second_cluster.NAME}"),
            own("--context=cleaning", "delete", "-f", MANIFEST),
        )),
    ),
    typical_wrong=(
        Attempt("nothing", (), hint="begin"),
        Attempt("only looked", (own(THERE, "get", "deployments"),), hint="begin"),
        Attempt("no context named", (own("delete", "-f", MANIFEST),), hint="wrong-cluster"),
        Attempt("the cluster that kubectl means by itself", (("delete", "deployment", NAME),), hint="wrong-cluster"),
        Attempt("both clusters", (
            own("delete", "-f", MANIFEST), own(THERE, "delete", "-f", MANIFEST),
        ), hint="wrong-cluster"),
        Attempt("the wrong one, and put back", (
            own("delete", "deployment", NAME, "--wait"), own("apply", "-f", MANIFEST), own(THERE, "delete", "-f", MANIFEST),
        ), hint="wrong-cluster"),
        Attempt("the context instead of the application", (own("config", "delete-context", STAGING),), hint="only-the-way"),
        Attempt("only the Service", (own(THERE, "delete", "service", SERVICE),), hint="deployment-left"),
        Attempt("only the Deployment", (own(THERE, "delete", "deployment", NAME),), hint="service-left"),
    ),
)  # fmt: skip

ON_WORKERS, ON_CONTROL_PLANE, EVERYWHERE = (
    "on the workers",
    "on the control plane's node",
    "on all nodes alike",
)
GO_ON, STOP = "they go on", "they stop"


def where_pods_run(session: LessonSession) -> str:
    """Say on which nodes the lesson's pods run."""
    roles = {"control-plane" in node.role for node in session.view.snapshot().nodes if node.pods}
    if len(roles) > 1:
        return EVERYWHERE
    return ON_CONTROL_PLANE if True in roles else ON_WORKERS


def after_lost_context(session: LessonSession) -> str:
    """Say whether the pods of the second cluster are Ready, by a way that needs no context of the lesson."""
    staging = second_cluster.second(session.cluster)

    def ready() -> int:
        return count_ready(staging.api.list("pods", namespace="default"))[0]

    return GO_ON if eventually(lambda: ready() == PODS) else STOP


LESSON = Lesson(
    slug="clusters",
    title="Clusters: make one, look inside, find your way to it",
    needs=(
        "one node that takes pods",
        "the image my-app:1.0",
        "room for a second, small embedded cluster on this machine",
    ),
    namespace="lesson-clusters",
    manifests="manifests/01-clusters",
    questions=(
        Question(
            "where",
            "You start three pods, and do not say on which nodes. Where will they run?",
            measure=where_pods_run,
            choices=(ON_WORKERS, ON_CONTROL_PLANE, EVERYWHERE),
        ),
        Question(
            "lost-context",
            "Three pods run on staging. You delete the context staging from your kubeconfig. What becomes of the pods?",
            measure=after_lost_context,
            choices=(GO_ON, STOP),
        ),
    ),
    exercises=(SAFE_DELETE,),
    teaches=("control plane", "kubeconfig", "kinds of object"),
    clean_up=second_cluster.remove,
)
