"""Errors are written for learners: in a notebook, only what they say is shown."""

import subprocess
import sys

from kubetutor.errors import CommandFailedError

PROGRAM = "from kubetutor.errors import NoClusterError; raise NoClusterError('No cluster is up. Start one.')"


def test_a_notebook_shows_the_message_and_no_traceback(tmp_path):
    command = [
        sys.executable,
        "-m",
        "IPython",
        f"--ipython-dir={tmp_path}",
        "--colors=NoColor",
        "-c",
        PROGRAM,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "No cluster is up. Start one."
    assert done.returncode == 1


def test_a_failed_command_says_what_it_was_and_what_it_said():
    error = CommandFailedError(["kubectl", "get", "pods"], 1, "connection refused\n")
    assert error._render_traceback_() == ["`kubectl get pods` ended with exit code 1.\nconnection refused"]
