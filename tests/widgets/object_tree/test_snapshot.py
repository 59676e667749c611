"""Which boxes and ties the tree has, decided from objects alone."""

import pytest

from kubetutor.widgets.live.feed import Objects
from kubetutor.widgets.object_tree.snapshot import SHOWN, snapshot_of


def tree(town, **more):
    return snapshot_of(town.objects(), "shop", **more)


def names(snapshot, parent=""):
    return [box.name for box in snapshot.under(parent)]


def ties(snapshot, kind):
    return {(tie.source, tie.target) for tie in snapshot.ties if tie.kind == kind}


def box(snapshot, key):
    return next(each for each in snapshot.boxes if each.key == key)


def test_an_owner_stands_above_what_it_owns(town):
    found = tree(town.deployment())
    assert names(found) == ["web"]
    assert names(found, "Deployment-web") == ["web-h1"]
    assert names(found, "ReplicaSet-web-h1") == ["web-h1-p00", "web-h1-p01", "web-h1-p02"]
    assert ("Deployment-web", "ReplicaSet-web-h1") in ties(found, "owns")


def test_children_follow_their_parent_also_beside_a_longer_name(town):
    found = tree(town.deployment("web", pods=1).deployment("web-app", pods=1))
    assert [each.name for each in found.boxes] == [
        "web",
        "web-h1",
        "web-h1-p00",
        "web-app",
        "web-app-h1",
        "web-app-h1-p00",
    ]


def test_a_service_selects_pods_by_labels_and_its_slice_lists_them(town):
    found = tree(town.deployment(pods=2, ready=1).service(app="web"))
    assert ties(found, "selects") >= {("Service-web", "Pod-web-h1-p00"), ("Service-web", "Pod-web-h1-p01")}
    listed = {tie.target: tie.is_ready for tie in found.ties if tie.kind == "lists"}
    assert listed == {"Pod-web-h1-p00": True, "Pod-web-h1-p01": False}
    assert names(found, "Service-web") == ["web-s1"]
    marked = next(tie for tie in found.ties if tie.source == "Service-web" and tie.kind == "selects")
    assert marked.labels == ("app=web",)


def test_of_many_pods_some_stand_behind_one_box_until_it_is_opened(town):
    town.deployment(pods=SHOWN + 8, ready=SHOWN + 7).service(app="web")
    found = tree(town)
    more = found.boxes[2 + SHOWN]
    assert (more.name, more.state, more.more) == ("and 8 more", "7 Running 1/1, 1 Running 0/1", "open")
    assert ("Service-web", more.key) in ties(found, "selects"), "the ties of those behind it are its ties"
    opened = tree(town, opened=[more.key])
    assert len([each for each in opened.boxes if each.kind == "Pod"]) == SHOWN + 8 + 1
    assert box(opened, more.key).more == "close"


def test_one_pod_too_many_is_shown_rather_than_counted(town):
    assert not any(each.more for each in tree(town.deployment(pods=SHOWN + 1)).boxes)


def test_old_replica_sets_without_pods_stand_behind_one_box(town):
    found = tree(town.deployment(old=("1", "2"), revision="3"))
    assert names(found, "Deployment-web") == ["web-h1", "2 old ReplicaSets"]
    opened = tree(town, opened=["more old ReplicaSets Deployment-web"])
    assert names(opened, "Deployment-web") == [
        "web-old1",
        "web-old2",
        "web-h1",
        "show 2 old ReplicaSets less",
    ]


def test_a_selector_that_picks_nothing_is_a_problem(town):
    found = tree(town.deployment().service(app="wbe"))
    assert found.problems == (
        (
            "Service web selects app=wbe, and no pod matches: no pod has app=wbe; 3 pods have app=web. "
            "Without a pod there is nobody to answer its requests."
        ),
    )
    assert box(found, "Service-web").mood == "failing"


def test_a_pod_whose_label_was_changed_is_an_orphan(town):
    found = tree(
        town.deployment(pods=1).pod(
            "web-h1-stray", owner=None, labels={"app": "debug", "pod-template-hash": "h1"}
        )
    )
    assert box(found, "Pod-web-h1-stray").is_orphan
    assert found.problems == (
        (
            "Pod web-h1-stray is an orphan: ReplicaSet web-h1 made it and let it go, for it selects app=web, "
            "and this pod has app=debug."
        ),
    )


def test_a_pod_that_somebody_made_by_hand_is_no_orphan(town):
    found = tree(town.add("Pod", "lone", labels={"run": "lone"}))
    assert not box(found, "Pod-lone").is_orphan
    assert "has no owner: if it goes, nobody makes another." in box(found, "Pod-lone").why


@pytest.mark.parametrize(
    "root", ["deployment/web", "deploy/web", "svc/web", "web", "rs/web-h1", "pod/web-h1-p01"]
)
def test_a_root_shows_only_what_is_tied_to_it(town, root):
    town.deployment("web", pods=2).deployment("cart", pods=2).service("web", app="web").service(
        "cart", app="cart"
    )
    found = tree(town, root=root)
    assert {"web", "web-h1", "web-h1-p01"} <= {each.name for each in found.boxes}
    assert not any(each.name.startswith("cart") for each in found.boxes)


def test_a_root_that_is_not_there_is_said(town):
    assert tree(town.deployment(), root="svc/cart").problems == (
        "There is no svc cart in namespace shop yet.",
    )


def test_owners_in_a_circle_are_drawn_once(town):
    town.add("ReplicaSet", "one", owner=("Deployment", "two"), spec={"replicas": 1})
    town.add("Deployment", "two", owner=("ReplicaSet", "one"))
    assert len(tree(town).boxes) == 2


def test_before_the_first_answer_there_is_nothing():
    assert snapshot_of(Objects(), "shop").boxes == ()


def test_what_may_not_be_listed_is_a_note(town):
    town.troubles["services"] = "This account may not list services, so they are left out."
    assert tree(town).notes == ("This account may not list services, so they are left out.",)


def test_jobs_and_sets_own_their_pods_too(town):
    town.add("CronJob", "night", spec={"schedule": "0 3 * * *"})
    town.add(
        "Job",
        "night-1",
        owner=("CronJob", "night"),
        status={"conditions": [{"type": "Complete", "status": "True"}]},
    )
    town.add("Pod", "night-1-x", owner=("Job", "night-1"), labels={"job-name": "night-1"})
    town.add("StatefulSet", "db", spec={"replicas": 1, "selector": {"matchLabels": {"app": "db"}}})
    town.add("Pod", "db-0", owner=("StatefulSet", "db"), labels={"app": "db"})
    found = tree(town)
    assert names(found) == ["night", "db"]
    assert names(found, "Job-night-1") == ["night-1-x"]
    assert (box(found, "Job-night-1").state, box(found, "CronJob-night").state) == ("complete", "0 3 * * *")
    assert ("StatefulSet-db", "Pod-db-0") in ties(found, "selects")
