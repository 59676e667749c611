"""From a container's manifest and its image to the program that runs.

Models: pkg/kubelet/kuberuntime/kuberuntime_container.go (generateContainerConfig).
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of, namespace_of
from kubetutor.embedded.kubelet.environment import container_environment, expand_all, service_environment
from kubetutor.embedded.kubelet.images import search_path
from kubetutor.embedded.kubelet.runtime import Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kubetutor.api.objects import Object
    from kubetutor.embedded.kubelet.images import Image
    from kubetutor.embedded.kubelet.node_context import NodeContext


@dataclass(frozen=True, slots=True)
class Launch:
    """A container made ready: what an exec into it shares with its main process."""

    program: Program

    def exec_program(self, command: Sequence[str], *, main_pid: int, stdin: bool, tty: bool) -> Program:
        """Answer a program that runs beside the main process, in its folder and environment."""
        environment = {**self.program.environment, "KUBETUTOR_PID": str(main_pid)}
        if tty:
            environment["TERM"] = "xterm"
        return Program(tuple(command), environment, self.program.folder, stdin=stdin, tty=tty)


def command_line(
    container: Object, image: Image, environment: Mapping[str, str]
) -> tuple[tuple[str, ...], str]:
    """Answer (argv, app). `command` replaces the entry point and the image's command, `args` only the latter."""
    command = expand_all(container.get("command") or (), environment)
    arguments = expand_all(container.get("args") or (), environment)
    if command:
        return command + arguments, ""
    return image.entrypoint + (arguments or image.command), image.app


def prepare(node: NodeContext, pod: Object, container: Object, image: Image) -> Launch:
    """Make the container's folder and program. Raises `ConfigError` when the manifest refers to what is missing."""
    folder = node.pod_folder(pod) / "containers" / container["name"]
    environment = _environment(node, pod, container, image, folder)
    argv, app = command_line(container, image, environment)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    work = folder / (container.get("workingDir") or ".").lstrip("/")
    work.mkdir(parents=True, exist_ok=True)
    tty = bool(container.get("tty"))
    return Launch(
        Program(
            argv, environment, work, app=app, part=image.part, stdin=bool(container.get("stdin")), tty=tty
        )
    )


def _environment(
    node: NodeContext, pod: Object, container: Object, image: Image, folder: Path
) -> dict[str, str]:
    """KUBETUTOR_NODE and KUBETUTOR_LISTEN are our container runtime's: a process has no network of its own."""
    spec = pod["spec"]
    links = spec.get("enableServiceLinks", True)
    services = node.informers["services"].list()
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
