"""The second exercise of lesson `when-things-go-wrong`: take a node out of work, and let nobody notice.

A node is everybody's. So the exercise marks the workers that take pods when it begins for the first time; of these it opens
those that a try has closed, when it begins again and when the lesson is cleaned up. What others had closed stays closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_load, is_pod_ready, labels_of, name_of, uid_of
from kubetutor.course.rollout_rules import is_there
from kubetutor.errors import ApiError
from kubetutor.exercises.display import number_of
from kubetutor.exercises.exercise import WORKER, Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.exercises.exercise import Cluster, Command, Evidence

NAME, SERVICE, STEM = "web-app", "web-service", "manifests/09-when-things-go-wrong"
WANTED, ENOUGH = 4, 3
MARK = "kubetutor.io/took-pods"  # a label of the workers that took pods before the exercise
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


@dataclass(frozen=True, slots=True)
class MaintenanceFacts:
    """What the exercise is judged by."""

    exists: bool = False
    replicas: int = 0
    ready: int = 0
    has_begun: bool = (
        False  # a closed node, a budget, another number, or a pod that was not there at the start
    )
    emptied: str = ""  # a node that takes no pods and has none of ours
    is_emptying: bool = False  # there is a node that takes no pods, and ours there are ending
    fewest_ready: int = 0


def observe(evidence: Evidence) -> MaintenanceFacts:
    """Read nodes, budgets, the Deployment and its pods."""
    api, namespace = evidence.cluster.api, evidence.namespace
    there = api.list("pods", namespace=namespace)
    pods = [pod for pod in there if not is_load(pod)]
    occupied = {pod["spec"].get("nodeName", "") for pod in pods}
    staying = {pod["spec"].get("nodeName", "") for pod in pods if not is_being_deleted(pod)}
    closed = [name_of(node) for node in api.list("nodes") if is_closed(node) and MARK in labels_of(node)]
    budgets = api.list("poddisruptionbudgets.policy", namespace=namespace)
    deployment = api.find("deployments.apps", NAME, namespace=namespace)
    replicas = int(deployment["spec"].get("replicas", 1)) if deployment else 0
    return MaintenanceFacts(
        exists=deployment is not None,
        replicas=replicas,
        ready=sum(is_pod_ready(pod) and not is_being_deleted(pod) for pod in pods),
        has_begun=bool(closed or budgets or replicas != WANTED)
        or any(uid_of(pod) not in evidence.pods_at_start for pod in pods),
        emptied=next((node for node in sorted(closed) if node not in occupied), ""),
        is_emptying=bool(set(closed) - staying),
        fewest_ready=evidence.fewest_ready,
    )


def open_workers(cluster: Cluster, _namespace: str) -> None:
    """Open the workers that a try has closed, and mark those that take pods."""
    open_ours(cluster)
    for node in cluster.api.list("nodes"):
        if not is_closed(node) and CONTROL_PLANE not in labels_of(node):
            cluster.kubectl("label", "node", name_of(node), f"{MARK}=true", "--overwrite")


def open_ours(cluster: Cluster) -> str:
    """Open the marked workers, and take the marks away. Answer in words which were closed."""
    try:
        ours = [node for node in cluster.api.list("nodes") if MARK in labels_of(node)]
    except ApiError as error:
        if error.code != 403:
            raise
        return "you may not see nodes here, so none was closed"
    opened = [name_of(node) for node in ours if is_closed(node)]
    for name in opened:
        cluster.kubectl("uncordon", name)
    for node in ours:
        cluster.kubectl("label", "node", name_of(node), f"{MARK}-")
    return f"opened for pods again: {', '.join(opened)}" if opened else "no node was left closed"


def is_closed(node: Object) -> bool:
    return bool(node["spec"].get("unschedulable"))


UNTOUCHED = Rule[MaintenanceFacts](
    expected="A worker on its way to be empty.",
    holds=lambda facts: facts.has_begun,
    seen=lambda _facts: "Every node takes pods, there is no budget, and the pods are those of the start.",
    look_at="the nodes, and which pods are on them",
    hint=Hint(
        "begin",
        look="Look at how many of the four pods are on the worker that you want to empty.",
        missing="Before the node is emptied, the cluster must know how many pods have to stay Ready.",
        nearly="Make a disruption budget for the pods with the label app=web. Then drain the node, as in the lesson on nodes.",
    ),
)

RULES: tuple[Rule[MaintenanceFacts], ...] = (
    is_there(
        NAME,
        Hint(
            "gone",
            look="List the Deployments of this namespace.",
            missing="The Deployment is deleted. That empties every node, and nobody answers.",
            nearly="Run the start() cell again, and move pods without deleting what makes them.",
        ),
    ),
    Rule[MaintenanceFacts](
        expected=f"At every moment at least {ENOUGH} Ready pods.",
        holds=lambda facts: facts.fewest_ready >= ENOUGH,
        seen=lambda facts: f"Ready at the worst moment: {number_of(facts.fewest_ready, 'pod')}.",
        look_at="the number of Ready pods over time, and the budget's selector",
        hint=Hint(
            "outage",
            look="Look at how many pods left the node at the same moment.",
            missing="Nothing made the pods leave one after the other: there was no budget, or its selector meets no pod.",
            nearly=f"Run the start() cell again. First a budget that keeps {ENOUGH} pods with the label app=web, then drain.",
        ),
    ),
    Rule[MaintenanceFacts](
        expected="A worker that takes no pods, and has none of this application.",
        holds=lambda facts: bool(facts.emptied),
        seen=lambda _facts: "No node is closed and free of the application's pods.",
        look_at="the nodes that are closed for pods, and the node of each pod",
        may_mend=lambda facts: facts.is_emptying,
        hint=Hint(
            "not-empty",
            look="Look at the node of each pod, and at which node is closed for new ones.",
            missing="A budget alone moves nothing, and a closed node keeps the pods that it has.",
            nearly="Drain the worker. Limit it to the pods with the label app=web, so that nothing else has to move.",
        ),
    ),
    Rule[MaintenanceFacts](
        expected=f"{WANTED} replicas asked for, and {WANTED} pods Ready.",
        holds=lambda facts: facts.replicas == facts.ready == WANTED,
        seen=lambda facts: (
            f"The Deployment asks for {number_of(facts.replicas, 'replica')}; Ready: {number_of(facts.ready, 'pod')}."
        ),
        look_at="the number of replicas, and the pods that are not Ready",
        may_mend=lambda facts: facts.replicas == WANTED,
        hint=Hint(
            "replicas",
            look="Look at the number of replicas that the Deployment asks for.",
            missing=f"At the end it must be {WANTED} again, as it was.",
            nearly=f"Scale the Deployment to {WANTED}.",
        ),
    ),
)


def passed(facts: MaintenanceFacts) -> str:
    return f"{facts.emptied} is empty, and never fewer than {facts.fewest_ready} of {WANTED} pods were Ready."


def wait_for(name: str) -> Command:
    return ("rollout", "status", f"deployment/{name}", "--timeout=60s")


def budget(*arguments: str) -> Command:
    return ("create", "poddisruptionbudget", NAME, *arguments)


def scale(replicas: int) -> Command:
    return ("scale", f"deployment/{NAME}", f"--replicas={replicas}")


DRAIN: Command = ("drain", WORKER, "--pod-selector=app=web", "--timeout=90s")
CORDON: Command = ("cordon", WORKER)
WAIT = wait_for(NAME)
KEEP, OURS = f"--min-available={ENOUGH}", "--selector=app=web"

MAINTENANCE = Exercise(
    slug="maintenance",
    task=f"Empty one worker of the pods of {NAME}, close it for new ones, and keep at least {ENOUGH} pods Ready all the time.",
    scene=open_workers,
    setup=(
        ("delete", "horizontalpodautoscaler,poddisruptionbudget", "--all"),
        ("delete", "deployment", NAME, "--ignore-not-found", "--wait", "--timeout=60s"),
        ("apply", "-f", f"{STEM}/app.yaml"),
        WAIT,
    ),
    observe=observe,
    measured=("fewest_ready",),
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=Attempt("a budget, then drain", (("apply", "-f", f"{STEM}/budget.yaml"), DRAIN, WAIT)),
    other_right=(
        Attempt("at most one may be missing", (budget(OURS, "--max-unavailable=1"), DRAIN, WAIT)),
        Attempt("in percent", (budget(OURS, "--min-available=75%"), DRAIN, WAIT)),
        Attempt("more copies first", (scale(8), WAIT, CORDON, DRAIN, scale(4), WAIT)),
        Attempt("close it, then a rolling restart", (CORDON, ("rollout", "restart", f"deployment/{NAME}"), WAIT)),
    ),
    typical_wrong=(
        Attempt("the Deployment is deleted", (("delete", "deployment", NAME, "--wait"),), hint="gone"),
        Attempt("drained at once", (DRAIN, WAIT), hint="outage"),
        Attempt("a budget for other pods", (budget("--selector=app=shop", KEEP), DRAIN, WAIT), hint="outage"),
        Attempt("closed only", (CORDON,), hint="not-empty"),
        Attempt("a budget only", (budget(OURS, KEEP),), hint="not-empty"),
        Attempt("one copy less", (budget(OURS, KEEP), DRAIN, WAIT, scale(5), WAIT), hint="replicas"),
    ),
    minutes=2.5,
)  # fmt: skip
