"""The object tree's JavaScript and CSS in a real browser, fed with frames. Screenshots go to artefacts/."""

import pytest

from kubetutor.widgets.live.frames import delta_of
from kubetutor.widgets.object_tree.snapshot import snapshot_of
from kubetutor.widgets.object_tree.view import ObjectTree, frame_of
from tests.widgets import drawn as drawing
from tests.widgets.drawn import DARK, hear, picture

pytestmark = pytest.mark.browser

MARKED = "chips => chips.filter((chip) => chip.checkVisibility()).map((chip) => chip.dataset.label)"


@pytest.fixture
def page(drawn):
    return drawn(ObjectTree)


@pytest.fixture
def busy(town):
    """All that a learner meets: many pods, an old revision, a wrong selector, an orphan."""
    town.deployment("web", pods=3, ready=2, revision="2", old=("1",)).deployment("counter", pods=9, ready=9)
    town.pod("web-h1-stray", owner=None, labels={"app": "debug", "pod-template-hash": "h1"})
    return town.service("web", app="web").service("counter", app="counter").service("carts", app="cart")


def show(page, town, **more):
    drawing.show(page, frame_of(snapshot_of(town.objects(), "shop", **more)))


def item(page, name):
    return page.get_by_role("treeitem", name=name)


def lit(page):
    return set(
        page.eval_on_selector_all(".kto-item.kto-on", "items => items.map((item) => item.dataset.key)")
    )


def test_objects_are_a_tree_with_levels(page, busy):
    show(page, busy)
    assert page.get_by_role("tree", name="Object tree of namespace shop").is_visible()
    assert item(page, "Deployment web, 2/3 ready").get_attribute("aria-level") == "1"
    assert item(page, "Pod web-h1-p00, Running 1/1").get_attribute("aria-level") == "3"
    assert item(page, "and 3 more").get_attribute("aria-expanded") == "false"
    assert item(page, "EndpointSlice web-s1").get_attribute("aria-level") == "2"


def test_kinds_of_ties_are_drawn_differently(page, busy):
    show(page, busy)
    dashes = {
        kind: page.locator(f".kto-canvas .kto-{kind}").first.evaluate(
            "line => getComputedStyle(line).strokeDasharray"
        )
        for kind in ("owns", "selects", "lists")
    }
    assert dashes["owns"] == "none"
    assert len(set(dashes.values())) == 3


def test_pointing_at_a_service_lights_its_ties_and_marks_labels_on_both_sides(page, busy):
    show(page, busy)
    item(page, "Service web").hover()
    assert lit(page) >= {"Service-web", "Pod-web-h1-p00", "Pod-web-h1-p01", "EndpointSlice-web-s1"}
    assert "Pod-web-h1-stray" not in lit(page)
    marked = page.eval_on_selector_all(".kto-item .kto-met", MARKED)
    assert marked == ["app=web"] * 4, "on the service and on its three pods"
    assert (
        page.locator(".kto-why")
        .inner_text()
        .startswith("Service web selects app=web: 3 pods match, 2 of them ready")
    )
    assert page.locator(".kto-ask").inner_text() == "kubectl get pods -n shop -l 'app=web'"


def test_a_selector_that_picks_nothing_is_crossed_out_and_said(page, busy):
    show(page, busy)
    assert page.get_by_role("status").get_by_text("no pod has app=cart").is_visible()
    missed = page.locator(".kto-item .kto-missed")
    assert missed.evaluate_all(MARKED) == ["app=cart"]
    assert missed.first.evaluate("chip => getComputedStyle(chip, '::before').content") == '"✗ "'


def test_the_keyboard_walks_as_in_every_tree(page, busy):
    show(page, busy)
    assert (
        page.eval_on_selector_all(".kto-item", "items => items.filter((i) => i.tabIndex === 0).length") == 1
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    here = "document.activeElement.dataset.key"
    assert page.evaluate(here) == "Deployment-counter"
    for key, expected in (
        ("ArrowRight", "ReplicaSet-counter-h1"),
        ("ArrowDown", "Pod-counter-h1-p00"),
        ("ArrowLeft", "ReplicaSet-counter-h1"),
        ("Home", "Deployment-counter"),
        ("End", "EndpointSlice-web-s1"),
        ("w", "Deployment-web"),
        ("ArrowUp", "more pods ReplicaSet-counter-h1"),
    ):
        page.keyboard.press(key)
        assert page.evaluate(here) == expected
    assert page.locator(".kto-why").inner_text().startswith("3 more pods of the same owner")
    page.keyboard.press("Enter")
    assert page.evaluate("window.sent.at(-1).is") == "unfold"


def test_boxes_do_not_cover_each_other(page, busy):
    show(page, busy)
    page.wait_for_function(drawing.SETTLED)
    boxes = page.eval_on_selector_all(
        ".kto-item",
        """items => items.map((item) => {
             const { left, right, top, bottom } = item.getBoundingClientRect();
             return [left, right, top, bottom];
           })""",
    )
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            apart = one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]
            assert apart, (one, other)


@pytest.mark.motion
def test_an_object_that_goes_leaves_with_its_lines(page, town):
    show(page, town.deployment(pods=2))
    town.found["pods"].pop()
    show(page, town)
    page.wait_for_function("document.querySelectorAll('.kto-item').length === 3")
    assert page.locator(".kto-canvas .kto-owns").count() == 2


@pytest.mark.motion
def test_a_delta_draws_the_same_as_the_whole_frame(page, town):
    old = frame_of(snapshot_of(town.deployment(pods=2).objects(), "shop"))
    drawing.show(page, {**old, "number": 1})
    new = frame_of(snapshot_of(town.service(app="web").objects(), "shop"))
    hear(page, {"is": "delta", "number": 2, "delta": delta_of(old, new)})
    assert item(page, "Service web").is_visible()
    assert page.locator(".kto-canvas .kto-lists").count() == 2


def test_narrow_it_is_an_indented_list_without_sideways_scrolling(page, busy):
    page.evaluate("document.getElementById('place').style.width = '380px'")
    show(page, busy)
    page.wait_for_function("document.querySelector('.kto-narrow') !== null")
    assert page.evaluate(
        "document.querySelector('.kto-scroll').scrollWidth <= document.querySelector('.kto-scroll').clientWidth"
    )
    picture(page, "object-tree-narrow")


def test_long_names_many_objects_and_markup_stay_in_their_boxes(page, town):
    long = "n" * 63
    town.add("Pod", long, labels={"app": "l" * 63}).add("Pod", "<img src=x onerror=alert(1)>").add(
        "Pod", "עגלה"
    )
    for number in range(40):
        town.deployment(f"app{number:02}", pods=3).service(f"app{number:02}", app=f"app{number:02}")
    show(page, town)
    assert page.locator(".kto-item").count() == 40 * 7 + 3
    assert page.locator(".kto-item img").count() == 0
    assert page.evaluate(
        "document.querySelector('.kto-scroll').scrollWidth <= document.querySelector('.kto-scroll').clientWidth"
    )


def test_an_empty_namespace_says_so(page, town):
    show(page, town)
    assert page.get_by_text("No objects yet.", exact=False).first.is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_looks_as_it_should(page, busy, theme):
    if theme == "dark":
        page.evaluate(DARK)
    show(page, busy)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways at 1280"
    picture(page, f"object-tree-{theme}")
