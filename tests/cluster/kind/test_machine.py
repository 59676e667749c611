"""What kind needs of a machine."""

from pathlib import Path

import pytest

from kubetutor.cluster.kind import doctor, engine, machine

ENOUGH = machine.Machine(
    8192, 20000, "/var/lib/docker", (("max_user_watches", 524288), ("max_user_instances", 512)), 2
)


def test_enough_of_everything_needs_no_word():
    assert machine.warnings(ENOUGH, "kindest/node:v1.37.0") == []
    assert all(check.ok for check in doctor.check_machine(ENOUGH))


@pytest.mark.parametrize(
    ("short", "words", "check"),
    [
        (machine.Machine(memory_mb=700), "only 700 MB of memory are free; 1536 MB", "kind memory"),
        (machine.Machine(disk_mb=900, disk_folder="/d"), "only 900 MB are free in /d; 6144 MB", "kind disk"),
        (
            machine.Machine(inotify=(("max_user_instances", 64),)),
            "fs.inotify.max_user_instances is 64",
            "inotify",
        ),
        (machine.Machine(cgroup=1), "cgroup v1, which Kubernetes 1.35 and newer refuse", "cgroup"),
    ],
)
def test_what_is_short_is_told_before_and_by_the_doctor(short, words, check):
    warning = machine.warnings(short, "kindest/node:v1.37.0")
    assert len(warning) == 1
    assert words in warning[0]
    (found,) = doctor.check_machine(short)
    assert (found.name, found.ok) == (check, False)
    assert found.fix


def test_cgroup_v1_is_good_enough_for_an_older_kubernetes():
    assert machine.warnings(machine.Machine(cgroup=1), "kindest/node:v1.34.11@sha256:00") == []


@pytest.mark.parametrize(
    ("image", "minor"),
    [
        ("kindest/node:v1.36.4@sha256:ab", (1, 36)),
        ("mirror.school:5000/node:v1.36.2-b72c", (1, 36)),
        ("mirror.school:5000/node", None),
        ("node:latest", None),
        (None, None),
    ],
)
def test_a_node_images_release_is_in_its_tag(image, minor):
    assert machine.minor_of(image) == minor


def test_docker_and_podman_tell_the_same_in_different_words(stand_ins):
    stand_ins.engine("docker")
    docker = engine.Engine("docker", stand_ins.folder / "docker")
    assert machine.look(docker).cgroup == 2
    stand_ins.info(host={"cgroupVersion": "v1", "memTotal": 2**31}, store={"graphRoot": "/nowhere"})
    seen = machine.look(docker)
    assert (seen.cgroup, seen.memory_mb, seen.disk_mb) == (1, 2048, None)


def test_inotify_limits_are_read_where_linux_has_them(stand_ins, tmp_path):
    stand_ins.engine("docker")
    (tmp_path / "max_user_watches").write_text("8192\n")
    seen = machine.look(engine.Engine("docker", stand_ins.folder / "docker"), proc=tmp_path)
    assert seen.inotify == (("max_user_watches", 8192),)
    assert seen.few_inotify() == ["fs.inotify.max_user_watches is 8192"]
    assert machine.look(engine.Engine("docker", Path("nowhere")), proc=tmp_path).cgroup is None
