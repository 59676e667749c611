"""What everything on one node shares: its configuration, and its ways to the cluster and to the machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubetutor.api.objects import key_of, uid_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Network
    from pathlib import Path

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Client
    from kubetutor.embedded.clock import Clock
    from kubetutor.embedded.events import EventRecorder
    from kubetutor.embedded.informer import Informers
    from kubetutor.embedded.kubelet.addresses import PodAddresses
    from kubetutor.embedded.kubelet.name_files import NameFiles
    from kubetutor.embedded.kubelet.runtime import Runtime
    from kubetutor.embedded.kubelet.volumes.pod_volumes import PodVolumes
    from kubetutor.embedded.timings import Timings

CONTROL_PLANE = "control-plane"
CONTROL_PLANE_TAINT = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """One node, as its cluster file describes it. `data_dir` is the cluster's; nodes keep to a folder of their own."""

    name: str
    role: str
    address: str
    pod_network: IPv4Network
    data_dir: Path
    kubelet_version: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, str], ...] | None = None  # None: what kubeadm gives to this role
    provider_id: str = ""
    static_pods: tuple[Object, ...] = ()  # what the kubelet starts by itself
    cluster_dns: str = ""  # where programs find the name server; "" if it could not have port 53
    is_alone: bool = False  # the cluster's only node: kind lets pods and load balancers have it

    @property
    def folder(self) -> Path:
        return self.data_dir / "nodes" / self.name

    @property
    def all_taints(self) -> tuple[Mapping[str, str], ...]:
        if self.taints is not None:
            return self.taints
        return (CONTROL_PLANE_TAINT,) if self.role == CONTROL_PLANE and not self.is_alone else ()


@dataclass(frozen=True, slots=True)
class NodeContext:
    """Handed to every pod and container worker of the node."""

    config: NodeConfig
    client: Client
    informers: Informers
    clock: Clock
    timings: Timings
    events: EventRecorder
    runtime: Runtime
    addresses: PodAddresses
    names: NameFiles
    volumes_by_uid: dict[str, PodVolumes] = field(default_factory=dict)

    def volumes(self, pod: Object) -> PodVolumes:
        return self.volumes_by_uid[uid_of(pod)]

    def find(self, resource: str, key: str) -> Object | None:
        return self.informers[resource].get(key)

    def current(self, pod: Object) -> Object | None:
        """Answer this very pod as it is now; None when it is gone, even if another has taken its name."""
        found = self.informers["pods"].get(key_of(pod))
        return found if found is not None and uid_of(found) == uid_of(pod) else None

    def pod_folder(self, pod: Object) -> Path:
        return self.config.folder / "pods" / uid_of(pod)

    def log_path(self, pod: Object, container: str, container_id: str) -> Path:
        return self.pod_folder(pod) / "logs" / container / f"{container_id.rpartition('/')[2]}.log"
