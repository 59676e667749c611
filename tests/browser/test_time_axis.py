"""The time axis with real parts only: JupyterLab in Chromium, a live cluster, pods that come and go. Pictures go to artefacts/."""

import csv
import pathlib

import pytest

from tests.browser.jupyter import dark, run_in_new_cell, see

pytestmark = [pytest.mark.browser, pytest.mark.both]

ROOT = pathlib.Path(__file__).parents[2]
MANIFEST = str(ROOT / "lessons" / "manifests" / "04-deployments" / "deployment.yaml")
SECOND = 1000  # Playwright counts milliseconds
READY = "() => document.querySelectorAll('.kta-segment.kta-ready').length >= %d"
SHOW = 'import kubetutor as kt; axis = kt.time_axis("%s"); axis'


def axis_of(page, namespace):
    view = page.get_by_role("region", name=f"Time axis of namespace {namespace}")
    view.wait_for(timeout=90 * SECOND)
    return view


def wait_for_ready_bars(page, number):
    page.wait_for_function(READY % number, timeout=90 * SECOND)


def wait_for_headline(view, words):
    view.locator(".ktv-headline", has_text=words).wait_for(timeout=90 * SECOND)


def pick(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def test_what_happens_is_drawn_and_can_be_stepped_through(lab_page, cluster, namespace):
    page = lab_page()
    run_in_new_cell(page, SHOW % namespace)
    view = axis_of(page, namespace)
    wait_for_headline(view, "No pods yet.")
    cluster.kubectl("apply", "-n", namespace, "-f", MANIFEST)
    wait_for_ready_bars(page, 3)
    run_in_new_cell(page, 'axis.mark("scaled to 5"); axis.expect(seconds=4.0)')
    cluster.kubectl("scale", "-n", namespace, "deployment/web-app", "--replicas=5")
    wait_for_ready_bars(page, 5)
    wait_for_headline(view, "5 pods, 5 ready")
    run_in_new_cell(page, "print(axis.measured())")
    view.get_by_text("than expected").or_(view.get_by_text("just as expected")).wait_for()
    cluster.kubectl("delete", "pod", "-n", namespace, "-l", "app=web", "--wait=false")
    page.wait_for_selector(".kta-end", state="attached", timeout=90 * SECOND)
    wait_for_headline(view, "5 pods, 5 ready")
    view.scroll_into_view_if_needed()
    see(page, "time-axis-1-live")
    assert view.locator(".js-line").count() >= 2, "plotly draws the lines"
    assert view.evaluate("element => element.scrollWidth <= element.clientWidth"), "the view scrolls sideways"
    pick(page, "Pause")
    view.locator(".kta-state[data-state=Paused]").wait_for()
    cursor = view.get_by_role("slider", name="Time cursor")
    cursor.focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    assert "wanted 5" in cursor.get_attribute("aria-valuetext")
    see(page, "time-axis-2-paused")
    dark(page)
    view.scroll_into_view_if_needed()
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('.js-line')).stroke !== 'rgb(26, 127, 69)'"
    )
    see(page, "time-axis-3-dark")
    pick(page, "Pause")
    pick(page, "Replay")
    view.locator(".kta-state[data-state=Replay]").wait_for()
    see(page, "time-axis-4-replay")
    view.get_by_role("button", name="Back to now").click()
    view.locator(".kta-state[data-state=Live]").wait_for()


def test_it_goes_on_while_a_cell_runs_and_is_saved(lab_page, cluster, namespace, tmp_path):
    page = lab_page()
    run_in_new_cell(page, SHOW % namespace)
    view = axis_of(page, namespace)
    run_in_new_cell(page, "import subprocess; subprocess.run(['kubectl', 'wait', '--for=condition=Available', "
                          f"'deployment/web-app', '-n', '{namespace}', '--timeout=120s'])")  # fmt: skip
    cluster.kubectl("apply", "-n", namespace, "-f", MANIFEST)
    wait_for_ready_bars(page, 1)
    wait_for_headline(view, "3 pods, 3 ready")
    with page.expect_download() as picture:
        view.get_by_role("button", name="Save picture").click()
    picture.value.save_as(tmp_path / "axis.png")
    assert (tmp_path / "axis.png").read_bytes().startswith(b"\x89PNG")
    assert picture.value.suggested_filename == f"time-axis-{namespace}.png"
    (ROOT / "artefacts" / "time-axis-5-saved.png").write_bytes((tmp_path / "axis.png").read_bytes())
    with page.expect_download() as table:
        view.get_by_role("button", name="Save table").click()
    table.value.save_as(tmp_path / "axis.csv")
    with (tmp_path / "axis.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {"replicas", "pods", "events"} <= {row["lane"] for row in rows}
    view.get_by_role("button", name="Show as text").click()
    view.locator("pre").get_by_text("What happened, in order:").wait_for()
    see(page, "time-axis-6-text")
