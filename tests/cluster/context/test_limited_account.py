"""Lesson 04 as a service account that may use one namespace, on real Kubernetes.

Any cluster with an administrator's kubeconfig will do: `pytest -m kind --kubetutor-backend context` with KUBECONFIG, or
`embedded`, which asks the same rights.
"""

import pathlib
import secrets
import shutil

import nbformat
import pytest
from nbclient import NotebookClient

from kubetutor.cluster.cluster import connect
from kubetutor.course.deployments import LESSON, NO_OUTAGE
from kubetutor.errors import LessonError
from kubetutor.exercises.lesson import LessonSession
from kubetutor.exercises.progress import Progress
from kubetutor.exercises.proving import hinted
from kubetutor.exercises.result import PASSED
from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.live.source import ApiSource
from tests.cluster.context import accounts
from tests.cluster.context.person import Learner

pytestmark = [
    pytest.mark.kind,
    pytest.mark.lesson,
    # Theirs: said by the kernel's client whenever it is used over local sockets.
    pytest.mark.filterwarnings("ignore::RuntimeWarning:zmq"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

LESSONS = pathlib.Path(__file__).parents[3] / "lessons"
NOTEBOOK = "04-deployments.ipynb"


@pytest.fixture(scope="module")
def given(cluster):
    """A namespace for the learner, made by whoever runs the cluster, who also gives addresses to services."""
    name = f"ctx-{secrets.token_hex(3)}"
    cluster.kubectl("create", "namespace", name)
    try:
        with accounts.load_balancer(cluster, name):
            yield name
    finally:
        cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="module")
def learner(cluster, given, tmp_path_factory):
    """A learner whose kubeconfig has that account, and who has said `up`."""
    person = Learner(tmp_path_factory.mktemp("person") / "home")
    person.has(accounts.make(cluster, given))
    person.said = person.up()
    yield person
    person.run("down", "--all")


@pytest.fixture
def theirs(learner, monkeypatch):
    """The learner's cluster, as a lesson holds it; views find it by the environment."""
    found = connect(home=learner.home, environ={})
    for name, value in {**found.environment, **learner.environ, "KUBECONFIG": str(found.kubeconfig)}.items():
        monkeypatch.setenv(name, value)
    yield found
    found.api.close()


@pytest.fixture
def session(theirs, tmp_path):
    made = LessonSession(
        LESSON,
        theirs,
        feed=Feed(ApiSource()),
        progress=Progress(LESSON.slug, path=tmp_path / "progress.json"),
    )
    yield made
    made.clean_up()


def test_up_says_whom_it_talks_to_and_what_is_refused(learner, given):
    for part in (
        f"takes you for system:serviceaccount:{given}:learner",
        f"All lessons work in the namespace {given}.",
        "You may not create namespaces or delete namespaces",
        "You may not list nodes",
        "Images cannot be loaded into these nodes from here.",
    ):
        assert part in learner.said
    assert "You may not list pods" not in learner.said


def test_status_is_ready_without_a_right_to_see_nodes(learner, given):
    found = learner.status()
    assert (found["ready"], found["nodes"], found["namespace"]) == (True, [], given)
    assert any("You may not list nodes" in note for note in found["notes"])
    assert "process" not in learner.run("status")


def test_a_namespace_without_rights_is_refused_and_leaves_nothing(learner):
    said = learner.up("--name", "elsewhere", "--namespace", "kube-system", code=1)
    assert "Lessons cannot run in the namespace 'kube-system'" in said
    assert "`edit`" in said
    assert not learner.home.cluster("elsewhere").path.exists()


def test_the_map_shows_pods_on_the_machines_that_they_name(session):
    session.prepare()
    session.cluster.kubectl("apply", "-f", str(LESSONS / LESSON.manifests / "deployment.yaml"))
    session.cluster.kubectl("rollout", "status", "deployment/web-app", "--timeout=90s")
    snapshot = session.view.snapshot()
    assert (len(snapshot.pods), snapshot.ready) == (3, 3)
    assert {node.state for node in snapshot.nodes} == {"unknown"}
    assert not snapshot.unplaced
    assert "only the machines that hold a pod are shown" in str(session.view)


def test_prepare_leaves_alone_what_it_did_not_make(session, cluster, given):
    cluster.kubectl("create", "deployment", "till", "--image=my-app:1.0", "-n", given)
    try:
        with pytest.raises(LessonError, match=r"deployment\.apps/till") as caught:
            session.prepare()
        assert "has changed nothing" in str(caught.value)
    finally:
        cluster.kubectl("delete", "deployment", "till", "-n", given, "--cascade=foreground")


@pytest.mark.parametrize(
    "attempt", [NO_OUTAGE.solution, *NO_OUTAGE.typical_wrong], ids=lambda attempt: attempt.name
)
def test_the_exercise_judges_as_it_does_elsewhere(session, attempt):
    session.prepare()
    runner = session.exercise(NO_OUTAGE.slug)
    runner.start()
    runner.attempt(attempt)
    if attempt.hint:
        result = hinted(runner, attempt.hint)
        assert result.hint.slug == attempt.hint, str(result)
    else:
        result = runner.check()
        assert result.verdict == PASSED, str(result)


def test_the_whole_notebook_runs_and_the_namespace_stays(theirs, learner, cluster, given, tmp_path):
    shutil.copytree(LESSONS, tmp_path / "lessons")
    notebook = nbformat.read(tmp_path / "lessons" / NOTEBOOK, as_version=4)
    turn = "\n".join(f"!kubectl {' '.join(command)}" for command in NO_OUTAGE.solution.commands)
    next(cell for cell in notebook.cells if cell.id == "exercise-turn").source = turn
    before = learner.fingerprint()
    NotebookClient(
        notebook,
        timeout=180,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path / "lessons")}},
    ).execute()
    said = {cell.id: text_of(cell) for cell in notebook.cells if cell.cell_type == "code"}
    assert given in said["prepare"]
    # A request may be lost here: the example has no readiness probe, so a pod is Ready before it listens.
    assert "version 1.0 from web-app-" in said["ask-first"]
    assert "5 pods, 5 ready" in said["scale-print"]
    assert "ImagePull" in said["broken-pods"]
    assert "Passed" in said["exercise-check"], said["exercise-check"]
    assert "and it stays" in said["clean-up"]
    assert cluster.kubectl("get", "pods,services,deployments", "-n", given, "-o", "name") == ""
    assert theirs.kubectl("config", "view", "--minify", "-o", "jsonpath={..namespace}") == given
    assert learner.fingerprint() == before


def text_of(cell):
    return "".join(
        output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs
    )
