"""Starting, finding and ending the main process; the process itself is a stand-in here."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from kubetutor.cluster import home, lock, main_process
from kubetutor.cluster.spec import ClusterSpec, NodeSpec
from kubetutor.errors import ClusterError, NoClusterError, StartFailedError, StateError

CONFTEST = pathlib.Path(__file__).parent


def up(backend, spec, steps=None):
    return backend.up_with(spec, timings="classroom", progress=(steps if steps is not None else []).append)


def test_up_starts_a_cluster_and_tells_each_step(backend, spec, steps):
    started = up(backend, spec, steps)
    assert not started.already
    assert steps == ["opening the store"]
    assert backend.is_up("trial")
    assert started.kubeconfig.exists()


def test_up_when_it_is_up_says_so_and_starts_nothing(backend, spec):
    up(backend, spec)
    assert up(backend, spec).already
    assert (backend.home.cluster("trial").path / "starts").read_text() == "started\n"


def test_two_ups_at_once_both_succeed_and_start_one_cluster(backend, spec):
    results = []
    threads = [threading.Thread(target=lambda: results.append(up(backend, spec))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(result.already for result in results) == [False, True, True, True]
    assert (backend.home.cluster("trial").path / "starts").read_text() == "started\n"


def test_the_state_folder_is_for_its_owner_only(backend, spec):
    up(backend, spec)
    for folder in (backend.home.path, backend.home.cluster("trial").path):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_process_that_says_why_it_failed_is_quoted(backend, spec, monkeypatch):
    monkeypatch.setenv("STAND_IN", "fail")
    with pytest.raises(StartFailedError, match=r"The database is damaged\. Move it away"):
        up(backend, spec)
    assert not backend.is_up("trial")


def test_a_process_that_dies_early_is_told_with_the_end_of_its_log(backend, spec, monkeypatch):
    monkeypatch.setenv("STAND_IN", "die")
    with pytest.raises(StartFailedError, match="the store said no"):
        up(backend, spec)


def test_the_end_of_the_log_is_that_of_this_start(backend, spec, monkeypatch):
    log = backend.home.cluster("trial").log
    up(backend, spec)
    backend.down("trial", keep=True, progress=print)
    log.write_text("said by the last one\n")
    monkeypatch.setenv("STAND_IN", "die")
    with pytest.raises(StartFailedError) as caught:
        up(backend, spec)
    assert "the store said no" in str(caught.value)
    assert "said by the last one" not in str(caught.value)
    assert "said by the last one" in log.read_text()


def test_a_slow_start_that_goes_on_is_waited_for(monkeypatch):
    monkeypatch.setattr(main_process, "START_SECONDS", 1.0)
    reader, writer = os.pipe()

    def take_steps():
        for number in range(4):
            time.sleep(0.3)
            os.write(writer, json.dumps({"step": number}).encode() + b"\n")
        os.close(writer)

    starting = threading.Thread(target=take_steps)
    starting.start()
    assert [message["step"] for message in main_process._messages(reader)] == [0, 1, 2, 3]
    starting.join()
    os.close(reader)


def test_a_start_that_takes_too_long_is_ended(backend, spec, monkeypatch):
    monkeypatch.setenv("STAND_IN", "slow")
    monkeypatch.setattr(main_process, "START_SECONDS", 0.5)
    with pytest.raises(StartFailedError, match=r"took no step for 0\.5 s"):
        up(backend, spec)
    assert not list(main_process._main_processes(backend.home.cluster("trial")))


def test_down_leaves_no_process_no_lock_and_no_folder(backend, spec):
    up(backend, spec)
    folder = backend.home.cluster("trial")
    pid = main_process.describe(folder)["pid"]
    ended = backend.down("trial", keep=False, progress=print)
    assert ended.was_up
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    assert not folder.path.exists()


def test_down_with_keep_leaves_what_is_stored_and_no_lock(backend, spec):
    up(backend, spec)
    folder = backend.home.cluster("trial")
    backend.down("trial", keep=True, progress=print)
    assert folder.database.read_text() == "kept"
    assert not folder.lock.exists()
    assert not folder.up_lock.exists()
    assert not up(backend, spec).already


def test_down_kills_a_process_that_does_not_listen(backend, spec, monkeypatch):
    monkeypatch.setenv("STAND_IN", "stubborn")
    monkeypatch.setattr(main_process, "TERM_SECONDS", 0.3)
    up(backend, spec)
    assert backend.down("trial", keep=False, progress=print).was_up
    assert not backend.home.cluster("trial").path.exists()


def test_down_of_nothing_is_no_error(backend):
    assert not backend.down("trial", keep=False, progress=print).was_up


def test_down_never_touches_a_process_that_got_the_old_pid(backend):
    folder = backend.home.cluster("trial")
    folder.path.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        folder.description.write_text(json.dumps({"pid": stranger.pid}))
        assert not backend.is_up("trial")
        assert not backend.down("trial", keep=False, progress=print).was_up
        assert stranger.poll() is None
        stranger.communicate(b"\n")


def test_after_a_kill_the_cluster_counts_as_down_and_comes_back(backend, spec, eventually):
    up(backend, spec)
    folder = backend.home.cluster("trial")
    os.kill(main_process.describe(folder)["pid"], signal.SIGKILL)
    eventually(lambda: not backend.is_up("trial"))
    with pytest.raises(NoClusterError, match="kubetutor up"):
        backend.status("trial")
    assert not up(backend, spec).already
    assert backend.is_up("trial")


def test_status_reads_nodes_and_version_from_the_server(backend, spec):
    up(backend, spec)
    status = backend.status("trial")
    assert [(node.name, node.role, node.ready) for node in status.nodes] == [
        ("trial-control-plane", "control-plane", True),
        ("trial-worker", "worker", False),
    ]
    assert (status.version, status.context, status.ready) == ("v1.36.0", "kubetutor", False)
    assert set(status.as_document()) == {
        "backend", "name", "context", "kubeconfig", "server", "version", "ready", "nodes", "pid",
    }  # fmt: skip


def test_status_of_a_server_that_refuses_says_so(backend, spec):
    up(backend, spec)
    kubeconfig = backend.kubeconfig("trial")
    kubeconfig.write_text(kubeconfig.read_text().replace("secret", "wrong"))
    status = backend.status("trial")
    assert not status.ready
    assert "Unauthorized" in status.trouble


def test_other_nodes_than_the_cluster_has_are_refused(backend, spec):
    up(backend, spec)
    other = ClusterSpec("trial", (NodeSpec("trial-control-plane", "control-plane"),))
    with pytest.raises(ClusterError, match="kubetutor down"):
        up(backend, other)


def test_a_state_folder_that_cannot_be_written_is_explained(backend, spec):
    blocked = backend.home.path.parent / "file"
    blocked.write_text("")
    backend.home = type(backend.home)(blocked / "home")
    with pytest.raises(StateError, match="set KUBETUTOR_HOME"):
        up(backend, spec)


@pytest.mark.skipif(not pathlib.Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_explained(backend, spec, monkeypatch):
    def on_a_full_disk(**_where):
        return os.open("/dev/full", os.O_WRONLY), str(backend.home.path / "unwritten")

    monkeypatch.setattr(home.tempfile, "mkstemp", on_a_full_disk)
    with pytest.raises(StateError, match=r"No space left on device.*Make room"):
        up(backend, spec)


def test_an_interrupted_up_leaves_no_process(backend, eventually):
    program = (
        "import sys; sys.path[:0] = sys.argv[1:2]\n"
        "from kubetutor.cluster.backends.embedded import EmbeddedBackend\n"
        "from kubetutor.cluster.home import find_home\n"
        "from kubetutor.cluster.spec import ClusterSpec, NodeSpec\n"
        "spec = ClusterSpec('trial', (NodeSpec('trial-control-plane', 'control-plane'),))\n"
        "EmbeddedBackend.command = (sys.argv[2],)\n"
        "EmbeddedBackend(find_home()).up_with(spec, timings='real', progress=print)\n"
    )
    root = pathlib.Path(__file__).parents[2]
    argv = [sys.executable, "-c", program, str(root), str(CONFTEST / "stand_in.py")]
    folder = backend.home.cluster("trial")
    with subprocess.Popen(argv, env={**os.environ, "STAND_IN": "slow"}, stderr=subprocess.PIPE) as process:
        eventually((folder.path / "starts").exists)
        process.send_signal(signal.SIGINT)
        assert b"KeyboardInterrupt" in process.communicate(timeout=20)[1]
    assert not lock.is_held(folder.lock)
    assert not list(main_process._main_processes(folder))


def test_a_long_log_is_put_aside_at_the_next_start(backend, spec, monkeypatch):
    monkeypatch.setattr(main_process, "LOG_BYTES", 10)
    folder = backend.home.cluster(spec.name)
    up(backend, spec)
    backend.down(spec.name, keep=True, progress=print)
    folder.log.write_text("what the first cluster said\n")
    up(backend, spec)
    assert (folder.path / "cluster.log.1").read_text() == "what the first cluster said\n"
    assert "what the first" not in folder.log.read_text()
