"""kubectl exec and attach, the real program."""

import asyncio
import hashlib
import os
import pty
import signal
import termios

import pytest

pytestmark = pytest.mark.kubectl


async def test_output_and_errors_come_apart(run):
    code, output, errors = await run(
        "exec", "web", "--", "sh", "-c", "echo hello from $HOSTNAME; echo oops >&2"
    )
    assert (code, output, errors) == (0, b"hello from web\n", "oops\n")


async def test_the_exit_code_is_told(run):
    code, _, errors = await run("exec", "web", "--", "sh", "-c", "exit 7")
    assert (code, errors) == (7, "command terminated with exit code 7\n")


async def test_a_signal_is_told_as_a_shell_would(run):
    code, _, _ = await run("exec", "web", "--", "sh", "-c", "kill -9 $$")
    assert code == 137


async def test_an_unknown_program_is_told_in_upstreams_words(run):
    code, _, errors = await run("exec", "web", "--", "no-such-program")
    assert code == 1
    assert errors.startswith(
        "error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec"
    )
    assert 'exec: "no-such-program": executable file not found in $PATH' in errors


async def test_typed_input_reaches_the_program_and_ends(run):
    assert await run("exec", "-i", "web", "--", "sh", given=b"echo typed\n") == (0, b"typed\n", "")


async def test_ten_megabytes_come_out_unchanged(run):
    script = "import os; os.write(1, b''); [os.write(1, bytes(range(256)) * 256) for _ in range(160)]"
    code, output, errors = await run("exec", "web", "--", "python3", "-c", script)
    assert (code, errors, len(output)) == (0, "", 160 * 65536)
    assert output == bytes(range(256)) * 256 * 160


async def test_ten_megabytes_go_in_unchanged(run):
    given = os.urandom(10_000_000)
    _, output, _ = await run("exec", "-i", "web", "--", "sha256sum", given=given)
    assert output.split()[0].decode() == hashlib.sha256(given).hexdigest()


async def test_input_and_output_flow_at_the_same_time(run):
    given = os.urandom(3_000_000)
    assert await run("exec", "-i", "web", "--", "cat", given=given) == (0, given, "")


async def test_a_program_that_reads_no_input_can_still_end(run):
    code, output, _ = await run("exec", "-i", "web", "--", "echo", "done", given=b"x" * 1_000_000)
    assert (code, output) == (0, b"done\n")


async def test_a_terminal_is_a_terminal(kubectl):
    outer, inner = pty.openpty()
    options = dict.fromkeys(("stdin", "stdout", "stderr"), inner)
    process = await kubectl(
        "exec",
        "-it",
        "web",
        "--",
        "sh",
        "-c",
        "tty && read x && echo got $x",
        **options,
        start_new_session=True,
    )
    os.close(inner)
    seen = await read_until(outer, b"/dev/pts/")
    os.write(outer, b"words\n")
    seen += await read_until(outer, b"got words")
    assert b"not a tty" not in seen
    assert await asyncio.wait_for(process.wait(), 10) == 0
    os.close(outer)


async def test_control_c_is_for_the_program_in_the_container(kubectl):
    outer, inner = pty.openpty()
    options = dict.fromkeys(("stdin", "stdout", "stderr"), inner)
    process = await kubectl(
        "exec", "-it", "web", "--", "sh", "-c", "echo ready; exec sleep 60", **options, start_new_session=True
    )
    os.close(inner)
    await read_until(outer, b"ready")
    os.write(outer, b"\x03")
    assert await asyncio.wait_for(process.wait(), 10) == 130
    os.close(outer)


async def test_the_size_of_the_terminal_is_passed_on_and_follows(kubectl):
    outer, inner = pty.openpty()
    termios.tcsetwinsize(outer, (33, 99))
    options = dict.fromkeys(("stdin", "stdout", "stderr"), inner)
    script = "while :; do stty size; read -t 0.05 x && exit 5; done"
    process = await kubectl(
        "exec", "-it", "web", "--", "bash", "-c", script, **options, start_new_session=True
    )
    os.close(inner)
    await read_until(outer, b"33 99")
    termios.tcsetwinsize(outer, (20, 60))
    process.send_signal(signal.SIGWINCH)
    await read_until(outer, b"20 60")
    os.write(outer, b"enough\n")
    assert await asyncio.wait_for(process.wait(), 10) == 5
    os.close(outer)


async def read_until(terminal, words):
    seen = b""
    async with asyncio.timeout(10):
        while words not in seen:
            seen += await asyncio.to_thread(os.read, terminal, 4096)
    return seen


async def test_a_client_that_disappears_ends_the_process(kubectl, node, eventually):
    process = await kubectl("exec", "web", "--", "sh", "-c", "echo started; sleep 600")
    assert await process.stdout.readline() == b"started\n"
    process.kill()
    await process.wait()
    await eventually(lambda: node.sessions[0].closed and node.sessions[0].process.returncode is not None)


async def test_a_client_that_disappears_from_a_flood_is_no_error(kubectl, node, eventually, caplog):
    process = await kubectl("exec", "web", "--", "yes")
    await process.stdout.readexactly(1_000_000)
    process.kill()
    await process.wait()
    await eventually(lambda: node.sessions[0].closed)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


async def test_the_named_container_is_used(run):
    code, output, errors = await run("exec", "two", "-c", "shop", "--", "sh", "-c", "echo $CONTAINER")
    assert (code, output, errors) == (0, b"shop\n", "")


async def test_a_pod_on_no_node_is_refused(run):
    code, _, errors = await run("exec", "pending", "--", "true")
    assert code == 1
    assert errors == "error: unable to upgrade connection: pod pending does not have a host assigned\n"


async def test_attach_joins_the_main_process_and_tells_no_exit_code(run):
    code, output, errors = await run("attach", "-i", "web", given=b"me\n")
    assert (code, output) == (0, b"main process of web\ngot me\n")
    assert "command terminated" not in errors


async def test_attach_to_a_container_that_does_not_run(run):
    code, _, errors = await run("attach", "two", "-c", "crashed")
    assert code == 1
    assert "container crashed not found in pod two" in errors
