"""One body of tests for every backend: each test gets a namespace of its own and speaks through kubectl."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

PATIENCE = 30.0
EXAMPLE = Path(__file__).parents[2] / "lessons" / "manifests" / "04-deployments" / "deployment.yaml"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write the corpus anew; only on a real cluster")


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


class Kubectl:
    """The real kubectl, in one namespace of the cluster."""

    def __init__(self, kubeconfig: str, namespace: str) -> None:
        self.namespace = namespace
        self.executable = str(Path(sys.executable).with_name("kubectl"))
        if not Path(self.executable).exists():
            self.executable = shutil.which("kubectl") or "kubectl"
        self.environment = {**os.environ, "KUBECONFIG": kubeconfig}

    def argv(self, *arguments: str) -> list[str]:
        return [self.executable, "--namespace", self.namespace, *arguments]

    def __call__(self, *arguments: str, stdin: str | None = None, timeout: float = PATIENCE) -> Answer:
        done = subprocess.run(
            self.argv(*arguments),
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=timeout,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments: str, stdin: str | None = None) -> str:
        answer = self(*arguments, stdin=stdin)
        assert answer.code == 0, f"kubectl {' '.join(arguments)}: {answer.text}"
        return answer.out

    def json(self, *arguments: str) -> dict:
        return json.loads(self.ok(*arguments, "-o", "json"))

    def pods(self, selector: str = "app=web") -> list[dict]:
        return self.json("get", "pods", "-l", selector)["items"]


def eventually(check, *, within: float = PATIENCE, every: float = 0.05):
    """Call until it answers something true or stops failing its assertion; then answer that."""
    end = time.monotonic() + within
    while True:
        try:
            if result := check():
                return result
            problem: object = f"last answer: {result!r}"
        except AssertionError as error:
            problem = error
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} s: {problem}")
        time.sleep(every)


@pytest.fixture
def kubectl(cluster):
    """A kubectl in a new namespace, which goes away afterwards."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    tool = Kubectl(str(cluster.kubeconfig), name)
    tool.ok("create", "namespace", name)
    yield tool
    tool("delete", "namespace", name, "--wait=false")


@pytest.fixture
def example(kubectl):
    """The article's example, applied and Ready."""
    kubectl.ok("apply", "-f", str(EXAMPLE))
    kubectl.ok("rollout", "status", "deployment/web-app", "--timeout=30s")
    return kubectl
