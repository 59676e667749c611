"""The main job with real parts only: JupyterLab in Chromium, the lesson, a live cluster, pods in the live view.

Screenshots and, on failure, the server's log go to artefacts/.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

pytestmark = pytest.mark.browser

ROOT = pathlib.Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
NOTEBOOK = "04-deployments.ipynb"
SWITCHES = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
TERMS_BEFORE_VALUES = """view => {
  const pairs = [...view.querySelectorAll(".ktm-facts > div")].map((pair) => [...pair.children]);
  const edges = pairs.map(([term, value]) => [term.getBoundingClientRect().right, value.getBoundingClientRect().left]);
  return edges.length === 8 && edges.every(([end, start]) => end <= start);
}"""
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
        pytest.skip(
            "NO BROWSER: the lesson was not seen in JupyterLab. Install chromium: apt-get install chromium"
        )
    return found


@pytest.fixture(scope="module")
def lab(cluster, tmp_path_factory):
    """JupyterLab on a copy of the lessons, in the cluster's environment; answers its address."""
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
        yield address_of(server, folder)
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


@pytest.fixture
def page(chromium, lab, request):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(30 * SECOND)
        ARTEFACTS.mkdir(exist_ok=True)
        page.goto(f"{lab}lab/tree/{NOTEBOOK}")
        try:
            yield page
        finally:
            with contextlib.suppress(Exception):
                page.screenshot(path=ARTEFACTS / f"lesson-04-{request.node.name}-last.png")
            browser.close()


def see(page, name):
    page.screenshot(path=ARTEFACTS / f"lesson-04-{name}.png")


def open_notebook(page):
    """Wait until the notebook is drawn and its kernel is there: before that, JupyterLab asks for a kernel."""
    page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    page.locator("#jp-main-statusbar").get_by_text("Python 3 (ipykernel) | Idle").wait_for(
        timeout=90 * SECOND
    )


def run_all(page):
    """Run > Run All Cells, by the menu: shortcuts depend on the settings."""
    page.get_by_role("menubar").get_by_text("Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def map_of(page):
    return page.get_by_role("region", name="Cluster map of namespace lesson-deployments").first


def test_the_lesson_runs_in_jupyterlab_and_pods_appear_in_the_live_view(page):
    open_notebook(page)
    see(page, "1-opened")
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
    see(page, "2-pods")
    assert "my-app:" in view.inner_text()
    assert view.evaluate("element => element.scrollWidth <= element.clientWidth"), "the view scrolls sideways"
    check = page.locator(".jp-OutputArea-output").filter(has_text="Not started").first
    check.wait_for(state="attached", timeout=180 * SECOND)
    check.scroll_into_view_if_needed()
    see(page, "3-exercise")
    errors = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']")
    assert errors.count() == 0, errors.first.inner_text()


def test_the_view_moves_while_the_learner_works_elsewhere(page, cluster):
    open_notebook(page)
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
        see(page, "4-focus")
        assert view.evaluate(TERMS_BEFORE_VALUES), "JupyterLab's own style of lists spoils the pod's facts"
        view.get_by_role("button", name="Show as text").click()
        assert "Deployment web-app" in view.locator("pre").inner_text()
        dark(page)
        view.get_by_role("button", name="Show as picture").click()
        view.scroll_into_view_if_needed()
        see(page, "5-dark")
        cluster.kubectl("scale", "-n", "lesson-deployments-watched", "deployment/web-app", "--replicas=1")
        view.get_by_text("1 pod, 1 ready.", exact=True).wait_for(timeout=60 * SECOND)
    finally:
        cluster.kubectl("delete", "namespace", "lesson-deployments-watched", "--wait=false")


def run_in_new_cell(page, text):
    """Add a cell below the first one and run it."""
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.locator(".jp-Notebook .jp-Cell.jp-mod-active .cm-content").click()
    page.keyboard.insert_text(text)
    page.keyboard.press("Shift+Enter")


def dark(page):
    """Settings > Theme > JupyterLab Dark."""
    page.get_by_role("menubar").get_by_text("Settings", exact=True).click()
    page.locator(".lm-Menu-itemLabel").get_by_text("Theme", exact=True).hover()
    page.locator(".lm-Menu-itemLabel").get_by_text("JupyterLab Dark", exact=True).click()
    page.locator("body[data-jp-theme-light='false']").wait_for(state="attached")
