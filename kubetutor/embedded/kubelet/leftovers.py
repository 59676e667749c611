"""Processes that a cluster which died left behind: found by a mark in their environment, ended by their number."""

from __future__ import annotations

import os

import psutil

MARK = "KUBETUTOR_CLUSTER"
PATIENCE = 2.0  # seconds until a killed process must be gone


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
    """Kill them and wait until they are gone; answer their numbers."""
    killed = []
    for pid in find(cluster_id):
        try:
            process = psutil.Process(pid)
            process.kill()
        except psutil.NoSuchProcess:
            continue
        killed.append(process)
    psutil.wait_procs(killed, timeout=PATIENCE)
    return [process.pid for process in killed]
