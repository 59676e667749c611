"""Sample images: what is built, how it is named, and what a node lacks."""

from __future__ import annotations

import json
import shlex

import pytest

from kubetutor.cluster.kind import load_images, samples
from kubetutor.cluster.kind.engine import Engine
from kubetutor.errors import ClusterError

ID, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64


@pytest.fixture
def engine(tmp_path):
    """Make a stand-in for an engine's command that prints one answer, or fails with it."""

    def make(answer, *, code=0):
        script = tmp_path / "docker"
        script.write_text(f"#!/bin/sh\necho {shlex.quote(answer)}\nexit {code}\n")
        script.chmod(0o755)
        return Engine("docker", script)

    return make


def test_every_tag_of_a_sample_is_built_under_the_name_that_manifests_say():
    names = [build.reference for build in samples.wanted({})]
    assert names[:4] == [f"docker.io/library/my-app:{tag}" for tag in ("1.0", "2.0", "3.0", "broken")]
    assert names[4].startswith("docker.io/kubetutor/load-balancer:")
    assert len(names) == 5


def test_the_base_image_can_be_replaced():
    ours, theirs = samples.wanted({})[0], samples.wanted({"KUBETUTOR_BASE_IMAGE": "mirror/python:3"})[0]
    assert (ours.base, theirs.base) == ("docker.io/library/python:3.13-slim", "mirror/python:3")
    assert ours.source != theirs.source


def test_an_image_is_built_again_only_when_what_it_is_made_from_has_changed(engine):
    builds = samples.wanted({})
    assert samples.missing(engine(builds[0].source), builds[:2]) == [builds[1]]
    assert samples.missing(engine("no such image", code=1), builds[:1]) == builds[:1]


def test_the_program_of_each_build_is_in_the_package():
    for build in samples.wanted({}):
        compile(build.program, build.module, "exec")


def test_what_makes_two_images_differ_is_written_out_for_builders_that_overlook_build_arguments():
    first, second = samples.wanted({})[:2]
    assert 'ENV APP_VERSION="1.0"' in first.dockerfile
    assert first.source in first.dockerfile
    assert second.source not in first.dockerfile


def test_a_build_that_fails_says_which_variable_helps(engine):
    with pytest.raises(ClusterError, match="set KUBETUTOR_BASE_IMAGE to an image"):
        samples.build(engine("toomanyrequests", code=1), samples.wanted({})[0])


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("my-app:1.0", "docker.io/library/my-app:1.0"),
        ("busybox", "docker.io/library/busybox:latest"),
        ("shop/cart:2", "docker.io/shop/cart:2"),
        ("localhost/cart", "localhost/cart:latest"),
        ("registry.local:5000/cart", "registry.local:5000/cart:latest"),
    ],
)
def test_names_are_written_as_nodes_write_them(name, whole):
    assert load_images.full(name) == whole


def listed(identity, *digests):
    image = {"id": identity, "repoTags": ["docker.io/library/my-app:1.0"], "repoDigests": list(digests)}
    return json.dumps({"images": [image]})


def test_a_node_has_an_image_when_the_engine_knows_it_by_the_same_id(engine):
    wanted = {"my-app:1.0": ID}
    assert load_images.missing_on(engine(listed(ID)), "worker", wanted) == []
    assert load_images.missing_on(engine(listed(OTHER)), "worker", wanted) == ["my-app:1.0"]
    assert load_images.missing_on(engine('{"images": []}'), "worker", wanted) == ["my-app:1.0"]


def test_an_engine_that_knows_images_by_their_manifest_is_understood(engine):
    by_manifest = listed(OTHER, f"docker.io/library/import-2026-01-01@{ID}")
    assert load_images.missing_on(engine(by_manifest), "worker", {"my-app:1.0": ID}) == []


def test_an_image_that_the_engine_has_not_is_told(engine):
    with pytest.raises(ClusterError, match="docker has no image 'ghost:1'"):
        load_images.image_id(engine("no such image", code=1), "docker.io/library/ghost:1")
