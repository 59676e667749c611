"""Installing: a little bundle of real wheels, by the Python that a learner has and nothing else."""

import json
import os
import signal
import subprocess
import sys
import zipfile

import pytest

from kubetutor.classroom.bundle.installer import environment as environments
from kubetutor.classroom.bundle.installer import install as installing
from kubetutor.classroom.bundle.installer.environment import Environment
from kubetutor.classroom.bundle.installer.manifest import Target
from kubetutor.errors import ClassroomError, StateError
from tests.classroom import little


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """Make wheels of kubetutor itself, and of all that it needs only of what its command line asks for."""
    folder = tmp_path_factory.mktemp("wheels")
    return [little.own(folder), *(little.installed(name, folder) for name in ("click", "pip"))]


@pytest.fixture(scope="module")
def bundle(wheels, tmp_path_factory):
    return little.bundle(
        tmp_path_factory.mktemp("usb") / "kubetutor-0.1.0.pyz", wheels, missing=("Everything for kind.",)
    )


@pytest.fixture
def machine(tmp_path):
    """A machine that has Python: run a bundle with it, in a state folder of its own."""

    class Learner:
        home = tmp_path / "home"
        environment = Environment(home / "environment")
        environ = {"PATH": os.defpath, "HOME": str(tmp_path), "KUBETUTOR_HOME": str(home)}  # noqa: RUF012  # never changed

        def start(self, bundle, *words):
            argv = [sys._base_executable, "-S", str(bundle), *words]  # -S: nothing that is installed
            return subprocess.Popen(
                argv,
                env=self.environ,
                cwd=tmp_path,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )

        def run(self, bundle, *words, code=0):
            process = self.start(bundle, *words)
            out, err = process.communicate(timeout=300)
            assert process.returncode == code, out + err
            assert "Traceback" not in err
            return out + err

        def left(self):
            return sorted(path.name for path in self.home.iterdir()) if self.home.is_dir() else []

    return Learner()


def test_python_and_the_file_are_enough(machine, bundle):
    said = machine.run(bundle)
    command = machine.environment.kubetutor
    assert f"kubetutor 0.1.0 for Python {sys.version_info[0]}.{sys.version_info[1]} on" in said
    assert "installed 3 of 3 packages" in said
    assert "Not in this bundle: Everything for kind." in said
    assert "The embedded cluster works without: kubetutor up --backend embedded" in said
    assert f"Type next:\n  {command} lab\n" in said
    assert machine.left() == ["environment"]
    assert not (machine.environment.path / ".wheels").exists()
    told = subprocess.run(
        [command, "--version"], env=machine.environ, capture_output=True, text=True, check=True
    )
    assert told.stdout == "kubetutor, version 0.1.0\n"
    again = machine.run(bundle)
    assert "The environment is there already, from this very bundle." in again
    assert "making the environment" not in again


def test_another_one_is_replaced_only_when_that_is_said(machine, bundle, wheels, tmp_path):
    machine.environment.path.mkdir(parents=True)
    (machine.environment.path / environments.RECEIPT).write_text('{"kubetutor": "0.0.9", "bundle": "older"}')
    (machine.environment.path / "older").touch()
    said = machine.run(bundle, code=1)
    assert said.endswith(
        f"There is an environment with kubetutor 0.0.9 in {machine.environment.path}. --force replaces it; your lessons, "
        "progress and clusters are elsewhere and stay. Or name another place: --folder FOLDER.\n"
    )
    broken = little.bundle(
        tmp_path / "broken.pyz", [*wheels, little.wheel(tmp_path, "till", tag="cp27-cp27m-win32")]
    )
    assert "pip could not install the wheels" in machine.run(broken, "--force", code=1)
    assert (machine.environment.path / "older").exists(), "what was there before is there again"
    machine.run(bundle, "--force")
    assert not (machine.environment.path / "older").exists()
    assert machine.left() == ["environment"]


def test_a_folder_of_somebody_elses_is_left_alone(machine, bundle, tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "thesis.txt").write_text("chapter one")
    assert "and no bundle made it" in machine.run(bundle, "--folder", str(folder), "--force", code=1)
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_leaves_nothing(machine, bundle, number):
    process = machine.start(bundle)
    next(line for line in process.stderr if "making the environment" in line)
    process.send_signal(number)
    _out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Interrupted." in err
    assert machine.left() == []


def test_what_a_killed_run_left_is_cleared_by_the_next(machine, bundle):
    process = machine.start(bundle)
    next(line for line in process.stderr if "making the environment" in line)
    process.kill()
    process.communicate()
    assert (machine.environment.path / ".wheels").is_dir()
    assert machine.environment.receipt() is None
    machine.run(bundle)
    assert machine.environment.receipt() is not None
    assert machine.left() == ["environment"]


