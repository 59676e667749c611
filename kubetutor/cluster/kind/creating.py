"""Creating a cluster with `kind create cluster`: told step by step, and ended for good when it must not go on.

`kind` runs in a session of its own: Ctrl-C in the terminal reaches us alone, and we decide what becomes of it.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
from typing import TYPE_CHECKING

from kubetutor.cluster.kind import command
from kubetutor.cluster.kind.nodes import CLUSTER_LABEL
from kubetutor.errors import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import psutil

    from kubetutor.cluster.backend import Progress
    from kubetutor.cluster.kind.nodes import KindNodes

CREATE_SECONDS = 1800.0  # downloading the node image on a slow line takes most of it
END_SECONDS = 10.0  # for the command to end when it is told to; then it is killed
RUN_SECONDS = 60.0  # for an engine to make a container that it was asked for
STEP = re.compile(r"^ • (?P<words>.*?)\s*\.\.\.\s*$")  # what kind prints where there is no terminal
PICTURES = re.compile(r"[^\x20-\x7e≤]+")
TOLD = {  # kind's words for a step, and ours
    "Ensuring node image": "looking for the node image, downloading it if need be",
    "Preparing nodes": "starting the nodes' containers",
    "Configuring the external load balancer": "setting up the load balancer of the control planes",
    "Writing configuration": "writing the configuration of the nodes",
    "Starting control-plane": "starting the control plane",
    "Installing CNI": "installing the pod network",
    "Installing StorageClass": "installing the storage class",
    "Joining more control-plane nodes": "joining the other control planes",
    "Joining worker nodes": "joining the workers",
    "Waiting": "waiting for the control plane to be ready",
}


def argv(cluster: KindNodes, *, config: Path, image: str | None) -> list[str]:
    """Answer the command that creates this cluster."""
    words = [str(cluster.kind), "create", "cluster", "--name", cluster.name, "--config", str(config)]
    words += ["--kubeconfig", str(cluster.kubeconfig), "--wait", "180s"]
    return [*words, "--image", image] if image else words


def create(cluster: KindNodes, *, config: Path, image: str | None, log: Path, progress: Progress) -> None:
    """Run the command, telling its steps; raise CommandFailedError with its words. Whatever ends us ends it too."""
    words = argv(cluster, config=config, image=image)
    process = _started(words, command.environment(cluster.engine, os.environ))
    late = threading.Timer(CREATE_SECONDS, process.terminate)
    late.start()
    try:
        said = _follow(process, log, progress)
        code = process.wait()
    finally:
        late.cancel()
        end(process.pid)  # it has ended, or must: nothing of it may work on
        process.wait()
        if process.stdout:
            process.stdout.close()
    if code:
        slow = "" if code != -signal.SIGTERM else f"\n(ended by us after {CREATE_SECONDS:g} s)"
        raise CommandFailedError(words, code, "".join(said) + slow)


def _started(words: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, encoding="utf-8", errors="replace", start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise CommandFailedError(words, 127, f"{words[0]} cannot be run: {error}") from error


def _follow(process: subprocess.Popen[str], log: Path, progress: Progress) -> Sequence[str]:
    said = []
    with open(log, "w", encoding="utf-8", opener=_private) as file:  # a path's own open takes no opener
        for line in process.stdout or ():
            said.append(line)
            file.write(line)
            if step := step_in(line):
                progress(step)
    return said


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def step_in(line: str) -> str | None:
    """Answer the step that a line of kind's output begins, in a few words; None for other lines."""
    found = STEP.match(line.rstrip("\n"))
    if found is None:
        return None
    words = " ".join(PICTURES.sub(" ", found["words"]).split())
    for beginning, ours in TOLD.items():
        if words.startswith(beginning):
            detail = re.search(r"\(([^)]*)\)", words)
            return f"{ours} ({detail[1]})" if detail else ours
    return words[:1].lower() + words[1:]


def end(leader: int) -> None:
    """End a session that we started, by the process that leads it.

    A container that the engine was asked for is waited for: the engine would make it all the same, at a time that
    nobody knows, and it could not be deleted before.
    """
    import psutil  # noqa: PLC0415  # slow to import, and only needed to end something

    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(leader)
        runs = [child for child in process.children(recursive=True) if _makes_container(child)]
        process.terminate()
        psutil.wait_procs([process], timeout=END_SECONDS)
        psutil.wait_procs(runs, timeout=RUN_SECONDS)
    with contextlib.suppress(ProcessLookupError):  # gone already is what we want
        os.killpg(leader, signal.SIGKILL)


def end_leftover(cluster: KindNodes) -> bool:
    """End what a killed kubetutor left running for this cluster; answer whether something was.

    It is known by what it was told: `kind create cluster` by our kubeconfig, the engine's `run` by the cluster's label.
    """
    import psutil  # noqa: PLC0415  # slow to import, and only needed to end something

    label = f"{CLUSTER_LABEL}={cluster.name}"
    found = False
    for process in list(psutil.process_iter()):
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            if {"create", "cluster", str(cluster.kubeconfig)} <= set(words):
                found = True
                end(process.pid)
            elif label in words and _makes_container(process):
                found = True
                psutil.wait_procs([process], timeout=RUN_SECONDS)
    return found


def _makes_container(process: psutil.Process) -> bool:
    import psutil  # noqa: PLC0415  # slow to import, and only needed to end something

    try:
        return process.cmdline()[1:2] == ["run"]
    except psutil.Error:
        return False  # it has ended
