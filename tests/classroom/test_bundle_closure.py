"""Whether wheels lack something, by their own metadata; and getting them with the real pip, from a folder."""

import pytest

from kubetutor.classroom.bundle import closure, targets, wheels
from kubetutor.classroom.bundle.installer.machine import this_machine
from kubetutor.errors import ClassroomError
from tests.classroom import little


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder of wheels that pip takes for the whole world."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    little.wheel(folder, "pip", "26.3")
    return folder


def names(followed):
    return [wheel.name for wheel in followed.needed]


def test_what_is_needed_is_followed_and_the_rest_is_left(tmp_path):
    made = [
        little.wheel(
            tmp_path, "till", requires=("coins>=1", "windows-only; sys_platform == 'win32'", "receipt[print]")
        ),
        little.wheel(tmp_path, "coins", "1.5"),
        little.wheel(tmp_path, "receipt", requires=("paper; extra == 'print'", "ink; extra == 'colour'")),
        little.wheel(tmp_path, "paper"),
        little.wheel(tmp_path, "stray"),
    ]
    (wish,) = targets.wishes((), ())
    followed = closure.follow(map(closure.read, made), ("till",), closure.environment_of(wish))
    assert names(followed) == ["coins", "paper", "receipt", "till"]
    assert followed.missing == ()


def test_what_is_missing_is_named_as_pip_reads_it(tmp_path):
    made = [
        little.wheel(tmp_path, "till", requires=("coins>=2", "paper[thick]<3; python_version >= '3.13'")),
        little.wheel(tmp_path, "coins", "1.5"),
    ]
    (wish,) = targets.wishes(("3.13",), ())
    followed = closure.follow(map(closure.read, made), ("till",), closure.environment_of(wish))
    assert followed.missing == ("coins>=2", "paper[thick]<3")
    (wish,) = targets.wishes(("3.12",), ())
    followed = closure.follow(map(closure.read, made), ("till",), closure.environment_of(wish))
    assert followed.missing == ("coins>=2",)


def test_pip_brings_what_this_machine_needs(index, tmp_path, steps):
    own = little.wheel(tmp_path, "kubetutor", "0.1.0", requires=("coins>=1",))
    little.wheel(index, "coins", "1.5")
    (wish,) = targets.wishes((), ())
    target, found = wheels.collect(wish, own, tmp_path / "wheels", progress=steps.append)
    assert [wheel.name for wheel in found] == ["coins", "kubetutor", "pip"]
    here = this_machine()
    assert (target.python, target.machine, target.least) == (here.python, here.machine, "")
    assert target.wheels == tuple(
        f"wheels/{name}-py3-none-any.whl" for name in ("coins-1.5", "kubetutor-0.1.0", "pip-26.3")
    )
    assert steps[0] == f"downloading the wheels for Python {here.python} on this machine"


def test_what_only_another_python_needs_comes_too_and_what_only_this_one_needs_does_not(
    index, tmp_path, steps
):
    here = this_machine().python
    other = "3.12" if here != "3.12" else "3.13"
    only_there, only_here = f"python_version == '{other}'", f"python_version == '{here}'"
    own = little.wheel(
        tmp_path, "kubetutor", "0.1.0", requires=(f"coins; {only_there}", f"paper; {only_here}", "scales")
    )
    digits = other.replace(".", "")
    little.wheel(index, "coins", tag=f"cp{digits}-cp{digits}-manylinux_2_28_x86_64")
    little.wheel(index, "scales", tag=f"cp{digits}-cp{digits}-manylinux2014_x86_64.manylinux_2_17_x86_64")
    little.wheel(index, "paper")
    (wish,) = targets.wishes((other,), ("manylinux_2_28_x86_64",))
    target, found = wheels.collect(wish, own, tmp_path / "wheels", progress=steps.append)
    assert [wheel.name for wheel in found] == ["coins", "kubetutor", "pip", "scales"]
    assert str(target) == f"Python {other} on linux x86_64 (glibc 2.28 or newer)"


@pytest.mark.usefixtures("index")
def test_a_package_without_a_wheel_for_it_is_told(tmp_path, steps):
    own = little.wheel(tmp_path, "kubetutor", "0.1.0", requires=("ghost",))
    (wish,) = targets.wishes((), ())
    with pytest.raises(
        ClassroomError, match=r"(?s)No matching distribution found for ghost.*try a newer --platform"
    ):
        wheels.collect(wish, own, tmp_path / "wheels", progress=steps.append)


def test_an_installation_is_put_together_to_the_wheel_that_it_came_from(tmp_path):
    made = closure.read(little.installed("click", tmp_path))
    assert made.name == "click"
    assert made.platforms == ("any",)
    assert made.unpacked > 100_000
