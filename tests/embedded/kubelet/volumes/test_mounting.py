"""Mounts of real processes: what they see, what the machine sees of it, and who may do it."""

# These are paths of the machine, looked at for a moment: text and `os` will do.
# ruff: noqa: ASYNC240, PTH110, PTH202, PTH208, S108

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import pytest_asyncio

from kubetutor.embedded.kubelet import mounting
from kubetutor.embedded.kubelet.processes import ProcessRuntime
from kubetutor.embedded.kubelet.runtime import Mount, Program, ProgramError

NOBODY = 65534


@pytest.fixture(autouse=True)
def allowed(tmp_path_factory):
    if reason := mounting.why_not(str(tmp_path_factory.mktemp("root"))):
        pytest.skip(f"this machine lets nobody mount: {reason}")


class Said:
    def __init__(self):
        self.data = b""

    def __call__(self, _stream, data):
        self.data += data


@pytest.fixture
def volume(tmp_path):
    folder = tmp_path / "volume"
    folder.mkdir()
    (folder / "key").write_text("value\n")
    return folder


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def run(runtime, home):
    async def run(script, *mounts, work="", beside=0):
        environment = {"PATH": os.environ["PATH"]}
        program = Program(("sh", "-c", script), environment, home, mounts=mounts, work=work, beside=beside)
        said = Said()
        process = await runtime.start_process(program, said)
        await process.wait()
        return said.data.decode().splitlines()

    return run


@pytest.mark.parametrize("path", ["/etc/new/config", "/data", "/run/a/b/c", "/usr/share", "/tmp"])
async def test_a_volume_is_at_any_path_and_nowhere_on_the_machine(run, volume, path):
    there = os.listdir("/"), os.path.exists(path)
    assert await run(f"ls {path}; touch {path}/new", Mount(volume, path)) == ["key"]
    assert (volume / "new").exists()
    assert (os.listdir("/"), os.path.exists(path)) == there


async def test_the_rest_of_the_machine_is_as_it_was(run, volume):
    script = "ls -A / | grep -v ^data$ | sort; ls -A /etc | sort | sha256sum; stat -c %i /etc/passwd"
    assert await run(script, Mount(volume, "/data"), Mount(volume, "/etc/new")) != []
    plain = await run("ls -A / | sort; ls -A /etc | sort | sha256sum; stat -c %i /etc/passwd")
    seen = await run(
        script.replace("ls -A /etc |", "ls -A /etc | grep -v ^new$ |"),
        Mount(volume, "/data"),
        Mount(volume, "/etc/new"),
    )
    assert seen == plain


async def test_a_volume_for_reading_cannot_be_written(run, volume):
    assert await run(
        "cat /data/key; touch /data/new 2>/dev/null || echo no", Mount(volume, "/data", True)
    ) == ["value", "no"]


async def test_a_file_is_mounted_onto_a_file_and_where_there_was_none(run, volume):
    mounts = Mount(volume / "key", "/etc/passwd"), Mount(volume / "key", "/dev/termination-log")
    assert await run("cat /etc/passwd; echo over > /dev/termination-log", *mounts) == ["value"]
    assert (volume / "key").read_text() == "over\n"
    assert os.path.getsize("/etc/passwd") != len("over\n")
    assert not os.path.exists("/dev/termination-log")


async def test_a_volume_that_hides_another_ones_source_does_not_matter(run, volume, home):
    mounts = Mount(volume, "/tmp"), Mount(volume, str(home.parents[2]) + "/deep"), Mount(volume, "/data")
    assert await run("cat /data/key /tmp/key; pwd", *mounts) == ["value", "value", "/"]


