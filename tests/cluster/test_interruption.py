"""The first interruption counts, and no other."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kubetutor.cluster.interruption import one_interruption


def test_the_first_interruption_counts_and_no_other():
    told = []
    with one_interruption():
        try:
            os.kill(os.getpid(), signal.SIGINT)
            told.append("not interrupted")
        except KeyboardInterrupt:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
            told.append("cleared up")
    assert told == ["cleared up"]
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_a_program_that_ignores_a_closed_terminal_goes_on_ignoring_it():
    """As under nohup."""
    program = (
        "import os, signal\nfrom kubetutor.cluster.interruption import one_interruption\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with one_interruption():\n    os.kill(os.getpid(), signal.SIGHUP)\nprint('went on')\n"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env={"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("went on\n", "")
