"""One body of tests for every backend: each test gets a namespace of its own and speaks through kubectl."""

from __future__ import annotations

import contextlib
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

from kubetutor.api.client import Client
from kubetutor.api.kinds import KINDS
from kubetutor.embedded.kubelet.mounting import why_not
from kubetutor.errors import ApiError

from .differences import DIFFERENCES
from .raw import Api

PATIENCE = 60.0  # seconds; what is well takes a few, on a busy machine more
EXAMPLE = Path(__file__).parents[2] / "lessons" / "manifests" / "04-deployments" / "deployment.yaml"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write the corpus anew; only on a real cluster")


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(config, items):
    """All tests here are for both; those that change nodes run alone. On the embedded cluster a listed difference must show, or the list is wrong."""
    here = [item for item in items if item.path.parent == Path(__file__).parent]
    for item in here:
        item.add_marker(pytest.mark.both)
        if "own_cluster" in item.fixturenames:
            item.add_marker(pytest.mark.alone)
    if config.getoption("--kubetutor-running") or config.getoption("--kubetutor-backend") != "embedded":
        return
    for item in here:
        name = f"{item.path.name}::{getattr(item, 'originalname', item.name)}"
        if name in DIFFERENCES:
            reason = DIFFERENCES[name]
            item.add_marker(pytest.mark.xfail(reason=reason, raises=AssertionError, strict=True))


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
        self.api = Client(Path(kubeconfig))  # reads what a test waits for: far quicker than a command

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

    def all(self, kind: str, *, labels: str = "", fields: str = "") -> list[dict]:
        """List objects of a kind by its name, `pod` or `pods`, in the namespace."""
        resource, namespace = self._place(kind)
        return self.api.list(resource, namespace=namespace, label_selector=labels, field_selector=fields)

    def read(self, kind: str, name: str) -> dict:
        """Read one object; a test that waits for it tries again when it is not there."""
        resource, namespace = self._place(kind)
        try:
            return self.api.get(resource, name, namespace=namespace)
        except ApiError as error:
            raise AssertionError(str(error)) from error

    def lacks(self, kind: str, name: str) -> bool:
        """Say whether there is no such object."""
        resource, namespace = self._place(kind)
        try:
            self.api.get(resource, name, namespace=namespace)
        except ApiError as error:
            if error.code != 404:
                raise
            return True
        return False

    def _place(self, kind: str) -> tuple[str, str | None]:
        found = next(entry for entry in KINDS if kind in {entry.plural, entry.kind.lower()})
        return found.resource, self.namespace if found.namespaced else None

    def pods(self, selector: str = "app=web") -> list[dict]:
        return self.all("pods", labels=selector)


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


@contextlib.contextmanager
def new_namespace(cluster):
    """Answer a kubectl in a new namespace, which goes away afterwards."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    tool = Kubectl(str(cluster.kubeconfig), name)
    tool.api.create("namespaces", {"metadata": {"name": name}})
    try:
        eventually(lambda: not tool.lacks("serviceaccount", "default"))  # pods are refused before
        yield tool
    finally:
        if not tool.lacks("namespace", name):  # a test may have deleted it
            tool.api.delete("namespaces", name)
        tool.api.close()


@pytest.fixture
def kubectl(cluster):
    """A kubectl in a new namespace, which goes away afterwards."""
    with new_namespace(cluster) as tool:
        yield tool


@pytest.fixture(scope="session")
def server(cluster):
    """The API server, over plain HTTPS."""
    return Api(str(cluster.kubeconfig))


@contextlib.contextmanager
def in_new_namespace(api):
    """Let a view of the API server be one from a new namespace, which goes away afterwards."""
    api.namespace = f"test-{uuid.uuid4().hex[:8]}"
    api.made("/api/v1/namespaces", {"metadata": {"name": api.namespace}})
    eventually(lambda: api("GET", "serviceaccounts/default").code == 200)
    eventually(lambda: api("GET", "configmaps/kube-root-ca.crt").code == 200)
    yield api
    api("DELETE", f"/api/v1/namespaces/{api.namespace}")


@pytest.fixture
def api(server):
    """The API server as seen from a new namespace, which goes away afterwards."""
    with in_new_namespace(server) as api:
        yield api


@pytest.fixture
def kettles(kind, api):
    """The custom kind that the file of a test defines, as seen from a new namespace."""
    assert kind.api is api
    return kind


@pytest.fixture
def example(kubectl):
    """The article's example, applied and Ready."""
    kubectl.ok("apply", "-f", str(EXAMPLE))
    kubectl.ok("rollout", "status", "deployment/web-app", "--timeout=50s")
    return kubectl


@pytest.fixture(scope="session")
def mounts(cluster, tmp_path_factory):
    """Volumes at their mount paths: on every real cluster, and on the embedded one where the kernel lets it mount."""
    reason = why_not(str(tmp_path_factory.mktemp("root"))) if cluster.backend == "embedded" else ""
    if reason:
        pytest.skip(f"the embedded cluster cannot mount volumes on this machine: {reason}")


@pytest.fixture
def own_cluster(cluster):
    """The cluster, where its nodes are ours: a test may label, taint or cordon one if it puts that back."""
    if cluster.backend == "context":
        pytest.skip("changes nodes, and this cluster may have other people's pods on them")
    return cluster
