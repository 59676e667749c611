"""Nobody else gets in: neither through files nor through the API."""

import os
import pwd
import shutil
import ssl
import stat
import subprocess
import urllib.error
import urllib.request

import pytest

from kubetutor.cluster import main_process
from tests.cluster.machine import Machine

pytestmark = pytest.mark.kubectl


@pytest.fixture
def machine(tmp_path):
    made = Machine(tmp_path / "home")
    made.run("up")
    yield made
    made.run("down", "--all")


def answer(machine, path, headers):
    """Ask the API without checking its certificate, as an intruder would; answer the HTTP status."""
    server = main_process.describe(machine.folder)["server"]
    request = urllib.request.Request(server + path, headers=headers)
    context = ssl._create_unverified_context()  # noqa: S323  # an intruder does not check
    try:
        with urllib.request.urlopen(request, timeout=10, context=context) as got:
            return got.status
    except urllib.error.HTTPError as error:
        return error.code


def open_to_others(machine):
    """List what group or others may do anything with.

    Not what is inside of closed folders and not ours: kubectl makes its cache itself, and what is in a container or in
    a volume has the modes that Kubernetes and its programs give it.
    """
    everything = [machine.home.path, *machine.home.path.rglob("*")]
    return [
        path for path in everything
        if stat.S_IMODE(path.lstat().st_mode) & 0o077
        and not path.is_symlink()
        and machine.folder.kubectl_cache not in (path, *path.parents)
        and not {"containers", "volumes"} & {folder.name for folder in path.parents}
    ]  # fmt: skip


def test_nothing_below_the_state_folder_is_open_to_others(machine):
    machine.kubectl("create", "deployment", "web", "--image=my-app:1.0", "--replicas=2")
    machine.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    machine.kubectl("exec", "deployment/web", "--", "sh", "-c", "echo till > coins; mkdir notes")
    machine.run("image", "add", "my-tool:1.0", "--", "true")
    machine.kubectl("explain", "pod")
    assert list(machine.home.path.rglob("coins"))
    assert list(machine.home.path.rglob("state.db-wal"))
    assert list(machine.home.path.rglob("*.log"))
    assert open_to_others(machine) == []


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, 403), ("", 403), ("Bearer", 403), ("Bearer ", 403), ("Basic Og==", 403), ("bearer   ", 403),
        ("Bearer wrong", 401), ("Bearer \u00fc", 401),
    ],
)  # fmt: skip
def test_the_api_refuses_whoever_has_not_the_token(machine, authorization, code):
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    for path in (
        "/api/v1/pods",
        "/api",
        "/apis",
        "/openapi/v3",
        "/api/v1/namespaces/default/pods/web/log",
        "/nothing",
    ):
        assert answer(machine, path, headers) == code


def test_a_token_file_that_was_emptied_is_no_empty_password(machine):
    machine.run("down", "--keep")
    (machine.folder.path / "token").write_text("")
    machine.run("up")
    assert answer(machine, "/api/v1/pods", {"Authorization": "Bearer "}) == 403
    machine.kubectl("get", "pods")


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("runuser"), reason="only root can act as a second user"
)
def test_a_second_user_can_neither_read_the_kubeconfig_nor_use_the_api(machine):
    another = next(
        (user.pw_name for user in pwd.getpwall() if user.pw_uid >= 1000 and user.pw_name != "nobody"),
        "nobody",
    )
    for path in (
        machine.folder.kubeconfig,
        machine.folder.path / "token",
        machine.folder.database,
        machine.folder.log,
    ):
        read = subprocess.run(
            ["runuser", "-u", another, "--", "cat", str(path)], capture_output=True, text=True, check=False
        )
        assert read.returncode != 0
        assert read.stdout == ""
    server = main_process.describe(machine.folder)["server"]
    asked = subprocess.run(
        ["runuser", "-u", another, "--", "kubectl", "--server", server, "--insecure-skip-tls-verify", "--token=wrong", "get", "pods"],
        capture_output=True, text=True, check=False, env={**machine.environ, "HOME": "/nonexistent", "KUBECONFIG": "/dev/null"},
    )  # fmt: skip
    assert asked.returncode != 0
    assert asked.stdout == ""
