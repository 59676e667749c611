"""The runtime: real processes through the real fork server."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import psutil
import pytest

from kubetutor.embedded.kubelet import leftovers
from kubetutor.embedded.kubelet.processes import ProcessRuntime
from kubetutor.embedded.kubelet.runtime import Program, ProgramError
from kubetutor.embedded.node_api import STDERR, STDOUT


class Output:
    def __init__(self):
        self.chunks = []
        self.ended = set()

    def __call__(self, stream, data):
        if data:
            self.chunks.append((stream, data))
        else:
            self.ended.add(stream)

    def text(self, stream=STDOUT):
        return b"".join(data for of, data in self.chunks if of == stream).decode()


def program(folder, *argv, **more):
    return Program(argv, {"PATH": os.environ["PATH"]}, folder, **more)


async def test_a_program_runs_in_its_folder_and_both_streams_are_read(runtime, tmp_path):
    output = Output()
    process = await runtime.start_process(program(tmp_path, "sh", "-c", "pwd; echo oops >&2; exit 3"), output)
    assert (await process.wait()).code == 3
    assert output.text() == f"{tmp_path}\n"
    assert output.text(STDERR) == "oops\n"
    assert output.ended == {STDOUT, STDERR}


async def test_a_signal_is_told_as_128_and_its_number(runtime, tmp_path):
    process = await runtime.start_process(program(tmp_path, "sleep", "60"), Output())
    process.signal(signal.SIGTERM)
    ended = await process.wait()
    assert (ended.code, ended.signal) == (143, signal.SIGTERM)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no-such-program", 'exec: "no-such-program": executable file not found in $PATH'),
        ("/no/such", 'exec: "/no/such": stat /no/such: no such file or directory'),
        ("/etc/passwd", 'exec: "/etc/passwd": permission denied'),
    ],
)
async def test_a_program_that_cannot_run_is_refused_in_a_container_runtimes_words(
    runtime, tmp_path, name, words
):
    with pytest.raises(ProgramError) as refused:
        await runtime.start_process(program(tmp_path, name), Output())
    assert str(refused.value) == words


async def test_input_reaches_the_program_and_ends(runtime, tmp_path):
    output = Output()
    process = await runtime.start_process(program(tmp_path, "cat", stdin=True), output)
    await process.write(b"x" * 300_000)
    process.end_input()
    assert (await process.wait()).code == 0
    assert len(output.text()) == 300_000


async def test_a_terminal_is_one_and_has_a_size(runtime, tmp_path, eventually):
    output = Output()
    line = "tty >/dev/null && echo terminal; read x; stty size"
    process = await runtime.start_process(program(tmp_path, "sh", "-c", line, stdin=True, tty=True), output)
    await eventually(lambda: "terminal" in output.text())
    process.resize(100, 40)
    await process.write(b"go\n")
    assert (await process.wait()).code == 0
    assert "40 100" in output.text()


async def test_what_the_main_process_leaves_behind_ends_with_it(runtime, tmp_path, eventually):
    output = Output()
    process = await runtime.start_process(program(tmp_path, "sh", "-c", "sleep 60 & echo $!"), output)
    await process.wait()
    child = int(output.text())
    await eventually(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie")


async def test_an_application_runs_without_a_new_interpreter(runtime, tmp_path):
    output = Output()
    app = Program(("my-app",), {"APP_VERSION": "broken"}, tmp_path, app="kubetutor.images.my_app")
    process = await runtime.start_process(app, output)
    assert (await process.wait()).code == 1
    assert output.text() == "starting\ncannot open database\n"


async def test_closing_leaves_no_process(tmp_path, cluster_id):
    runtime = await ProcessRuntime.start(tmp_path, cluster_id)
    for _ in range(3):
        await runtime.start_process(program(tmp_path, "sh", "-c", "sleep 60 & sleep 60"), Output())
    assert len(leftovers.find(cluster_id)) >= 4
    await runtime.close()
    assert leftovers.find(cluster_id) == []


async def test_when_the_fork_server_dies_its_children_end_and_another_takes_over(
    runtime, tmp_path, eventually
):
    process = await runtime.start_process(program(tmp_path, "sleep", "60"), Output())
    os.kill(runtime._server.pid, signal.SIGKILL)
    assert (await process.wait()).code == 137
    await eventually(
        lambda: not psutil.pid_exists(process.pid) or psutil.Process(process.pid).status() == "zombie"
    )
    again = await runtime.start_process(program(tmp_path, "true"), Output())
    assert (await again.wait()).code == 0


async def test_when_the_cluster_is_killed_its_processes_end(tmp_path, cluster_id, eventually):
    code = (
        "import asyncio, os, pathlib, sys\n"
        "from kubetutor.embedded.kubelet.processes import ProcessRuntime\n"
        "from kubetutor.embedded.kubelet.runtime import Program\n"
        "async def main():\n"
        "    here = pathlib.Path(sys.argv[1])\n"
        "    runtime = await ProcessRuntime.start(here, sys.argv[2])\n"
        "    program = Program(('sleep', '60'), {'PATH': os.environ['PATH']}, here)\n"
        "    process = await runtime.start_process(program, lambda *_: None)\n"
        "    print(process.pid, flush=True)\n"
        "    await process.wait()\n"
        "asyncio.run(main())\n"
    )
    argv = (sys.executable, "-c", code, str(tmp_path), cluster_id)
    cluster = await asyncio.create_subprocess_exec(*argv, stdout=subprocess.PIPE)
    pid = int(await cluster.stdout.readline())
    await eventually(lambda: pid in leftovers.find(cluster_id))  # not while it becomes `sleep`
    cluster.kill()
    await cluster.wait()
    await eventually(lambda: leftovers.find(cluster_id) == [])


def test_leftovers_are_found_and_ended(cluster_id):
    environment = {**os.environ, leftovers.MARK: cluster_id}
    stray = subprocess.Popen(["sleep", "60"], env=environment)
    assert leftovers.find(cluster_id) == [stray.pid]
    assert leftovers.end(cluster_id) == [stray.pid]
    stray.wait()
    assert leftovers.find(cluster_id) == []


async def test_a_hundred_applications_are_small(runtime, tmp_path):
    apps = [
        Program(
            ("my-app",),
            {"KUBETUTOR_LISTEN": f"127.99.{os.getpid() % 250}.{n}"},
            tmp_path,
            app="kubetutor.images.my_app",
        )
        for n in range(1, 31)
    ]
    outputs = [Output() for _ in apps]
    pairs = zip(apps, outputs, strict=True)
    processes = await asyncio.gather(*(runtime.start_process(app, output) for app, output in pairs))
    for _ in range(500):
        if all("listens" in output.text() for output in outputs):
            break
        await asyncio.sleep(0.01)
    sizes = [psutil.Process(process.pid).memory_full_info().pss for process in processes]
    assert sum(sizes) / len(sizes) < 6_000_000