async def test_outer_volumes_come_first(run, volume, tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    assert await run("ls /data; ls /data/inner", Mount(inner, "/data/inner"), Mount(volume, "/data")) == [
        "inner",
        "key",
    ]


async def test_a_folder_is_not_mounted_onto_a_file(run, volume):
    with pytest.raises(ProgramError, match=r'to rootfs at "/etc/passwd": mount .*: not a directory'):
        await run("true", Mount(volume, "/etc/passwd"))


async def test_a_program_can_be_in_a_volume(runtime, volume, home):
    (volume / "greet").write_text("#!/bin/sh\necho hello\n")
    (volume / "greet").chmod(0o755)
    said = Said()
    program = Program(("/data/greet",), {"PATH": os.environ["PATH"]}, home, mounts=(Mount(volume, "/data"),))
    process = await runtime.start_process(program, said)
    assert (await process.wait()).code == 0
    assert said.data == b"hello\n"


async def test_the_folder_to_work_in_is_made(run):
    assert await run("pwd; touch here; ls", work="/shop/desk") == ["/shop/desk", "here"]
    assert not os.path.exists("/shop")


async def test_who_comes_later_sees_the_same(runtime, run, volume, home):
    environment = {"PATH": os.environ["PATH"]}
    mounts = (Mount(volume, "/data"), Mount(volume, "/etc/new"))
    first = await runtime.start_process(Program(("sleep", "60"), environment, home, mounts=mounts), Said())
    assert await run("touch /data/two /etc/three; ls /data /etc/new", beside=first.pid) == [
        "/data:",
        "key",
        "two",
        "",
        "/etc/new:",
        "key",
        "two",
    ]
    assert await run("ls /etc/three; cd /; ls -d data", beside=first.pid) == ["/etc/three", "data"]
    first.kill()


async def test_terminals_can_be_made(run):
    script = f"{sys.executable} -c 'import os; print(os.ttyname(os.openpty()[1])[:5])'"
    assert await run(script) == ["/dev/"]


@pytest_asyncio.fixture
async def runtime_without(tmp_path, cluster_id):
    runtime = await ProcessRuntime.start(tmp_path, cluster_id, tries_mounts=False)
    yield runtime
    await runtime.close()


async def test_mounts_can_be_switched_off(runtime_without, runtime):
    assert not await runtime_without.can_mount()
    assert await runtime.can_mount()


SCRIPT = """
import ctypes, os, sys
sys.path.insert(0, sys.argv[2])
import mounting
if os.getuid() == 0:
    os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # it may be looked at again, as a program that such a user starts
root = sys.argv[1]
mounter = mounting.Mounter(root + "/root")
mounter.take_view(0, [(root + "/volume", "/etc/new", True), (root + "/volume", "/data", False)], "")
os.execvp("sh", ["sh", "-c", "id -u; id -g; cat /etc/new/key /data/key; grep CapEff /proc/self/status; touch /etc/new/x /data/x; ls /data"])
""".replace("{nobody}", str(NOBODY))


@pytest.fixture
def open_folder():
    """A folder that every user may enter, which those of pytest are not, with a volume that everyone may write to."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "root").mkdir()
        (folder / "volume").mkdir()
        (folder / "volume" / "key").write_text("value\n")
        (folder / "volume").chmod(0o777)
        yield folder


@pytest.mark.skipif(sys.platform != "linux", reason="mount namespaces are Linux's")
def test_an_ordinary_user_can_have_mounts_and_no_power_by_them(open_folder):
    library = open_folder / "library"
    library.mkdir()
    (library / "mounting.py").write_bytes(Path(mounting.__file__).read_bytes())
    argv = ("python3", "-c", SCRIPT, str(open_folder), str(library))
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}, cwd="/"
    )
    user = NOBODY if os.getuid() == 0 else os.getuid()
    group = NOBODY if os.getuid() == 0 else os.getgid()
    assert done.stdout.splitlines() == [
        str(user),
        str(group),
        "value",
        "value",
        "CapEff:\t0000000000000000",
        "key",
        "x",
    ], done.stderr
    assert "Read-only file system" in done.stderr
