"""From a container's manifest and its image to the program that runs.

Models: pkg/kubelet/kuberuntime/kuberuntime_container.go (generateContainerConfig).
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of, namespace_of
from kubetutor.embedded.kubelet.api_address import reachable
from kubetutor.embedded.kubelet.environment import (
    ConfigError,
    container_environment,
    expand_all,
    service_environment,
)
from kubetutor.embedded.kubelet.images import search_path
from kubetutor.embedded.kubelet.pod_status import statuses
from kubetutor.embedded.kubelet.runtime import Mount, Program
from kubetutor.embedded.kubelet.volumes.mounts import VARIABLE, container_mounts, link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kubetutor.api.objects import Object
    from kubetutor.embedded.kubelet.images import Image
    from kubetutor.embedded.kubelet.node_context import NodeContext

LONGEST_MESSAGE = 4096  # bytes that a container may leave when it ends
LONGEST_MESSAGES = 12 * 1024  # and all containers of a pod together


@dataclass(frozen=True, slots=True)
class Launch:
    """A container made ready: what an exec into it shares with its main process."""

    program: Program
    termination_log: Path

    def last_words(self, containers: int) -> str:
        """Answer the end of what the program left as its message, in a pod of so many containers."""
        try:
            text = self.termination_log.read_bytes()
        except FileNotFoundError:
            return ""  # the pod is gone, and its folder with it
        return text[-min(LONGEST_MESSAGE, LONGEST_MESSAGES // containers) :].decode(errors="replace")

    def exec_program(self, command: Sequence[str], *, main_pid: int, stdin: bool, tty: bool) -> Program:
        """Answer a program that runs beside the main process, in its folder and environment, and sees its files."""
        environment = {**self.program.environment, "KUBETUTOR_PID": str(main_pid)}
        if tty:
            environment["TERM"] = "xterm"
        return replace(
            self.program,
            argv=tuple(command),
            environment=environment,
            app="",
            stdin=stdin,
            tty=tty,
            mounts=(),
            beside=main_pid,
        )


def command_line(
    container: Object, image: Image, environment: Mapping[str, str]
) -> tuple[tuple[str, ...], str]:
    """Answer (argv, app). `command` replaces the entry point and the image's command, `args` only the latter."""
    command = expand_all(container.get("command") or (), environment)
    arguments = expand_all(container.get("args") or (), environment)
    if command:
        return command + arguments, ""
    return image.entrypoint + (arguments or image.command), image.app


def prepare(node: NodeContext, pod: Object, container: Object, image: Image, *, can_mount: bool) -> Launch:
    """Make the container's folder and program. Raises `ConfigError` when the manifest refers to what is missing."""
    _require_target(pod, container)
    folder = node.pod_folder(pod) / "containers" / container["name"]
    environment = _environment(node, pod, container, image, folder)
    argv, app = command_line(container, image, environment)
    mounts = container_mounts(pod, container, node.volumes(pod).places, environment)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    log = _termination_log(node.pod_folder(pod) / "termination" / container["name"])
    if container.get("terminationMessagePath"):
        mounts += (Mount(log, container["terminationMessagePath"]),)
    mounts += node.names.mounts(pod, mounts) if can_mount else ()
    work = container.get("workingDir") or ""
    if not can_mount:
        link(mounts, folder)
        environment[VARIABLE] = str(folder)
        mounts, work = (), _work_without_mounts(work, folder)
    stdin, tty = bool(container.get("stdin")), bool(container.get("tty"))
    program = Program(
        argv, environment, folder, app=app, part=image.part, stdin=stdin, tty=tty, work=work, mounts=mounts
    )
    return Launch(program, log)


def _require_target(pod: Object, container: Object) -> None:
    """An ephemeral container that looks at another one waits until that has begun."""
    name = container.get("targetContainerName")
    begun = {entry["name"] for entry in statuses(pod["status"]) if entry.get("containerID")}
    if name and name not in begun:
        raise ConfigError(f"unable to find target container {name}")


def _termination_log(path: Path) -> Path:
    """Make the empty file that the program may leave its last words in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # the one of the last run, which may still be linked
    path.touch(0o666)
    return path


def _work_without_mounts(work: str, folder: Path) -> str:
    """Answer where a program begins that sees the machine only: in a volume, on the machine, or in its own folder."""
    if not work:
        return ""
    own = folder / work.strip("/")
    if own.is_dir() or not os.path.isdir(work):  # noqa: PTH112  # it is text, and may not be a path of this machine
        own.mkdir(parents=True, exist_ok=True)
        return str(own)
    return work


def _environment(
    node: NodeContext, pod: Object, container: Object, image: Image, folder: Path
) -> dict[str, str]:
    """KUBETUTOR_NODE and KUBETUTOR_LISTEN are our container runtime's: a process has no network of its own."""
    spec = pod["spec"]
    links = spec.get("enableServiceLinks", True)
    services = [reachable(service, node.find) for service in node.informers["services"].list()]
    start = {
        "PATH": search_path(sys.executable),
        "HOME": str(folder),
        "HOSTNAME": spec.get("hostname") or name_of(pod),
        "PYTHONUNBUFFERED": "1",
        "KUBETUTOR_NODE": node.config.name,
        "KUBETUTOR_LISTEN": pod["status"]["podIP"],
        **({"TERM": "xterm"} if container.get("tty") else {}),
        **image.environment,
        **service_environment(services, namespace_of(pod) or "default", links=links),
    }
    return container_environment(pod, container, start, node.find)
