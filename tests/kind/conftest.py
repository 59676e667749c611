"""One kind cluster for all tests that ask for one, skipped with a reason where it cannot be."""

from pathlib import Path

import pytest

from tests.kind import cluster, engine, images, node_image
from tests.kind.cache import cache_folder

CLUSTERS = Path(__file__).parents[2] / "clusters"
NAME = "kubetutor-test-kind"


def reason_to_skip():
    """Answer what is missing for a kind cluster, or nothing."""
    if not node_image.is_made(cache_folder()):
        return f"no kind cluster: {node_image.tag()} has not been made on this machine; `make test-kind` makes it"
    if not engine.answers():
        return "no kind cluster: no container engine answers; `make test-kind` starts one"
    return None


@pytest.fixture(scope="session")
def kind_cluster(tmp_path_factory):
    reason = reason_to_skip()
    if reason:
        pytest.skip(reason)
    image = node_image.make(cache_folder())
    folder = tmp_path_factory.mktemp("kind")
    kind = node_image.kind_command(cache_folder())
    kubectl = node_image.kubectl_command(cache_folder())
    running = cluster.KindCluster(NAME, kind, folder / "kubeconfig", str(kubectl))
    running.delete()  # what an interrupted run may have left
    try:
        cluster.create(running, cluster_file=CLUSTERS / "three-nodes.yaml", image=image, folder=folder)
        yield running
    finally:
        running.delete()


@pytest.fixture(scope="session")
def my_app_image():
    """Answer the sample application's image as a file."""
    return images.sample_image("my-app", "1.0", cache_folder())
