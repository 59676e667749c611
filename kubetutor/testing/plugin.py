"""The pytest plugin. Every pytest run in an environment with kubetutor loads it, so it imports nothing of ours at the top.

Fixtures:

    cluster      a running cluster, one for the whole session, ended with it
    namespace    a new namespace of that cluster, one per test, deleted afterwards
    exercise_case    one case of one exercise of one's own lessons. A test that takes it is run for each case: untouched, the
                     solution, every other right answer, every typical wrong answer. `exercise_case.prove()` tries it.

The lessons of `exercise_case` are those beside the test's file; or those of the folders, relative to it, that a mark names:
`@pytest.mark.kubetutor_lessons("../lessons")`

Notebooks of nbval that import kubetutor get a cluster of their own without an option: `pytest --nbval-lax lessons/`

Options:

    --kubetutor-cluster            starts a cluster before the first test and points KUBECONFIG at it, for tests that
                                   have no fixtures
    --kubetutor-backend BACKEND    where it runs: embedded (the default), kind, or context for one that is there
    --kubetutor-context NAME       only with context: which context of your kubeconfig
    --kubetutor-config FILE        only with embedded and kind: a cluster file; default: three nodes
    --kubetutor-running NAME       no new cluster: the one of this name that is up in KUBETUTOR_HOME; it stays up
"""

from __future__ import annotations

import contextlib
import pathlib
import secrets
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kubetutor.cluster.cluster import Cluster
    from kubetutor.exercises.lesson import Lesson, LessonSession
    from kubetutor.testing.cases import ExerciseCase

STARTED = pytest.StashKey["tuple[contextlib.ExitStack, Cluster]"]()
MARK = "kubetutor_lessons"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kubetutor")
    group.addoption(
        "--kubetutor-cluster", action="store_true", help="start a cluster and point KUBECONFIG at it"
    )
    group.addoption(
        "--kubetutor-backend",
        choices=("embedded", "kind", "context"),
        default="embedded",
        help="where clusters of tests run; default: embedded",
    )
    group.addoption("--kubetutor-context", help="with the backend context: which one of your kubeconfig")
    group.addoption(
        "--kubetutor-config", type=pathlib.Path, help="the cluster file that clusters of tests are made from"
    )
    group.addoption("--kubetutor-running", help="use the cluster of this name that is up, and leave it up")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{MARK}(folder, ...): whose lessons the fixture exercise_case proves; relative to the test's file",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each case of each exercise."""
    if "exercise_case" in metafunc.fixturenames:
        from kubetutor.testing import cases  # noqa: PLC0415  # every pytest run loads this module

        mark = metafunc.definition.get_closest_marker(MARK)
        beside = metafunc.definition.path.parent
        folders = [beside / folder for folder in mark.args] if mark else [beside]
        metafunc.parametrize("exercise_case", cases.parameters(folders), indirect=True)


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("--kubetutor-cluster", default=False):
        _start(session.config)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start a cluster when notebooks are to run that need one: their cells have no fixtures to ask for it."""
    config = session.config
    if (
        STARTED not in config.stash
        and not config.option.collectonly
        and any(map(_is_lesson, _notebooks(session)))
    ):
        _start(config)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if started := session.config.stash.get(STARTED, None):
        started[0].close()


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """A running cluster: control plane and two workers (with `context`: what is there), in a state folder of its own.

    `KUBECONFIG`, `KUBETUTOR_HOME` and `PATH` point at it as long as it is up. It is the one of the notebooks, where they have one.
    """
    if started := pytestconfig.stash.get(STARTED, None):
        yield started[1]
        return
    with contextlib.ExitStack() as stack:
        made = stack.enter_context(_temporary(pytestconfig))
        _pointed_at(made, stack)
        yield made


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A new namespace of the cluster; what a test leaves in it is deleted with it."""
    name = f"test-{secrets.token_hex(4)}"
    cluster.kubectl("create", "namespace", name)
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="module")
def lesson_session(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Lesson], LessonSession]]:
    """Answers the session of a lesson, prepared when it is asked for the first time, and cleaned up after the last test."""
    from kubetutor.testing import cases  # noqa: PLC0415  # every pytest run loads this module

    with cases.Sessions(cluster, tmp_path_factory.mktemp("progress")) as sessions:
        yield sessions.of


@pytest.fixture
def exercise_case(
    request: pytest.FixtureRequest, lesson_session: Callable[[Lesson], LessonSession]
) -> ExerciseCase:
    """One case of one exercise, on the lesson's session; `prove()` tries it and fails where it is not judged as it should be."""
    from kubetutor.testing.cases import ExerciseCase  # noqa: PLC0415  # every pytest run loads this module

    lesson, case = request.param
    return ExerciseCase(lesson_session(lesson), case)


def _start(config: pytest.Config) -> None:
    stack = contextlib.ExitStack()
    cluster = stack.enter_context(_temporary(config))
    config.stash[STARTED] = stack, cluster
    _pointed_at(cluster, stack)


def _notebooks(session: pytest.Session) -> set[pathlib.Path]:
    """Answer the notebooks whose cells nbval has collected."""
    return {item.path for item in session.items if item.path.suffix == ".ipynb"}


def _is_lesson(notebook: pathlib.Path) -> bool:
    return "import kubetutor" in notebook.read_text(encoding="utf-8")


def _temporary(config: pytest.Config) -> contextlib.AbstractContextManager[Cluster]:
    from kubetutor.cluster.backend import Wanted  # noqa: PLC0415  # every pytest run loads this module
    from kubetutor.cluster.cluster import connect  # noqa: PLC0415  # every pytest run loads this module
    from kubetutor.cluster.temporary import temporary_cluster  # noqa: PLC0415  # every pytest run loads this module

    if running := config.getoption("--kubetutor-running"):
        return contextlib.nullcontext(connect(running))
    context, file = config.getoption("--kubetutor-context"), config.getoption("--kubetutor-config")
    wanted = Wanted(context=context, config=file) if context or file else None
    return temporary_cluster(config.getoption("--kubetutor-backend"), wanted)


def _pointed_at(cluster: Cluster, stack: contextlib.ExitStack) -> None:
    """Let whatever the tests start find the cluster, until the stack is closed."""
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    patch.setenv("KUBETUTOR_HOME", str(cluster.kubeconfig.parents[2]))
    for name in ("KUBECONFIG", "KUBECACHEDIR", "PATH"):
        patch.setenv(name, cluster.environment[name])
