"""The scheduler's table in a real browser, fed with frames. Screenshots go to artefacts/."""

import pytest

from kubetutor.widgets.live.frames import delta_of
from kubetutor.widgets.scheduling.answer import ask
from kubetutor.widgets.scheduling.snapshot import snapshot_of
from kubetutor.widgets.scheduling.view import Scheduling, frame_of
from tests.widgets import drawn as drawing
from tests.widgets.drawn import DARK, hear, picture
from tests.widgets.scheduling import lab

pytestmark = pytest.mark.browser


@pytest.fixture
def page(drawn):
    return drawn(Scheduling)


def frame(a_pod, *decisions, tells=True, **more):
    answer = ask(lab.Teller(*decisions, tells=tells), a_pod)
    return frame_of(snapshot_of(lab.objects(a_pod, **more), "shop", a_pod, answer))


PLACED = frame(lab.pod(on="lab-worker"), lab.decision(), events=[lab.event("web", "Scheduled", "Successfully assigned shop/web to lab-worker")])  # fmt: skip
INFERRED = frame(lab.pod(cpu="3", message="0/3 nodes are available: 2 Insufficient cpu."), tells=False)


def row(page, name):
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def test_the_chosen_node_has_its_scores_and_a_word(page):
    drawing.show(page, PLACED)
    assert page.get_by_role("region", name="Scheduler's decision about web in namespace shop").is_visible()
    chosen = row(page, "lab-worker chosen")
    assert chosen.locator(".kts-points").all_inner_texts() == ["90", "100", "190"]
    assert chosen.locator(".kts-times").nth(1).inner_text() == "50\u00d72"
    assert chosen.locator(".kts-mark").all_inner_texts() == ["✓"] * 4


def test_a_node_that_was_ruled_out_says_by_which_filter_and_why(page):
    drawing.show(page, PLACED)
    out = row(page, "lab-control-plane ruled out")
    assert out.locator(".kts-mark").all_inner_texts() == ["✓", "✗", "\u2013", "\u2013"]
    assert out.get_by_role("cell", name="ruled the node out").count() == 1
    assert (
        out.locator(".kts-why").inner_text().startswith("TaintToleration: node(s) had untolerated taint(s).")
    )


def test_what_is_inferred_is_marked(page):
    drawing.show(page, INFERRED)
    assert page.get_by_text("This cluster does not tell how it decided.").is_visible()
    assert page.get_by_role("columnheader", name="Inferred").is_visible()
    assert row(page, "lab-worker2 ruled out (inferred)").is_visible()
    assert page.get_by_text("0/3 nodes are available: 2 Insufficient cpu.").is_visible()


@pytest.mark.motion
def test_a_decision_that_comes_redraws_the_same_rows(page):
    old = frame(lab.pod(), lab.refused())
    drawing.show(page, {**old, "number": 1})
    page.evaluate("document.querySelector('tbody tr').marked = true")
    hear(page, {"is": "delta", "number": 2, "delta": delta_of(old, PLACED)})
    assert row(page, "lab-worker chosen").is_visible()
    assert page.locator("tbody tr").count() == 3
    assert page.evaluate("[...document.querySelectorAll('tbody tr')].some((row) => row.marked)")


def test_narrow_each_node_is_a_card_without_sideways_scrolling(page):
    page.evaluate("document.getElementById('place').style.width = '400px'")
    drawing.show(page, PLACED)
    assert page.evaluate(
        "document.querySelector('.kts').scrollWidth <= document.querySelector('.kts').clientWidth"
    )
    assert page.locator(".kts-why").is_visible()
    picture(page, "scheduling-narrow")


def test_long_names_and_markup_stay_in_the_table(page):
    nodes = [lab.node("n" * 63), lab.node("<img src=x>"), *lab.NODES]
    drawing.show(page, frame(lab.pod("p" * 63), tells=False, nodes=nodes))
    assert page.locator("img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_a_pod_it_says_so(page):
    drawing.show(page, frame_of(snapshot_of(lab.objects(), "shop", None, None)))
    assert page.get_by_text("No pods in this namespace yet.").is_visible()
    assert not page.get_by_role("table").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["placed", "inferred"])
def test_it_fits_and_looks_as_it_should(page, theme, name):
    if theme == "dark":
        page.evaluate(DARK)
    drawing.show(page, {"placed": PLACED, "inferred": INFERRED}[name])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways at 1280"
    picture(page, f"scheduling-{name}-{theme}")
