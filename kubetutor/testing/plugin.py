"""The pytest plugin. Every pytest run in an environment with kubetutor loads it, so it imports nothing of ours at the top.

Fixtures:

    cluster      a running embedded cluster, one for the whole session, ended with it
    namespace    a new namespace of that cluster, one per test, deleted afterwards

Option:

    --kubetutor-cluster    starts a cluster before the first test and points KUBECONFIG at it, for tests that have
                           no fixtures: `pytest --nbval --kubetutor-cluster lessons/`
"""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.cluster.cluster import Cluster

STARTED = pytest.StashKey[contextlib.ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("kubetutor").addoption(
        "--kubetutor-cluster", action="store_true", help="start a cluster and point KUBECONFIG at it"
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("--kubetutor-cluster", default=False):
        stack = session.config.stash[STARTED] = contextlib.ExitStack()
        _pointed_at(stack.enter_context(_temporary()), stack)


def pytest_sessionfinish(session: pytest.Session) -> None:
    stack = session.config.stash.get(STARTED, None)
    if stack is not None:
        stack.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running embedded cluster: control plane and two workers, in a state folder of its own.

    `KUBECONFIG`, `KUBETUTOR_HOME` and `PATH` point at it as long as it is up.
    """
    with contextlib.ExitStack() as stack:
        made = stack.enter_context(_temporary())
        _pointed_at(made, stack)
        yield made


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A new namespace of the cluster; what a test leaves in it is deleted with it."""
    name = f"test-{secrets.token_hex(4)}"
    cluster.kubectl("create", "namespace", name)
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


def _temporary() -> contextlib.AbstractContextManager[Cluster]:
    from kubetutor.cluster.temporary import temporary_cluster  # noqa: PLC0415  # every pytest run loads this module

    return temporary_cluster()


def _pointed_at(cluster: Cluster, stack: contextlib.ExitStack) -> None:
    """Let whatever the tests start find the cluster, until the stack is closed."""
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    patch.setenv("KUBETUTOR_HOME", str(cluster.kubeconfig.parents[2]))
    for name in ("KUBECONFIG", "KUBECACHEDIR", "PATH"):
        patch.setenv(name, cluster.environment[name])
