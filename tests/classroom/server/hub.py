"""A real JupyterHub with our configuration, on a machine that lets it: learners, and what they say in their kernels."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import psutil
import websocket

import kubetutor
from kubetutor.classroom.server import accounts

START_SECONDS = 120
# Where the learners' Python is in a folder that only root may enter, the hub sees that folder with nothing but the Python in it.
OPEN_A_FOLDER = """
set -e
aside=$1; closed=$2; shift 2
n=0; for root in $ROOTS; do n=$((n+1)); mkdir -p "$aside/$n"; mount --bind "$root" "$aside/$n"; done
mount -t tmpfs -o mode=0755 tmpfs "$closed"
n=0; for root in $ROOTS; do n=$((n+1)); mkdir -p "$root"; mount --bind "$aside/$n" "$root"; done
exec "$@"
"""
ROOTS = (sys.base_prefix, sys.prefix, str(Path(kubetutor.__file__).parents[1]))


def why_not() -> str:
    """Say why there can be no hub for a class here; nothing when there can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "accounts and networks of their own need Linux and root"
    for module in ("jupyterhub", "firstuseauthenticator"):
        if find_spec(module) is None:
            return f"the package {module} is not installed: pip install 'kubetutor[server]'"
    for command in ("useradd", "userdel", "unshare"):
        if not shutil.which(command):
            return f"the command {command} is missing"
    if not shutil.which("configurable-http-proxy", path=path_with_scripts()):
        return "the command configurable-http-proxy is missing"
    if subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False).returncode:
        return "this machine does not let root make networks and mounts of their own, as in many containers"
    return ""


def path_with_scripts() -> str:
    """Answer where commands are looked for: a proxy that this machine has comes before the one beside this Python."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)))


class Answer:
    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body

    def json(self):
        return json.loads(self.body)


def ask(method: str, url: str, token: str, document=None, *, timeout: float = 200) -> Answer:
    data = None if document is None else json.dumps(document).encode()
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return Answer(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read())


class Hub:
    """`names` of learners get a suffix of their own, so that no account that was here before is touched."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self.folder, self.token, self.secret = folder, secrets.token_hex(16), secrets.token_hex(16)
        suffix = secrets.token_hex(3)
        self.names = [f"{name}{suffix}" for name in names]
        self.port, self.hub_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        config = self.folder / "config.py"
        scopes = ["admin:users", "admin:servers", "tokens", "access:servers", "list:users"]
        shipped = subprocess.run(
            [sys.executable, "-m", "kubetutor", "class", "server-config"],
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        config.write_text(
            f"load_subconfig({shipped!r})\n"
            "c = get_config()\n"
            f"c.JupyterHub.services = [{{'name': 'tests', 'api_token': {self.token!r}}}]\n"
            f"c.JupyterHub.load_roles = [{{'name': 'tests', 'services': ['tests'], 'scopes': {scopes!r}}}]\n"
            f"c.JupyterHub.hub_bind_url = 'http://127.0.0.1:{self.hub_port}'\n"
            f"c.JupyterHub.bind_url = {self.url!r}\n"
            f"c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:{free_port()}'\n"
        )
        env = {
            **os.environ,
            "PATH": path_with_scripts(),
            "PYTHONPATH": ROOTS[-1],
            "SECRET_OF_THE_HUB": self.secret,
        }
        for name in ("KUBETUTOR_HOME", "KUBECONFIG", "XDG_STATE_HOME"):
            env.pop(name, None)
        argv = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [*self._where_learners_reach_python(env), *argv],
                cwd=self.folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        eventually(self._listens, timeout=START_SECONDS)

    def _listens(self) -> bool:
        assert self.process.poll() is None, self.log()
        return "JupyterHub is now running" in self.log()

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def _where_learners_reach_python(self, env: dict[str, str]) -> list[str]:
        closed = {
            folder
            for root in map(Path, ROOTS)
            for folder in (root, *root.parents)
            if not folder.stat().st_mode & stat.S_IXOTH
        }
        if not closed:
            return []
        outer = min(closed, key=lambda folder: len(folder.parts))
        env["ROOTS"] = " ".join(sorted({root for root in ROOTS if Path(root).is_relative_to(outer)}))
        aside = self.folder / "aside"
        aside.mkdir()
        return [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            OPEN_A_FOLDER,
            "sh",
            str(aside),
            str(outer),
        ]

    def ask(self, method: str, path: str, document=None, *, token: str = "") -> Answer:
        return ask(method, f"{self.url}{path}", token or self.token, document)

    def start_learner(self, name: str) -> Learner:
        assert self.ask("POST", f"/hub/api/users/{name}").status == 201
        started = self.ask("POST", f"/hub/api/users/{name}/server")
        assert started.status in {201, 202}, f"{started.status} {started.body!r}\n{self.log()[-4000:]}"
        eventually(lambda: self._is_ready(name), timeout=START_SECONDS)
        token = self.ask("POST", f"/hub/api/users/{name}/tokens", {"note": "tests"}).json()["token"]
        return Learner(self, name, token)

    def _is_ready(self, name: str) -> bool:
        user = self.ask("GET", f"/hub/api/users/{name}").json()
        server = user["servers"].get("", {})
        assert server, f"{name} has no server:\n{self.log()[-4000:]}"
        return bool(server["ready"])

    def processes(self) -> list[psutil.Process]:
        """List what belongs to the hub: itself, the proxy, and all that learners have."""
        hub = psutil.Process(self.process.pid)
        return [hub, *hub.children(recursive=True)]

    def stop(self) -> list[psutil.Process]:
        """End it as an instructor's Ctrl-C does, remove the accounts, and answer the processes that have outlived it."""
        ours = self.processes() if self.process and self.process.poll() is None else []
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=90)
        _gone, left = psutil.wait_procs(ours, timeout=30)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=10)
        for name in self.names:
            account = accounts.account_name(name)
            with contextlib.suppress(KeyError):
                pwd.getpwnam(account)
                subprocess.run(["userdel", "--remove", account], capture_output=True, check=True)
        return left


