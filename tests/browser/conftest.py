"""JupyterLab in Chromium on a live cluster, and what tests do there. On failure its log goes to artefacts/."""

import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

ROOT = pathlib.Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
SWITCHES = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SECOND = 1000  # Playwright counts milliseconds
SETTINGS = {
    "jupyterlab-contrib": {},
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}


@pytest.fixture(scope="module")
def chromium():
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("NO BROWSER: nothing was seen in JupyterLab. Install chromium: apt-get install chromium")
    return found


@pytest.fixture(scope="module")
def lab(cluster, tmp_path_factory):
    """JupyterLab on a copy of the lessons, in the cluster's environment."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "lessons", folder / "lessons")
    settings = folder / "settings"
    for name, value in SETTINGS.items():
        (settings / name).parent.mkdir(parents=True, exist_ok=True)
        if value:
            (settings / name).write_text(json.dumps(value))
    environment = {
        **os.environ, **cluster.environment,
        "PYTHONPATH": str(ROOT), "KUBETUTOR_HOME": str(cluster.kubeconfig.parents[2]), "HOME": str(folder),
        "JUPYTERLAB_SETTINGS_DIR": str(settings), "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
    }  # fmt: skip
    log = (folder / "jupyter.log").open("w")
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", "--ServerApp.port=0",
        "--IdentityProvider.token=", "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True",
        "--allow-root", f"--ServerApp.root_dir={folder / 'lessons'}",
    ]  # fmt: skip
    server = subprocess.Popen(
        command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        yield Lab(address_of(server, folder), folder / "lessons")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)  # its own group: the server and its kernels
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(5)
        log.close()
        ARTEFACTS.mkdir(exist_ok=True)
        shutil.copy(folder / "jupyter.log", ARTEFACTS / "jupyter.log")


def address_of(server, folder):
    """Wait until the server has written down where it listens, and answers there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, f"JupyterLab ended: {(folder / 'jupyter.log').read_text()[-3000:]}"
        for file in (folder / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(OSError, ValueError):
                url = json.loads(file.read_text())["url"]
                with urllib.request.urlopen(url + "api/status", timeout=5):  # our own server
                    return url
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not answer within 60 s: {(folder / 'jupyter.log').read_text()[-3000:]}")


@pytest.fixture(scope="module")
def chrome(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def lab_page(chrome, lab, request):
    """Open a notebook in JupyterLab: `lab_page("04-deployments.ipynb")`, or an empty one where none is named."""
    pages = []

    def opened(notebook=None):
        page = chrome.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(30 * SECOND)
        pages.append(page)
        name = notebook or lab.empty_notebook(request.node.name)
        page.goto(f"{lab.url}lab/tree/{name}?reset")  # without the tabs of tests before
        wait_for_kernel(page)
        return page

    ARTEFACTS.mkdir(exist_ok=True)
    yield opened
    for number, page in enumerate(pages):
        with contextlib.suppress(Exception):
            page.screenshot(path=ARTEFACTS / f"{request.node.name}-last-{number}.png")
        page.close()


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


def wait_for_kernel(page):
    """Wait until the notebook is drawn and its kernel is there: before that, JupyterLab asks for a kernel."""
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    page.locator("#jp-main-statusbar").get_by_text("Python 3 (ipykernel) | Idle").wait_for(
        timeout=90 * SECOND
    )
