"""Logs, exec, attach and port-forward of running pods."""

from __future__ import annotations

import asyncio

import pytest

from kubetutor.embedded.node_api import STDERR, STDOUT, LogOptions
from kubetutor.errors import ApiError


async def logs(node, name="web", **options):
    options = LogOptions(**{"container": "web", **options})
    return b"".join([part async for part in node.kubelet.logs(node.pod(name), options)]).decode()


async def run(node, *command, stdin=False, tty=False, typed=b""):
    session = await node.kubelet.exec(node.pod(), "web", command, stdin=stdin, tty=tty)
    if stdin:
        await session.write(typed)
        await session.end_input()
    parts = {STDOUT: b"", STDERR: b""}
    async for stream, data in session.output():
        parts[stream] += data
    code = await session.wait()
    await session.close()
    return code, parts[STDOUT].decode(), parts[STDERR].decode()


async def test_logs_are_what_the_container_said(node, eventually):
    node.run_pod(
        image="busybox", restart="Never", command=["sh", "-c", "echo one; echo two >&2; printf three"]
    )
    await eventually(lambda: node.status().get("phase") == "Succeeded")
    said = await logs(node)  # the order of two streams is not promised
    assert sorted(said.replace("three", "three\n").split()) == ["one", "three", "two"]
    assert "three\n" not in said, "no line's end that the container did not write"


async def test_logs_can_be_cut(node, eventually):
    node.run_pod(image="busybox", restart="Never", command=["sh", "-c", "echo one; echo two; echo three"])
    await eventually(lambda: node.status().get("phase") == "Succeeded")
    assert await logs(node, tail_lines=2) == "two\nthree\n"
    assert await logs(node, tail_lines=0) == ""
    assert await logs(node, limit_bytes=5) == "one\nt"
    assert await logs(node, since=4e9) == ""
    stamped = await logs(node, timestamps=True, tail_lines=1)
    assert stamped[10] == "T"
    assert stamped.endswith("Z three\n")


async def test_followed_logs_go_on_until_the_container_ends(node, eventually):
    node.run_pod(
        image="busybox", restart="Never", command=["sh", "-c", "echo one; read x; echo two"], stdin=True
    )
    await eventually(node.is_ready)
    following = asyncio.create_task(logs(node, follow=True))
    await node.process().write(b"go\n")
    assert await asyncio.wait_for(following, 10) == "one\ntwo\n"


async def test_logs_of_the_run_before(node, eventually):
    node.run_pod(image="my-app:broken")
    await eventually(lambda: node.container().get("restartCount") == 1)
    assert await logs(node, previous=True) == "starting\ncannot open database\n"


async def test_logs_that_are_not_there_are_refused_in_upstreams_words(node, eventually):
    node.run_pod()
    node.run_pod("bad", image="my-app:9.9")
    await eventually(node.is_ready)
    with pytest.raises(ApiError) as refused:
        await logs(node, previous=True)
    assert refused.value.message == 'previous terminated container "web" in pod "web" not found'
    await eventually(lambda: "ImagePullBackOff" in str(node.status("bad")))
    with pytest.raises(ApiError) as refused:
        await logs(node, "bad")
    assert refused.value.code == 400
    assert refused.value.message == (
        'container "web" in pod "bad" is waiting to start: trying and failing to pull image'
    )


async def test_exec_answers_output_and_exit_code(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    assert await run(node, "sh", "-c", "echo hello from $HOSTNAME; exit 7") == (7, "hello from web\n", "")
    assert await run(node, "sh", stdin=True, typed=b"echo typed\n") == (0, "typed\n", "")


async def test_exec_with_a_terminal(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    session = await node.kubelet.exec(node.pod(), "web", ["sh"], stdin=True, tty=True)
    await session.resize(120, 33)
    await session.write(b"stty size; exit 4\n")
    output = b"".join([data async for _, data in session.output()])
    assert b"33 120" in output
    assert await session.wait() == 4


async def test_exec_of_much_output_loses_nothing(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    code, out, _ = await run(node, "sh", "-c", "head -c 5000000 /dev/zero | tr '\\0' x")
    assert (code, len(out)) == (0, 5_000_000)


async def test_exec_of_a_missing_program_is_refused_in_upstreams_words(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    with pytest.raises(ApiError) as refused:
        await run(node, "no-such-program")
    assert refused.value.code == 500
    assert refused.value.message.startswith(
        "Internal error occurred: Internal error occurred: error executing command in container: "
        "failed to exec in container: "
        'failed to start exec "'
    )
    assert refused.value.message.endswith(
        '": OCI runtime exec failed: exec failed: unable to start container process: '
        'exec: "no-such-program": executable file not found in $PATH'
    )


async def test_a_client_that_goes_ends_its_exec(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    session = await node.kubelet.exec(node.pod(), "web", ["sleep", "60"], stdin=False, tty=False)
    await session.close()
    assert await session.wait() == 137


async def test_exec_ends_with_its_container(node, eventually):
    node.run_pod(restart="Never")
    await eventually(node.is_ready)
    session = await node.kubelet.exec(node.pod(), "web", ["sleep", "60"], stdin=False, tty=False)
    node.process().kill()
    assert await asyncio.wait_for(session.wait(), 10) == 137


async def test_exec_into_what_does_not_run_is_refused(node, eventually):
    node.run_pod(image="my-app:9.9")
    await eventually(lambda: "ErrImagePull" in str(node.status()))
    with pytest.raises(ApiError) as refused:
        await run(node, "true")
    assert (refused.value.code, refused.value.message) == (404, 'container not found ("web")')


async def test_attach_talks_to_the_main_process(node, eventually):
    node.run_pod(image="busybox", args=["sh"], stdin=True, stdinOnce=True, tty=True, restart="Never")
    await eventually(node.is_ready)
    session = await node.kubelet.attach(node.pod(), "web", stdin=True, tty=True)
    await session.write(b"echo hello $((40 + 2)); exit 5\n")
    output = b"".join([data async for _, data in session.output()])
    assert b"hello 42" in output
    assert await session.wait() == 5
    await eventually(lambda: node.status()["phase"] == "Failed")


async def test_a_detached_client_leaves_the_container_alone(node, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    session = await node.kubelet.attach(node.pod(), "web", stdin=False, tty=False)
    await session.close()
    assert node.process().exit is None


async def test_ports_are_reached_at_the_pods_address(node, eventually):
    node.run_pod(readinessProbe={"httpGet": {"path": "/healthz", "port": 3000}})
    await eventually(node.is_ready)
    reader, writer = await node.kubelet.connect(node.pod(), 3000)
    writer.write(b"GET /?json HTTP/1.0\r\n\r\n")
    assert b'"pod": "web"' in await reader.read()
    writer.close()
    with pytest.raises(ApiError) as refused:
        await node.kubelet.connect(node.pod(), 3999)
    assert "connection refused" in refused.value.message
