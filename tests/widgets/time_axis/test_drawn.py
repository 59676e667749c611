"""The time axis in a real browser, fed with frames of a recording made by hand. Pictures go to artefacts/."""

import re

import pytest

from kubetutor.widgets.live.chart import plotly_script
from kubetutor.widgets.live.frames import delta_of
from kubetutor.widgets.time_axis.frame import Frames
from kubetutor.widgets.time_axis.moments import laid_out, marked
from kubetutor.widgets.time_axis.outcomes import Outcomes
from kubetutor.widgets.time_axis.view import TimeAxis
from tests.widgets.drawn import ARTEFACTS, DARK, hear, picture, show
from tests.widgets.live.test_chart import HAND_OVER
from tests.widgets.time_axis.recorded import Told, rollout
from tests.widgets.time_axis.test_outcomes import tell

pytestmark = pytest.mark.browser

PAGE = {
    "label": "Time axis of namespace shop", "title": "Namespace shop · recording since 14:03:05", "notes": [],
    "loaded": True, "keep": 600.0, "file": "time-axis-shop", "spoken": "Time axis of namespace shop: 5 pods, 5 ready.",
}  # fmt: skip

INSIDE = """async (bytes) => {
  const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const root = document.querySelector(".kta").getBoundingClientRect();
  const bar = document.querySelector("[data-pod=web-app-h1-b] .kta-ready").getBoundingClientRect();
  const place = [bar.left + bar.width * 0.9 - root.left, bar.top + bar.height / 2 - root.top];
  return [image.width, image.height, [...canvas.getImageData(2 * place[0], 2 * place[1], 1, 1).data]];
}"""


@pytest.fixture(scope="module")
def told():
    told = rollout()
    outcomes = Outcomes(told.history)
    for number in range(84):
        loses = 68 <= number <= 71
        tell(
            outcomes,
            number / 2,
            answered=14 if loses else 21 + number % 3,
            lost=7 * loses,
            p95_ms=6 + number % 5,
        )
    return told


@pytest.fixture(scope="module")
def moments():
    mark = marked("scaled to 5", 7.9)
    return [
        mark,
        laid_out("expected", "your prediction", 12.0, mark),
        laid_out("measured", "measured", 18.1, mark),
    ]


def frame_of(told, moments=(), **facts):
    return Frames().frame_of(told.history, moments, {**PAGE, "now": 42.0, **facts})


@pytest.fixture
def page(drawn):
    page = drawn(TimeAxis)
    page.evaluate("document.getElementById('place').style.maxWidth = '1000px'")
    page.evaluate("() => { window.time = 5000; performance.now = () => window.time; }")
    return page


def go_on(page, seconds):
    """Let time go on in the page: in these tests it stands still."""
    page.evaluate("seconds => { window.time += 1000 * seconds; }", seconds)


@pytest.fixture
def axis(page, told, moments):
    """The recording of a rollout, stopped at 42 s."""
    show(page, frame_of(told, moments))
    press(page, "Space")
    page.wait_for_selector("[data-state=Paused]")
    return page


@pytest.fixture
def plotted(axis):
    """The same with plotly's lines: its script takes a while, so only tests that look at them wait for it."""
    axis.evaluate(HAND_OVER, plotly_script().decode())
    axis.wait_for_selector(".js-line", state="attached")
    return axis


def cursor(page):
    return page.get_by_role("slider", name="Time cursor")


def said(page):
    return cursor(page).get_attribute("aria-valuetext")


def press(page, *keys):
    cursor(page).focus()
    for key in keys:
        page.keyboard.press(key)


def until_said(page, words):
    page.wait_for_function(
        "words => document.querySelector('.kta-readout').textContent.includes(words)", arg=words
    )


def segments(page, pod):
    return page.eval_on_selector_all(
        f"[data-pod={pod}] .kta-segment",
        "parts => parts.map((part) => [part.classList[1], part.dataset.word])",
    )


