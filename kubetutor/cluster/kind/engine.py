"""The container engine that kind's nodes run in: Docker or Podman, by their command."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.cluster import commands
from kubetutor.cluster.backend import Availability
from kubetutor.errors import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping

PROVIDER = "KIND_EXPERIMENTAL_PROVIDER"  # kind's own variable: which engine it uses
TITLES = {"docker": "Docker", "podman": "Podman"}
VERSION = {  # asks the engine itself, not only its command
    "docker": ("version", "--format", "{{.Server.Version}}"),
    "podman": ("info", "--format", "{{.Version.Version}}"),
}
ANSWER_SECONDS = 15.0  # an engine in a virtual machine that wakes up takes this long


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine by the name of its command. Whether it answers is another question."""

    name: str  # "docker" or "podman"
    command: Path

    @property
    def title(self) -> str:
        return TITLES.get(self.name, self.name)

    def run(self, *words: str, input: str | None = None, timeout: float | None = 60.0) -> str:  # noqa: A002  # the name that subprocess gives it
        """Run the engine's command; answer what it printed. Raise CommandFailedError when it fails."""
        return commands.run((self.command, *words), input=input, timeout=timeout, apart=True)

    def answers(self) -> Availability:
        """Ask the engine for its version; say why there is no answer."""
        try:
            version = self.run(*VERSION.get(self.name, ("version",)), timeout=ANSWER_SECONDS).strip()
        except CommandFailedError as error:
            return explain(self, error.output, os.environ)
        return Availability(True, f"{self.title} {version} answers")


def find_engine(environ: Mapping[str, str]) -> Engine | None:
    """Find the engine that kind would use: KIND_EXPERIMENTAL_PROVIDER, else Docker, else Podman."""
    wanted = environ.get(PROVIDER) or ""
    for name in (wanted,) if wanted else ("docker", "podman"):
        if engine := engine_named(name, environ):
            return engine
    return None


def engine_named(name: str, environ: Mapping[str, str]) -> Engine | None:
    found = shutil.which(name, path=environ.get("PATH"))
    return Engine(name, Path(found)) if found else None


def find_answering(environ: Mapping[str, str]) -> tuple[Engine | None, Availability]:
    """Find the engine that kind would use, if it answers; else None, and what is wrong with it."""
    engine = find_engine(environ)
    if engine is None:
        return None, nothing_installed(environ)
    answer = engine.answers()
    return (engine if answer.ok else None), answer


def nothing_installed(environ: Mapping[str, str]) -> Availability:
    wanted = environ.get(PROVIDER)
    if wanted:
        return Availability(
            False, f"{PROVIDER} is {wanted!r} and there is no such command in PATH", f"Unset {PROVIDER}."
        )
    fix = "Install Docker Desktop (https://docs.docker.com/desktop) or Podman."
    if sys.platform == "linux":
        fix = "Install Docker (https://docs.docker.com/engine/install; Debian, Ubuntu: apt install docker.io) or Podman."
    return Availability(False, "there is no container engine: neither docker nor podman is in PATH", fix)


def explain(engine: Engine, output: str, environ: Mapping[str, str]) -> Availability:
    """Turn what an engine's command said into what was seen and what to do."""
    seen = next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "no words")
    told = f"It said: {seen.rstrip('.?')}"
    if "permission denied" in output.lower():
        return Availability(False, f"you may not use {engine.title}. {told}", _permission(engine))
    if elsewhere := environ.get("DOCKER_HOST") if engine.name == "docker" else None:
        fix = f"DOCKER_HOST is {elsewhere}: start an engine there, or `unset DOCKER_HOST`."
        return Availability(False, f"{engine.title} does not answer. {told}", fix)
    return Availability(False, f"{engine.title} does not answer. {told}", start_it(engine))


def start_it(engine: Engine) -> str:
    """Say how this engine is started on this machine."""
    if engine.name == "podman":
        return "Start it: podman machine start" if sys.platform != "linux" else "Look at it: podman info"
    if sys.platform == "darwin":
        return "Start Docker Desktop: open -a Docker"
    return "Start it: sudo systemctl start docker (Docker Desktop: start the application)"


def _permission(engine: Engine) -> str:
    if engine.name == "docker" and sys.platform == "linux":
        return (
            "Join the group that may: sudo usermod -aG docker $USER, then log out and in again. "
            "(Who is in that group can do what root can.)"
        )
    return f"Make sure that `{engine.name} ps` works for you."
