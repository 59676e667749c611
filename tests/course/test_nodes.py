"""The rules of the two exercises of the lesson on nodes, on facts; `test_proven.py` proves them on a live cluster."""

import dataclasses
from types import SimpleNamespace

import pytest

from kubetutor.cluster import share
from kubetutor.cluster.backend import Capability, Workspace
from kubetutor.course import node_loss, node_repair
from kubetutor.course.node_loss import ONE_NODE_LOST, LossFacts, cut_power
from kubetutor.course.node_marks import is_closed, restore, two_workers
from kubetutor.course.node_repair import FOR_REPAIR, RepairFacts
from kubetutor.course.nodes import LESSON
from kubetutor.errors import ClusterError, LessonError
from kubetutor.exercises.expect import judge
from kubetutor.exercises.result import NOT_STARTED

EMPTIED = RepairFacts(exists=True, has_begun=True, is_closed=True, ready_elsewhere=4, sent=500, silence=0.1)
SURVIVED = LossFacts(
    exists=True, has_begun=True, replicas=8, nodes=("one", "two"), is_broken=True, sent=500, silence=0.1
)


def judged(exercise, facts):
    return judge(exercise.rules, facts, untouched=exercise.untouched, passed=exercise.passed).result


@pytest.mark.parametrize(("exercise", "facts"), [(FOR_REPAIR, EMPTIED), (ONE_NODE_LOST, SURVIVED)])
def test_what_is_asked_for_passes_and_untouched_is_not_started(exercise, facts):
    assert judged(exercise, facts).passed
    untouched = judged(exercise, dataclasses.replace(facts, has_begun=False))
    assert (untouched.verdict, untouched.hint.slug) == (NOT_STARTED, "begin")


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"exists": False}, "gone"),
        ({"silence": 2.0, "on_node": 4}, "silence"),
        ({"is_closed": False}, "open"),
        ({"on_node": 1}, "still-there"),
        ({"ready_elsewhere": 3}, "copies"),
    ],
)
def test_each_state_of_the_repair_gets_its_hint(change, slug):
    assert judged(FOR_REPAIR, dataclasses.replace(EMPTIED, **change)).hint.slug == slug


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"exists": False}, "gone"),
        ({"silence": 2.0}, "silence"),
        ({"fewest_ready": 0}, "silence"),
        ({"is_broken": False, "nodes": ("one",), "is_tainted": True}, "tainted"),
        ({"is_broken": False, "nodes": ("one",)}, "one-node"),
    ],
)
def test_each_state_before_the_loss_gets_its_hint(change, slug):
    assert judged(ONE_NODE_LOST, dataclasses.replace(SURVIVED, **change)).hint.slug == slug


def test_where_no_node_can_be_stopped_the_check_breaks_nothing_and_says_so():
    evidence = SimpleNamespace(cluster=SimpleNamespace(capabilities=Capability.NONE))
    assert cut_power(evidence) == ()
    said = ONE_NODE_LOST.passed(dataclasses.replace(SURVIVED, can_break=False))
    assert "was not tried" in said


def node(name, *, labels=None, taints=(), cordoned=False):
    spec = {"taints": [{"key": key, "effect": "NoSchedule"} for key in taints]}
    return {
        "metadata": {"name": name, "labels": labels or {}},
        "spec": spec | ({"unschedulable": True} if cordoned else {}),
    }


class Nodes:
    """A cluster of these nodes, of which `off` have no power. It writes down what it is told."""

    def __init__(self, *nodes, off=(), is_shared=False):
        self.api = SimpleNamespace(list=lambda _kind: list(nodes))
        self.workspace = Workspace(is_shared=is_shared)
        self.capabilities = Capability.STOP_NODES
        self.off, self.told = set(off), []

    def kubectl(self, *args):
        self.told.append(" ".join(args))

    def start_node(self, name):
        if name not in self.off:
            raise ClusterError(f"The node {name!r} runs already.")
        self.told.append(f"start {name}")


CONTROL = node("control", labels={"node-role.kubernetes.io/control-plane": ""}, taints=["x"])
CHANGED = node(
    "w2", labels={"rack": "b"}, taints=["repair", "node.kubernetes.io/unschedulable"], cordoned=True
)


def test_all_that_the_lesson_changes_on_nodes_is_put_back():
    cluster = Nodes(CONTROL, node("w1"), CHANGED, off=["w2"])
    assert "w2 has its power back" in restore(cluster)
    assert cluster.told == ["start w2", "uncordon w2", "label node w2 rack-", "taint node w2 repair-"]
    assert restore(Nodes(CONTROL, node("w1"))) == "nodes: as they were"


def test_on_a_shared_cluster_only_nodes_with_the_label_are_touched():
    cluster = Nodes(node("theirs", cordoned=True, taints=["gpu"]), CHANGED, is_shared=True)
    restore(cluster)
    assert cluster.told
    assert not any("theirs" in told for told in cluster.told)


def test_the_racks_are_two_workers_and_a_cluster_without_them_is_told():
    assert two_workers(Nodes(node("w2"), CONTROL, node("w1"))) == ("w1", "w2")
    with pytest.raises(LessonError, match="needs two workers, and the cluster has 1"):
        two_workers(Nodes(CONTROL, node("w1")))


def test_a_node_is_closed_by_a_cordon_or_by_a_taint_of_somebody():
    assert is_closed(CHANGED)
    assert is_closed(node("w1", taints=["repair"]))
    assert not is_closed(node("w1", taints=["node.kubernetes.io/not-ready"]))


def test_who_was_given_one_namespace_is_told_why_the_lesson_does_not_begin():
    assert LESSON.more_than_a_namespace == "changes nodes, and you were given one namespace only"


@pytest.mark.parametrize(
    ("name", "where"), [(node_loss.MANIFEST, ""), (node_repair.MANIFEST, node_loss.ONLY_B)]
)
def test_the_answers_begin_with_the_manifests_of_the_lesson(name, where):
    there = (share.folder("lessons") / name).read_text(encoding="utf-8").partition("---")[0]
    text = "".join(line for line in there.splitlines(keepends=True) if not line.startswith("#"))
    assert text == node_repair.web_file(where)[node_repair.FILE]
