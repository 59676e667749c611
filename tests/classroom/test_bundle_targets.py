"""For which Python and platform a bundle is asked, and what fits whom."""

from pathlib import Path

import pytest

from kubetutor.classroom.bundle import targets
from kubetutor.classroom.bundle.installer.machine import Machine, fitting, this_machine
from kubetutor.classroom.bundle.installer.manifest import Manifest, Target
from kubetutor.errors import ClassroomError

DEBIAN = Machine("3.11", "CPython", "linux", "x86_64", "glibc", "2.36")
FOR_DEBIAN = Target("3.11", "linux", "x86_64", "glibc", "2.28")
BUNDLE = Path("/media/usb/kubetutor.pyz")


def test_nothing_said_means_this_machine():
    assert targets.wishes((), ()) == [targets.Wish(this_machine().python, None)]
    assert targets.wishes((), (), DEBIAN)[0].pip_options(DEBIAN) == []


def test_every_python_is_meant_on_every_platform():
    made = targets.wishes(("3.12", "3.13.1", "3.12"), ("manylinux_2_28_x86_64", "macosx_14_0_arm64"), DEBIAN)
    assert [str(wish) for wish in made] == [
        f"Python {python} on {tag}"
        for python in ("3.12", "3.13")
        for tag in ("manylinux_2_28_x86_64", "macosx_14_0_arm64")
    ]


def test_pip_is_told_every_tag_that_such_a_platform_takes():
    (wish,) = targets.wishes(("3.12",), ("manylinux2014_x86_64",), DEBIAN)
    words = wish.pip_options(DEBIAN)
    assert words[:4] == ["--python-version", "3.12", "--implementation", "cp"]
    tags = words[5::2]
    assert tags[:4] == [
        "manylinux_2_17_x86_64",
        "manylinux2014_x86_64",
        "manylinux_2_16_x86_64",
        "manylinux_2_15_x86_64",
    ]
    assert tags[-3:] == ["manylinux_2_5_x86_64", "manylinux1_x86_64", "linux_x86_64"]


def test_the_tags_of_musl_and_macos():
    assert targets.accepted(targets.parse("musllinux_1_2_aarch64")) == [
        "musllinux_1_2_aarch64",
        "musllinux_1_1_aarch64",
        "musllinux_1_0_aarch64",
    ]
    assert targets.accepted(targets.parse("macosx_14_0_arm64")) == ["macosx_14_0_arm64"]


@pytest.mark.parametrize(
    ("pythons", "platforms", "said"),
    [
        (("3.9",), (), "needs Python 3.11 or newer; 3.9 was asked for"),
        (("newest",), (), "'newest' is no version of Python"),
        ((), ("win_amd64",), "For WSL take a platform of Linux"),
        ((), ("linux",), "'linux' is no platform"),
        ((), ("manylinux_2_28_riscv64",), "is no platform that bundles are made for"),
    ],
)
def test_what_nobody_can_have_is_refused_with_what_to_say_instead(pythons, platforms, said):
    with pytest.raises(ClassroomError, match=said):
        targets.wishes(pythons, platforms, DEBIAN)


def test_the_oldest_system_that_takes_all_wheels():
    tags = [
        ("any",),
        ("manylinux2014_x86_64", "manylinux_2_17_x86_64"),
        ("manylinux_2_17_x86_64", "manylinux_2_28_x86_64"),  # takes 2.17: any one of the tags is enough
        ("manylinux_2_34_x86_64",),
    ]
    assert targets.least(tags, "linux", "x86_64", "glibc") == "2.34"
    assert targets.least(tags[:3], "linux", "x86_64", "glibc") == "2.17"
    assert targets.least(tags[:1], "linux", "x86_64", "glibc") == ""
    assert targets.least([("macosx_10_9_universal2",)], "darwin", "arm64", "") == "10.9"


def said_to(machine, *made_for, which=lambda _name: None):
    with pytest.raises(ClassroomError) as error:
        fitting(Manifest("0.1.0", "2026-11-23", made_for), machine, BUNDLE, which=which)
    return str(error.value)


def test_a_machine_gets_the_wheels_for_it():
    others = (Target("3.12", "linux", "x86_64", "glibc"), Target("3.11", "linux", "aarch64", "glibc"))
    manifest = Manifest("0.1.0", "2026-11-23", (*others, FOR_DEBIAN))
    assert fitting(manifest, DEBIAN, BUNDLE) == FOR_DEBIAN


def test_another_python_is_told_with_the_one_that_is_there():
    wanted = Target("3.13", "linux", "x86_64", "glibc", "2.28")
    said = said_to(DEBIAN, wanted, which={"python3.13": "/usr/bin/python3.13"}.get)
    assert "is for\n  Python 3.13 on linux x86_64 (glibc 2.28 or newer)\n" in said
    assert "here is CPython 3.11 on linux x86_64 (glibc 2.36)" in said
    assert said.endswith("Try: python3.13 /media/usb/kubetutor.pyz")


def test_another_python_is_told_with_what_to_install():
    said = said_to(DEBIAN, Target("3.13", "linux", "x86_64", "glibc"))
    assert "Install Python 3.13, and run the file with it." in said
    assert "kubetutor bundle create --python 3.11 --platform manylinux_2_36_x86_64" in said


@pytest.mark.parametrize(
    ("machine", "platform"),
    [
        (Machine("3.11", "CPython", "linux", "aarch64", "glibc", "2.36"), "manylinux_2_36_aarch64"),
        (Machine("3.11", "CPython", "linux", "x86_64", "musl", ""), "musllinux_1_2_x86_64"),
        (Machine("3.11", "CPython", "darwin", "arm64", "", "15.2"), "macosx_15_0_arm64"),
    ],
)
def test_another_platform_is_told_with_what_makes_a_bundle_for_it(machine, platform):
    said = said_to(machine, FOR_DEBIAN)
    assert said.endswith(f"kubetutor bundle create --python 3.11 --platform {platform}")


def test_a_system_that_is_too_old_is_told():
    old = Machine("3.11", "CPython", "linux", "x86_64", "glibc", "2.17")
    assert "This system is too old for these wheels." in said_to(old, FOR_DEBIAN)


def test_pypy_and_windows_are_told():
    pypy = Machine("3.11", "PyPy", "linux", "x86_64", "glibc", "2.36")
    assert "here is PyPy 3.11" in said_to(pypy, FOR_DEBIAN)
    assert "install WSL" in said_to(Machine("3.11", "CPython", "windows", "amd64", "", ""), FOR_DEBIAN)
