"""A cluster for a while is gone afterwards, however its program ends."""

import contextlib
import pathlib
import signal
import subprocess
import sys

import psutil
import pytest

PROGRAM = """
import time
from kubetutor.cluster.temporary import temporary_cluster
with temporary_cluster() as cluster:
    print(cluster.kubeconfig.parents[2], cluster.status().pid, flush=True)
    time.sleep(60)
"""


@contextlib.contextmanager
def started():
    """A program that has such a cluster, with the cluster's state folder and the number of its process."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as program:
        home, pid = program.stdout.readline().split()
        yield program, pathlib.Path(home), psutil.Process(int(pid))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_stays_behind_when_its_program_is_told_to_end(number):
    with started() as (program, home, cluster):
        assert cluster.is_running()
        program.send_signal(number)
        program.wait(60)
    assert program.returncode in {128 + number, -number}
    assert not cluster.is_running()
    assert not home.exists()


def test_nothing_stays_behind_when_its_program_is_killed():
    with started() as (program, home, cluster):
        (keeper,) = [child for child in psutil.Process(program.pid).children() if child.name() == "sh"]
        program.kill()
        keeper.wait(60)
    assert not cluster.is_running()
    assert not home.exists()
