"""What the suite of kr8s takes from the root of its repository, which pip does not install: a cluster.

A plugin of the pytest that runs the suite. KUBECONFIG names the cluster.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from functools import cached_property
from pathlib import Path

import pytest

from kubetutor.api.client import Client


class Cluster:
    """A cluster as pytest-kind has it, which the suite was written for."""

    kubeconfig_path = Path(os.environ["KUBECONFIG"])
    kubectl_path = Path(sys.executable).with_name("kubectl")

    @cached_property
    def api(self) -> Client:
        return Client(self.kubeconfig_path)

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl. The two commands around each test are requests: 400 processes would take a minute."""
        match arguments:
            case ("create", "namespace", name):
                self.api.create("namespaces", {"metadata": {"name": name}})
                return ""
            case ("delete", "namespace", name, "--wait=false"):
                self.api.delete("namespaces", name)
                return ""
        return subprocess.check_output([self.kubectl_path, *arguments], text=True)


@pytest.fixture(scope="session", autouse=True)
def k8s_cluster():
    return Cluster()


@pytest.fixture
def ensure_gc():
    """Collect what nothing refers to, around a test that looks for it."""
    gc.collect()
    yield
    gc.collect()
