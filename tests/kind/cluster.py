"""A kind cluster for tests, from a cluster file that learners use and patches that only machines like ours need."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from tests.kind.commands import run

if TYPE_CHECKING:
    from pathlib import Path

# cgroup v1, which the kubelet refuses unless told otherwise, and a capability that the machine cannot grant: the kubelet
# then forgives what it may not set. Neither is for a learner's machine. No patch names InitConfiguration: it would
# replace kind's own list of phases to skip.
KUBELET = """
kind: KubeletConfiguration
apiVersion: kubelet.config.k8s.io/v1beta1
failCgroupV1: false
featureGates:
  KubeletInUserNamespace: true
"""
CONTAINERD = """
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
"""
READY = "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}"


@dataclass(frozen=True)
class KindCluster:
    """A running cluster, and the commands that reach it."""

    name: str
    kind: Path
    kubeconfig: Path
    kubectl: str

    def __call__(self, *words: str, seconds: float = 60) -> str:
        """Run kubectl on the cluster; answer what it printed."""
        return run([self.kubectl, "--kubeconfig", str(self.kubeconfig), *words], seconds=seconds)

    def load(self, archive: Path) -> None:
        """Put an image file into every node."""
        run([str(self.kind), "load", "image-archive", str(archive), "--name", self.name])

    def delete(self) -> None:
        """Delete the cluster and all of its nodes."""
        run([str(self.kind), "delete", "cluster", "--name", self.name, "--kubeconfig", str(self.kubeconfig)])


def patched(cluster_file: Path) -> dict[str, Any]:
    """Answer what a cluster file asks for, with the patches."""
    wanted = yaml.safe_load(cluster_file.read_text())
    wanted["kubeadmConfigPatches"] = [*wanted.get("kubeadmConfigPatches", []), KUBELET]
    wanted["containerdConfigPatches"] = [*wanted.get("containerdConfigPatches", []), CONTAINERD]
    return wanted


def create(cluster: KindCluster, *, cluster_file: Path, image: str, folder: Path) -> None:
    """Create the cluster and wait until its control plane is ready; keep nothing of it if that fails."""
    configuration = folder / "cluster.yaml"
    configuration.write_text(yaml.safe_dump(patched(cluster_file)))
    command = [
        str(cluster.kind),
        "create",
        "cluster",
        "--name",
        cluster.name,
        "--image",
        image,
        "--wait",
        "120s",
    ]
    command += ["--config", str(configuration), "--kubeconfig", str(cluster.kubeconfig)]
    environment = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
    run(command, environment=environment, seconds=400)
