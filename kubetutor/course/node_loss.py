"""The exercise `one-node-lost`: four copies, all on one node, because somebody left a taint on the other.

The check cuts the power of the node with the most copies, once these are on two nodes. What counts is whether the service
goes on answering.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_pod_ready, name_of
from kubetutor.cluster.backend import Capability
from kubetutor.course.node_marks import restore, set_up_racks, taints_of_people, two_workers, workers
from kubetutor.course.node_repair import (
    APPLY,
    DELETE,
    FOLDER,
    NAME,
    RACK_B,
    SERVICE,
    SILENCE_ALLOWED,
    WAIT,
    WANTED,
    living_pods,
    node_of,
    not_of_start,
    web_file,
)
from kubetutor.course.rollout_rules import is_there
from kubetutor.exercises.exercise import Attempt, Exercise
from kubetutor.exercises.expect import Rule
from kubetutor.exercises.hints import Hint

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Command, Evidence

MANIFEST = f"{FOLDER}/app.yaml"
TAINT = "repair"
POWER: Command = ("kubetutor", "node", "stop")


@dataclass(frozen=True, slots=True)
class LossFacts:
    """What the exercise is judged by."""

    exists: bool = False
    has_begun: bool = False
    is_tainted: bool = False  # the node of rack b still has the taint
    replicas: int = 0
    nodes: tuple[str, ...] = ()  # those with Ready pods of the application, the one with the most first
    is_broken: bool = False  # the check has cut the power of one of them
    can_break: bool = True
    fewest_ready: int = WANTED
    sent: int = 0
    lost: int = 0
    silence: float = 0.0


def observe(evidence: Evidence) -> LossFacts:
    pods = living_pods(evidence)
    deployment = evidence.cluster.api.find("deployments.apps", NAME, namespace=evidence.namespace)
    name = two_workers(evidence.cluster)[1]
    node = next(node for node in workers(evidence.cluster) if name_of(node) == name)
    is_tainted = TAINT in taints_of_people(node)
    return LossFacts(
        exists=deployment is not None,
        has_begun=deployment is None or not is_tainted or not pods or not_of_start(evidence, pods),
        is_tainted=is_tainted,
        replicas=int(deployment["spec"].get("replicas", 1)) if deployment else 0,
        nodes=nodes_in_use(evidence),
        is_broken=evidence.is_broken,
        can_break=Capability.STOP_NODES in evidence.cluster.capabilities,
        fewest_ready=evidence.fewest_ready,
        sent=evidence.tally.sent,
        lost=evidence.tally.lost,
        silence=evidence.tally.longest_silence,
    )


def nodes_in_use(evidence: Evidence) -> tuple[str, ...]:
    """Answer the nodes with Ready pods of the application, the one with the most first."""
    names = [node_of(pod) for pod in living_pods(evidence) if is_pod_ready(pod)]
    return tuple(sorted(set(names), key=lambda name: (-names.count(name), name)))


def cut_power(evidence: Evidence) -> tuple[Command, ...]:
    """Answer how the node with the most copies loses its power; nothing where the cluster cannot do it."""
    if Capability.STOP_NODES not in evidence.cluster.capabilities:
        return ()
    return ((*POWER, nodes_in_use(evidence)[0]),)


UNTOUCHED = Rule[LossFacts](
    expected="Copies on two nodes.",
    holds=lambda facts: facts.has_begun,
    seen=lambda facts: f"All Ready pods are on {', '.join(facts.nodes)}, as at the start.",
    look_at="the node of each pod, and why it is not the other one",
    hint=Hint(
        "begin",
        look="Let the scheduling view show one of the pods. Why was the other worker ruled out?",
        missing="The other worker has a taint, and these pods do not tolerate it. Somebody forgot it after a repair.",
        nearly="Take the taint away: its key with a minus sign at the end. Then let new copies be made.",
    ),
)

RULES: tuple[Rule[LossFacts], ...] = (
    is_there(
        NAME,
        Hint(
            "gone",
            look="List the Deployments of this namespace.",
            missing="The Deployment has been deleted, and its pods with it.",
            nearly="Run the start() cell again. Change the Deployment that is there, and delete nothing.",
        ),
    ),
    Rule[LossFacts](
        expected=f"Always a Ready copy, and never more than {SILENCE_ALLOWED:g} s without an answer.",
        holds=lambda facts: facts.fewest_ready > 0 and facts.silence <= SILENCE_ALLOWED,
        seen=lambda facts: (
            f"At one moment {facts.fewest_ready} copies were Ready. For {facts.silence:.1f} s nobody answered, and "
            f"{facts.lost} of {facts.sent} requests were lost."
        ),
        look_at="how many copies ended at the same time",
        hint=Hint(
            "silence",
            look="Go through your commands. After which of them did all copies end?",
            missing="All copies were on one node, and ended together. New ones take some time to start.",
            nearly="Run the start() cell again. Let new copies start on the other node while the old ones go on.",
        ),
    ),
    Rule[LossFacts](
        expected="The scheduler may use both workers.",
        holds=lambda facts: facts.is_broken or len(facts.nodes) > 1 or not facts.is_tainted,
        seen=lambda facts: (
            f"All Ready pods are on {', '.join(facts.nodes)}. The other worker has the taint {TAINT}."
        ),
        look_at="the taints of the nodes",
        may_mend=lambda facts: facts.replicas > 0,
        hint=Hint(
            "tainted",
            look="Let the scheduling view show the newest pod. Why was the other worker ruled out?",
            missing="The new copies do not tolerate the taint either, so they land beside the old ones.",
            nearly="Take the taint away: its key with a minus sign at the end. Or let the pods tolerate it.",
        ),
    ),
    Rule[LossFacts](
        expected="Ready copies on two nodes, of which one may lose its power.",
        holds=lambda facts: facts.is_broken or len(facts.nodes) > 1,
        seen=lambda facts: f"All Ready pods are on {facts.nodes[0]}." if facts.nodes else "No pod is Ready.",
        look_at="the node of each pod",
        may_mend=lambda facts: facts.replicas > 0,
        hint=Hint(
            "one-node",
            look="List the pods with their nodes.",
            missing="The scheduler chooses a node once, when a pod is new. Pods that run do not move, whatever you change on nodes.",
            nearly=f"Let the Deployment make new pods: ask for more than {WANTED} copies in a file of your own, and apply it.",
        ),
    ),
)


def passed(facts: LossFacts) -> str:
    counted = (
        f"{facts.lost} of {facts.sent:,} requests were lost, and the longest time without an answer was "
        f"{facts.silence:.2f} s."
    )
    if not facts.can_break:
        return f"Copies are on two nodes. This cluster cannot stop a node, so that was not tried. {counted}"
    return f"The check cut the power of a node with copies. The others went on: {counted}"


UNTAINT: Command = ("taint", "nodes", RACK_B, f"{TAINT}-")
TOLERATE = "      tolerations:\n        - key: repair\n          operator: Exists\n"
SPREAD = """\
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: rack
          whenUnsatisfiable: DoNotSchedule
          labelSelector:
            matchLabels:
              app: web
