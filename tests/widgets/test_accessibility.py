"""Every view: axe-core, keyboard, zoom, forced colours, reduced motion. A view without a sample fails here.

A sample is `tests/widgets/samples/NAME.py`: `VIEW`, the class, and `frame()`, a frame with all that it can show.
"""

import importlib
import json
import pathlib
import pkgutil

import pytest

import kubetutor.widgets
from kubetutor.widgets.live.chart import ChartView, plotly_script
from kubetutor.widgets.live.view import LiveView
from tests.widgets.drawn import DARK, LIGHT, assert_accessible, draw_view, show

pytestmark = pytest.mark.browser

NAMES = sorted(file.stem for file in (pathlib.Path(__file__).parent / "samples").glob("*.py"))
WIDE, ZOOMED = {"width": 1280, "height": 800}, {"width": 640, "height": 400}  # at 200 % half as much fits
LOOKS = {
    "light": {},
    "dark": {},
    "forced-colors": {"forced_colors": "active"},
    "zoom": {},
    "still": {"reduced_motion": "reduce"},
}
NORMAL = {"forced_colors": "none", "reduced_motion": "no-preference"}
STOPS = """root => [...root.querySelectorAll("button, [tabindex], input, select, a[href]")]
  .filter((e) => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({ visibilityProperty: true })).length"""
FOCUS = """() => {
  const style = getComputedStyle(document.activeElement);
  return { inside: Boolean(document.activeElement.closest(".ktv")), name: document.activeElement.outerHTML.slice(0, 160),
           isVisible: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1 };
}"""
SIDEWAYS = """() => document.documentElement.scrollWidth > innerWidth"""
MOVING = """() => document.getAnimations().filter((a) => a.playState === "running").length"""


def sample(name):
    return importlib.import_module(f"tests.widgets.samples.{name}")


def views():
    """List the classes of views that the package has."""
    for module in pkgutil.iter_modules(kubetutor.widgets.__path__):
        if module.ispkg and module.name != "live":
            importlib.import_module(f"kubetutor.widgets.{module.name}.view")
    return views_below(LiveView)


def views_below(view):
    below = [one for one in view.__subclasses__() if one.__module__.startswith("kubetutor.widgets.")]
    return {*below, *(deeper for one in below for deeper in views_below(one))}


def test_every_view_has_a_sample():
    covered = {sample(name).VIEW.__name__ for name in NAMES} | {ChartView.__name__}
    missing = {view.__name__ for view in views()} - covered
    assert not missing, f"write tests/widgets/samples/NAME.py for {', '.join(sorted(missing))}"


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in NAMES]
)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def opened(browser, name):
    """One page for all that is asked of a view: plotly alone takes seconds to load."""
    with browser.new_context(viewport=WIDE) as context:
        page = context.new_page()
        view = sample(name).VIEW
        draw_view(page, view)
        if issubclass(view, ChartView):
            page.add_script_tag(content=plotly_script().decode())
        yield page
        assert page.errors == []


@pytest.fixture(scope="module", params=LOOKS)
def page(opened, name, request):
    """The page in one look, with a frame drawn anew."""
    opened.set_viewport_size(ZOOMED if request.param == "zoom" else WIDE)
    opened.emulate_media(**{**NORMAL, **LOOKS[request.param]})
    opened.evaluate(DARK if request.param == "dark" else LIGHT)
    opened.evaluate("() => document.activeElement.blur()")  # what has the focus dims the rest
    show(opened, {})
    show(opened, sample(name).frame())
    opened.locator(".ktv-picture > *").first.wait_for(state="attached")
    return opened


def test_axe_finds_nothing_serious(page):
    assert_accessible(page)


def test_axe_finds_nothing_serious_in_the_text_twin(page):
    page.get_by_role("button", name="Show as text").click()
    assert_accessible(page)
    page.get_by_role("button", name="Show as picture").click()


def test_nothing_needs_scrolling_sideways(page):
    assert not page.evaluate(SIDEWAYS)


def test_the_keyboard_reaches_everything_and_focus_is_visible(page):
    page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); }")  # from the top
    stops = page.locator(".ktv").evaluate(STOPS)
    assert stops >= 1
    for number in range(stops):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert focus["inside"], f"only {number} of {stops} places are reached by the Tab key"
        assert focus["isVisible"], f"one cannot see that this has the focus: {focus['name']}"


def test_reduced_motion_means_that_nothing_moves(opened, name):
    opened.emulate_media(reduced_motion="reduce")
    show(opened, sample(name).frame())
    show(opened, {**json.loads(json.dumps(sample(name).frame())), "summary": "Another one."})
    assert opened.evaluate(MOVING) == 0
