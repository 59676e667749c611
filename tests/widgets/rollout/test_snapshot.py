"""What the rollout view draws: sets, places, deadline and history."""

import datetime as dt

from kubetutor.widgets.live.feed import Objects
from kubetutor.widgets.rollout.snapshot import snapshot_of
from kubetutor.widgets.rollout.text import seconds_left


def drawn(made):
    return snapshot_of(made.objects(), "web-app", "shop")


def test_sets_stand_by_revision_and_the_new_one_last(halfway):
    old, new = drawn(halfway).sets
    assert (old.revision, old.is_new, old.version, old.size, old.ending, old.free) == (
        1,
        False,
        "1.0",
        2,
        1,
        0,
    )
    assert (new.revision, new.is_new, new.version, new.size, new.available, new.free) == (
        2,
        True,
        "2.0",
        2,
        1,
        1,
    )


def test_a_place_knows_whether_its_pod_counts(halfway):
    _, new = drawn(halfway).sets
    assert [(place.mood, place.counts) for place in new.places] == [("ready", True), ("running", False)]
    assert new.places[1].status == "Running, not Ready"


def test_a_pod_that_is_ready_but_not_for_long_enough_does_not_count(rollout):
    made = rollout(2, "my-app:1.0").spec(minReadySeconds=30).set(1, "my-app:1.0", 2, available=1)
    places = drawn(made.pod(1, "a").pod(1, "b")).sets[0].places
    assert [place.counts for place in places] == [True, False], "the one that was Ready first counts first"
    assert places[1].status == "Running, Ready, but not long enough"


def test_an_old_set_without_pods_stays_to_be_undone_to(rollout):
    made = rollout(1, "my-app:3.0").set(1, "my-app:1.0", 0).set(2, "my-app:2.0", 0)
    shown = drawn(made.set(3, "my-app:3.0", 1, available=1)).sets
    assert [each.revision for each in shown] == [2, 3], "only the newest of the empty ones"


def test_finished_pods_have_no_place(halfway):
    halfway.pods[0]["status"]["phase"] = "Failed"
    assert len(drawn(halfway).sets[0].places) == 2


def test_the_history_has_causes_and_images(halfway):
    first, second = drawn(halfway).history
    assert (first.number, first.image, first.cause, first.is_current) == (
        1,
        "my-app:1.0",
        "first version",
        False,
    )
    assert (second.number, second.is_current) == (2, True)


def test_the_deadline_runs_from_the_newest_progress(halfway):
    deadline = drawn(halfway).deadline
    since = dt.datetime(2026, 1, 1, 0, 5, tzinfo=dt.UTC).timestamp()
    assert (deadline.until, deadline.is_over) == (since + 600, False)
    assert seconds_left(deadline, since + 590) == 10
    assert seconds_left(deadline, since + 9000) == 0


def test_no_clock_runs_while_paused_or_complete_or_without_a_deadline(halfway, rollout):
    assert drawn(halfway.spec(paused=True)).deadline.until is None
    done = rollout(1, "my-app:1.0").set(1, "my-app:1.0", 1, available=1)
    assert drawn(done.condition("Progressing", "True", "NewReplicaSetAvailable")).deadline.until is None
    assert drawn(done.spec(progressDeadlineSeconds=2**31 - 1)).deadline is None


def test_pods_that_a_quota_refuses_are_a_note(halfway):
    halfway.condition(
        "ReplicaFailure", "True", "FailedCreate", message='pods "x" is forbidden: exceeded quota'
    )
    assert drawn(halfway).notes == ('Pods cannot be created: pods "x" is forbidden: exceeded quota',)


def test_forty_containers_are_one_image_and_a_number(rollout):
    made = rollout(1, "my-app:1.0").set(1, "my-app:1.0", 1)
    made.sets[0]["spec"]["template"]["spec"]["containers"] *= 40
    assert drawn(made).history[0].image == "my-app:1.0 and 39 more"


def test_without_the_deployment_the_others_are_named(halfway):
    found = snapshot_of(halfway.objects(), "shop", "shop")
    assert (found.rule, found.others) == (None, ("web-app",))


def test_forbidden_pods_leave_the_rule_standing(halfway):
    objects = halfway.objects()
    by_kind = {kind: each for kind, each in objects.by_kind.items() if kind != "pods"}
    found = snapshot_of(
        Objects(by_kind, {"pods": "This account may not list pods."}, loaded=True), "web-app", "shop"
    )
    assert (found.rule.total, found.rule.available) == (4, 3)
    assert found.notes == ("This account may not list pods.",)