def test_a_pods_bar_has_a_shape_and_a_word_for_each_state(axis):
    assert segments(axis, "web-app-h1-e") == [
        ["kta-waiting", "Pending"], ["kta-starting", "ContainerCreating"], ["kta-running", "Running, not ready"],
        ["kta-failing", "CrashLoopBackOff"], ["kta-running", "Running, not ready"], ["kta-ready", "Ready"],
    ]  # fmt: skip
    assert axis.locator("[data-pod=web-app-h1-e] .kta-restart").count() == 1
    assert axis.locator("[data-pod=web-app-h1-a] .kta-end").count() == 1
    looks = axis.eval_on_selector_all(
        ".kta-over .kta-segment",
        "parts => parts.map((part) => [part.classList[1], getComputedStyle(part).strokeDasharray + getComputedStyle(part).fill])",
    )
    assert len({look for _, look in looks}) == len({mood for mood, _ in looks}), (
        "each differs also without its colour"
    )


def test_bars_and_lines_share_one_axis(plotted):
    """The tick of 20 s that plotly writes stands where our own scale puts 20 s."""
    tick = plotted.locator(".xtick text", has_text="20 s").bounding_box()
    grid = plotted.evaluate(
        """() => { const box = document.querySelector(".kta-surface").getBoundingClientRect();
        const [, x] = document.querySelector("[data-pod=web-app-h1-e] .kta-failing").outerHTML.match(/ x="([\\d.]+)"/);
        const [, width] = document.querySelector("[data-pod=web-app-h1-e] .kta-failing").outerHTML.match(/ width="([\\d.]+)"/);
        return [box.left + Number(x), Number(width) / 10]; }"""
    )
    start, second = grid
    assert abs(start + 6 * second - (tick["x"] + tick["width"] / 2)) < 2


def test_the_cursor_steps_from_change_to_change_and_says_what_was(axis):
    press(axis, "ArrowLeft")
    until_said(axis, "At 38.5 s")
    assert "Pod web-app-h1-f: Running, not ready → Ready" in said(axis)
    press(axis, "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    until_said(axis, "At 34.5 s")
    assert said(axis).startswith("Requests get lost: 14 a second")
    for words in (
        "wanted 5, ready 4",
        "4 endpoints",
        "28 answered/s, 14 lost/s",
        "4 Ready, 1 Terminating, 1 Pending",
    ):
        assert words in said(axis)
    press(axis, "ArrowRight")
    until_said(axis, "At 35.0 s")
    assert (
        axis.locator(".kta-story li")
        .last.inner_text()
        .endswith("Pod web-app-h1-f: Pending → Running, not ready")
    )


def test_pointing_reads_and_clicking_keeps_the_cursor(axis):
    box = cursor(axis).bounding_box()
    axis.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 100)
    axis.wait_for_selector(".kta-cursor", state="attached")
    axis.mouse.down()
    axis.mouse.up()
    kept = axis.locator(".kta-readout").inner_text()
    axis.mouse.move(10, 10)
    until_said(axis, kept)


def test_dragging_scrolls_back_and_one_button_returns(axis):
    crash = axis.locator(".kta-over .kta-segment.kta-failing")
    press(axis, "+")
    crash.wait_for(state="detached")
    box = cursor(axis).bounding_box()
    axis.mouse.move(box["x"] + 200, box["y"] + 100)
    axis.mouse.down()
    axis.mouse.move(box["x"] + 600, box["y"] + 100, steps=5)
    axis.mouse.up()
    crash.wait_for(state="attached")
    axis.get_by_role("button", name="Back to now").click()
    axis.wait_for_selector("[data-state=Live]")
    crash.wait_for(state="detached")


def test_the_strip_scrolls_by_keyboard_too(axis):
    press(axis, "+")
    strip = axis.get_by_role("slider", name="What part of the recording is shown")
    before = int(strip.get_attribute("aria-valuenow"))
    strip.press("PageUp")
    axis.wait_for_function(
        "before => Number(document.querySelector('.kta-track').getAttribute('aria-valuenow')) < before",
        arg=before,
    )


