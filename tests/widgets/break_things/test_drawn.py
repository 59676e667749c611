"""The script and the style of break things in a real browser, fed with frames. Screenshots go to artefacts/."""

import pytest

from kubetutor.widgets.break_things.view import BreakThings
from tests.widgets.drawn import DARK, picture, show
from tests.widgets.samples import break_things as sample

pytestmark = pytest.mark.browser


@pytest.fixture
def page(drawn):
    return drawn(BreakThings)


def test_each_thing_has_its_command_and_a_button_that_copies_it(page):
    show(page, sample.frame())
    rows = page.get_by_role("list", name="What can be broken").get_by_role("listitem")
    assert rows.count() == 5
    assert rows.nth(1).get_by_text("kubectl -n shop delete pod web-app-h1-bbbbb --wait=false").is_visible()
    assert rows.nth(1).get_by_role("button", name="Copy the command: kubectl -n shop delete").is_visible()


def test_the_way_back_shows_where_something_is_broken(page):
    show(page, sample.frame())
    rows = page.get_by_role("list", name="What can be broken").get_by_role("listitem")
    assert rows.nth(2).get_by_text("kubetutor node start lab-worker", exact=True).is_visible()
    assert rows.nth(4).get_by_text("kubectl -n shop rollout undo deployment/web-app").is_visible()
    assert rows.nth(4).get_by_text("web-app runs my-app:broken already.").is_visible()


@pytest.mark.motion
def test_deeds_are_listed_newest_first_with_what_was_seen(page):
    show(page, sample.frame())
    deeds = page.get_by_role("list", name="What was done, newest first").locator("> li")
    assert deeds.count() == 4
    assert "stopped the node lab-worker2 …" in deeds.nth(0).inner_text()
    assert "after 2.1 s\nweb-app-h1-ccccc is Ready." in deeds.nth(3).inner_text()


def test_a_command_that_the_page_may_not_copy_is_selected(page):
    show(page, sample.frame())
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="Copy the command: kubectl -n shop delete").click()
    assert page.evaluate("getSelection().toString()").startswith("kubectl -n shop delete pod")


def test_names_are_text_and_never_markup(page):
    frame = sample.frame()
    frame["deeds"]["1"]["words"] = "deleted <img src=x onerror=alert(1)>"
    show(page, frame)
    assert page.locator(".ktb-words img").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_looks_as_it_should(page, theme):
    if theme == "dark":
        page.evaluate(DARK)
    show(page, sample.frame())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, f"break-things-{theme}")
