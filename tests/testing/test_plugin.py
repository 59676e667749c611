"""The options of the pytest plugin, in a pytest of their own."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
TEST = """
def test_it_has_one_node(cluster):
    assert len(cluster.status().nodes) == 1
    assert cluster.name == "shop"
"""


def test_clusters_of_tests_are_made_from_the_file_that_was_named(tmp_path):
    (tmp_path / "one.yaml").write_text("kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: shop\n")
    (tmp_path / "test_shop.py").write_text(TEST)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--kubetutor-config", "one.yaml"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
