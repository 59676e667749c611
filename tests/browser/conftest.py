"""JupyterLab in Chromium on a live cluster, and what tests do there. On failure its log goes to artefacts/."""

import contextlib
import dataclasses
import json
import pathlib
import shutil
import urllib.request

import nbformat
import pytest

from tests.browser.server import SWITCHES, jupyterlab

ROOT = pathlib.Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
SECOND = 1000  # Playwright counts milliseconds


def pytest_collection_modifyitems(items):
    """One worker does them all: one JupyterLab, and one browser that works at a time."""
    for item in items:
        if pathlib.Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="module")
def chromium():
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("NO BROWSER: nothing was seen in JupyterLab. Install chromium: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def lab(cluster, tmp_path_factory):
    """JupyterLab on a copy of the lessons, in the cluster's environment."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "lessons", folder / "lessons")
    home = str(cluster.kubeconfig.parents[2])
    with jupyterlab(folder, {**cluster.environment, "KUBETUTOR_HOME": home}) as url:
        yield Lab(url, folder / "lessons")


@pytest.fixture(
    scope="module"
)  # as long as it is there, no other event loop can run, and other modules want theirs
def chrome(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def lab_page(chrome, lab, request):
    """Open a notebook in JupyterLab, and nothing that was open before: `lab_page("04-deployments.ipynb")`, or an empty one where none is named."""
    pages = []

    def opened(notebook=None):
        page = chrome.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(60 * SECOND)
        pages.append(page)
        page.goto(f"{lab.url}lab/tree/{notebook or lab.empty_notebook(request.node.name)}?reset")
        wait_for_kernel(page)
        return page

    ARTEFACTS.mkdir(exist_ok=True)
    yield opened
    for number, page in enumerate(pages):
        with contextlib.suppress(Exception):
            page.screenshot(path=ARTEFACTS / f"{request.node.name}-last-{number}.png")
        page.close()
    lab.end_kernels()


@dataclasses.dataclass(frozen=True)
class Lab:
    """A running JupyterLab and the folder that it shows."""

    url: str
    folder: pathlib.Path

    def empty_notebook(self, name):
        safe = "".join(letter if letter.isalnum() else "-" for letter in name)
        kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}  # else JupyterLab asks for one
        cells = [nbformat.v4.new_code_cell("")]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, self.folder / f"{safe}.ipynb")
        return f"{safe}.ipynb"

    def end_kernels(self):
        """End the kernels of all notebooks, so that the next test is alone on the machine."""
        with urllib.request.urlopen(f"{self.url}api/sessions", timeout=10) as answer:  # our own server
            sessions = json.load(answer)
        for session in sessions:
            request = urllib.request.Request(f"{self.url}api/sessions/{session['id']}", method="DELETE")
            urllib.request.urlopen(request, timeout=30).close()


def wait_for_kernel(page):
    """Wait until the notebook is drawn and its kernel is there: before that, JupyterLab asks for a kernel."""
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    page.locator("#jp-main-statusbar").get_by_text("Python 3 (ipykernel) | Idle").wait_for(
        timeout=90 * SECOND
    )
