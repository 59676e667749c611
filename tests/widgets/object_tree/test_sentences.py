"""Why objects are tied, in whole sentences."""

import pytest

from kubetutor.widgets.object_tree.snapshot import snapshot_of


def why(town, key):
    return next(box.why for box in snapshot_of(town.objects(), "shop").boxes if box.key == key)


def test_a_service_says_whom_it_selects_and_who_gets_requests(town):
    assert why(town.deployment(pods=3, ready=2).service(app="web"), "Service-web") == (
        "Service web selects app=web: 3 pods match, 2 of them ready, "
        "so 2 of the 3 addresses in its EndpointSlice take requests."
    )


def test_a_service_whose_pods_are_all_ready(town):
    assert why(town.deployment().service(app="web"), "Service-web") == (
        "Service web selects app=web: 3 pods match, all of them ready, so 3 addresses in its EndpointSlice take requests."
    )


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({}, "Service web has no selector: its EndpointSlices are filled by hand, or by another program."),
        ({"type": "ExternalName", "externalName": "shop.example"}, "Service web is another name for shop.example: it selects no pods."),
    ],
)  # fmt: skip
def test_a_service_without_selector(town, spec, said):
    assert why(town.add("Service", "web", spec=spec), "Service-web") == said


@pytest.mark.parametrize(
    ("selector", "near"),
    [
        ({"app": "wbe"}, "no pod has app=wbe; 3 pods have app=web."),
        ({"ap": "web"}, "no pod has ap=web; 3 pods have app=web."),
        ({"zone": "north"}, "no pod has zone=north."),
        ({"app": "web", "tier": "front"}, "3 pods have app=web, 1 pod has tier=front, but none has all of them."),
    ],
)  # fmt: skip
def test_a_selector_that_picks_nothing_names_the_nearest_label(town, selector, near):
    town.deployment().add("Pod", "lone", labels={"tier": "front"}).service(**selector)
    assert f"and no pod matches: {near}" in why(town, "Service-web")


def test_without_pods_that_is_the_reason(town):
    assert "there are no pods in this namespace yet" in why(town.service(app="web"), "Service-web")


def test_a_pod_says_its_owners_and_its_services(town):
    assert why(town.deployment(pods=1).service(app="web"), "Pod-web-h1-p00") == (
        "Pod web-h1-p00 is owned by ReplicaSet web-h1, which Deployment web owns. "
        "Service web (by app=web) selects it. It is ready, so it gets requests."
    )


def test_a_replica_set_says_how_it_knows_its_pods(town):
    assert why(town.deployment(pods=2), "ReplicaSet-web-h1") == (
        "ReplicaSet web-h1, which Deployment web owns, owns 2 pods. "
        "It selects app=web and pod-template-hash=h1: 2 pods match."
    )


def test_a_controller_says_that_it_selects_pods_of_others(town):
    town.deployment(pods=1).pod("stranger", owner=None, labels={"app": "web", "team": "x"})
    assert "2 pods match, and 1 of them is not its own" in why(town, "Deployment-web")


def test_a_slice_names_who_is_not_ready(town):
    assert why(town.deployment(pods=2, ready=1).service(app="web"), "EndpointSlice-web-s1") == (
        "EndpointSlice web-s1 of Service web lists 2 addresses: 1 ready. Requests go only to ready ones. Not ready: web-h1-p01."
    )


def test_an_orphan_whose_replica_set_is_gone(town):
    town.pod("web-h1-stray", owner=None, labels={"app": "web", "pod-template-hash": "h1"})
    assert "has no owner any more: ReplicaSet web-h1, which made it, is gone." in why(
        town, "Pod-web-h1-stray"
    )


def test_the_command_that_shows_the_same(town):
    found = snapshot_of(town.deployment(pods=1).service(app="web").objects(), "shop")
    asks = {box.key: box.ask for box in found.boxes}
    assert asks["Service-web"] == "kubectl get pods -n shop -l 'app=web'"
    assert asks["Pod-web-h1-p00"] == "kubectl get pods -n shop web-h1-p00 --show-labels"
