"""Changes become lanes: what differs, when, and no more than can be kept."""

import pytest

from kubetutor.widgets.time_axis.lanes import MOST_BARS
from tests.widgets.time_axis.recorded import CRASHED, CREATING, START, Told, rollout

LONG_AGO = "2026-01-01T00:00:00Z"


@pytest.fixture
def told():
    return Told()


def steps(told, key):
    return told.history.lines[key].points


def words(told, name):
    bar = next(bar for bar in told.history.bars.values() if bar.name == name)
    return [(segment.start, segment.mood, segment.word) for segment in bar.segments]


def test_replicas_are_steps_of_what_is_wanted_and_what_is_ready(told):
    told.at(1.0).deployment(wanted=3, ready=0).at(2.0).deployment(wanted=3, ready=2)
    told.at(3.0).deployment(wanted=3, ready=2).at(4.0).deployment(wanted=5, ready=2)
    assert steps(told, "replicas/Deployment web-app/wanted") == ((1.0, 3), (4.0, 5))
    assert steps(told, "replicas/Deployment web-app/ready") == ((1.0, 0), (2.0, 2))
    assert told.story() == [
        "Deployment web-app appears: wanted 3",
        "Deployment web-app: 0 of 3 ready",
        "Deployment web-app: 2 of 3 ready",
        "Deployment web-app: wanted 3 → 5",
    ]


def test_available_is_a_line_of_its_own_only_where_pods_must_stay_ready_first(told):
    told.deployment()
    assert "replicas/Deployment web-app/available" not in told.history.lines
    patient = {"metadata": {"name": "web-app", "uid": "web-app"}, "spec": {"replicas": 2, "minReadySeconds": 5},
               "status": {"readyReplicas": 2}}  # fmt: skip
    told.at(2.0).change("deployments.apps", patient)
    assert steps(told, "replicas/Deployment web-app/available") == ((2.0, 0),)


@pytest.mark.parametrize(
    ("resource", "kind", "workload"),
    [
        ("statefulsets.apps", "StatefulSet", {"spec": {"replicas": 3}, "status": {"readyReplicas": 2}}),
        (
            "daemonsets.apps",
            "DaemonSet",
            {"spec": {}, "status": {"desiredNumberScheduled": 3, "numberReady": 2}},
        ),
    ],
)
def test_other_workloads_have_the_same_lines(told, resource, kind, workload):
    told.at(1.0).change(resource, {"metadata": {"name": "queue", "uid": "q"}, **workload})
    assert steps(told, f"replicas/{kind} queue/wanted") == ((1.0, 3),)
    assert steps(told, f"replicas/{kind} queue/ready") == ((1.0, 2),)


def test_a_deleted_deployment_has_no_numbers_any_more(told):
    told.at(1.0).deployment().at(5.0).deployment(gone=True)
    assert steps(told, "replicas/Deployment web-app/wanted")[-1] == (5.0, None)
    assert told.story()[-1] == "Deployment web-app is deleted"


def test_a_pods_bar_has_a_segment_for_each_state_in_the_cluster_maps_moods_and_words(told):
    told.at(1.0).pod("p", None, phase="Pending").at(1.5).pod("p", phase="Pending", state=CREATING)
    told.at(3.0).pod("p", ready=False).at(5.0).pod("p").at(9.0).pod("p", deleted=True).at(11.0).pod(
        "p", gone=True
    )
    assert words(told, "p") == [
        (1.0, "waiting", "Pending"),
        (1.5, "starting", "ContainerCreating"),
        (3.0, "running", "Running, not ready"),
        (5.0, "ready", "Ready"),
        (9.0, "ending", "Terminating"),
    ]
    assert told.history.bars["p"].end == 11.0
    assert told.story()[-1] == "Pod p is gone, 10.0 s after it appeared"


def test_a_restart_is_a_tick_and_a_failure_says_why(told):
    told.at(1.0).pod("p").at(4.0).pod("p", ready=False, state=CRASHED, restarts=1)
    assert told.history.bars["p"].ticks == (4.0,)
    assert "Pod p restarts: 1 restart so far" in told.story()
    assert told.story()[-1] == "Pod p: Ready → CrashLoopBackOff (back-off 10s restarting failed container)"


