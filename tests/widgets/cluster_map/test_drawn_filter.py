"""Clicking to filter, and maps of many pods, in a real browser. Screenshots go to artefacts/."""

import json
import time

import pytest

from kubetutor.widgets.cluster_map.filter import Filter
from kubetutor.widgets.cluster_map.snapshot import snapshot_of
from kubetutor.widgets.cluster_map.view import ClusterMap, frame_of
from kubetutor.widgets.live.frames import delta_of
from tests.widgets import drawn as drawing
from tests.widgets.drawn import DARK, hear, picture

pytestmark = pytest.mark.browser


@pytest.fixture
def page(drawn):
    return drawn(ClusterMap)


@pytest.fixture
def rollout(shop):
    shop.replica_set("web-app-h2", "2").deployment(
        wanted=4, ready=3, updated=2, image="my-app:2.0", revision="2"
    )
    shop.pod("web-app-h1-aaaaa", "lab-worker").pod("web-app-h1-bbbbb", "lab-worker2")
    new = {"set_name": "web-app-h2", "image": "my-app:2.0"}
    shop.pod("web-app-h2-ccccc", "lab-worker", **new)
    return shop.pod("web-app-h2-ddddd", "lab-worker2", ready=False, **new)


def many(shop, number=500, failing=7):
    """Fill both workers with the pods of two revisions, in every mood that crowds have."""
    shop.replica_set("web-app-h2", "2").deployment(wanted=number, ready=number, updated=200, revision="2")
    for index in range(number):
        made = {"set_name": "web-app-h2", "image": "my-app:2.0"} if index % 5 < 2 else {}
        if index % failing == 0:
            made["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}
            made["ready"] = False
        node = ("lab-worker", "lab-worker2")[index % 2]
        shop.pod(f"web-app-h{1 + (index % 5 < 2)}-{index:05}", node, **made)
    return shop


def frame(shop, **asked):
    return frame_of(snapshot_of(shop.objects(), "shop"), Filter(**asked))


def visible(page):
    return page.locator(".ktm-pod:not(.ktm-gone)").count()


def test_a_click_on_an_owner_a_revision_or_a_state_shows_only_their_pods(page, rollout):
    drawing.show(page, frame(rollout))
    page.get_by_role("button", name="Revision 2", exact=True).click()
    assert visible(page) == 2
    page.get_by_role("button", name="runs, not ready yet: 1 pod").click()
    assert visible(page) == 1
    asked = {"revision": "2", "mood": "running"}
    told = [message["filter"] for message in page.evaluate("window.sent") if message["is"] == "filter"]
    assert told[-1] == asked
    drawing.show(page, frame(rollout, **asked))
    assert page.get_by_role("group", name="Filter", exact=True).get_by_text("1 of 4 match.").is_visible()
    page.get_by_role("button", name="Stop filtering by revision 2").click()
    page.get_by_role("button", name="runs, not ready yet: 1 pod").click()
    assert visible(page) == 4
    assert not page.get_by_role("group", name="Filter", exact=True).is_visible()


def test_the_keyboard_filters_from_a_pods_facts_and_escape_shows_all_again(page, rollout):
    drawing.show(page, frame(rollout))
    page.locator(".ktm-tile").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.ktm-facts') !== null")
    page.keyboard.press("Enter")
    assert visible(page) == 2, "the first of a pod's facts that filters is its version"
    page.keyboard.press("Escape")
    assert page.locator(".ktm-tile[aria-current]").count() == 0, "first the pod is let go"
    page.keyboard.press("Escape")
    assert visible(page) == 4


def test_python_can_filter_too(page, rollout):
    drawing.show(page, frame(rollout))
    drawing.show(page, frame(rollout, node="lab-worker"))
    assert visible(page) == 2
    assert (
        page.get_by_role("button", name="Node lab-worker", exact=True).get_attribute("aria-pressed") == "true"
    )
    drawing.show(page, frame(rollout))
    assert visible(page) == 4


@pytest.mark.motion
def test_a_pod_that_no_longer_matches_leaves_the_filtered_map(page, rollout):
    old = frame(rollout, mood="running")
    drawing.show(page, {**old, "number": 1})
    assert visible(page) == 1
    rollout.pods[-1]["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
    delta = delta_of(old, frame(rollout, mood="running"))
    hear(page, {"is": "delta", "number": 2, "delta": json.loads(json.dumps(delta))})
    assert visible(page) == 0


def test_the_pod_that_sends_requests_is_shown_as_such(page, rollout):
    rollout.pod("load", "lab-worker", set_name=None)
    rollout.pods[-1]["metadata"]["labels"] = {"kubetutor.io/role": "load"}
    drawing.show(page, frame(rollout))
    tile = page.get_by_role("button", name="load: Running, 1/1 containers ready on lab-worker")
    assert tile.get_by_text("sends requests").is_visible()
    assert page.locator(".ktv-headline").inner_text() == "4 pods, 3 ready."


def test_forty_containers_long_names_and_names_from_right_to_left_fit(page, shop):
    shop.node("n" * 63).pod("p" * 63, "n" * 63, set_name=None).pod("שלום-עולם", "lab-worker", set_name=None)
    containers = [{"name": f"container-{number}", "image": "my-app:1.0"} for number in range(40)]
    shop.pods[0]["spec"]["containers"] = containers
    drawing.show(page, frame(shop))
    page.get_by_role("button", name="p" * 63).hover()
    assert page.locator(".ktm-containers").get_by_text("0 of 40 ready").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "cluster-map-names")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_five_hundred_pods_fit_and_each_can_be_reached(page, shop, theme):
    if theme == "dark":
        page.evaluate(DARK)
    drawing.show(page, frame(many(shop)))
    assert visible(page) == 500
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(".ktm-nodes").bounding_box()["height"] < 600, "500 pods at one glance"
    page.locator(".ktm-tile").first.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert page.locator(".ktm-facts").is_visible()
    picture(page, f"cluster-map-500-{theme}")
    page.get_by_role("button", name="fails: 72 pods").click()
    assert visible(page) == 72
    picture(page, f"cluster-map-500-filtered-{theme}")


def test_one_change_among_five_hundred_is_drawn_at_once(page, shop):
    old = frame(many(shop))
    drawing.show(page, {**old, "number": 1})
    shop.pods[250] = {**shop.pods[250], "status": {**shop.pods[250]["status"], "phase": "Failed"}}
    delta = json.loads(json.dumps(delta_of(old, frame(shop))))
    assert list(delta["put"]["pods"]) == [shop.pods[250]["metadata"]["uid"]]
    began = time.monotonic()
    hear(page, {"is": "delta", "number": 2, "delta": delta})
    assert time.monotonic() - began < 1
    assert page.locator(".ktm-tile[data-mood='failing']").count() == 73