class Learner:
    def __init__(self, hub: Hub, name: str, token: str) -> None:
        self.hub, self.name, self.token = hub, name, token
        self.account = pwd.getpwnam(accounts.account_name(name))

    @property
    def home(self) -> Path:
        return Path(self.account.pw_dir) / ".local/state/kubetutor"

    def open(self, notebook: str) -> Kernel:
        """Open a notebook as a browser does: read it, and start its kernel."""
        path = f"/user/{self.name}/api"
        assert self.hub.ask("GET", f"{path}/contents/{notebook}", token=self.token).status == 200
        wanted = {"path": notebook, "name": notebook, "type": "notebook", "kernel": {"name": "python3"}}
        answer = self.hub.ask("POST", f"{path}/sessions", wanted, token=self.token)
        assert answer.status == 201, answer.body
        kernel = answer.json()["kernel"]["id"]
        url = f"ws://127.0.0.1:{self.hub.port}{path}/kernels/{kernel}/channels"
        return Kernel(
            websocket.create_connection(url, header=[f"Authorization: token {self.token}"], timeout=300)
        )


class CellError(AssertionError):
    """A cell ended with an error."""


class Kernel:
    """Runs cells one after the other, over the connection that a notebook in a browser has."""

    def __init__(self, connection: websocket.WebSocket) -> None:
        self._connection, self._session = connection, secrets.token_hex(8)

    def run(self, source: str) -> str:
        """Run a cell; answer what it printed and displayed as text. Raise CellError."""
        number = secrets.token_hex(8)
        header = {
            "msg_id": number,
            "username": "",
            "session": self._session,
            "msg_type": "execute_request",
            "version": "5.3",
        }
        content = {
            "code": source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
        }
        self._connection.send(
            json.dumps(
                {
                    "header": header,
                    "parent_header": {},
                    "metadata": {},
                    "content": content,
                    "channel": "shell",
                    "buffers": [],
                }
            )
        )
        said, waits_for = [], {"execute_reply", "idle"}
        while waits_for:
            message = self._connection.recv()
            document = json.loads(message) if isinstance(message, str) else {}
            if document.get("parent_header", {}).get("msg_id") != number:
                continue
            kind, content = document["msg_type"], document["content"]
            if kind == "error":
                raise CellError(f"{content['ename']}: {content['evalue']}")
            waits_for -= {kind, content.get("execution_state")}
            said.append(content.get("text") or content.get("data", {}).get("text/plain", ""))
        return "".join(said)

    def close(self) -> None:
        self._connection.close()


def eventually(holds, *, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < deadline, f"not after {timeout:g} s"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as any_socket:
        any_socket.bind(("127.0.0.1", 0))
        return any_socket.getsockname()[1]


@contextlib.contextmanager
def hub_with(names: list[str]):
    """Start a hub, and end it with all that it has."""
    with tempfile.TemporaryDirectory(prefix="kubetutor-hub-") as folder:
        hub = Hub(Path(folder), names)
        try:
            hub.start()
            yield hub
        finally:
            hub.stop()