def test_what_is_older_than_the_recording_is_no_news(told):
    told.at(0.1).pod("p", created=LONG_AGO)
    assert told.history.bars["p"].was_there
    assert told.story() == []
    told.at(3.0).pod("p", gone=True)
    assert told.story() == ["Pod p is gone"]


def test_the_pods_of_a_node_that_does_not_answer_are_lost(told):
    told.node("lab-worker").at(1.0).pod("p").at(8.0).node("lab-worker", ready=False)
    assert words(told, "p")[-1] == (8.0, "lost", "Running, node does not answer")
    assert told.story()[-2:] == ["Node lab-worker: NotReady", "Pod p: Ready → Running, node does not answer"]


def test_an_owner_that_becomes_known_later_names_the_deployment(told):
    told.pod("web-app-h1-a").at(1.0).replica_set()
    bar = told.history.bars["web-app-h1-a"]
    assert (bar.owner, bar.revision) == ("Deployment web-app", "1")


def test_endpoints_count_the_ready_addresses_of_all_slices_of_a_service(told):
    told.at(1.0).endpoints(True, False).at(2.0).endpoints(True, True, part="b").at(3.0).endpoints(
        gone=True, part="b"
    )
    assert steps(told, "endpoints/Service web-app/ready addresses") == ((1.0, 1), (2.0, 3), (3.0, 1))
    assert told.story()[-1] == "Service web-app: 1 ready endpoint (was 3)"


def test_an_event_stands_where_it_arrived_and_an_old_one_at_its_own_time(told):
    told.at(2.0).event("Started").event("Pulled", when="2027-01-15T07:59:30Z")
    times = {mark.reason: mark.at for mark in told.history.marks.values()}
    assert times == {"Started": 2.0, "Pulled": -30.0}


def test_an_event_that_is_told_again_is_a_mark_again_only_with_a_higher_count(told):
    told.at(1.0).event("BackOff", count=1).at(2.0).event("BackOff", count=1).at(3.0).event("BackOff", count=4)
    assert [(mark.at, mark.count) for mark in told.history.marks.values()] == [(1.0, 1), (3.0, 4)]
    assert told.story()[-1].endswith("(4 times so far)")


def test_events_of_the_newer_group_say_the_same(told):
    told.change("events", {
        "metadata": {"name": "e", "uid": "e"}, "type": "Warning", "reason": "Unhealthy", "note": "probe failed",
        "regarding": {"kind": "Pod", "name": "p"}, "eventTime": "2027-01-15T08:00:05.123456Z",
    })  # fmt: skip
    assert told.story() == ["Warning event Unhealthy, Pod p: probe failed"]


def test_what_is_older_than_ten_minutes_is_forgotten_but_not_what_a_line_is_worth(told):
    told.at(1.0).deployment(wanted=3).pod("old").at(5.0).pod("old", gone=True).event("Started")
    assert not told.history.dropped
    told.at(700.0).pod("new")
    assert told.history.dropped
    assert set(told.history.bars) == {"new"}
    assert not told.history.marks
    assert steps(told, "replicas/Deployment web-app/wanted") == ((1.0, 3),)
    assert told.story() == ["Pod new appears: Ready"]


def test_it_stays_small_however_much_happens(told):
    for number in range(MOST_BARS + 300):
        told.at(number / 10).pod(f"p{number}").pod(f"p{number}", gone=True)
    told.history.prune(told.now)
    assert len(told.history.bars) == MOST_BARS
    assert f"p{MOST_BARS + 299}" in told.history.bars
    assert len(told.history.story) <= 800


def test_while_nobody_looks_there_is_a_gap_and_what_went_in_it_ends_there(told):
    told.at(1.0).pod("stays").pod("goes")
    told.history.pause(START + 5)
    told.history.resume(START + 20, {"stays"})
    assert told.history.gaps == [(5.0, 20.0)]
    assert (told.history.bars["goes"].end, told.history.bars["stays"].end) == (20.0, None)


def test_entries_are_a_tidy_record_of_all():
    kinds = {(entry.lane, entry.what) for entry in rollout().history.entries}
    assert {("replicas", "wanted"), ("replicas", "ready"), ("pods", "status"), ("pods", "restarts")} <= kinds
    assert {("endpoints", "ready addresses"), ("events", "BackOff")} <= kinds