def test_while_it_is_paused_the_picture_stands_and_the_recording_goes_on(axis):
    later = rollout()
    later.at(41.0).pod("newcomer")
    show(axis, frame_of(later))
    assert axis.locator("[data-pod=newcomer]").count() == 0
    press(axis, "Space")
    axis.wait_for_selector("[data-pod=newcomer]", state="attached")


def test_replay_shows_what_was_known_then(axis):
    press(axis, "Home", "Space", "r")
    axis.wait_for_selector("[data-state=Replay]")
    go_on(axis, 9)
    until_said(axis, "At 9.0 s: wanted 5, ready 3")
    assert segments(axis, "web-app-h1-e")[-1] == ["kta-starting", "ContainerCreating"]
    assert axis.locator("[data-pod=web-app-h1-f]").count() == 0, "it was not there yet"
    go_on(axis, 60)
    axis.wait_for_selector("[data-pod=web-app-h1-f]", state="attached")
    axis.wait_for_function("() => document.querySelector('.kta-state').dataset.state !== 'Replay'")


def test_a_prediction_is_drawn_over_what_happened(axis):
    for words in ("scaled to 5", "your prediction: 12.0 s", "measured: 18.1 s"):
        assert axis.locator(".kta-over").get_by_text(words, exact=True).count() == 1
    ends = axis.eval_on_selector_all(
        ".kta-until", "lines => lines.map((line) => line.getBoundingClientRect().left)"
    )
    assert ends[0] < ends[1]
    assert axis.get_by_text("measured 18.1 s: 6.1 s later than expected").is_visible()
    assert (
        axis.locator(".kta-until.kta-expected").evaluate("line => getComputedStyle(line).strokeDasharray")
        != "none"
    )


def test_events_are_marks_of_two_shapes_with_words(axis):
    assert axis.locator(".kta-mark.kta-warns").count() == 1
    assert axis.locator(".kta-over").get_by_text("BackOff", exact=True).count() == 1
    assert axis.locator(".kta-over").get_by_text(re.compile("^SuccessfulCreate .2$")).count() == 1


def test_before_the_recording_and_gaps_are_covered_with_words(page):
    told = rollout()
    told.history.gaps.append((15.0, 30.0))
    show(page, frame_of(told))
    page.wait_for_selector(".kta-gap", state="attached")
    for words in ("not recorded", "before the recording"):
        assert page.locator(".kta-over").get_by_text(words, exact=True).count() == 1


def test_an_empty_recording_is_a_sensible_picture(page):
    show(page, frame_of(Told(), now=2.0))
    assert page.get_by_text("No pods yet.").is_visible()
    assert "no pods" in page.locator(".kta-readout").inner_text()


def test_two_hundred_pods_are_sixty_bars_and_words(page):
    told = Told().replica_set()
    for number in range(200):
        told.pod(f"web-app-h1-{number:03}")
    told.at(3.0).pod("web-app-h1-100", ready=False)
    show(page, frame_of(told, now=5.0))
    page.wait_for_selector(".kta-bar", state="attached")
    assert page.locator(".kta-bar").count() == 60
    assert page.locator("[data-pod=web-app-h1-100]").count() == 1, "what changed last is among them"
    assert page.get_by_text("and 140 more of Deployment web-app: 140 Ready").is_visible()
    assert page.locator(".kta-stage").bounding_box()["height"] < 700


def test_names_are_text_and_long_ones_are_cut(page):
    told = (
        Told()
        .pod("<img src=x onerror=alert(1)>", set_name=None)
        .pod("a" * 63, set_name=None)
        .pod("مخزن", set_name=None)
    )
    show(page, frame_of(told, now=3.0))
    page.wait_for_selector(".kta-pod")
    assert page.locator(".kta img").count() == 0
    assert page.locator("bdi.kta-pod", has_text="مخزن").count() == 1
    assert page.evaluate(
        "document.querySelector('.kta').scrollWidth <= document.querySelector('.kta').clientWidth"
    )


