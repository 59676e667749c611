"""The options of the pytest plugin, in a pytest of their own."""

import importlib.metadata
import os
import pathlib
import subprocess
import sys

import nbformat

ROOT = pathlib.Path(__file__).parents[2]
TEST = """
def test_it_has_one_node(cluster):
    assert len(cluster.status().nodes) == 1
    assert cluster.name == "shop"
"""

LOOKS = """
import kubetutor as kt
assert len(kt.connect().status().nodes) == 3
"""


def pytest_in(folder, *arguments):
    """Run pytest there, with our plugin as it is installed, or else as it is in this checkout."""
    points = importlib.metadata.entry_points(group="pytest11")
    plugin = () if any(point.name == "kubetutor" for point in points) else ("-p", "kubetutor.testing.plugin")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def write_notebook(path, source):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbformat.write(notebook, path)


def test_notebooks_that_import_kubetutor_get_a_cluster(tmp_path):
    write_notebook(tmp_path / "look.ipynb", LOOKS)
    done = pytest_in(tmp_path, "--nbval-lax", "look.ipynb")
    assert done.returncode == 0, done.stdout + done.stderr


def test_other_notebooks_get_none(tmp_path, monkeypatch):
    monkeypatch.delenv("KUBECONFIG", raising=False)  # of the cluster of these tests
    write_notebook(
        tmp_path / "count.ipynb", "import os\nassert 'kubetutor' not in os.environ.get('KUBECONFIG', '')"
    )
    done = pytest_in(tmp_path, "--nbval-lax", "count.ipynb")
    assert done.returncode == 0, done.stdout + done.stderr


def test_clusters_of_tests_are_made_from_the_file_that_was_named(tmp_path):
    (tmp_path / "one.yaml").write_text("kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: shop\n")
    (tmp_path / "test_shop.py").write_text(TEST)
    done = pytest_in(tmp_path, "--kubetutor-config", "one.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
