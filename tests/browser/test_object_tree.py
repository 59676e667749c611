"""The object tree in JupyterLab, on a live cluster. Screenshots go to artefacts/."""

import pathlib

import pytest

from tests.browser.jupyter import dark, run_in_new_cell, see

pytestmark = pytest.mark.browser

SECOND = 1000  # Playwright counts milliseconds
NAMESPACE = "tree-watched"
MANIFEST = pathlib.Path(__file__).parents[2] / "lessons" / "manifests" / "04-deployments" / "deployment.yaml"


def test_objects_appear_with_their_ties_and_a_wrong_label_is_said(lab_page, cluster):
    page = lab_page()
    cluster.kubectl("create", "namespace", NAMESPACE)
    try:
        run_in_new_cell(page, f'import kubetutor as kt; kt.object_tree("{NAMESPACE}")')
        view = page.get_by_role("region", name=f"Object tree of namespace {NAMESPACE}")
        view.get_by_text("No objects yet.").first.wait_for(timeout=90 * SECOND)
        cluster.kubectl("apply", "-n", NAMESPACE, "-f", str(MANIFEST))
        service = view.get_by_role("treeitem", name="Service web-service, 3/3 ready")
        service.wait_for(timeout=60 * SECOND)
        view.get_by_role("treeitem", name="Deployment web-app, 3/3 ready").wait_for()
        view.scroll_into_view_if_needed()
        see(page, "object-tree-1-light")
        service.focus()
        why = "Service web-service selects app=web: 3 pods match, all of them ready"
        view.locator(".kto-why").get_by_text(why).wait_for(timeout=30 * SECOND)
        assert view.locator(".kto-item .kto-met").count() == 4, (
            "the label is marked on the service and on three pods"
        )
        see(page, "object-tree-2-service")
        name = cluster.kubectl("get", "pods", "-n", NAMESPACE, "-o", "name").split()[0]
        cluster.kubectl("label", "-n", NAMESPACE, name, "app=debug", "--overwrite")
        view.get_by_role("treeitem", name="orphan").wait_for(timeout=60 * SECOND)
        patch = '{"spec":{"selector":{"app":"wbe"}}}'
        cluster.kubectl("patch", "-n", NAMESPACE, "service", "web-service", "-p", patch)
        view.get_by_role("status").get_by_text("no pod has app=wbe; 3 pods have app=web").wait_for(
            timeout=60 * SECOND
        )
        dark(page)
        view.scroll_into_view_if_needed()
        assert view.evaluate("element => element.scrollWidth <= element.clientWidth"), (
            "the view scrolls sideways"
        )
        see(page, "object-tree-3-dark")
        view.get_by_role("button", name="Show as text").click()
        view.locator("pre").get_by_text("Deployment web-app, 3/3 ready").wait_for()
    finally:
        cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false")
