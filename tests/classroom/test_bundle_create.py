"""Making a bundle: what is told beforehand, and that nothing half-made stays. The wheels come from a folder."""

import os
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from kubetutor.classroom.bundle import creating, own_wheel, wheels
from kubetutor.classroom.bundle.installer import archive
from kubetutor.classroom.bundle.targets import Wish, parse
from kubetutor.classroom.bundle.writing import FIRST_LINE, PARTS
from kubetutor.cli import cli
from kubetutor.cluster import lock, share
from kubetutor.cluster.home import Home
from kubetutor.errors import ClassroomError
from tests.classroom import little

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder of wheels that pip takes for the whole world, and a little kubetutor."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PATH", str(folder))  # no engine, no kind
    little.wheel(folder, "pip", "26.3")
    little.wheel(folder, "coins", "1.5")
    monkeypatch.setattr(
        own_wheel, "make", lambda where: little.wheel(where, "kubetutor", "0.1.0", requires=("coins",))
    )
    return folder


@pytest.fixture
def make(tmp_path, steps):
    folder = tmp_path / "usb"
    folder.mkdir()

    def create(**asked):
        order = creating.Order((Wish(HERE, None),), **{"output": folder / "kubetutor.pyz", **asked})
        return creating.create(order, Home(tmp_path / "home"), say=steps.append, progress=steps.append)

    create.folder = folder
    return create


@pytest.mark.usefixtures("index")
def test_without_an_engine_it_is_for_embedded_and_says_what_is_missing_and_what_to_do(make, steps):
    path = make()
    assert steps[0].startswith(
        "Not in this bundle: Everything for kind: its images, and the `kind` command. The reason: "
    )
    assert "there is no container engine" in steps[0]
    assert "Install Docker" in steps[0]
    assert "Then make it again." in steps[0]
    said = steps[-1]
    assert f"{path}: 0 MB, sha256 " in said
    assert "3 wheels" in said
    assert f"for Python {HERE} on " in said
    assert "On each machine, with Python and without a network: python3 kubetutor.pyz" in said
    with archive.opened(path) as bundle:
        bundle.verify(lambda _text: None)
        assert bundle.manifest.kind is None
        assert bundle.manifest.missing == (creating.NO_KIND,)
    assert [each.name for each in make.folder.iterdir()] == ["kubetutor.pyz"]


@pytest.mark.usefixtures("index")
def test_equal_contents_make_equal_files(make):
    first, second = make(kind=False), make(kind=False, output=make.folder / "again.pyz")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.usefixtures("index")
def test_kind_that_is_asked_for_and_cannot_be_had_is_an_error(make):
    with pytest.raises(ClassroomError, match=r"there is no container engine.* Or leave kind out: --no-kind"):
        make(kind=True)
    assert list(make.folder.iterdir()) == []


@pytest.mark.usefixtures("index")
def test_a_file_that_is_there_is_replaced_only_when_that_is_said(make):
    path = make.folder / "kubetutor.pyz"
    path.write_text("a lecture")
    with pytest.raises(ClassroomError, match=r"is there already. --force replaces it"):
        make()
    assert path.read_text() == "a lecture"
    make(force=True)
    assert path.read_bytes().startswith(FIRST_LINE)


def test_a_place_that_cannot_be_is_told(make):
    with pytest.raises(ClassroomError, match=r"is not there. Make it"):
        make(output=make.folder / "none" / "kubetutor.pyz")
    with pytest.raises(ClassroomError, match=r"is a folder"):
        make(output=make.folder)


@pytest.mark.usefixtures("index")
def test_too_little_room_is_told_before_anything_is_downloaded(make, monkeypatch, steps):
    monkeypatch.setattr(creating, "WHEELS_MB", 10**9)
    with pytest.raises(
        ClassroomError,
        match=r"There are \d+ MB free in .*usb, and making the bundle needs up to 2000000000 MB",
    ):
        make()
    assert not any("downloading" in step for step in steps)
    assert list(make.folder.iterdir()) == []


def test_what_fails_leaves_nothing(index, make):
    (index / "coins-1.5-py3-none-any.whl").unlink()
    with pytest.raises(ClassroomError, match=r"No matching distribution found for coins"):
        make(force=True)
    assert list(make.folder.iterdir()) == []


@pytest.mark.usefixtures("index")
def test_what_a_killed_run_left_is_cleared_and_two_at_once_are_refused(make):
    left = make.folder / ".kubetutor.pyz.part"
    (left / "wheels-0").mkdir(parents=True)
    (left / "bundle.pyz").touch()
    with lock.held(left / "lock"), pytest.raises(ClassroomError, match=r"Another .* makes .* now"):
        make()
    assert left.exists()
    make()
    assert [each.name for each in make.folder.iterdir()] == ["kubetutor.pyz"]


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_nothing(tmp_path, number):
    folder = tmp_path / "usb"
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "kubetutor", "bundle", "create", "--no-kind", "kubetutor.pyz"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(share.PACKAGE.parent)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    next(line for line in process.stderr if "making the wheel of kubetutor itself" in line)
    process.send_signal(number)
    _out, err = process.communicate(timeout=120)
    assert (process.returncode, list(folder.iterdir())) == (1, [])
    assert "Interrupted." in err


def test_an_environment_without_pip_is_told(make, monkeypatch):
    monkeypatch.setattr(wheels.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ClassroomError, match=r"has no pip, .* -m ensurepip"):
        make()


def test_a_name_says_the_version_and_for_whom_it_is():
    one = Wish("3.12", parse("manylinux_2_28_x86_64"))
    assert creating.file_name([one]) == "kubetutor-0.1.0-py312-manylinux_2_28_x86_64.pyz"
    assert creating.file_name([Wish("3.11", None)]).startswith("kubetutor-0.1.0-py311-linux-")
    assert creating.file_name([one, one]) == "kubetutor-0.1.0.pyz"


def test_every_part_of_the_installer_is_there():
    assert all((share.PACKAGE / part).is_file() for part in PARTS)


def test_options_for_kind_without_kind_are_wrong_usage():
    done = CliRunner().invoke(cli, ["bundle", "create", "--no-kind", "--kubernetes", "1.36"])
    assert done.exit_code == 2
    assert "--no-kind leaves it out" in done.output
