"""Everyone on one server: a learner has all that is theirs, and cannot reach another's. Against a real JupyterHub.

Each "cannot" has its control beside it: who may, can, in the same way.
"""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psutil
import pytest

from tests.classroom.server import hub as hubs

WHY_NOT = hubs.why_not()
pytestmark = [
    pytest.mark.skipif(bool(WHY_NOT), reason=f"no JupyterHub for a class here: {WHY_NOT}"),
    pytest.mark.xdist_group("one-server"),
]

UID = "import json, subprocess; print(subprocess.run(['kubectl', *{words}, 'get', 'namespace', 'kube-system', '-o', 'jsonpath={{.metadata.uid}}'], capture_output=True, text=True))"


@pytest.fixture(scope="module")
def hub():
    with hubs.hub_with(["ana", "ben"]) as running:
        yield running


@pytest.fixture(scope="module")
def learners(hub):
    with ThreadPoolExecutor() as pool:
        return list(pool.map(hub.start_learner, hub.names))


@pytest.fixture(scope="module")
def kernels(learners):
    opened = [learner.open("04-deployments.ipynb") for learner in learners]
    yield opened
    for kernel in opened:
        kernel.close()


def test_each_has_a_cluster_of_their_own_as_themselves(learners, kernels):
    said = [kernel.run(UID.format(words="[]")) for kernel in kernels]
    assert all("returncode=0" in text for text in said), said
    assert said[0] != said[1], "two clusters have two identities"
    for learner, kernel in zip(learners, kernels, strict=True):
        assert str(learner.account.pw_uid) in kernel.run("import os; print(os.getresuid(), os.getcwd())")
        assert "lessons" in kernel.run("print(os.getcwd())")


def test_not_even_with_the_others_kubeconfig_is_the_others_cluster_reached(learners, kernels):
    ana, ben = kernels
    kubeconfig = (learners[1].home / "clusters/kubetutor/kubeconfig").read_text()
    asked = f"open('taken', 'w').write({kubeconfig!r})\n" + UID.format(
        words="['--kubeconfig', 'taken', '--request-timeout=5s']"
    )
    assert "returncode=0" in ben.run(asked)
    assert "returncode=0" not in ana.run(asked)


def test_the_others_jupyterlab_is_not_reached_from_a_learners_processes(hub, kernels):
    port = urlsplit(kernels[1].run("import os; print(os.environ['JUPYTERHUB_SERVICE_URL'])").strip()).port
    tried = "import socket\ntry:\n    socket.create_connection(('127.0.0.1', {port}), 3)\n    print('reached')\nexcept OSError as error:\n    print(error)"
    assert "reached" in kernels[1].run(tried.format(port=port))
    assert "refused" in kernels[0].run(tried.format(port=port))
    assert "refused" in kernels[0].run(tried.format(port=hub.port)), "nor is the proxy, by which it might be"


def test_the_others_files_progress_and_tokens_cannot_be_read(learners, kernels):
    kernels[1].run(
        "import kubetutor as kt\nlesson = kt.lesson('deployments')\nlesson.predict('after-delete')"
    )
    other = learners[1]
    paths = [
        other.account.pw_dir,
        other.home,
        other.home / "clusters/kubetutor/kubeconfig",
        other.home / "lessons/04-deployments.ipynb",
    ]
    processes = [
        process.pid for process in psutil.process_iter() if process.uids().real == other.account.pw_uid
    ]
    paths += [f"/proc/{pid}/environ" for pid in processes]
    look = "import os\nfor path in {paths}:\n    try:\n        print(len(os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read(10)))\n    except OSError as error:\n        print(type(error).__name__)"
    asked = look.format(paths=[str(path) for path in paths])
    assert processes
    assert set(kernels[0].run(asked).split()) == {"PermissionError"}
    assert "PermissionError" not in kernels[1].run(asked)


def test_no_secret_of_the_hub_or_another_is_in_what_a_learner_may_read(hub, learners, kernels):
    """The processes of learners are forked from one of root's: what that one has in memory, they have."""
    ours = [
        process.pid for process in psutil.process_iter() if process.uids().real == learners[0].account.pw_uid
    ]
    others = kernels[1].run("import os; print(os.environ['JUPYTERHUB_API_TOKEN'])").strip().encode()
    assert len(others) > 20
    assert ours
    for pid in ours:
        memory = memory_of(pid)
        assert others not in memory
        assert hub.secret.encode() not in memory
        assert hub.token.encode() not in memory
    assert hub.secret.encode() in memory_of(hub.process.pid), "the hub itself has it, so it would be found"


def memory_of(pid):
    """Answer all that a process has in memory of its own."""
    parts = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:  # noqa: PTH123  # files of the kernel
        for line in maps:
            if line.split()[1].startswith("rw"):
                start, _, end = line.split()[0].partition("-")
                memory.seek(int(start, 16))
                with contextlib.suppress(OSError):  # mapped, but nothing that can be read is there
                    parts.append(memory.read(int(end, 16) - int(start, 16)))
    return b"".join(parts)


def test_a_learners_token_opens_only_their_own(hub, learners):
    ana, ben = learners
    for path in (f"/user/{ben.name}/api/contents", f"/hub/api/users/{ben.name}"):
        assert hub.ask("GET", path, token=ben.token).status == 200
        assert hub.ask("GET", path, token=ana.token).status in {403, 404}


def test_a_learner_reaches_nothing_of_the_machine_but_the_hub(hub, kernels):
    said = kernels[0].run("import psutil; print(sorted(psutil.net_if_addrs()))")
    assert "['lo']" in said
    assert "version" in kernels[0].run(
        f"import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:{hub.hub_port}/hub/api').read())"
    )


def test_all_that_listens_is_on_loopback(hub, learners):
    assert learners
    listening = [
        connection.laddr.ip
        for process in hub.processes()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert all(address.startswith("127.") for address in listening), listening


def test_at_last_with_the_hub_everything_ends(hub, learners):
    assert len(hub.processes()) > 5 * len(learners)
    assert hub.stop() == []
