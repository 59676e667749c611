"""Forking instead of starting: what a forked process is, as seen from outside."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from kubetutor.classroom.server import forking

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forked processes are for a Linux server")

SERVER = """
import os, socket, sys
sys.path.insert(0, os.path.dirname(__file__))
from kubetutor.classroom.server import forking, learner
order = forking.ForkServer(socket.socket(fileno=int(sys.argv[1])), patience=5).serve()
if order is not None:
    learner.run(forking.told(order))
"""


@pytest.fixture
def server(tmp_path):
    program = tmp_path / "fork_server_of_a_test.py"
    program.write_text(SERVER)
    ours, theirs = forking.pair()
    with theirs:
        argv = [sys.executable, "-P", str(program), str(theirs.fileno()), forking.PADDING]
        process = subprocess.Popen(argv, pass_fds=(theirs.fileno(),), stderr=subprocess.PIPE, text=True)
    yield ours
    ours.close()
    assert process.wait(20) == 0
    process.stderr.close()


@pytest.fixture
def program(tmp_path):
    """Answer what makes an argv of a module with these lines."""

    def make(*lines):
        (tmp_path / "one_program.py").write_text("\n".join(lines))
        return [sys.executable, "-P", "-m", "one_program", "an argument"]

    return make


class TestAForkedProcess:
    def test_has_the_folder_the_environment_the_arguments_and_the_output_that_were_asked_for(
        self, program, server, tmp_path
    ):
        argv = program("import os, sys", "print(os.getcwd(), os.environ['DAY'], sys.argv[1:])")
        with (tmp_path / "said").open("wb") as said:
            process = forking.popen(server, argv, env={"DAY": "monday"}, cwd=tmp_path, stdin=-3, stdout=said)
            assert process.wait(20) == 0
        assert (tmp_path / "said").read_text() == f"{tmp_path} monday ['an argument']\n"

    def test_has_the_descriptors_that_it_was_passed_under_their_numbers(self, program, server):
        reader, writer = os.pipe()
        argv = program("import os", f"os.write({writer}, b'here')")
        process = forking.popen(server, argv, pass_fds=(writer,))
        os.close(writer)
        assert process.wait(20) == 0
        with os.fdopen(reader, "rb") as read:
            assert read.read() == b"here"

    def test_is_found_by_the_command_line_that_was_asked_for_and_leads_a_session(self, program, server):
        argv = program("import time", "time.sleep(60)")
        process = forking.popen(server, argv)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        seen = psutil.Process(process.pid).cmdline()
        assert seen[: len(argv)] == argv
        assert os.getsid(process.pid) == process.pid
        process.terminate()
        assert process.wait(20) == -signal.SIGTERM

    def test_tells_the_exit_code_that_it_ended_with(self, program, server):
        process = forking.popen(server, program("raise SystemExit(3)"))
        assert process.wait(20) == 3
        assert process.poll() == 3

    def test_ends_with_its_fork_server(self, program, server):
        process = forking.popen(server, program("import time", "time.sleep(60)"))
        seen = psutil.Process(process.pid)
        server.close()
        seen.wait(20)
        assert process.wait(20) == -signal.SIGTERM

    def test_knows_nothing_of_what_another_was_told(self, program, server):
        secret = "a-token-" + os.urandom(8).hex()
        first = forking.popen(
            server, program("import time", "time.sleep(60)"), env={**os.environ, "TOKEN": secret}
        )
        look = (
            "import re, sys",
            "found = 0",
            "for line in open('/proc/self/maps'):",
            "    start, end, how = re.match(r'(\\w+)-(\\w+) (\\S+)', line).groups()",
            "    if how.startswith('rw'):",
            "        with open('/proc/self/mem', 'rb', 0) as memory:",
            "            memory.seek(int(start, 16))",
            "            found += memory.read(int(end, 16) - int(start, 16)).count(b'a-token-')",
            "raise SystemExit(min(found, 100))",
        )
        second = forking.popen(server, program(*look))
        code = second.wait(30)
        own = 3  # the literal in this very program: in its source, its code and its constants
        assert code <= own
        first.kill()
        first.wait(20)