@pytest.mark.motion
def test_the_live_edge_flows(page, told):
    show(page, frame_of(told, now=70.0))
    until_said(page, "At 70.0 s")
    place = "() => Number(document.querySelector('[data-pod=web-app-h1-f] .kta-ready').getAttribute('x'))"
    first = page.evaluate(place)
    go_on(page, 2)
    until_said(page, "At 72.0 s")
    assert page.evaluate(place) < first - 20


def test_without_a_word_from_the_kernel_the_edge_stops_and_says_so(page, told):
    show(page, frame_of(told))
    go_on(page, 60)
    page.get_by_text("No word from the kernel").wait_for()
    until_said(page, "At 49.0 s")
    hear(page, {"is": "clock", "now": 102.0})
    page.wait_for_selector("[data-state=Live]")
    until_said(page, "At 102.0 s")


def test_picture_and_table_are_downloaded(plotted, tmp_path):
    with plotted.expect_download() as saved:
        plotted.get_by_role("button", name="Save picture").click()
    saved.value.save_as(tmp_path / "axis.png")
    (ARTEFACTS / "time-axis-saved.png").write_bytes((tmp_path / "axis.png").read_bytes())
    assert saved.value.suggested_filename == "time-axis-shop.png"
    width, height, colour = plotted.evaluate(INSIDE, list((tmp_path / "axis.png").read_bytes()))
    assert width == 2000
    assert height > 800
    green = plotted.evaluate(
        "getComputedStyle(document.querySelector('.kta')).getPropertyValue('--kt-ready')"
    )
    assert bytes(colour[:3]).hex() == green.strip().lstrip("#"), (
        "a bar stands in the picture where it stands on the page"
    )
    with plotted.expect_download() as saved:
        plotted.get_by_role("button", name="Save table").click()
        assert plotted.evaluate("window.sent.at(-1).is") == "csv"
        hear(plotted, {"is": "csv", "text": "time_s,lane\n", "name": "time-axis-shop"})
    saved.value.save_as(tmp_path / "axis.csv")
    assert (tmp_path / "axis.csv").read_text() == "time_s,lane\n"


@pytest.mark.motion
def test_a_delta_draws_as_the_whole_does(axis, told, moments):
    later = rollout()
    old, new = frame_of(told, moments), frame_of(later.at(41.0).pod("newcomer"), moments)
    show(axis, {**old, "number": 1})
    hear(axis, {"is": "delta", "number": 2, "delta": delta_of(old, new)})
    press(axis, "Space")
    axis.wait_for_selector("[data-pod=newcomer]", state="attached")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_looks_as_it_should(plotted, theme):
    if theme == "dark":
        plotted.evaluate(DARK)
    press(plotted, "ArrowLeft", "ArrowLeft")
    assert plotted.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        "it scrolls sideways at 1280"
    )
    picture(plotted, f"time-axis-{theme}")


def test_it_fits_into_a_narrow_column(axis):
    axis.evaluate("document.getElementById('place').style.width = '480px'")
    axis.wait_for_function("() => document.querySelector('.kta-surface').clientWidth < 400")
    assert axis.evaluate(
        "document.querySelector('.kta').scrollWidth <= document.querySelector('.kta').clientWidth"
    )
    picture(axis, "time-axis-narrow")


def test_after_its_end_nothing_runs_any_more(axis):
    hearers = "() => Object.entries(window.hearers).map(([name, calls]) => [name, calls.length])"
    before = dict(axis.evaluate(hearers))
    axis.evaluate("window.end()")
    after = dict(axis.evaluate(hearers))
    assert {name for name, number in after.items() if number} == {"msg:custom"}
    assert 0 < after["msg:custom"] < before["msg:custom"], "only the model goes on hearing deltas and pings"
