"""What is left of a view without its kernel: in JupyterLab, in an exported page without a network, cleaned as GitHub does."""

import json
import pathlib
import urllib.request

import nbconvert
import nbformat
import pytest
from traitlets.config import Config

from kubetutor.lab import page as lesson_page
from tests.browser.jupyter import run_in_new_cell, see

pytestmark = pytest.mark.browser

ROOT = pathlib.Path(__file__).parents[2]
MANIFEST = str(ROOT / "lessons" / "manifests" / "04-deployments" / "deployment.yaml")
FACTS = "3 pods, 3 ready."
ERROR = "Error displaying widget"
SECOND = 1000  # Playwright counts milliseconds


@pytest.fixture
def shop(cluster, namespace):
    """A namespace with three Ready pods."""
    cluster.kubectl("apply", "-n", namespace, "-f", MANIFEST)
    cluster.kubectl(
        "wait", "-n", namespace, "--for=condition=available", "deployment/web-app", "--timeout=60s"
    )
    return namespace


@pytest.fixture
def opened(lab_page, shop):
    """A notebook in JupyterLab whose second cell shows the cluster map."""
    page = lab_page()
    run_in_new_cell(page, f'import kubetutor as kt; view = kt.cluster_map("{shop}"); view')
    page.locator(".ktv").get_by_text(FACTS, exact=True).wait_for(timeout=60 * SECOND)
    return page


def still(page):
    return page.locator(".kubetutor-still")


def saved(page, lab):
    """Save, and answer the notebook as it is in the file, once the still picture of the map is in it."""
    page.wait_for_function(
        f"document.querySelector('.kubetutor-still')?.textContent.includes({json.dumps(FACTS)})"
    )
    (file,) = [one for one in lab.folder.glob("*.ipynb") if f"{one.name}?" in f"{page.url}?"]
    page.get_by_role("menubar").get_by_text("File", exact=True).click()
    with page.expect_response(lambda answer: answer.ok and writes(answer.request, file.name)):
        page.locator(".lm-Menu-itemLabel").get_by_text("Save Notebook", exact=True).click()
    assert FACTS in file.read_text()
    return file


def writes(request, name):
    """Say whether this saves the notebook. JupyterLab saves the places of its panes, too."""
    return request.method == "PUT" and f"/api/contents/{name}" in request.url


def end_kernels(lab):
    with urllib.request.urlopen(lab.url + "api/sessions") as answer:
        sessions = json.load(answer)
    for session in sessions:
        request = urllib.request.Request(f"{lab.url}api/sessions/{session['id']}", method="DELETE")
        urllib.request.urlopen(request).close()


def read_offline(chrome, file):
    """Open a page from a file, without a network."""
    context = chrome.new_context(offline=True, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(file.as_uri())
    return page


def test_the_still_picture_is_hidden_while_the_view_lives(opened):
    assert still(opened).count() == 1
    assert not still(opened).is_visible()


def test_a_saved_notebook_shows_the_facts_after_its_kernel_has_gone(opened, lab):
    saved(opened, lab)
    end_kernels(lab)
    opened.reload()
    still(opened).get_by_text(FACTS).wait_for(timeout=60 * SECOND)
    opened.wait_for_function(f"document.body.textContent.includes({json.dumps(ERROR)})")
    assert not opened.get_by_text(ERROR).is_visible(), "the facts stand below, not an error"
    assert still(opened).get_by_text("This is how it was at").is_visible()
    see(opened, "still-1-reloaded")


def test_a_view_whose_kernel_ends_keeps_its_picture_and_says_so(opened, lab):
    end_kernels(lab)
    view = opened.locator(".ktv")
    view.get_by_text("The kernel of this notebook no longer answers").wait_for(timeout=60 * SECOND)
    assert view.get_by_role("button", name="web-app-").count() == 3
    view.get_by_role("button", name="Show as text").click()
    view.locator("pre").get_by_text("Deployment web-app: 3 of 3 ready").wait_for()
    see(opened, "still-2-kernel-ended")


def test_an_exported_page_shows_the_facts_without_a_network(opened, lab, chrome, tmp_path):
    notebook = nbformat.read(saved(opened, lab), as_version=4)
    body, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    (tmp_path / "exported.html").write_text(body)
    page = read_offline(chrome, tmp_path / "exported.html")
    assert still(page).get_by_text(FACTS).is_visible()
    see(page, "still-3-nbconvert")
    lesson_page.write(notebook, tmp_path / "lesson.html")
    page = read_offline(chrome, tmp_path / "lesson.html")
    assert still(page).get_by_text(FACTS).is_visible()
    see(page, "still-4-lesson-page")


def test_cleaned_html_keeps_the_facts_and_nothing_that_runs(opened, lab):
    notebook = nbformat.read(saved(opened, lab), as_version=4)
    config = Config({"HTMLExporter": {"sanitize_html": True}})
    body, _ = nbconvert.HTMLExporter(config=config).from_notebook_node(notebook)
    assert FACTS in body
    assert "web-app-" in body
