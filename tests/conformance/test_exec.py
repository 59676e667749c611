"""Commands in a container that runs: what they print, what they read, how they end, and files in and out."""

import os
import re
import signal
import subprocess

import pytest

from .conftest import eventually, new_namespace
from .manifests import NOWHERE, once, pod, shell
from .terminal import Terminal
from .workloads import apply, container_status, ended, wait_for

pytestmark = pytest.mark.kubectl


@pytest.fixture(scope="module")
def shop(cluster):
    """A kubectl in a namespace with the pods `shop` and `pair`, whose containers are `one` and `two`."""
    with new_namespace(cluster) as kubectl:
        second = shell(name="two", env=[{"name": "WHO", "value": "second"}])
        apply(kubectl, pod("shop"), pod("pair", shell(name="one"), second))
        wait_for(kubectl, "Ready", "pod/shop", "pod/pair")
        yield kubectl


def test_output_and_errors_come_back_apart_and_the_exit_code_too(shop):
    answer = shop("exec", "shop", "--", "sh", "-c", "echo salt; echo too little >&2; exit 7")
    assert (answer.code, answer.out) == (7, "salt\n")
    assert answer.err == "too little\ncommand terminated with exit code 7\n"


def test_a_command_that_is_killed_has_128_and_its_signal_as_exit_code(shop):
    answer = shop("exec", "shop", "--", "sh", "-c", "kill -9 $$")
    assert (answer.code, answer.err) == (137, "command terminated with exit code 137\n")


def test_a_command_that_is_not_there_is_named(shop):
    answer = shop("exec", "shop", "--", "grind", "pepper")
    assert answer.code == 1
    assert re.fullmatch(
        r"error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec "
        r'in container: failed to start exec "[0-9a-f]{64}": OCI runtime exec failed: exec failed: unable to start '
        r'container process: exec: "grind": executable file not found in \$PATH\n',
        answer.err,
    )


def test_standard_input_is_read_to_its_end(shop):
    assert shop("exec", "-i", "shop", "--", "cat", stdin="salt\npepper\n").out == "salt\npepper\n"


def test_standard_input_stays_at_home_unless_it_is_asked_for(shop):
    assert shop("exec", "shop", "--", "cat", stdin="salt\n").out == ""


def test_a_long_stream_comes_back_byte_for_byte(shop):
    sent = os.urandom(2_000_000)
    answer = subprocess.run(
        shop.argv("exec", "-i", "shop", "--", "cat"),
        input=sent,
        capture_output=True,
        env=shop.environment,
        timeout=60,
        check=True,
    )
    assert answer.stdout == sent


def test_without_a_terminal_there_is_none(shop):
    assert shop("exec", "shop", "--", "tty").out == "not a tty\n"


def test_the_first_container_is_meant_when_none_is_named(shop):
    answer = shop("exec", "pair", "--", "echo", "salt")
    assert (answer.out, answer.err) == ("salt\n", 'Defaulted container "one" out of: one, two\n')


def test_a_container_can_be_named(shop):
    assert shop.ok("exec", "pair", "-c", "two", "--", "sh", "-c", "echo $WHO") == "second\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("pair", "-c", "three", "--", "true"),
            "error: container three is not valid for pod pair out of: one, two\n",
        ),
        (("none", "--", "true"), 'Error from server (NotFound): pods "none" not found\n'),
        (("shop",), "error: you must specify at least one command for the container\n"),
    ],
)
def test_what_cannot_be_done_is_told(shop, arguments, message):
    answer = shop("exec", *arguments)
    assert (answer.code, answer.err) == (1, message)


def test_a_pod_that_is_over_runs_no_commands(shop):
    apply(shop, once("done", "echo done"))
    ended(shop, "done")
    answer = shop("exec", "done", "--", "true")
    assert answer.code == 1
    assert (
        answer.err == "error: cannot exec into a container in a completed pod; current phase is Succeeded\n"
    )


def test_a_pod_without_a_node_runs_no_commands(shop):
    apply(shop, pod("lost", nodeSelector=NOWHERE))
    answer = shop("exec", "lost", "--", "true")
    assert answer.code == 1
    assert answer.err == "error: unable to upgrade connection: pod lost does not have a host assigned\n"


def test_a_container_that_is_over_runs_no_commands(shop):
    apply(shop, pod("half", shell(name="one"), shell("exit 0", "two"), restartPolicy="Never"))
    eventually(lambda: "terminated" in container_status(shop.read("pod", "half"), "two")["state"])
    answer = shop("exec", "half", "-c", "two", "--", "true")
    assert answer.code == 1
    assert answer.err == 'error: unable to upgrade connection: container not found ("two")\n'


@pytest.fixture
def terminal(shop):
    opened = Terminal(shop, "exec", "-it", "shop", "--", "sh", "-c", "echo ready; exec sh")
    opened.read_until("ready")
    yield opened
    opened.close()


def test_a_terminal_has_the_size_of_the_clients(terminal):
    eventually(lambda: asked_size(terminal) == "40 100")
    terminal.resize(25, 80)
    terminal.process.send_signal(signal.SIGWINCH)  # the system tells only who has the terminal for its own
    eventually(lambda: asked_size(terminal) == "25 80")


def asked_size(terminal):
    terminal.type("echo size: $(stty size).\n")
    return terminal.read_until(r"size: ([\d ]+)\.")[1]


def test_a_terminal_interrupts_what_runs_in_it(terminal):
    terminal.type("echo slee''ping; sleep 1000\n")
    terminal.read_until("sleeping")
    terminal.type("\x03")
    terminal.type("echo a''wake\n")
    terminal.read_until("awake")


def test_a_terminal_ends_with_its_shell_and_carries_the_exit_code(terminal):
    terminal.type("exit 3\n")
    terminal.read_until("command terminated with exit code 3")
    assert terminal.process.wait(timeout=30) == 3


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "spices" / "hot").mkdir(parents=True)
    (tmp_path / "spices" / "salt").write_text("salt\n")
    (tmp_path / "spices" / "hot" / "pepper").write_text("pepper\n")
    return tmp_path


def test_a_folder_is_copied_into_a_pod_and_out_of_it(shop, folder):
    inside = shop.ok("exec", "shop", "--", "mktemp", "-d").strip()
    shop.ok("cp", str(folder / "spices"), f"shop:{inside}/spices")
    assert shop.ok("exec", "shop", "--", "cat", f"{inside}/spices/hot/pepper") == "pepper\n"
    shop.ok("cp", f"shop:{inside}/spices", str(folder / "back"))
    assert (folder / "back" / "salt").read_text() == "salt\n"
    assert (folder / "back" / "hot" / "pepper").read_text() == "pepper\n"


def test_a_file_is_copied_into_a_container_by_name(shop, folder):
    inside = shop.ok("exec", "pair", "-c", "two", "--", "mktemp", "-d").strip()
    shop.ok("cp", str(folder / "spices" / "salt"), f"pair:{inside}/salt", "-c", "two")
    assert shop.ok("exec", "pair", "-c", "two", "--", "cat", f"{inside}/salt") == "salt\n"


def test_a_file_that_is_not_there_cannot_be_copied(shop):
    answer = shop("cp", "/no/such/file", "shop:/tmp/file")
    assert (answer.code, answer.err) == (1, "error: /no/such/file doesn't exist in local filesystem\n")
