"""The cluster map's JavaScript and CSS in a real browser, fed with frames. Screenshots go to artefacts/."""

import json

import pytest

from kubetutor.widgets.cluster_map.snapshot import snapshot_of
from kubetutor.widgets.cluster_map.text import text_of
from kubetutor.widgets.cluster_map.view import ClusterMap, frame_of
from kubetutor.widgets.live.frames import delta_of
from tests.widgets import drawn as drawing
from tests.widgets.drawn import DARK, hear, picture

pytestmark = pytest.mark.browser


@pytest.fixture
def page(drawn):
    return drawn(ClusterMap)


def show(page, shop):
    drawing.show(page, frame_of(snapshot_of(shop.objects(), "shop")))


def tile(page, name):
    return page.get_by_role("button", name=name)


@pytest.fixture
def busy(shop):
    """A rollout in the middle, with a pod in every mood that a rollout knows."""
    shop.replica_set("web-app-h2", "2").deployment(
        wanted=5, ready=3, updated=3, image="my-app:2.0", revision="2"
    )
    new = {"set_name": "web-app-h2", "image": "my-app:2.0"}
    pulling = {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "my-app:9.9"'}}
    shop.pod("web-app-h1-aaaaa", "lab-worker").pod("web-app-h1-bbbbb", "lab-worker2", restarts=2)
    shop.pod("web-app-h1-ccccc", "lab-worker", deleted=True).pod("web-app-h2-ddddd", "lab-worker2", **new)
    shop.pod("web-app-h2-eeeee", "lab-worker", ready=False, **new)
    creating = {"waiting": {"reason": "ContainerCreating"}}
    shop.pod("web-app-h2-fffff", "lab-worker2", phase="Pending", state=creating, **new)
    shop.pod("web-app-h2-ggggg", "lab-worker", phase="Pending", state=pulling, **new)
    return shop.pod("web-app-h2-hhhhh", None, phase="Pending", **new)


def test_before_the_first_frame_nothing_is_said_of_the_cluster(page, busy):
    assert not page.get_by_text("No pods in this namespace yet").is_visible()
    assert page.get_by_text("The kernel has not said yet what there is to see").is_visible()
    show(page, busy)
    assert not page.get_by_text("The kernel has not said yet").is_visible()
    assert tile(page, "web-app-h1-bbbbb").is_visible()


def test_nodes_and_pods_appear_by_role_and_name(page, busy):
    show(page, busy)
    assert page.get_by_role("region", name="Cluster map of namespace shop").is_visible()
    for node in ("lab-control-plane", "lab-worker", "lab-worker2"):
        assert page.get_by_role("article", name=node, exact=True).is_visible()
    assert (
        page.get_by_role("list", name="Pods on lab-worker", exact=True).get_by_role("listitem").count() == 4
    )
    assert tile(page, "web-app-h1-bbbbb: Running, 1/1 containers ready on lab-worker2").is_visible()
    assert page.get_by_role("article", name="No node yet").get_by_role("button").count() == 1


def test_states_differ_in_sign_word_and_colour(page, busy):
    show(page, busy)
    looks = page.eval_on_selector_all(
        ".ktm-tile",
        """tiles => tiles.map((tile) => [
             tile.dataset.mood, tile.querySelector("svg").innerHTML, tile.querySelector(".ktm-status").textContent])""",
    )
    signs = {mood: sign for mood, sign, _word in looks}
    assert len(set(signs.values())) == len(signs) == 6
    assert all(word for _mood, _sign, word in looks)


def test_pods_of_several_owners_say_whose_they_are(page, busy):
    show(page, busy)
    assert tile(page, "web-app-h1-aaaaa").locator(".ktm-status").inner_text() == "Running"
    busy.replica_set("pay-h1", owner="pay").deployment("pay", wanted=1, ready=1, updated=1)
    show(page, busy.pod("pay-h1-zzzzz", "lab-worker", set_name="pay-h1"))
    assert tile(page, "pay-h1-zzzzz").locator(".ktm-status").inner_text() == "pay · Running"
    assert tile(page, "web-app-h1-aaaaa").locator(".ktm-status").inner_text() == "web-app · Running"
    picture(page, "map-several-owners")
    busy.pods = [pod for pod in busy.pods if pod["metadata"]["name"] != "pay-h1-zzzzz"]
    show(page, busy)
    assert tile(page, "web-app-h1-aaaaa").locator(".ktm-status").inner_text() == "Running"


def test_an_empty_namespace_says_so(page, shop):
    show(page, shop)
    assert page.get_by_text("No pods in this namespace yet.").is_visible()
    show(page, shop.pod("p1", "lab-worker"))
    assert not page.get_by_text("No pods in this namespace yet.").is_visible()


@pytest.mark.motion
def test_a_pod_that_goes_leaves_and_the_others_keep_their_elements(page, shop):
    shop.pod("web-app-h1-a", "lab-worker").pod("web-app-h1-b", "lab-worker")
    show(page, shop)
    page.evaluate("document.querySelector('[data-uid=\"web-app-h1-b\"]').marked = true")
    shop.pods.pop(0)
    show(page, shop)
    page.wait_for_function("document.querySelectorAll('.ktm-pod').length === 1")
    assert page.evaluate("document.querySelector('[data-uid=\"web-app-h1-b\"]').marked") is True


@pytest.mark.motion
def test_a_restart_is_shown_with_its_number(page, shop):
    show(page, shop.pod("web-app-h1-a", "lab-worker"))
    shop.pods.clear()
    show(page, shop.pod("web-app-h1-a", "lab-worker", restarts=3))
    assert page.get_by_text("↻ 3").is_visible()


def test_the_keyboard_walks_from_pod_to_pod_and_shows_details(page, busy):
    show(page, busy)
    assert (
        page.eval_on_selector_all(".ktm-tile", "tiles => tiles.filter((t) => t.tabIndex === 0).length") == 1
    )
    page.locator(".ktm-tile").first.focus()
    first = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") != first
    page.keyboard.press("End")
    assert page.locator(".ktm-facts").get_by_text("web-app-h2-hhhhh").is_visible()
    page.keyboard.press("Escape")
    assert page.locator(".ktm-legend").is_visible()


def test_pointing_at_a_pod_shows_image_owner_and_the_clusters_reason(page, busy):
    show(page, busy)
    tile(page, "web-app-h2-ggggg").hover()
    facts = page.locator(".ktm-detail")
    for text in ("my-app:2.0", "Deployment web-app", 'Back-off pulling image "my-app:9.9"'):
        assert facts.get_by_text(text).is_visible()


def test_the_text_twin_is_one_button_away(page, busy):
    show(page, busy)
    page.get_by_role("button", name="Show as text").click()
    told = [message for message in page.evaluate("window.sent") if message["is"] == "text"]
    assert told[-1]["on"] is True, "Python writes the text only for those who read it"
    snapshot = snapshot_of(busy.objects(), "shop")
    drawing.show(page, {**frame_of(snapshot), "text": text_of(snapshot)})
    assert page.locator(".ktv-text").is_visible()
    assert "web-app-h2-ggggg" in page.locator(".ktv-text").inner_text()
    assert not page.locator(".ktm-nodes").is_visible()
    page.get_by_role("button", name="Show as picture").click()
    assert page.locator(".ktm-nodes").is_visible()


def test_trouble_is_a_plain_sentence_in_the_view(page, shop):
    shop.troubles["pods"] = "The cluster does not answer."
    show(page, shop)
    assert page.get_by_role("status").get_by_text("The cluster does not answer.").is_visible()


def test_names_are_text_and_never_markup(page, shop):
    show(page, shop.pod("<img src=x onerror=alert(1)>", "lab-worker", set_name=None))
    assert page.locator(".ktm-tile img").count() == 0


def test_the_kernel_hears_when_a_view_opens_and_closes(page):
    page.evaluate("window.end()")
    opened, closed = page.evaluate("window.sent")
    assert (opened["is"], closed["is"]) == ("open", "closed")
    assert opened["view"] == closed["view"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_looks_as_it_should(page, busy, theme):
    if theme == "dark":
        page.evaluate(DARK)
    show(page, busy)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways at 1280"
    picture(page, f"cluster-map-{theme}")


@pytest.mark.motion
def test_a_delta_draws_the_same_as_the_whole_frame(page, shop):
    old = frame_of(snapshot_of(shop.pod("web-app-h1-b", "lab-worker").objects(), "shop"))
    drawing.show(page, {**old, "number": 4})
    shop.pods.clear()
    shop.pod("web-app-h1-a", "lab-worker2").pod("web-app-h1-c", "lab-worker").node("lab-worker0")
    new = frame_of(snapshot_of(shop.objects(), "shop"))
    hear(page, {"is": "delta", "number": 5, "delta": delta_of(old, new)})
    assert page.evaluate("window.frame()") == json.loads(json.dumps({**new, "number": 5}))
    names = page.eval_on_selector_all(
        ".ktm-node", "cards => cards.map((card) => card.getAttribute('aria-label'))"
    )
    assert names == ["lab-control-plane", "lab-worker", "lab-worker0", "lab-worker2"]


def test_who_missed_a_delta_asks_for_the_whole(page, shop):
    frame = frame_of(snapshot_of(shop.objects(), "shop"))
    drawing.show(page, {**frame, "number": 1})
    hear(page, {"is": "delta", "number": 3, "delta": {"set": {"title": "never"}}})
    assert {"is": "whole"} in page.evaluate("window.sent")
    hear(page, {"is": "delta", "number": 1, "delta": {"set": {"title": "old"}}})
    assert page.evaluate("window.frame().title") == "Namespace shop"
