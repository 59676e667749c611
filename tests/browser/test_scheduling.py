"""The scheduler's decision in JupyterLab, on a live cluster. Screenshots go to artefacts/."""

import json

import pytest

from tests.browser.jupyter import dark, run_in_new_cell, see

pytestmark = pytest.mark.browser

SECOND = 1000  # Playwright counts milliseconds
NAMESPACE = "scheduling-watched"


def pod(name, cpu, **spec):
    container = {"name": "web", "image": "my-app:1.0", "resources": {"requests": {"cpu": cpu}}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container], **spec},
    }


def create(cluster, made):
    cluster.kubectl("create", "-n", NAMESPACE, "-f", "-", input=json.dumps(made))


def test_a_decision_is_shown_as_it_is_made(lab_page, cluster):
    page = lab_page()
    cluster.kubectl("create", "namespace", NAMESPACE)
    try:
        run_in_new_cell(page, f'import kubetutor as kt; kt.scheduling(namespace="{NAMESPACE}")')
        view = page.get_by_role("region", name="Scheduler's decision about a pod")
        view.get_by_text("No pods in this namespace yet.").wait_for(timeout=90 * SECOND)
        create(cluster, pod("web", "100m"))
        view = page.get_by_role("region", name="Scheduler's decision about web")
        view.get_by_text("web went to").first.wait_for(timeout=60 * SECOND)
        view.get_by_text("Told by the scheduler").wait_for(timeout=30 * SECOND)
        view.get_by_role("rowheader", name="chosen").wait_for()
        assert view.get_by_role("rowheader", name="ruled out").count() == 1, "the control plane's node"
        view.scroll_into_view_if_needed()
        see(page, "scheduling-1-placed")
        create(cluster, pod("greedy", "64"))
        view = page.get_by_role("region", name="Scheduler's decision about greedy")
        view.get_by_text("greedy has no node: all 3 nodes are ruled out.").first.wait_for(timeout=60 * SECOND)
        view.get_by_text("Insufficient cpu: the pod asks for 64").first.wait_for()
        assert view.evaluate("element => element.scrollWidth <= element.clientWidth"), (
            "the view scrolls sideways"
        )
        dark(page)
        view.scroll_into_view_if_needed()
        see(page, "scheduling-2-refused-dark")
        chooser = page.get_by_role("combobox").filter(has_text="the newest pod")
        chooser.select_option(index=2)
        page.get_by_role("region", name="Scheduler's decision about web").wait_for(timeout=30 * SECOND)
        view = page.get_by_role("region", name="Scheduler's decision about web")
        view.get_by_role("button", name="Show as text").click()
        view.locator("pre").get_by_text("web went to").wait_for()
    finally:
        cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
