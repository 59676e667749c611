"""What is shown of a decision, from the cluster's answer or without one."""

from kubetutor.widgets.scheduling.answer import Answer, ask
from kubetutor.widgets.scheduling.snapshot import facts_of, recent, snapshot_of
from tests.widgets.scheduling import lab


def told(a_pod, *decisions, **more):
    return snapshot_of(lab.objects(a_pod, **more), "shop", a_pod, ask(lab.Teller(*decisions), a_pod))


def rows(snapshot):
    return {node.name: (node.outcome, node.plugin) for node in snapshot.nodes}


def test_a_told_decision_has_each_node_the_chosen_first():
    found = told(lab.pod(on="lab-worker"), lab.decision())
    assert list(rows(found).items()) == [
        ("lab-worker", ("chosen", "")),
        ("lab-worker2", ("left", "")),
        ("lab-control-plane", ("out", "TaintToleration")),
    ]
    assert [node.total for node in found.nodes] == [190, 180, None]
    assert found.scorers == (("NodeResourcesFit", 1), ("PodTopologySpread", 2))
    assert found.told


def test_filters_after_the_one_that_said_no_were_not_asked():
    found = told(lab.pod(on="lab-worker"), lab.decision())
    assert found.nodes[-1].passed == (
        ("NodeUnschedulable", True),
        ("TaintToleration", False),
        ("NodeAffinity", None),
        ("NodeResourcesFit", None),
    )
    assert all(passed for _, passed in found.nodes[0].passed)


def test_equal_scores_are_noticed():
    found = told(lab.pod(on="lab-worker"), lab.decision(worker=80))
    assert found.equals == ("lab-worker", "lab-worker2")
    assert rows(found)["lab-worker2"] == ("equal", "")


def test_a_promised_node_and_who_must_leave_it():
    found = told(lab.pod(message="0/2 nodes are available."), lab.refused())
    assert rows(found)["lab-worker2"] == ("promised", "NodeResourcesFit")
    assert (found.nominated, found.victims) == ("lab-worker2", ("shop/batch-1",))


def test_a_cluster_that_does_not_tell_is_inferred_from():
    waiting = lab.pod(cpu="3", message="0/3 nodes are available")
    answer = ask(lab.Teller(tells=False), waiting)
    found = snapshot_of(lab.objects(waiting), "shop", waiting, answer)
    assert not found.told
    assert not found.tells
    assert rows(found)["lab-control-plane"] == ("out", "TaintToleration")
    assert rows(found)["lab-worker"] == ("out", "NodeResourcesFit")
    assert found.scorers == ()
    assert found.message == "0/3 nodes are available"


def test_the_victims_of_a_cluster_that_does_not_tell_are_in_its_events():
    waiting = lab.pod()
    event = lab.event("batch-1", "Preempted", "Preempted by pod pod-web on node lab-worker2")
    found = snapshot_of(lab.objects(waiting, events=[event]), "shop", waiting, Answer())
    assert found.victims == ("shop/batch-1",)


def test_a_decision_that_was_forgotten_is_inferred_too():
    found = told(lab.pod(on="lab-worker"))
    assert (found.told, found.tells) == (False, True)
    assert rows(found)["lab-worker"] == ("chosen", "")


def test_who_may_not_list_nodes_still_sees_the_chosen_one():
    placed = lab.pod(on="lab-worker")
    note = "This account may not list nodes"
    objects = lab.objects(placed, nodes=(), troubles={"nodes": note})
    found = snapshot_of(objects, "shop", placed, ask(lab.Teller(tells=False, forbidden=True), placed))
    assert rows(found) == {"lab-worker": ("chosen", "")}
    assert found.notes == (
        note,
        "This account may not list the pods of all namespaces: what is free on a node is not known.",
    )


def test_events_about_the_pod_are_told_with_their_number():
    waiting = lab.pod()
    events = [
        lab.event("web", "FailedScheduling", "0/3 nodes", count=4),
        lab.event("other", "Scheduled", "no"),
    ]
    found = snapshot_of(lab.objects(waiting, events=events), "shop", waiting, Answer())
    assert found.events == ("FailedScheduling (4 times): 0/3 nodes",)


def test_pods_without_a_node_are_offered_first_then_the_newest():
    pods = [
        lab.pod("old", born="2026-01-01T00:00:00Z"),
        lab.pod("placed", on="lab-worker", born="2026-01-01T00:00:09Z"),
        lab.pod("new", born="2026-01-01T00:00:05Z"),
    ]
    assert [each["metadata"]["name"] for each in recent(pods)] == ["new", "old", "placed"]


def test_the_cluster_is_asked_anew_when_the_scheduler_has_looked_again():
    before = facts_of(lab.pod(), [lab.event("web", "FailedScheduling", "0/3")])
    assert facts_of(lab.pod(), [lab.event("web", "FailedScheduling", "0/3", count=2)]) != before
    assert facts_of(lab.pod(on="lab-worker"), []) != before
    assert (
        facts_of(lab.pod(), [lab.event("web", "FailedScheduling", "0/3"), lab.event("web", "Pulled", "x")])
        == before
    )


def test_without_pods_there_is_nothing():
    assert snapshot_of(lab.objects(), "shop", None, None).pod == ""


def test_who_had_to_leave_is_remembered_once_the_pod_has_its_node():
    found = told(lab.pod(on="lab-worker"), lab.decision(), lab.refused())
    assert found.victims == ("shop/batch-1",)
