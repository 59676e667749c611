"""What kubetutor needs to know on a machine like this: another node image, and a cluster file with two patches.

Both are for tests alone. A learner's machine pulls kind's own image and takes the cluster files as they are.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import yaml

from tests.kind import node_image, stand_ins, versions

if TYPE_CHECKING:
    from pathlib import Path

# cgroup v1, which the kubelet refuses unless told otherwise, and a capability that the machine cannot grant: the kubelet
# then forgives what it may not set. No patch names InitConfiguration: it would replace kind's own list of phases to skip.
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


def patched(cluster_file: Path) -> dict[str, Any]:
    """Answer what a cluster file asks for, with the patches."""
    wanted = yaml.safe_load(cluster_file.read_text())
    wanted["kubeadmConfigPatches"] = [*wanted.get("kubeadmConfigPatches", []), KUBELET]
    wanted["containerdConfigPatches"] = [*wanted.get("containerdConfigPatches", []), CONTAINERD]
    return wanted


def surroundings(cache: Path, cluster_file: Path) -> dict[str, str]:
    """Answer an environment in which `kubetutor up --backend kind` uses what was made here; tests find the file by name."""
    configuration = cache / "clusters" / cluster_file.name
    configuration.parent.mkdir(parents=True, exist_ok=True)
    configuration.write_text(yaml.safe_dump(patched(cluster_file)))
    stand_ins.load(cache)
    return {
        **os.environ,
        "PATH": os.pathsep.join((str(node_image.kind_command(cache).parent), os.environ["PATH"])),
        "KUBETUTOR_KIND_NODE_IMAGE": node_image.tag(),
        "KUBETUTOR_BASE_IMAGE": versions.PYTHON,
        "KUBETUTOR_TEST_CONFIG": str(configuration),
    }
