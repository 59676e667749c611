"""A machine without a network, for real: in an empty network namespace."""

import re

import pytest

from kubetutor.classroom.bundle import creating
from kubetutor.classroom.bundle.targets import wishes
from kubetutor.cluster.home import Home
from tests.classroom import little, offline

NODES = r"(?m)^kubetutor-(control-plane|worker\d?) +Ready "


@pytest.fixture(autouse=True)
def _namespaces():
    if why := offline.possible():
        pytest.skip(f"NO EMPTY NETWORK NAMESPACE: installing without a network was not tried. {why}")


def test_a_little_bundle_is_installed(tmp_path):
    """With kubetutor and what its command line asks for; the test below has all, and a cluster."""
    wheels = [little.own(tmp_path), *(little.installed(name, tmp_path) for name in ("click", "pip"))]
    bundle = little.bundle(tmp_path / "kubetutor.pyz", wheels)
    said = offline.run(bundle, tmp_path / "home", "--install-only", seconds=300)
    assert "outside: Network is unreachable" in said
    assert "installed 3 of 3 packages" in said
    assert "kubetutor, version 0.1.0" in said


@pytest.mark.bundle
def test_a_whole_bundle_sets_a_machine_up(tmp_path):
    told = []
    order = creating.Order(tuple(wishes((), ())), kind=False, output=tmp_path / "kubetutor.pyz")
    bundle = creating.create(order, Home(tmp_path / "instructor"), say=told.append, progress=told.append)
    said = offline.run(bundle, tmp_path / "home", "lab", "01-clusters.ipynb", seconds=900)
    assert "outside: Network is unreachable" in said
    assert len(re.findall(NODES, said)) == 3
    assert "JupyterLab answers: True" in said
    assert "All is well" in said
    assert "The cluster 'kubetutor' has ended" in said
