import re

import pytest

from kubetutor.cluster.kind import node_images
from kubetutor.errors import ClusterError


def test_three_minors_are_pinned_by_digest_the_newest_first():
    minors = [tuple(map(int, minor.split("."))) for minor in node_images.NODE_IMAGES]
    assert len(minors) == 3
    assert minors == sorted(minors, reverse=True)
    for minor, image in node_images.NODE_IMAGES.items():
        assert re.fullmatch(rf"kindest/node:v{re.escape(minor)}\.\d+@sha256:[0-9a-f]{{64}}", image)


def test_the_newest_is_the_default():
    assert node_images.choose(None, {}) == node_images.NODE_IMAGES["1.37"]


@pytest.mark.parametrize("said", ["1.35", "v1.35"])
def test_a_minor_can_be_chosen(said):
    assert node_images.choose(said, {}) == node_images.NODE_IMAGES["1.35"]


def test_another_minor_is_refused_with_those_that_there_are():
    with pytest.raises(ClusterError, match=r"1\.37, 1\.36, 1\.35"):
        node_images.choose("1.12", {})


def test_images_in_the_cluster_file_are_left_alone():
    assert node_images.choose(None, {}, named_in_file=True) is None
    assert node_images.choose("1.36", {}, named_in_file=True) == node_images.NODE_IMAGES["1.36"]


def test_the_environment_overrules_all():
    environ = {node_images.VARIABLE: "mirror.school/node:v1.36.4"}
    assert node_images.choose("1.35", environ, named_in_file=True) == "mirror.school/node:v1.36.4"
