"""Processes that a cluster which died left behind: found by a mark in their environment, ended by their number."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MARK = "KUBETUTOR_CLUSTER"
PATIENCE = 2.0  # seconds until a killed process must be gone
ROUNDS = 3


def find(cluster_id: str) -> list[int]:
    """List the processes of this cluster that run now, by number; never this one."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == cluster_id:
                found.append(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue  # it ended meanwhile, or it is another user's and so not ours
    return found


def end(cluster_id: str) -> list[int]:
    """Kill them and wait until they are gone; answer their numbers.

    Looked for again after each round: a process that is just becoming another program shows no environment.
    """
    killed: list[psutil.Process] = []
    for _ in range(ROUNDS):
        ending = list(_killed(find(cluster_id)))
        if not ending:
            break
        killed += ending
        psutil.wait_procs(ending, timeout=PATIENCE)
    return [process.pid for process in killed]


def _killed(pids: Iterable[int]) -> Iterator[psutil.Process]:
    for pid in pids:
        try:
            process = psutil.Process(pid)
            process.kill()
        except psutil.NoSuchProcess:
            continue
        yield process
