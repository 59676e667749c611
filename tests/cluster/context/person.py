"""A learner with a home folder of their own, a kubeconfig in it, and the command line."""

import json
import os
import pathlib
import subprocess
import sys

import yaml

from kubetutor.cluster.home import Home

ROOT = pathlib.Path(__file__).parents[3]


class Learner:
    """A person with a home folder, a kubeconfig in it, and the command line."""

    def __init__(self, path):
        self.path = path
        self.config = path / ".kube" / "config"
        self.home = Home(path / "state")
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("KUBE", "XDG_")) and name != "HOME"
        }
        self.environ = {
            **kept,
            "HOME": str(path),
            "KUBETUTOR_HOME": str(self.home.path),
            "PYTHONPATH": str(ROOT),
        }
        self.config.parent.mkdir(parents=True)

    def has(self, document, path=None):
        """Give the learner this kubeconfig."""
        target = path or self.config
        target.write_text(yaml.safe_dump(document), encoding="utf-8")
        target.chmod(0o640)
        return target

    def run(self, *words, code=0):
        """Run one command; answer all that it said."""
        done = subprocess.run(
            [sys.executable, "-m", "kubetutor", *words], cwd=ROOT, env=self.environ, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == code, f"{words}\n{said}"
        assert "Traceback" not in said
        return said

    def up(self, *words, code=0):
        return self.run("up", "--backend", "context", *words, code=code)

    def status(self, *words, code=0):
        return json.loads(self.run("status", "--json", *words, code=code))

    def fingerprint(self):
        """Answer all that would show a change of the user's own kubeconfig."""
        stat = self.config.stat()
        return (
            self.config.read_bytes(),
            stat.st_mtime_ns,
            stat.st_mode,
            stat.st_ino,
            sorted(path.name for path in self.config.parent.iterdir()),
        )
