"""A command that goes on until it is ended, as a process of its own."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).parents[2]


class Command:
    """A running command, and what it has printed so far."""

    def __init__(self, *words):
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "kubetutor", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        self.lines, self.has_link = [], threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if "http://" in line:
                self.has_link.set()
        self.has_link.set()

    @property
    def said(self):
        return "".join(self.lines)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self._reader.join(10)
        self.process.stdout.close()
        return code


@contextlib.contextmanager
def running(*words):
    command = Command(*words)
    try:
        assert command.has_link.wait(60)
        yield command
    finally:
        if command.process.poll() is None:
            command.process.kill()
            command.end()
