"""A state folder of a test's own, and the command line on it: for tests of the true cluster."""

import os
import pathlib
import subprocess
import sys

import psutil

from kubetutor.cluster import main_process
from kubetutor.cluster.home import Home

ROOT = pathlib.Path(__file__).parents[2]
KUBETUTOR = [sys.executable, "-m", "kubetutor"]


class Machine:
    """A state folder of its own, and the command line on it."""

    def __init__(self, path):
        self.home = Home(path)
        self.environ = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
        self.environ["KUBETUTOR_HOME"] = str(path)
        self.environ.setdefault("KUBETUTOR_BACKEND", "embedded")  # also where kind could run
        self.folder = self.home.cluster("kubetutor")
        self.patience = 90  # seconds for one command

    def start(self, *words):
        return subprocess.Popen(
            [*KUBETUTOR, *words], cwd=ROOT, env=self.environ, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words, code=0):
        process = self.start(*words)
        out, err = process.communicate(timeout=self.patience)
        assert process.returncode == code, f"{words}\n{out}\n{err}"
        assert "Traceback" not in err
        return out + err if code else out

    def processes(self):
        """List every process that belongs to the cluster, by its command line or its id."""
        ours = {process.pid for process in main_process._main_processes(self.folder)}
        cluster_id = self.folder.id.read_text().strip() if self.folder.id.exists() else None
        for process in psutil.process_iter():
            try:
                if cluster_id and process.environ().get("KUBETUTOR_CLUSTER") == cluster_id:
                    ours.add(process.pid)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return ours

    def pid(self):
        return main_process.describe(self.folder)["pid"]

    def kubectl(self, *words):
        return self.run("kubectl", "--", *words)

    def fork_server(self):
        return next(
            child
            for child in psutil.Process(self.pid()).children()
            if any("forkserver" in word for word in child.cmdline())
        )
