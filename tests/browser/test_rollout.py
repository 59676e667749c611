"""A rollout and its traffic in real JupyterLab, on a live cluster: what moves, what the buttons do, what is left behind."""

import json
import pathlib

import pytest

from tests.browser.jupyter import dark, run_in_new_cell, see

pytestmark = pytest.mark.browser

ROOT = pathlib.Path(__file__).parents[2]
MANIFEST = ROOT / "lessons" / "manifests" / "04-deployments" / "exercise.yaml"
SECOND = 1000  # Playwright counts milliseconds


@pytest.fixture
def kubectl(cluster, namespace):
    return lambda *args: cluster.kubectl("-n", namespace, *args)


def test_a_rollout_is_seen_stopped_undone_paused_and_resumed(lab_page, kubectl, namespace):
    page = lab_page()
    run_in_new_cell(page, f'import kubetutor as kt; kt.rollout("web-app", "{namespace}")')
    view = page.get_by_role("region", name="Rollout of Deployment web-app")
    view.get_by_text("There is no Deployment web-app here.").wait_for(timeout=90 * SECOND)
    kubectl("apply", "-f", str(MANIFEST))
    view.get_by_text("Revision 1 is rolled out, 5 of 5 pods available.", exact=True).wait_for(
        timeout=90 * SECOND
    )
    kubectl("set", "image", "deployment/web-app", "web=my-app:2.0")
    view.get_by_role("article", name="New ReplicaSet").get_by_text("revision 2").wait_for()
    view.scroll_into_view_if_needed()
    see(page, "rollout-1-under-way")
    view.get_by_text("Revision 2 is rolled out, 5 of 5 pods available.", exact=True).wait_for(
        timeout=90 * SECOND
    )
    see(page, "rollout-2-complete")
    kubectl("patch", "deployment/web-app", "-p", '{"spec": {"progressDeadlineSeconds": 5}}')
    kubectl("set", "image", "deployment/web-app", "web=my-app:broken")
    view.get_by_text("No old pod may end: 4 available of at least 4.").wait_for(timeout=90 * SECOND)
    view.get_by_text("The rollout has stopped: no progress within 5 s.").wait_for(timeout=90 * SECOND)
    see(page, "rollout-3-stopped")
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    view.locator(".ktr-outcome").get_by_text("deployment.apps/web-app rolled back").wait_for()
    view.get_by_text("Revision 4 is rolled out, 5 of 5 pods available.", exact=True).wait_for(
        timeout=90 * SECOND
    )
    page.get_by_role("button", name="Pause").click()
    view.locator(".ktr-outcome").get_by_text("deployment.apps/web-app paused").wait_for()
    page.get_by_role("button", name="Undo").click()
    view.locator(".ktr-outcome").get_by_text("you cannot rollback a paused deployment").wait_for()
    see(page, "rollout-4-refused")
    page.get_by_role("button", name="Resume").click()
    view.locator(".ktr-outcome").get_by_text("deployment.apps/web-app resumed").wait_for()
    view.get_by_role("button", name="Show as text").click()
    view.locator("pre").get_by_text("maxSurge: 25% is 2 pods, rounded up").wait_for()
    dark(page)
    view.get_by_role("button", name="Show as picture").click()
    view.scroll_into_view_if_needed()
    see(page, "rollout-5-dark")
    assert view.evaluate("element => element.scrollWidth <= element.clientWidth"), "the view scrolls sideways"


def test_traffic_runs_through_a_rollout_and_leaves_nothing_behind(lab_page, kubectl, namespace):
    kubectl("apply", "-f", str(MANIFEST))
    kubectl("rollout", "status", "deployment/web-app", "--timeout=90s")
    page = lab_page()
    run_in_new_cell(page, f'import kubetutor as kt; kt.traffic("web-service", "{namespace}")')
    view = page.get_by_role("region", name="Traffic through Service web-service")
    view.get_by_text("Nobody has asked yet.").wait_for(timeout=90 * SECOND)
    page.locator(".jupyter-button", has_text="Start").click()
    view.get_by_text("The load pod asks.", exact=True).wait_for(timeout=90 * SECOND)
    view.locator(".ktv-plot .bars path").first.wait_for(state="attached", timeout=60 * SECOND)
    slider = page.get_by_role("slider")
    slider.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    view.get_by_text("80 requests/s").first.wait_for()
    kubectl("set", "image", "deployment/web-app", "web=my-app:2.0")
    kubectl("rollout", "status", "deployment/web-app", "--timeout=90s")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.ktv-plot .ytick, .ktv-plot .y3tick')].some((t) => t.textContent.trim() === '2.0')",
        timeout=60 * SECOND,
    )
    view.scroll_into_view_if_needed()
    see(page, "traffic-1-rollout")
    dark(page)
    view.scroll_into_view_if_needed()
    see(page, "traffic-2-dark")
    view.get_by_role("button", name="Show as text").click()
    view.locator("pre").get_by_text("Share by version, last 10 s").wait_for()
    page.locator(".jupyter-button", has_text="Stop").click()
    view.get_by_text("Nobody asks now.", exact=True).wait_for(timeout=60 * SECOND)
    kubectl("wait", "--for=delete", "pod/load", "--timeout=60s")


def test_the_load_pod_goes_with_the_kernel(lab_page, kubectl, namespace):
    kubectl("apply", "-f", str(MANIFEST))
    kubectl("rollout", "status", "deployment/web-app", "--timeout=90s")
    page = lab_page()
    run_in_new_cell(page, f'import kubetutor as kt; view = kt.traffic("web-service", "{namespace}"); view')
    page.locator(".jupyter-button", has_text="Start").click(timeout=90 * SECOND)
    page.get_by_text("The load pod asks.", exact=True).wait_for(timeout=90 * SECOND)
    page.get_by_role("menubar").get_by_text("Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Shut Down Kernel", exact=True).click()
    kubectl("wait", "--for=delete", "pod/load", "--timeout=60s")
    assert json.loads(kubectl("get", "pods", "-l", "kubetutor.io/role=load", "-o", "json"))["items"] == []
