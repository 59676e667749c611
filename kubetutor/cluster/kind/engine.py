"""The container engine that kind's nodes run in: Docker or Podman, by their command."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.cluster import commands

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine by the name of its command. Whether it answers is another question."""

    name: str  # "docker" or "podman"
    command: Path

    def run(self, *words: str, input: str | None = None, timeout: float | None = 60.0) -> str:  # noqa: A002  # the name that subprocess gives it
        """Run the engine's command; answer what it printed. Raise CommandFailedError when it fails."""
        return commands.run((self.command, *words), input=input, timeout=timeout)


def find_engine(environ: Mapping[str, str]) -> Engine | None:
    """Find the engine that kind would use: KIND_EXPERIMENTAL_PROVIDER, else Docker, else Podman."""
    from pathlib import Path  # noqa: PLC0415  # `kubetutor env` does not need it

    wanted = environ.get("KIND_EXPERIMENTAL_PROVIDER") or ""
    for name in (wanted,) if wanted else ("docker", "podman"):
        if found := shutil.which(name, path=environ.get("PATH")):
            return Engine(name, Path(found))
    return None
