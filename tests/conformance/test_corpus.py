"""Command lines with the answers that a real cluster gave, asked again of the cluster at hand.

Each file of `corpus/` is a scenario (see `transcript.py`). It runs in a namespace of its own, in a folder that holds
`corpus/manifests/`. After a change to a scenario, record it on a real cluster and read the change before you commit it:

    pytest tests/conformance/test_corpus.py --kubetutor-backend context --record [-k NAME]

`differences.py` lists the lines that `embedded` may answer differently.
"""

from __future__ import annotations

import difflib
import json
import os
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from .conftest import Kubectl, eventually
from .corpus_differences import DIFFERENCES
from .normalise import Names, Surroundings, normalise
from .transcript import Answer, parse, write

CORPUS = Path(__file__).with_name("corpus")
SCENARIOS = sorted(CORPUS.glob("*.txt"))
ENOUGH = 120
PATIENCE = 60.0

pytestmark = pytest.mark.kubectl


class Desk:
    """Where a scenario's commands are typed: a folder with the manifests, a kubeconfig with the namespace."""

    def __init__(self, folder: Path, cluster, namespace: str) -> None:
        shutil.copytree(CORPUS / "manifests", folder)
        kubeconfig = folder.with_name("kubeconfig")
        shutil.copy(cluster.kubeconfig, kubeconfig)
        kubectl = Kubectl(str(kubeconfig), namespace)
        kubectl.ok("config", "set-context", "--current", f"--namespace={namespace}")
        config = json.loads(kubectl.ok("config", "view", "--minify", "-o", "json"))
        workers = kubectl.json("get", "nodes", "-l", "!node-role.kubernetes.io/control-plane")["items"]
        worker = workers[0]["metadata"]["name"]
        self.surroundings = Surroundings(
            namespace=namespace,
            cluster=worker.removesuffix("-worker"),
            context=config["current-context"],
            server=config["clusters"][0]["cluster"]["server"],
            folder=str(folder),
        )
        self.names = Names()
        self.folder = folder
        self.environment = {
            **os.environ,
            "PATH": f"{Path(kubectl.executable).parent}:{os.environ['PATH']}",
            "KUBECONFIG": str(kubeconfig),
            "HOME": str(folder.parent),
            "LC_ALL": "C",
            "NAMESPACE": namespace,
            "WORKER": worker,
        }

    def type(self, command: str) -> Answer:
        done = self._run(command)
        return Answer(self._normalised(done.stdout), self._normalised(done.stderr), done.returncode)

    def wait_until(self, condition: str) -> None:
        def holds():
            done = self._run(condition)
            assert done.returncode == 0, f"{condition}\n{done.stdout}{done.stderr}"
            return True

        eventually(holds, within=2 * PATIENCE, every=0.2)

    def _run(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

    def _normalised(self, text: str) -> str:
        return normalise(text, self.surroundings, self.names)


@pytest.fixture
def desk(cluster, tmp_path):
    name = f"corpus-{uuid.uuid4().hex[:8]}"
    cluster.kubectl("create", "namespace", name)
    yield Desk(tmp_path / "desk", cluster, name)
    cluster.kubectl("delete", "namespace", name, "--wait=false")


def replayed(path: Path, desk: Desk):
    """Answer the scenario's lines as recorded, and as this cluster answers them now."""
    recorded = parse(path.read_text())
    seen = []
    for line in recorded:
        if line.condition is not None:
            desk.wait_until(line.condition)
        seen.append(line if line.command is None else line.answered(desk.type(line.command)))
    return recorded, seen


def difference(recorded, seen) -> str:
    lines = difflib.unified_diff(
        str(recorded.answer).splitlines(), str(seen.answer).splitlines(), "recorded", "seen", lineterm="", n=1
    )
    return "\n".join([seen.text, *lines])


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_kubectl_says_what_it_says_on_a_real_cluster(path, desk, cluster, pytestconfig):
    recorded, seen = replayed(path, desk)
    if pytestconfig.getoption("--record", default=False):
        assert cluster.backend != "embedded", "Record on a real cluster: --kubetutor-backend context or kind."
        path.write_text(write(seen))
        return
    allowed = (
        {text for name, text in DIFFERENCES if name == path.stem} if cluster.backend == "embedded" else ()
    )
    problems = [
        difference(before, now)
        for before, now in zip(recorded, seen, strict=True)
        if before.answer != now.answer and now.command not in allowed
    ]
    same = [
        f"{now.text}\nanswers as recorded: take it off differences.py"
        for before, now in zip(recorded, seen, strict=True)
        if before.answer == now.answer and now.command in allowed
    ]
    if problems + same:
        pytest.fail("\n\n".join(["", *problems, *same]), pytrace=False)


def commands() -> list[tuple[str, str]]:
    return [
        (path.stem, line.command)
        for path in SCENARIOS
        for line in parse(path.read_text())
        if line.command is not None
    ]


def test_the_corpus_has_enough_command_lines_that_are_the_same_on_both():
    distinct = {command for _, command in commands()} - {command for _, command in DIFFERENCES}
    assert len(distinct) >= ENOUGH


def test_each_difference_names_a_command_line_of_the_corpus():
    assert set(DIFFERENCES) <= set(commands())


def test_each_command_line_has_its_record():
    assert [
        path.stem
        for path in SCENARIOS
        for line in parse(path.read_text())
        if line.command and not line.answer
    ] == []