def test_what_a_killed_run_moved_aside_comes_back(tmp_path):
    environment = Environment(tmp_path / "environment")
    environment.aside.mkdir()
    (environment.aside / "older").touch()
    environment.path.mkdir()
    environment.recover()
    assert (environment.path / "older").exists()
    assert not environment.aside.exists()


def test_what_a_killed_run_had_finished_stays(tmp_path):
    environment = Environment(tmp_path / "environment")
    environment.aside.mkdir()
    environment.path.mkdir()
    (environment.path / environments.RECEIPT).write_text("{}")
    environment.recover()
    assert environment.receipt() == {}
    assert not environment.aside.exists()


def test_a_damaged_bundle_is_refused_before_anything_is_made(machine, bundle, tmp_path):
    copy = tmp_path / "copy.pyz"
    content = bytearray(bundle.read_bytes())
    content[content.index(b"click/__init__.py") + 100] ^= 1
    copy.write_bytes(content)
    assert "Copy the file again" in machine.run(copy, code=1)
    assert machine.left() == []


@pytest.mark.parametrize("kept", [500, 60_000])
def test_python_itself_shows_that_a_file_was_cut_off(machine, bundle, tmp_path, kept):
    copy = tmp_path / "copy.pyz"
    copy.write_bytes(bundle.read_bytes()[:kept])
    process = machine.start(copy)
    _out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert (
        "# A SyntaxError here means that this bundle of kubetutor was cut off: copy the file again. PK" in err
    )
    assert machine.left() == []


def test_a_bundle_for_another_python_is_refused_before_anything_is_made(machine, tmp_path):
    other = little.bundle(
        tmp_path / "other.pyz",
        [little.wheel(tmp_path, "coins")],
        target=Target("3.99", "linux", "x86_64", "glibc"),
    )
    assert "is for\n  Python 3.99 on linux x86_64\n" in machine.run(other, code=1)
    assert machine.left() == []


def test_too_little_room_is_told_before_anything_is_made(bundle, tmp_path, monkeypatch, steps):
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(installing, "ROOM", 10**9)
    with pytest.raises(
        ClassroomError, match=r"There are \d+ MB free for .*environment, and \d+ MB are needed"
    ):
        installing.install(bundle, folder=None, force=False, say=steps.append, progress=steps.append)
    assert not (tmp_path / "home" / "environment").exists()


def test_a_place_that_cannot_be_written_is_told(bundle, tmp_path, monkeypatch, steps):
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path / "home"))
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="cannot be written"):
        installing.install(
            bundle, folder=tmp_path / "file" / "x", force=False, say=steps.append, progress=steps.append
        )


def test_a_cluster_that_may_run_from_it_is_in_the_way(bundle, tmp_path, monkeypatch, steps):
    from kubetutor.cluster import lock
    from kubetutor.cluster.home import Home, make_private

    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path))
    (tmp_path / "environment").mkdir()
    (tmp_path / "environment" / environments.RECEIPT).write_text(
        json.dumps({"kubetutor": "0.0.9", "bundle": "older"})
    )
    folder = Home(tmp_path).cluster("shop")
    up = lock.held(folder.lock, prepare=lambda: make_private(folder.path))
    with up, pytest.raises(ClassroomError, match=r"The cluster 'shop' is up.* down --name shop"):
        installing.install(bundle, folder=None, force=True, say=steps.append, progress=steps.append)


def test_the_installer_in_the_file_is_all_that_it_imports(bundle):
    """With the standard library alone: the file brings the rest, also where another kubetutor is installed."""
    with zipfile.ZipFile(bundle) as file:
        modules = {name for name in file.namelist() if name.startswith("kubetutor/")}
    program = "import sys; sys.argv = ['x', '--help']; import runpy\ntry:\n runpy.run_path(sys.path[0], run_name='__main__')\n"
    program += "except SystemExit: print(*sorted(m.__file__ for n, m in sys.modules.items() if n.startswith('kubetutor')))"
    done = subprocess.run(
        [sys._base_executable, "-S", "-c", f"import sys; sys.path[0] = {str(bundle)!r}\n{program}"],
        env={}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    imported = {path.partition(".pyz/")[2] for path in done.stdout.splitlines()[-1].split()}
    assert "kubetutor/classroom/bundle/installer/install.py" in imported
    assert imported <= modules
    assert modules - imported <= {"kubetutor/classroom/bundle/installer/zip_main.py"}
