"""A cluster for a while is gone afterwards, also when its program is told to end."""

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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_stays_behind_when_its_program_is_told_to_end(number):
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as program:
        home, pid = program.stdout.readline().split()
        assert psutil.pid_exists(int(pid))
        program.send_signal(number)
        program.wait(60)
    assert program.returncode in {128 + number, -number}
    assert not psutil.pid_exists(int(pid))
    assert not pathlib.Path(home).exists()
