"""Does the commands of an exercise as a learner would, and writes them as a learner would.

What a learner types stands in the notebook or a terminal: `kubectl` in the lesson's namespace, and `kubetutor node ...`.
"""

from __future__ import annotations

import shlex
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import is_load
from kubetutor.cluster import share
from kubetutor.errors import LessonError
from kubetutor.exercises.exercise import WORKER
from kubetutor.exercises.own_kubeconfig import OWN_KUBECONFIG, lesson_kubeconfig

if TYPE_CHECKING:
    from kubetutor.exercises.exercise import Attempt, Cluster, Command

NODE_POWER = ("kubetutor", "node")  # what a command begins with that is not kubectl's
MANIFESTS = "manifests/"


class Doing:
    """Commands for one namespace of one cluster. `files` is the folder of a lesson that did not come with kubetutor."""

    def __init__(self, cluster: Cluster, namespace: str, files: Path | None = None) -> None:
        self._cluster, self._namespace, self._files = cluster, namespace, files

    def attempt(self, attempt: Attempt) -> None:
        """Do all that an attempt does, with its files in a folder of their own."""
        with tempfile.TemporaryDirectory(prefix="kubetutor-attempt-") as folder:
            for name, text in attempt.files.items():
                Path(folder, name).write_text(text, encoding="utf-8")
            for command in attempt.commands:
                self.do(tuple(str(Path(folder, arg)) if arg in attempt.files else arg for arg in command))

    def do(self, command: Command) -> None:
        """Do one command. Raise what the command raises."""
        if WORKER in command:
            worker = self.busiest_node()
            command = tuple(worker if arg == WORKER else arg for arg in command)
        if command[:2] == NODE_POWER:
            acts = {"stop": self._cluster.stop_node, "start": self._cluster.start_node}
            acts[command[2]](command[3])
        elif OWN_KUBECONFIG in command:
            path = f"--kubeconfig={lesson_kubeconfig(self._cluster)}"
            self._cluster.kubectl(*(path if arg == OWN_KUBECONFIG else self._found(arg) for arg in command))
        else:
            self.kubectl(*command)

    def kubectl(self, *args: str) -> Any:
        """Run kubectl in the lesson's namespace. Manifests are found from any working folder."""
        return self._cluster.kubectl("--namespace", self._namespace, *map(self._found, args))

    def _found(self, arg: str) -> str:
        return resolved(arg, self._files)

    def busiest_node(self) -> str:
        """Answer the node with the most of the lesson's pods; of several the first by name."""
        pods = self._cluster.api.list("pods", namespace=self._namespace)
        nodes: Counter[str] = Counter(pod["spec"].get("nodeName", "") for pod in pods if not is_load(pod))
        nodes.pop("", None)
        if not nodes:
            raise LessonError(f"No pod of {self._namespace} is on a node, so there is no node to choose.")
        return min(nodes, key=lambda node: (-nodes[node], node))


def in_words(attempt: Attempt) -> tuple[tuple[str, str], ...]:
    """Write an attempt as the files and commands that a learner would use: each can be pasted into a shell."""
    files = [(f"file {name}", text) for name, text in attempt.files.items()]
    lines = [
        shlex.join(
            word.replace(WORKER, "NODE")
            for word in (command if command[:2] == NODE_POWER else ("kubectl", *command))
        )
        for command in attempt.commands
    ]
    return (*files, *((str(place), line) for place, line in enumerate(lines, 1)))


def resolved(arg: str, files: Path | None = None) -> str:
    """Take the learner's own copy of a manifest where there is one, else the one that came with the lesson."""
    if not arg.startswith(MANIFESTS) or Path(arg).exists():
        return arg
    return str((files or share.folder("lessons")) / arg)
