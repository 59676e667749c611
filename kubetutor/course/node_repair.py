"""The exercise `for-repair`: all copies are on one node, that node has to be emptied, and nobody may notice.

Draining it at once ends all copies together, and the new ones may run nowhere else. Measured are the requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_load, is_pod_ready, is_unseen, name_of, uid_of
from kubetutor.course.node_marks import is_closed, restore, set_up_racks, two_workers, workers
from kubetutor.course.rollout_rules import is_there
from kubetutor.exercises.exercise import WORKER, Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.exercises.exercise import Command, Evidence

NAME, SERVICE, FOLDER = "web-app", "web-service", "manifests/02-nodes"
MANIFEST = f"{FOLDER}/pinned.yaml"
WANTED = 4
SILENCE_ALLOWED = 1.0  # seconds without a single answer
FILE = "my-web.yaml"


@dataclass(frozen=True, slots=True)
class RepairFacts:
    """What the exercise is judged by. The node is the one of rack b."""

    exists: bool = False
    has_begun: bool = False
    is_closed: bool = False  # the node takes no new pods
    on_node: int = 0  # pods of the application there
    ready_elsewhere: int = 0
    waiting: int = 0  # pods without a node
    is_moving: bool = False  # there are pods that the start did not make, or there soon will be
    sent: int = 0
    lost: int = 0
    silence: float = 0.0


def living_pods(evidence: Evidence) -> list[Object]:
    """Answer the pods of the application that are not on their way out."""
    pods = evidence.cluster.api.list("pods", namespace=evidence.namespace, label_selector="app=web")
    return [pod for pod in pods if not is_load(pod) and not is_being_deleted(pod)]


def observe(evidence: Evidence) -> RepairFacts:
    pods = living_pods(evidence)
    nodes = {name_of(node): node for node in workers(evidence.cluster)}
    name = two_workers(evidence.cluster)[1]
    deployment = evidence.cluster.api.find("deployments.apps", NAME, namespace=evidence.namespace)
    closed, has_new = is_closed(nodes[name]), not_of_start(evidence, pods)
    return RepairFacts(
        exists=deployment is not None,
        has_begun=closed or has_new or not pods,
        is_closed=closed,
        on_node=sum(node_of(pod) == name for pod in pods),
        ready_elsewhere=sum(is_pod_ready(pod) and node_of(pod) != name for pod in pods),
        waiting=sum(not node_of(pod) for pod in pods),
        is_moving=has_new or (deployment is not None and has_pods_to_make(deployment)),
        sent=evidence.tally.sent,
        lost=evidence.tally.lost,
        silence=evidence.tally.longest_silence,
    )


def has_pods_to_make(deployment: Object) -> bool:
    """Say whether a Deployment does not have all pods of its newest template yet."""
    updated: int = deployment.get("status", {}).get("updatedReplicas", 0)
    return is_unseen(deployment) or updated < int(deployment["spec"].get("replicas", 1))


def not_of_start(evidence: Evidence, pods: list[Object]) -> bool:
    """Say whether there is a pod that the start did not make."""
    return any(uid_of(pod) not in evidence.pods_at_start for pod in pods)


def node_of(pod: Object) -> str:
    return str(pod["spec"].get("nodeName") or "")


UNTOUCHED = Rule[RepairFacts](
    expected="The node of rack b on its way to be empty.",
    holds=lambda facts: facts.has_begun or facts.silence > SILENCE_ALLOWED,
    seen=lambda facts: (
        f"The node of rack b is open, and {facts.on_node} pods of {NAME} run there, as at the start."
    ),
    look_at="the node of each pod, and what the manifest says of nodes",
    hint=Hint(
        "begin",
        look="Look at the node of each pod. How many of them would be left without that node?",
        missing="All copies are on one node, because their manifest names a label that only this node has.",
        nearly="Let copies run on the other node first: apply a copy of the manifest without the lines that choose the rack.",
    ),
)

RULES: tuple[Rule[RepairFacts], ...] = (
    is_there(
        NAME,
        Hint(
            "gone",
            look="List the Deployments of this namespace.",
            missing="The Deployment has been deleted. That empties every node, and nobody answers.",
            nearly="Run the start() cell again, and leave the Deployment where it is.",
        ),
    ),
    Rule[RepairFacts](
        expected=f"Never more than {SILENCE_ALLOWED:g} s without an answer.",
        holds=lambda facts: facts.silence <= SILENCE_ALLOWED,
        seen=lambda facts: (
            f"For {facts.silence:.1f} s nobody answered, and {facts.lost} of {facts.sent} requests were lost. "
            f"{facts.waiting} pods wait for a node."
        ),
        look_at="the pods that have no node, and what the scheduler says of them",
        hint=Hint(
            "silence",
            look="Look at the newest pods. Do they have a node? If not, let the scheduling view tell why.",
            missing="All copies were on this node, and ended together, before others could answer.",
            nearly="Run the start() cell again. First let copies run on the other node: the manifest chooses a rack. Drain last.",
        ),
    ),
    Rule[RepairFacts](
        expected="The node of rack b takes no new pods.",
        holds=lambda facts: facts.is_closed,
        seen=lambda facts: f"The node of rack b is open, and has {facts.on_node} pods of {NAME}.",
        look_at="the STATUS of the nodes",
        hint=Hint(
            "open",
            look="List the nodes. What does STATUS say of the one in rack b?",
            missing="The node is still open: the next pod may land there, in the middle of the repair.",
            nearly="Cordon the node, or drain it, which cordons it first.",
        ),
    ),
    Rule[RepairFacts](
        expected=f"No pod of {NAME} is on the node of rack b.",
        holds=lambda facts: facts.on_node == 0,
        seen=lambda facts: f"{facts.on_node} pods of {NAME} are on the node of rack b.",
        look_at="the node of each pod",
        may_mend=lambda facts: facts.is_moving,
        hint=Hint(
            "still-there",
            look="List the pods with their nodes.",
            missing="A closed node takes no new pods. It keeps those that it has.",
            nearly="Once copies answer on the other node, drain this one. Or let the Deployment make new pods, elsewhere.",
        ),
    ),
    Rule[RepairFacts](
        expected=f"{WANTED} pods are Ready on other nodes.",
        holds=lambda facts: facts.ready_elsewhere >= WANTED,
        seen=lambda facts: (
            f"{facts.ready_elsewhere} pods are Ready on other nodes, {facts.waiting} wait for a node."
        ),
        look_at="how many copies the Deployment asks for, and the pods that are not Ready",
        may_mend=lambda _facts: True,
        hint=Hint(
            "copies",
            look="Count the Ready pods, and look at how many copies the Deployment asks for.",
            missing=f"The application had {WANTED} copies, and must have them at the end.",
            nearly=f"Ask for {WANTED} replicas in the manifest, and apply it. If some pods wait for a node, look why.",
        ),
    ),
)


def passed(facts: RepairFacts) -> str:
    return (
        f"The node of rack b was empty, and {facts.ready_elsewhere} pods are Ready elsewhere. {facts.lost} of {facts.sent:,} requests "
        f"were lost; the longest time without an answer was {facts.silence:.2f} s."
    )


TOP = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-app
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
"""
CONTAINERS = """\
      containers:
        - name: web
          image: my-app:1.0
          ports:
            - containerPort: 3000
          readinessProbe:
            periodSeconds: 1
            httpGet:
              path: /healthz
              port: 3000
          resources:
            requests:
              cpu: 50m
              memory: 32Mi
"""


