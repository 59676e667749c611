"""The cluster map in a real JupyterLab on a live cluster: it moves while a cell runs, filters, and leaves nothing behind."""

import contextlib

import psutil
import pytest

from tests.browser.jupyter import dark, run_in_new_cell, see

pytestmark = [pytest.mark.browser, pytest.mark.both]

SECOND = 1000  # Playwright counts milliseconds
PODS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-app}
spec:
  replicas: 3
  selector: {matchLabels: {app: web-app}}
  template:
    metadata: {labels: {app: web-app}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - {name: web, image: "busybox:1.36", command: [sleep, "1000000"]}
"""


@pytest.fixture
def shop(cluster, namespace, tmp_path):
    """Three pods of a Deployment in a namespace of their own."""
    manifest = tmp_path / "shop.yaml"
    manifest.write_text(PODS)
    cluster.kubectl("apply", "-n", namespace, "-f", str(manifest))
    return namespace


def show_map(page, namespace, more=""):
    """Show the map in a new cell, and answer it. The cell also prints the number of the kernel's process."""
    start = f'import os, kubetutor as kt; print("kernel", os.getpid()); view = kt.cluster_map("{namespace}")'
    run_in_new_cell(page, f"{start}\n{more}\nview" if more else f"{start}\nview")
    view = page.get_by_role("region", name=f"Cluster map of namespace {namespace}")
    view.wait_for(timeout=90 * SECOND)
    return view


def kernel_of(page):
    said = page.locator(".jp-OutputArea-output").filter(has_text="kernel ").first.inner_text()
    return psutil.Process(int(said.split()[1]))


def watches_of(kernel, cluster):
    """Count the kernel's open connections to the API server."""
    port = int(cluster.status().server.rpartition(":")[2])
    with contextlib.suppress(psutil.NoSuchProcess):
        connections = kernel.net_connections("tcp")
        return sum(1 for link in connections if link.raddr and link.raddr.port == port)
    return 0


def eventually(page, holds, seconds):
    for _ in range(int(seconds * 5)):
        if holds():
            return
        page.wait_for_timeout(200)
    pytest.fail(f"it did not come to hold within {seconds} s")


def headline(view, text):
    view.locator(".ktv-headline").get_by_text(text, exact=True).wait_for(timeout=60 * SECOND)


def test_the_map_moves_while_a_cell_runs_and_hears_clicks(lab_page, cluster, shop):
    page = lab_page()
    view = show_map(page, shop)
    headline(view, "3 pods, 3 ready.")
    run_in_new_cell(page, 'import time; time.sleep(60); print("slept")')
    page.get_by_text("Python 3 (ipykernel) | Busy").wait_for()
    cluster.kubectl("scale", "-n", shop, "deployment/web-app", "--replicas=5")
    headline(view, "5 pods, 5 ready.")
    view.get_by_role("button", name="takes requests: 5 pods").click()
    view.locator(".ktm-filter-said").get_by_text("5 of 5 match.").wait_for()
    view.get_by_role("button", name="Show as text").click()
    view.locator("pre").get_by_text("Deployment web-app: 5 of 5 ready").wait_for()
    assert page.get_by_text("slept", exact=True).count() == 0, "all this happened while the cell ran"


def test_owner_revision_and_facts_are_shown_in_light_and_dark(lab_page, cluster, shop):
    page = lab_page()
    view = show_map(page, shop)
    headline(view, "3 pods, 3 ready.")
    cluster.kubectl("set", "image", "-n", shop, "deployment/web-app", "web=no-such-image:2.0")
    tile = view.locator(".ktm-tile[data-mood='failing']").first
    tile.wait_for(timeout=60 * SECOND)
    view.scroll_into_view_if_needed()
    tile.click()
    view.locator(".ktm-facts").get_by_text("no-such-image:2.0").wait_for()
    view.locator(".ktm-why").wait_for()
    see(page, "cluster-map-lab-light")
    assert view.evaluate("element => element.scrollWidth <= element.clientWidth"), "it scrolls sideways"
    view.get_by_role("button", name="Revision 2", exact=True).click()
    view.locator(".ktm-filter-said").get_by_text("1 of 4 match.").wait_for()
    dark(page)
    view.scroll_into_view_if_needed()
    see(page, "cluster-map-lab-dark")
    page.keyboard.press("Escape")


def test_closing_the_notebook_ends_the_watches(lab_page, cluster, shop):
    page = lab_page()
    view = show_map(page, shop)
    headline(view, "3 pods, 3 ready.")
    kernel = kernel_of(page)
    assert watches_of(kernel, cluster) >= 4
    page.get_by_role("menubar").get_by_text("Edit", exact=True).click()
    page.get_by_role("menuitem", name="Clear Outputs of All Cells").click()
    eventually(page, lambda: watches_of(kernel, cluster) == 0, 30)
    assert kernel.is_running(), "the output is gone, the kernel is not"
    run_in_new_cell(page, "view")
    eventually(page, lambda: watches_of(kernel, cluster) >= 4, 30)
    page.get_by_role("menubar").get_by_text("Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Shut Down Kernel", exact=True).click()
    eventually(page, lambda: not kernel.is_running(), 30)


def test_a_tab_that_was_killed_is_missed_while_the_kernel_lives(lab_page, chrome, cluster, shop):
    page = lab_page()
    view = show_map(page, shop, more="type(view).patience_seconds = 4")
    headline(view, "3 pods, 3 ready.")
    kernel = kernel_of(page)
    page.close(run_before_unload=False)
    clock = chrome.new_page()  # a blank one: the same notebook, saved meanwhile, would show the view again
    eventually(clock, lambda: watches_of(kernel, cluster) == 0, 60)
    assert kernel.is_running()


def test_watches_that_are_cut_are_opened_again(lab_page, cluster, namespace):
    page = lab_page()
    view = show_map(page, namespace)
    headline(view, "No pods yet.")
    run_in_new_cell(page, "for watch in view._feed._watches.values(): watch._stream.close()")
    cluster.kubectl("run", "-n", namespace, "later", "--image=busybox:1.36", "--", "sleep", "1000000")
    headline(view, "1 pod, 1 ready.")
