"""A true JupyterLab, around a cluster that is only a kubeconfig's path."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from kubetutor.cluster.cluster import Cluster
from kubetutor.cluster.home import Home
from kubetutor.lab import jupyter

pytestmark = pytest.mark.lesson
ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = """
import json, sys
from kubetutor.lab import jupyter
folder = sys.argv[1]
sys.exit(jupyter.serve(jupyter.command(folder, sys.argv[2:]), json.load(sys.stdin), folder))
"""


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    made.path.mkdir()
    jupyter.write_settings(made)
    return made


@pytest.fixture
def environment(home):
    cluster = Cluster("shop", "embedded", home.path / "clusters" / "shop" / "kubeconfig")
    return jupyter.environment(
        cluster, home, {**os.environ, "JUPYTER_RUNTIME_DIR": str(home.path / "runtime")}
    )


def test_the_environment_has_the_cluster_and_our_kubectl_first(environment, home):
    assert environment["KUBECONFIG"] == str(home.path / "clusters" / "shop" / "kubeconfig")
    assert environment["PATH"].split(os.pathsep)[0] == str(pathlib.Path(sys.executable).parent)
    assert environment["KUBETUTOR_HOME"] == str(home.path)


def test_settings_of_the_user_stay_in_force(environment, home):
    cluster = Cluster("shop", "embedded", home.path / "kubeconfig")
    again = jupyter.environment(cluster, home, {**environment, "JUPYTER_CONFIG_PATH": "/etc/shop"})
    assert again["JUPYTER_CONFIG_PATH"].split(os.pathsep) == [str(home.path / "jupyter"), "/etc/shop"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_jupyterlab_serves_the_lessons_without_news_and_ends_well(environment, home, tmp_path, number):
    (tmp_path / "04-deployments.ipynb").write_text("{}")
    options = ["--no-browser", "--ServerApp.port=0", "--IdentityProvider.token=secret"]
    argv = [sys.executable, "-c", PROGRAM, str(tmp_path), *options]
    with subprocess.Popen(
        argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdin
        process.stdin.write(json.dumps(environment).encode())
        process.stdin.close()
        try:
            base = address_of(home, process)
            assert names_in(f"{base}api/contents?token=secret") >= {"04-deployments.ipynb"}
            with urllib.request.urlopen(f"{base}lab?token=secret", timeout=30) as page:  # our own server
                assert jupyter.NEWS.encode() in page.read()
            process.send_signal(number)
            assert process.wait(timeout=30) in {0, -number, 128 + number}
        finally:
            process.kill()


def address_of(home, process):
    """Wait for the file in which the server says where it is."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for path in (home.path / "runtime").glob("jpserver-*.json"):
            if (text := path.read_text()) and answers(url := json.loads(text)["url"]):
                return url
        assert process.poll() is None, process.stdout.read().decode()
        time.sleep(0.1)
    pytest.fail("JupyterLab did not start")


def answers(url):
    """Say whether it listens yet; the file is written a little earlier."""
    try:
        return bool(names_in(f"{url}api/contents?token=secret"))
    except urllib.error.URLError:
        return False


def names_in(url):
    with urllib.request.urlopen(url, timeout=30) as answer:  # our own server
        return {entry["name"] for entry in json.load(answer)["content"]}
