"""The traffic's JavaScript and CSS in a real browser, with plotly. Screenshots go to artefacts/."""

import pytest

from kubetutor.cluster.load.tally import tally_of
from kubetutor.widgets.live.chart import plotly_script
from kubetutor.widgets.traffic.snapshot import OFF, RUNNING, Subject, snapshot_of
from kubetutor.widgets.traffic.view import Traffic, frame_of
from tests.widgets import drawn as drawing
from tests.widgets.drawn import DARK, picture

pytestmark = pytest.mark.browser

HAND_OVER = """async (script) => {
  const bytes = new TextEncoder().encode(script);
  window.hearers["msg:custom"].forEach((call) => call({ is: "plotly" }, [bytes]));
  await window.kubetutorPlotly;
}"""


@pytest.fixture
def page(drawn):
    return drawn(Traffic)


def frame(intervals, state=RUNNING, notes=()):
    subject = Subject("web-service", "shop", state, 50, notes)
    return frame_of(snapshot_of(subject, tally_of(intervals), intervals))


def show(page, intervals, **more):
    drawing.show(page, frame(intervals, **more))
    if not page.evaluate("Boolean(window.Plotly)"):
        page.evaluate(HAND_OVER, plotly_script().decode())
    page.wait_for_selector(".ktv-plot .bars path", state="attached")


def test_before_the_first_request_it_says_what_to_do(page):
    drawing.show(page, frame([], state=OFF))
    assert page.get_by_text("Nobody has asked yet. Press Start").is_visible()
    assert page.get_by_text("of 0 requests lost").is_visible()
    assert not page.locator(".ktv-plot").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_totals_are_the_largest_words_and_the_charts_have_a_description(page, rolling, theme):
    if theme == "dark":
        page.evaluate(DARK)
    show(page, rolling, notes=())
    assert page.locator(".ktt-big").inner_text().split() == ["12", "of", "3,000", "requests", "lost"]
    assert page.get_by_role("img", name="12 of 3,000 requests lost").is_visible()
    assert page.get_by_text("connection refused (12)").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways at 1280"
    picture(page, f"traffic-{theme}")


def test_in_little_room_the_charts_stand_below_each_other(page, rolling):
    show(page, rolling)
    wide = page.locator(".ktv-plot").bounding_box()["height"]
    page.evaluate("document.getElementById('place').style.width = '450px'")  # half the room, as at 200 % zoom
    page.wait_for_function("high => document.querySelector('.ktv-plot').clientHeight > high", arg=wide + 100)
    assert page.evaluate(
        "document.querySelector('.ktt').scrollWidth <= document.querySelector('.ktt').clientWidth"
    )
    picture(page, "traffic-narrow")
