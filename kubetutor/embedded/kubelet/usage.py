"""What containers use, measured: the CPU time and the memory of their processes, from /proc.

1. Each container's main process leads a session, and so does each command executed in it: all processes of these
   sessions are the container's, also those whose parent has ended.
2. One pass over /proc finds the sessions of all processes and adds up their CPU time, with that of children that ended.
3. Memory is what a process has for itself: what it shares with the fork server is nobody's.

Unlike upstream: what a command used is forgotten when it ends, for there is no control group that remembers it.
Models: pkg/kubelet/server/metrics (container_cpu_usage_seconds_total, container_memory_working_set_bytes).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.api.objects import key_of
from kubetutor.embedded.clock import parse_timestamp

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from kubetutor.embedded.kubelet.container import Container
    from kubetutor.embedded.kubelet.pod_worker import PodWorker

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
PRIVATE = ("Private_Clean:", "Private_Dirty:")
SESSION, FIRST_TIME = 3, 11  # where they stand in /proc/PID/stat after the name; four times follow each other


@dataclass(frozen=True, slots=True)
class Running:
    """A container that runs, and the processes that lead its sessions. `pod` is `namespace/name`."""

    pod: str
    container: str
    id: str
    since: dt.datetime
    leaders: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """CPU time in seconds since the processes started, and memory in bytes."""

    cpu: float = 0.0
    memory: int = 0


def running_containers(workers: Iterable[PodWorker]) -> list[Running]:
    """List the containers of these pods that have a process now."""
    return [
        running
        for worker in workers
        for container in worker.containers
        if (running := _running(worker, container)) is not None
    ]


def _running(worker: PodWorker, container: Container) -> Running | None:
    process, since = container.process, container.state.running_since
    if process is None or since is None:
        return None
    pids = (process.pid, *(session.process.pid for session in container.sessions))
    leaders = tuple(pid for pid in pids if pid)
    if not leaders:  # a part of the control plane has no process of its own
        return None
    pod, started = key_of(worker.manifest()), parse_timestamp(since)
    return Running(pod, container.name, container.state.container_id, started, leaders)


def measure(leaders: Mapping[int, str], proc: Path = PROC) -> dict[str, Use]:
    """Answer what is used, by the names that the leading processes are given here. It takes a while: use a thread."""
    found: dict[str, Use] = dict.fromkeys(leaders.values(), Use())
    for folder in proc.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            name = leaders.get(int(fields[SESSION])) or leaders.get(int(folder.name))
            if name is not None:
                so_far = found[name]
                found[name] = Use(so_far.cpu + _cpu_time(fields), so_far.memory + _memory(folder))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
    return found


def _cpu_time(fields: list[str]) -> float:
    """Answer the seconds that the process and its ended children have run, in user mode and in the kernel."""
    return sum(int(value) for value in fields[FIRST_TIME : FIRST_TIME + 4]) / TICKS


def _memory(folder: Path) -> int:
    lines = (folder / "smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(PRIVATE)) * 1024
