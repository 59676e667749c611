"""What a bundle brought for kind: used as long as the engine has it, and as if it never was when not."""

import shlex

import pytest

from kubetutor.cluster.kind import brought, doctor, samples
from kubetutor.cluster.kind.brought import Brought
from kubetutor.cluster.kind.engine import Engine
from kubetutor.cluster.kind.node_images import NEWEST, NODE_IMAGES
from kubetutor.errors import StateError

PIN = NODE_IMAGES[NEWEST]
TAG = "docker.io/kubetutor/bundled-node:v1.37.0-0123456789ab"
BUSYBOX = "docker.io/library/busybox:1.36"


@pytest.fixture
def engine(tmp_path):
    """Make a stand-in for an engine that has these images, each from a source."""

    def make(images):
        cases = "".join(
            f"  {shlex.quote(name)}) echo {shlex.quote(source)}; exit 0;;\n"
            for name, source in images.items()
        )
        script = tmp_path / "docker"
        script.write_text(f'#!/bin/sh\nfor last in "$@"; do :; done\ncase "$last" in\n{cases}esac\nexit 1\n')
        script.chmod(0o755)
        return Engine("docker", script)

    return make


def test_a_node_image_is_handed_to_kind_under_the_name_that_the_engine_has_it_by(home, engine):
    brought.write(home, Brought({PIN: TAG}))
    assert brought.known_as(engine({TAG: ""}), home, PIN) == TAG
    assert brought.known_as(engine({}), home, PIN) == PIN
    assert brought.known_as(engine({TAG: ""}), home, "mirror/node:v1") == "mirror/node:v1"
    assert brought.known_as(engine({TAG: ""}), home, None) is None


def test_the_release_that_was_brought_is_taken_when_none_is_asked_for(home):
    older = NODE_IMAGES["1.36"]
    assert brought.preferred(home, PIN) == PIN
    brought.write(home, Brought({older: TAG, "kindest/node:v1.20.0@sha256:gone": TAG}))
    assert brought.preferred(home, PIN) == older
    assert brought.preferred(home, "mirror/node:v1") == "mirror/node:v1"
    assert brought.preferred(home, None) is None


def test_where_nothing_was_brought_all_is_as_it_was(home, engine):
    assert brought.read(home) == Brought()
    assert brought.known_as(engine({}), home, PIN) == PIN
    assert brought.builds(engine({}), home, {}) == samples.wanted({})
    assert brought.for_nodes(engine({}), home) == []


def test_samples_of_the_bundle_are_taken_as_they_are(home, engine):
    brought.write(home, Brought(base="mirror.school/python:3"))
    theirs = samples.wanted({samples.BASE_VARIABLE: "mirror.school/python:3"})
    whole = engine({build.reference: build.source for build in theirs})
    assert brought.builds(whole, home, {}) == theirs
    assert brought.builds(whole, home, {samples.BASE_VARIABLE: "mine"}) == samples.wanted(
        {samples.BASE_VARIABLE: "mine"}
    )
    older = engine({build.reference: "another source" for build in theirs})
    assert brought.builds(older, home, {}) == samples.wanted({}), (
        "an older bundle's base may be nowhere to be had"
    )


def test_what_nodes_would_pull_is_brought_as_far_as_it_is_there(home, engine):
    brought.write(home, Brought(images=(BUSYBOX, "gone:1")))
    assert brought.for_nodes(engine({BUSYBOX: ""}), home) == [BUSYBOX]


def test_doctor_finds_the_node_image_without_a_network(home, engine, monkeypatch):
    monkeypatch.delenv("KUBETUTOR_KIND_NODE_IMAGE", raising=False)
    brought.write(home, Brought({PIN: TAG}))
    check = doctor._check_image(home, engine({TAG: ""}))
    assert check.ok
    assert check.found.endswith(f"is here, brought as {TAG}")


def test_a_damaged_note_is_told(home):
    home.path.mkdir()
    brought.path(home).write_text('{"nodes": 7}')
    with pytest.raises(StateError, match="install the bundle again"):
        brought.read(home)
