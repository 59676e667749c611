"""Every view inside a real JupyterLab, light and dark: axe-core finds nothing serious in what the kit draws there."""

import pytest

from tests.browser.jupyter import dark, run_in_new_cell, see
from tests.widgets.drawn import assert_accessible

pytestmark = [pytest.mark.browser, pytest.mark.both]

SECOND = 1000  # Playwright counts milliseconds
MANIFEST = "lessons/manifests/04-deployments/deployment.yaml"
VIEWS = (
    'kt.cluster_map("{0}")',
    'kt.time_axis("{0}")',
    'kt.traffic("web-service", "{0}")',
    'kt.rollout("web-app", "{0}")',
    'kt.scheduling(namespace="{0}")',
    'kt.object_tree("{0}")',
    'kt.break_things("{0}")',
)


def cell_of(namespace):
    views = ", ".join(view.format(namespace) for view in VIEWS)
    return f"import ipywidgets, kubetutor as kt; ipywidgets.VBox([{views}])"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_jupyterlab(lab_page, cluster, namespace, theme):
    cluster.kubectl("apply", "-n", namespace, "-f", MANIFEST)
    cluster.kubectl("rollout", "status", "-n", namespace, "deployment/web-app", "--timeout=60s")
    page = lab_page()
    if theme == "dark":
        dark(page)
    run_in_new_cell(page, cell_of(namespace))
    page.wait_for_function(
        "number => document.querySelectorAll('.ktv-picture > *:first-child').length >= number",
        arg=len(VIEWS),
        timeout=90 * SECOND,
    )
    page.locator(".ktv").nth(3).scroll_into_view_if_needed()
    see(page, f"all-views-{theme}")
    assert_accessible(page, ".jp-OutputArea-output:has(.ktv)")
