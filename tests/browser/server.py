"""JupyterLab as learners have it, in a folder of its own. Its log is kept in artefacts/."""

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

ROOT = pathlib.Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
SWITCHES = [  # of Chromium
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SETTINGS = {
    "jupyterlab-contrib": {},
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}


@contextlib.contextmanager
def jupyterlab(folder, environment):
    """Serve `folder`/lessons; answer the address. What was started is ended, kernels too."""
    settings = folder / "settings"
    for name, value in SETTINGS.items():
        (settings / name).parent.mkdir(parents=True, exist_ok=True)
        if value:
            (settings / name).write_text(json.dumps(value))
    environment = {
        **os.environ, **environment,
        "PYTHONPATH": str(ROOT), "HOME": str(folder),
        "JUPYTERLAB_SETTINGS_DIR": str(settings), "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
    }  # fmt: skip
    log = (folder / "jupyter.log").open("w")
    command = [
        "setpriv", "--pdeathsig", "TERM",  # ends with the test run, also where that is killed
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
        end(server)
        log.close()
        ARTEFACTS.mkdir(exist_ok=True)
        shutil.copy(folder / "jupyter.log", ARTEFACTS / "jupyter.log")


def end(server):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)  # its own group: the server and its kernels
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(5)


def address_of(server, folder):
    """Wait until the server has written down where it listens, and answers there."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert server.poll() is None, f"JupyterLab ended: {(folder / 'jupyter.log').read_text()[-3000:]}"
        for file in (folder / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(OSError, ValueError):
                url = json.loads(file.read_text())["url"]
                with urllib.request.urlopen(url + "api/status", timeout=5):  # our own server
                    return url
        time.sleep(0.2)
    raise AssertionError(
        f"JupyterLab did not answer within 120 s: {(folder / 'jupyter.log').read_text()[-3000:]}"
    )
