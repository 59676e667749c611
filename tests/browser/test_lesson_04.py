"""The main job with real parts only: JupyterLab in Chromium, the lesson, a live cluster, pods in the live view.

Screenshots and, on failure, the server's log go to artefacts/.
"""

import pathlib

import pytest

from tests.browser.jupyter import dark, run_all, run_in_new_cell, see

pytestmark = pytest.mark.browser

ROOT = pathlib.Path(__file__).parents[2]
NOTEBOOK = "04-deployments.ipynb"
TERMS_BEFORE_VALUES = """view => {
  const pairs = [...view.querySelectorAll(".ktm-facts > div")].map((pair) => [...pair.children]);
  const edges = pairs.map(([term, value]) => [term.getBoundingClientRect().right, value.getBoundingClientRect().left]);
  return edges.length === 8 && edges.every(([end, start]) => end <= start);
}"""
SECOND = 1000  # Playwright counts milliseconds


def map_of(page):
    return page.get_by_role("region", name="Cluster map of namespace lesson-deployments").first


def test_the_lesson_runs_in_jupyterlab_and_pods_appear_in_the_live_view(lab_page):
    page = lab_page(NOTEBOOK)
    see(page, "lesson-04-1-opened")
    run_all(page)
    view = map_of(page)
    view.wait_for(state="attached", timeout=90 * SECOND)
    pod = view.get_by_role("button", name="web-app-")
    pod.first.wait_for(state="attached", timeout=60 * SECOND)
    view.scroll_into_view_if_needed()
    view.get_by_role("article", name="kubetutor-worker", exact=True).wait_for()
    page.wait_for_function(
        "() => document.querySelectorAll(\".ktm-tile[data-mood='ready']\").length >= 3", timeout=60 * SECOND
    )
    see(page, "lesson-04-2-pods")
    assert "my-app:" in view.inner_text()
    assert view.evaluate("element => element.scrollWidth <= element.clientWidth"), "the view scrolls sideways"
    check = page.locator(".jp-OutputArea-output").filter(has_text="Not started").first
    check.wait_for(state="attached", timeout=180 * SECOND)
    check.scroll_into_view_if_needed()
    see(page, "lesson-04-3-exercise")
    errors = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']")
    assert errors.count() == 0, errors.first.inner_text()


def test_the_view_moves_while_the_learner_works_elsewhere(lab_page, cluster):
    page = lab_page(NOTEBOOK)
    cluster.kubectl("create", "namespace", "lesson-deployments-watched")
    try:
        run_in_new_cell(page, 'import kubetutor as kt; kt.cluster_map("lesson-deployments-watched")')
        view = page.get_by_role("region", name="Cluster map of namespace lesson-deployments-watched")
        view.get_by_text("No pods in this namespace yet.").wait_for(timeout=90 * SECOND)
        manifest = str(ROOT / "lessons" / "manifests" / "04-deployments" / "deployment.yaml")
        cluster.kubectl("apply", "-n", "lesson-deployments-watched", "-f", manifest)
        view.get_by_text("3 pods, 3 ready.", exact=True).wait_for(timeout=60 * SECOND)
        view.scroll_into_view_if_needed()
        view.get_by_role("button", name="web-app-").first.focus()
        see(page, "lesson-04-4-focus")
        assert view.evaluate(TERMS_BEFORE_VALUES), "JupyterLab's own style of lists spoils the pod's facts"
        view.get_by_role("button", name="Show as text").click()
        view.locator("pre").get_by_text("Deployment web-app").wait_for()
        dark(page)
        view.get_by_role("button", name="Show as picture").click()
        view.scroll_into_view_if_needed()
        see(page, "lesson-04-5-dark")
        cluster.kubectl("scale", "-n", "lesson-deployments-watched", "deployment/web-app", "--replicas=1")
        view.get_by_text("1 pod, 1 ready.", exact=True).wait_for(timeout=60 * SECOND)
    finally:
        cluster.kubectl("delete", "namespace", "lesson-deployments-watched", "--wait=false")
