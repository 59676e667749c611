"""What a bundle has for kind: saved by an engine, loaded into another. A stand-in, for what the real one seldom does."""

import gzip
import hashlib
import io
import json
import sys
import textwrap
from types import SimpleNamespace

import pytest

from kubetutor.classroom.bundle import images, kind_program, loading, saving
from kubetutor.classroom.bundle.installer import archive
from kubetutor.classroom.bundle.installer.manifest import Archive, Kind
from kubetutor.cluster.home import Home
from kubetutor.cluster.kind import brought, releases
from kubetutor.cluster.kind.engine import Engine
from kubetutor.errors import ClassroomError, CommandFailedError
from tests.classroom import little

TAR = b"layers of my-app\n" * 200_000
ENGINE = """
    import json, pathlib, sys
    folder, words = pathlib.Path({folder!r}), sys.argv[1:]
    said = json.loads((folder / "said.json").read_text())
    with open(folder / "calls", "a") as log:
        print(*words, file=log)
    if words[0] == "version":
        print(said["architecture"] if "Arch" in words[-1] else "29.1.3")
    elif words[0] == "info":
        print(json.dumps(dict(DockerRootDir=str(folder))))
    elif words[0] == "load":
        if said["full"]:
            sys.stdin.buffer.read(1000)
            sys.exit("write /layer.tar: no space left on device")
        (folder / "loaded").write_bytes(sys.stdin.buffer.read())
    elif words[:2] == ["image", "inspect"]:
        sys.exit(0 if (folder / "loaded").exists() else "No such image")
    elif words[0] == "save":
        sys.stdout.buffer.write({tar})
        sys.exit("no such image: ghost" if "ghost" in words else 0)
"""
NAMES = ("docker.io/library/my-app:1.0", "docker.io/library/busybox:1.36")


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """A stand-in for `docker`, alone in PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    program = textwrap.dedent(ENGINE.format(folder=str(folder), tar='b"layers of my-app\\n" * 200_000'))
    (folder / "docker").write_text(f"#!{sys.executable} -S\n{program}")
    (folder / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    for name in ("DOCKER_HOST", "KIND_EXPERIMENTAL_PROVIDER", releases.VARIABLE):
        monkeypatch.delenv(name, raising=False)

    def say(**said):
        (folder / "said.json").write_text(json.dumps({"architecture": "amd64", "full": False, **said}))

    say()
    return SimpleNamespace(
        command=Engine("docker", folder / "docker"),
        loaded=folder / "loaded",
        say=say,
        calls=lambda: (folder / "calls").read_text().splitlines(),
    )


@pytest.fixture
def bundle(tmp_path):
    """Write a bundle with images for kind; `damage` changes the packed images."""

    def write(*, damage=lambda packed: packed, unpacked=None):
        program = f"kind/kind-{releases.this_machine()}"
        more = {
            "images/lessons.tar.gz": damage(gzip.compress(TAR, mtime=0)),
            program: b"#!/bin/sh\necho kind v0.33.0\n",
        }
        kind = Kind(
            version="v0.33.0",
            programs={releases.this_machine(): program},
            architecture="amd64",
            archives=(Archive("images/lessons.tar.gz", NAMES, unpacked or len(TAR)),),
            nodes={"kindest/node": "bundled"},
            base="python:3.13-slim",
            images=NAMES[1:],
        )
        return little.bundle(
            tmp_path / "kubetutor.pyz", [little.wheel(tmp_path, "coins")], more=more, kind=kind
        )

    return write


@pytest.fixture
def load(tmp_path, steps):
    home = Home(tmp_path / "home")

    def run(path):
        loading.load(path, home, say=steps.append, progress=steps.append)

    run.home = home
    return run


def test_the_engine_gets_what_was_saved_and_kind_comes_to_its_place(engine, bundle, load, steps):
    load(bundle())
    assert engine.loaded.read_bytes() == TAR
    assert releases.installed_path(load.home).read_text().endswith("echo kind v0.33.0\n")
    assert releases.installed_path(load.home).stat().st_mode & 0o777 == 0o700
    assert brought.read(load.home) == brought.Brought(
        {"kindest/node": "bundled"}, "python:3.13-slim", NAMES[1:]
    )
    assert steps[-1].startswith("For kind: Docker has the 2 images, and kind v0.33.0 is in ")


def test_what_is_there_is_not_loaded_again(engine, bundle, load):
    load(bundle())
    load(load.home.path.parent / "kubetutor.pyz")
    assert engine.calls().count("load") == 1


def test_without_an_engine_it_says_so_and_that_embedded_works_without(
    bundle, load, steps, monkeypatch, tmp_path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    path = bundle()
    load(path)
    assert "there is no container engine" in steps[-1]
    assert f"run this again then: python3 {path}" in steps[-1]
    assert "The embedded cluster works without" in steps[-1]
    assert brought.read(load.home) == brought.Brought()


def test_an_engine_of_another_architecture_gets_nothing(engine, bundle, load, steps):
    engine.say(architecture="arm64")
    load(bundle())
    assert "its images are for amd64, Docker runs on arm64" in steps[-1]
    assert "load" not in engine.calls()


def test_an_engine_that_has_no_room_is_told_beforehand(engine, bundle, load):
    with pytest.raises(
        ClassroomError, match=r"There are \d+ MB free in .*, where Docker keeps images, and 953674316 MB are"
    ):
        load(bundle(unpacked=10**15))
    assert "load" not in engine.calls()


def test_an_engine_that_fails_is_told_in_its_own_words(engine, bundle, load):
    engine.say(full=True)
    with pytest.raises(
        ClassroomError, match=r"(?s)did not load the images.*no space left on device.*kubetutor doctor"
    ):
        load(bundle())
    assert brought.read(load.home) == brought.Brought()


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda packed: packed[:-3000], "are damaged"),
        (lambda packed: packed[:2000] + b"\0\0\0\0" + packed[2004:], "are damaged"),
        (lambda packed: b"none" + packed[4:], "are damaged"),
        (lambda _packed: gzip.compress(TAR * 2), "unpack to more than the 3400000 bytes"),
    ],
)
def test_damaged_images_are_told(bundle, load, damage, said):
    with pytest.raises(ClassroomError, match=said):
        load(bundle(damage=damage))
    assert brought.read(load.home) == brought.Brought()


def test_what_is_saved_is_packed_on_the_way(engine, steps):
    saved = saving.Saved(engine.command, NAMES, steps.append)
    packed = b"".join(saved)
    assert gzip.decompress(packed) == TAR
    assert saved.unpacked == len(TAR)
    assert f"save {' '.join(NAMES)}" in engine.calls()


def test_an_engine_that_cannot_save_is_told(engine, steps):
    with pytest.raises(CommandFailedError, match="no such image: ghost"):
        list(saving.Saved(engine.command, ["ghost"], steps.append))


def test_podman_takes_a_digest_without_a_tag_and_the_registry_in_full(tmp_path):
    podman, docker = Engine("podman", tmp_path), Engine("docker", tmp_path)
    assert images.engine_name(podman, "kindest/node:v1.37.0@sha256:a1") == "docker.io/kindest/node@sha256:a1"
    assert images.engine_name(podman, "my-node:1") == "docker.io/library/my-node:1"
    assert images.engine_name(docker, "kindest/node:v1.37.0@sha256:a1") == "kindest/node:v1.37.0@sha256:a1"


def test_a_node_image_keeps_the_release_in_its_tag():
    tag = images.node_tag("mirror.school:5000/node:v1.36.4@sha256:a1", "sha256:b2")
    assert tag.startswith("docker.io/kubetutor/bundled-node:v1.36.4-")
    assert tag != images.node_tag("mirror.school:5000/node:v1.36.4@sha256:a1", "sha256:c3")
    assert images.node_tag("mirror.school:5000/node", "x").startswith(
        "docker.io/kubetutor/bundled-node:latest-"
    )


def test_the_published_kind_is_taken_from_this_machine(tmp_path, monkeypatch, steps):
    ours = tmp_path / "home" / "bin" / "kind"
    ours.parent.mkdir(parents=True)
    ours.write_bytes(b"#!/bin/sh\n")
    ours.chmod(0o755)
    monkeypatch.setitem(
        releases.CHECKSUMS, releases.this_machine(), hashlib.sha256(b"#!/bin/sh\n").hexdigest()
    )
    made = kind_program.bring(
        releases.this_machine(), tmp_path / "kind", Home(tmp_path / "home"), progress=steps.append
    )
    assert made == kind_program.Program(releases.VERSION)
    assert (tmp_path / "kind").read_bytes() == b"#!/bin/sh\n"


def test_another_kind_is_taken_only_if_none_can_be_downloaded_and_that_is_said(tmp_path, monkeypatch, steps):
    monkeypatch.setenv(releases.VARIABLE, "http://127.0.0.1:9")
    monkeypatch.setenv("PATH", str(tmp_path))
    home = Home(tmp_path / "home")
    with pytest.raises(ClassroomError, match=r"(?s)could not be downloaded.*--no-kind"):
        kind_program.bring(releases.this_machine(), tmp_path / "made", home, progress=steps.append)
    (tmp_path / "kind").write_text("#!/bin/sh\necho kind v0.34.1 go1.26\n")
    (tmp_path / "kind").chmod(0o755)
    made = kind_program.bring(releases.this_machine(), tmp_path / "made", home, progress=steps.append)
    assert made.version == "v0.34.1"
    assert "In its place is" in made.note


def test_a_reader_that_is_not_read_to_its_end_is_verified_all_the_same(bundle):
    with archive.opened(bundle()) as opened, opened.reading("images/lessons.tar.gz") as reader:
        assert gzip.GzipFile(fileobj=io.BytesIO(reader.read())).read(6) == b"layers"