def web_file(where: str = "", replicas: int = WANTED) -> dict[str, str]:
    """Write the Deployment as a learner would, with these lines about nodes in its template."""
    return {FILE: TOP.format(replicas=replicas) + where + CONTAINERS}


APPLY: Command = ("apply", "-f", FILE)
WAIT: Command = ("rollout", "status", f"deployment/{NAME}", "--timeout=90s")
RACK_B = "--selector=rack=b"
CORDON: Command = ("cordon", RACK_B)
DRAIN: Command = ("drain", RACK_B, "--pod-selector=app=web", "--timeout=90s")
RACK_A = "      nodeSelector:\n        rack: a\n"
DELETE: Command = (
    "delete",
    "deployment",
    NAME,
    "--ignore-not-found",
    "--cascade=foreground",
    "--wait",
    "--timeout=60s",
)

FOR_REPAIR = Exercise(
    slug="for-repair",
    task=f"Close the node of rack b for new pods, and empty it of {NAME}, while the service answers all the time.",
    service=SERVICE,
    scene=set_up_racks,
    restore=restore,
    setup=(DELETE, ("apply", "-f", MANIFEST), WAIT),
    observe=observe,
    measured=("silence",),
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=Attempt("close the node, then let it run anywhere", (CORDON, APPLY), files=web_file()),
    other_right=(
        Attempt("let it run anywhere, then drain", (APPLY, WAIT, DRAIN), files=web_file()),
        Attempt("choose the other rack, then close", (APPLY, WAIT, CORDON), files=web_file(RACK_A)),
        Attempt("close by a taint", (("taint", "nodes", RACK_B, "repair=now:NoSchedule"), APPLY, WAIT), files=web_file()),
        Attempt("give the other node the label", (
            CORDON, ("label", "nodes", "--selector=rack=a", "rack=b", "--overwrite"),
            ("rollout", "restart", f"deployment/{NAME}"), WAIT,
        )),
    ),
    typical_wrong=(
        Attempt("nothing", (), hint="begin"),
        Attempt("the Deployment is deleted", (DELETE,), hint="gone"),
        Attempt("drained at once", (DRAIN,), hint="silence"),
        Attempt("the power is cut", (("kubetutor", "node", "stop", WORKER),), hint="silence"),
        Attempt("moved, and left open", (APPLY, WAIT), hint="open", files=web_file(RACK_A)),
        Attempt("closed only", (CORDON,), hint="still-there"),
        Attempt("closed, and half of the copies", (CORDON, APPLY, WAIT), hint="copies", files=web_file(replicas=2)),
    ),
)  # fmt: skip
