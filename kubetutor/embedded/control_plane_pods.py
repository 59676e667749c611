"""The static pods of the control plane: what `kubeadm init` writes into /etc/kubernetes/manifests.

Unlike upstream: no probes, and no volumes, for the parts run in this process and keep their files where it does.
Models: cmd/kubeadm/app/phases/controlplane/manifests.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.kubelet.images import CONTROL_PLANE_IMAGES

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

ETCD, API_SERVER = "etcd", "kube-apiserver"
CONTROLLER_MANAGER, SCHEDULER = "kube-controller-manager", "kube-scheduler"


def control_plane_pods(*, address: str, port: int, services: str) -> list[Object]:
    """Answer the four pods. `address` is the node's, `services` the range of the services' addresses."""
    return [
        _pod(ETCD, {"cpu": "100m", "memory": "100Mi"}, ["--data-dir=/var/lib/etcd"]),
        _pod(
            API_SERVER,
            {"cpu": "250m"},
            [
                f"--advertise-address={address}",
                "--authorization-mode=Node,RBAC",
                f"--secure-port={port}",
                f"--service-cluster-ip-range={services}",
            ],
        ),
        _pod(
            CONTROLLER_MANAGER,
            {"cpu": "200m"},
            ["--controllers=*", "--leader-elect=true", f"--service-cluster-ip-range={services}"],
        ),
        _pod(SCHEDULER, {"cpu": "100m"}, ["--leader-elect=true"]),
    ]


def _pod(name: str, requests: dict[str, str], flags: list[str]) -> Object:
    container = {
        "name": name,
        "image": CONTROL_PLANE_IMAGES[name],
        "imagePullPolicy": "IfNotPresent",
        "command": [name, *flags],
        "resources": {"requests": requests},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"component": name, "tier": "control-plane"}},
        "spec": {
            "containers": [container],
            "hostNetwork": True,
            "priorityClassName": "system-node-critical",
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "tolerations": [{"effect": "NoExecute", "operator": "Exists"}],
        },
    }
