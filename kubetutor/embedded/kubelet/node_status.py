"""What a kubelet says about its node: who it is, what it has, how it does. Pure, but for looking at the machine.

Models: pkg/kubelet/kubelet_node_status.go, pkg/kubelet/nodestatus.
"""

from __future__ import annotations

import os
import platform
import shutil
import uuid
from typing import TYPE_CHECKING

import psutil

from kubetutor.embedded.clock import micro_timestamp, timestamp
from kubetutor.embedded.kubelet.images import list_images
from kubetutor.embedded.kubelet.node_context import CONTROL_PLANE

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.objects import Object
    from kubetutor.embedded.kubelet.node_context import NodeConfig

MOST_PODS = 110
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "AMD64": "amd64"}
CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


def architecture() -> str:
    machine = platform.machine()
    return ARCHITECTURES.get(machine, machine)


def node_labels(config: NodeConfig) -> dict[str, str]:
    system = platform.system().lower()
    labels = {
        "beta.kubernetes.io/arch": architecture(),
        "beta.kubernetes.io/os": system,
        "kubernetes.io/arch": architecture(),
        "kubernetes.io/hostname": config.name,
        "kubernetes.io/os": system,
    }
    if config.role == CONTROL_PLANE:
        labels["node-role.kubernetes.io/control-plane"] = ""
    if config.role == CONTROL_PLANE and not config.is_alone:
        labels["node.kubernetes.io/exclude-from-external-load-balancers"] = ""
    return {**labels, **config.labels}


def new_node(config: NodeConfig, now: dt.datetime) -> Object:
    """Answer the Node object that a kubelet registers."""
    spec: Object = {"podCIDR": str(config.pod_network), "podCIDRs": [str(config.pod_network)]}
    if config.provider_id:
        spec["providerID"] = config.provider_id
    if config.all_taints:
        spec["taints"] = [dict(taint) for taint in config.all_taints]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": config.name,
            "labels": node_labels(config),
            "annotations": {
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        "spec": spec,
        "status": node_status(config, None, now),
    }


def node_status(config: NodeConfig, old: Object | None, now: dt.datetime) -> Object:
    """Answer the status of a node that is well; `old` is the node as it is, for the times of its conditions."""
    capacity = _capacity(config)
    return {
        "capacity": capacity,
        "allocatable": capacity,
        "conditions": node_conditions(old, now),
        "addresses": [
            {"type": "InternalIP", "address": config.address},
            {"type": "Hostname", "address": config.name},
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": _node_info(config),
        "images": [{"names": [name], "sizeBytes": 0} for name in list_images(config.data_dir)],
    }


def node_conditions(old: Object | None, now: dt.datetime) -> list[Object]:
    """Answer the conditions, all well. A transition time stays unless the status changes."""
    before = {entry["type"]: entry for entry in ((old or {}).get("status") or {}).get("conditions") or ()}
    conditions = []
    for kind, status, reason, message in CONDITIONS:
        same = before.get(kind, {}).get("status") == status
        conditions.append(
            {
                "type": kind,
                "status": status,
                "lastHeartbeatTime": timestamp(now),
                "lastTransitionTime": before[kind]["lastTransitionTime"] if same else timestamp(now),
                "reason": reason,
                "message": message,
            }
        )
    return conditions


def _capacity(config: NodeConfig) -> dict[str, str]:
    return {
        "cpu": str(os.cpu_count() or 1),
        "ephemeral-storage": f"{shutil.disk_usage(config.data_dir).total // 1024}Ki",
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": f"{psutil.virtual_memory().total // 1024}Ki",
        "pods": str(MOST_PODS),
    }


def _node_info(config: NodeConfig) -> dict[str, str]:
    machine = uuid.uuid5(uuid.NAMESPACE_DNS, f"{config.name}.{platform.node()}")
    return {
        "machineID": machine.hex,
        "systemUUID": str(machine),
        "bootID": str(uuid.uuid5(machine, str(psutil.boot_time()))),
        "kernelVersion": platform.release(),
        "osImage": _system_name(),
        "containerRuntimeVersion": f"kubetutor://{config.kubelet_version.removeprefix('v')}",
        "kubeletVersion": config.kubelet_version,
        "kubeProxyVersion": "",
        "operatingSystem": platform.system().lower(),
        "architecture": architecture(),
    }


def _system_name() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return f"{platform.system()} {platform.release()}"


def new_lease(config: NodeConfig, node: Object, seconds: float, now: dt.datetime) -> Object:
    """Answer the Lease that says that the node lives."""
    owner = {"apiVersion": "v1", "kind": "Node", "name": config.name, "uid": node["metadata"]["uid"]}
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": config.name, "namespace": "kube-node-lease", "ownerReferences": [owner]},
        "spec": {
            "holderIdentity": config.name,
            "leaseDurationSeconds": max(1, round(seconds)),
            "renewTime": micro_timestamp(now),
        },
    }
