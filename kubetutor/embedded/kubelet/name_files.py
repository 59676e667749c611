"""Gives each pod its own /etc/resolv.conf, /etc/hosts and /etc/hostname, where processes can have mounts.

Where the cluster's name server could not have port 53, the hosts files hold the names of all services, and are written
anew when those change: in their place, for a mount shows a file and not a path.

Models: pkg/kubelet/kubelet_pods.go (makeHostsMount), and how containerd mounts the other two.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.api.objects import namespace_of, uid_of
from kubetutor.embedded.kubelet.runtime import Mount
from kubetutor.embedded.network.names.files import (
    HOSTNAME,
    HOSTS,
    RESOLV_CONF,
    group_by_service,
    hostname_of,
    hosts_text,
    pod_resolving,
    read_resolving,
    service_lines,
)
from kubetutor.embedded.network.names.zone import SLICES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.informer import Informer, Informers
    from kubetutor.embedded.kubelet.node_context import NodeConfig

FOLDER = "etc"


class NameFiles:
    """Those of the pods of one node. `start` and `stop` when the node does."""

    def __init__(self, config: NodeConfig, informers: Informers) -> None:
        self._config, self._informers = config, informers
        self._pods: dict[Path, Object] = {}  # by their hosts files
        self._waiting: asyncio.Handle | None = None

    def start(self) -> None:
        for informer in self._followed():
            informer.on_change(self._note)

    def stop(self) -> None:
        for informer in self._followed():
            informer.off_change(self._note)
        if self._waiting is not None:
            self._waiting.cancel()

    def _followed(self) -> list[Informer]:
        """Answer where the names come from; with a name server the hosts files have none of them."""
        return [] if self._config.cluster_dns else [self._informers[each] for each in ("services", SLICES)]

    def mounts(self, pod: Object, others: Iterable[Mount]) -> tuple[Mount, ...]:
        """Write a pod's files, and answer where it is to see them; not where it mounts something itself."""
        folder = self._config.folder / "pods" / uid_of(pod) / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        machine = read_resolving(_text_of(Path(RESOLV_CONF)))
        texts = {
            RESOLV_CONF: pod_resolving(pod, machine, self._config.cluster_dns).text(),
            HOSTS: self._hosts(pod),
            HOSTNAME: f"{hostname_of(pod)}\n",
        }
        taken = {mount.target for mount in others}
        files = {target: folder / Path(target).name for target in texts if target not in taken}
        for target, file in files.items():
            _write(file, texts[target])
        if HOSTS in files:
            self._pods[files[HOSTS]] = pod
        return tuple(Mount(file, target) for target, file in files.items())

    def _hosts(self, pod: Object) -> str:
        more = ""
        if not self._config.cluster_dns:
            slices = group_by_service(self._informers[SLICES].list())
            more = service_lines(namespace_of(pod) or "", self._informers["services"].list(), slices)
        return hosts_text(pod, _text_of(Path(HOSTS)), more)

    def _note(self, _change: Change) -> None:
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().call_soon(self._write_hosts)

    def _write_hosts(self) -> None:
        """Write the hosts files of all pods anew; a pod whose folder is gone is forgotten."""
        self._waiting = None
        for file, pod in list(self._pods.items()):
            if file.exists():
                _write(file, self._hosts(pod))
            else:
                del self._pods[file]


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _write(file: Path, text: str) -> None:
    """Let the file hold the text. It stays the same file, and is never empty while it is written."""
    data = text.encode()
    if file.exists() and file.read_bytes() == data:
        return
    file.touch(0o644)
    with file.open("r+b") as stream:
        stream.write(data)
        stream.truncate()