"""
ONLY_B = "      nodeSelector:\n        rack: b\n"

ONE_NODE_LOST = Exercise(
    slug="one-node-lost",
    task=f"Bring {NAME} into a state in which any one worker may lose its power, and the service goes on answering.",
    service=SERVICE,
    scene=set_up_racks,
    restore=restore,
    setup=(
        ("taint", "nodes", RACK_B, f"{TAINT}=done:NoSchedule", "--overwrite"),
        DELETE, ("apply", "-f", MANIFEST), WAIT,
    ),
    trouble=cut_power,
    observe=observe,
    measured=("silence", "fewest_ready"),
    untouched=UNTOUCHED,
    rules=RULES,
    passed=passed,
    solution=Attempt("take the taint away, then more copies", (UNTAINT, APPLY), files=web_file(replicas=8)),
    other_right=(
        Attempt("tolerate the taint", (APPLY, WAIT), files=web_file(TOLERATE)),
        Attempt("spread over the racks", (UNTAINT, APPLY, WAIT), files=web_file(SPREAD)),
        Attempt("more copies by command", (UNTAINT, ("scale", f"deployment/{NAME}", "--replicas=6"), WAIT)),
    ),
    typical_wrong=(
        Attempt("nothing", (), hint="begin"),
        Attempt("uncordoned, though it is a taint", (("uncordon", RACK_B),), hint="begin"),
        Attempt("the Deployment is deleted", (DELETE,), hint="gone"),
        Attempt("all ended, then all started anew", (
            ("scale", f"deployment/{NAME}", "--replicas=0"),
            ("wait", "--for=delete", "pod", "--selector=app=web", "--timeout=60s"),
            UNTAINT, ("scale", f"deployment/{NAME}", f"--replicas={WANTED}"), WAIT,
        ), hint="silence"),
        Attempt("more copies only", (APPLY, WAIT), hint="tainted", files=web_file(replicas=8)),
        Attempt("untainted only", (UNTAINT,), hint="one-node"),
        Attempt("all to the other rack", (UNTAINT, APPLY, WAIT), hint="one-node", files=web_file(ONLY_B)),
    ),
)  # fmt: skip
