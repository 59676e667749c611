"""One server, looked after by a supervisor: what many applications run on before anybody thinks of a cluster.

1. A thread starts my-app as a process of this machine, and waits until it ends.
2. It ended by itself: start it again after PAUSE. That is what systemd does with `Restart=always`, and its default pause.
   Unlike systemd, which by default gives up after five starts within ten seconds, this one goes on trying.
3. A new version: stop the process, wait until it has finished, start the new one.
4. The processes end with this Python, however that ends: each watches a pipe that closes then.

What asks it is the program of the load pod (`kubetutor/images/load.py`), here as a process. So both sides of the
experiment are measured by the same program.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from typing import TYPE_CHECKING

from kubetutor.cluster.load.interval import parse
from kubetutor.cluster.load.manifest import program
from kubetutor.errors import LessonError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.cluster.load.interval import Interval

HOST = "127.0.0.1"
PAUSE = 0.1  # seconds between an end and the next start
PATIENCE = 60.0  # seconds to start, and to stop; a busy machine is slow
LOOK = 0.02  # seconds between two looks whether it answers
MY_APP = """
import os, sys, threading
from kubetutor.images import my_app
def end_with_parent():
    os.read(0, 1)
    os._exit(1)
threading.Thread(target=end_with_parent, daemon=True).start()
my_app.PORT = int(sys.argv[1])
sys.exit(my_app.main([]))
"""


class SupervisedServer:
    """my-app as one process of this machine. `restarts` counts how often it had to be started again."""

    def __init__(self, version: str) -> None:
        self.port = free_port()
        self.restarts = 0
        self._version = version
        self._process: subprocess.Popen[bytes] | None = None
        self._asker: subprocess.Popen[bytes] | None = None
        self._is_wanted = threading.Event()
        self._is_changed = threading.Event()  # somebody ended the process on purpose
        self._keeper = threading.Thread(target=self._keep, name="supervisor", daemon=True)

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers. Raise LessonError if it never does."""
        self._is_wanted.set()
        self._keeper.start()
        atexit.register(self.stop)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if time.monotonic() > deadline:
                self.stop()
                raise LessonError(f"The server on this machine does not answer at {self.address}.")
            time.sleep(LOOK)

    def install(self, version: str) -> None:
        """Bring another version: stop, then start."""
        self._version = version
        self._is_changed.set()
        self._end()

    def crash(self) -> None:
        """Make the process end with exit code 1."""
        urllib.request.urlopen(f"http://{self.address}/crash", timeout=PATIENCE).close()

    def asked(self) -> Iterator[Interval]:
        """Ask it 50 times a second from now on, until it is stopped, and tell what comes of it."""
        command = (sys.executable, "-I", "-S", "-u", "-c", program())
        environment = {**os.environ, "TARGET": self.address, "KUBETUTOR_VOLUMES": "/nowhere"}
        self._asker = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        assert self._asker.stdout is not None  # noqa: S101  # a pipe was asked for
        for line in self._asker.stdout:
            if interval := parse(line.decode()):
                yield interval

    def stop(self) -> None:
        """End everything. It may be called again."""
        atexit.unregister(self.stop)
        self._is_wanted.clear()
        self._is_changed.set()
        self._end()
        if self._asker is not None:
            self._asker.kill()
            self._asker.wait()
        if self._keeper.is_alive():
            self._keeper.join(PATIENCE)

    def _keep(self) -> None:
        while self._is_wanted.is_set():
            self._process = self._start_process()
            if not self._is_wanted.is_set():
                self._end()
            self._process.wait()
            if self._is_changed.is_set():
                self._is_changed.clear()
            else:
                self.restarts += 1
                if self._is_changed.wait(PAUSE):
                    self._is_changed.clear()

    def _start_process(self) -> subprocess.Popen[bytes]:
        command = (sys.executable, "-c", MY_APP, str(self.port))
        environment = {
            **os.environ,
            "APP_VERSION": self._version,
            "KUBETUTOR_LISTEN": HOST,
            "HOSTNAME": "one-server",
        }
        return subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _end(self) -> None:
        """Ask the process to finish; wait until it has, and insist when it takes too long."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.address}/healthz", timeout=1.0) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        return port
