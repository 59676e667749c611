"""The state folder: where every file of ours lives, and who may read it.

KUBETUTOR_HOME            default: $XDG_STATE_HOME/kubetutor, else ~/.local/state/kubetutor; 0700
├── clusters/NAME/        one cluster: kubeconfig (0600), state.db, cluster.log, ... see ClusterFolder
├── lessons/              the learner's copy of the lessons
├── class/                an instructor's open class; class.json beside it: the class that a learner has joined
├── own-lessons/           copies of folders of other people's lessons
├── environment/          what a bundle installed: Python packages and commands
├── brought.json          what a bundle brought for kind: see kind/brought.py
├── bin/kind              the `kind` command, when kubetutor or a bundle installed it
└── kubetutor.log         tracebacks of unexpected errors
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.errors import ClusterError, StateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class ClusterFolder:
    """The files of one cluster. Whatever `down` must leave behind as it found it is listed here."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def backend(self) -> str:
        """Which backend made it."""
        try:
            return (self.path / "backend").read_text(encoding="utf-8").strip()
        except OSError:
            return "embedded"

    def refuse_unless(self, backend: str) -> None:
        """Raise ClusterError when another backend has a cluster of this name."""
        if self.backend != backend and (self.spec.exists() or (self.path / "backend").exists()):
            raise ClusterError(
                f"There is a cluster {self.name!r} of the backend {self.backend!r} here. `kubetutor down --name {self.name}` "
                "removes it; or give the new one another --name."
            )

    def claim(self, backend: str) -> None:
        """Write down which backend made it."""
        write_private(self.path / "backend", f"{backend}\n")

    @property
    def kubeconfig(self) -> Path:
        return self.path / "kubeconfig"

    @property
    def description(self) -> Path:
        """Who runs: pid, server, version. There only while the cluster is up, or after it was killed."""
        return self.path / "cluster.json"

    @property
    def lock(self) -> Path:
        """Held by the cluster's main process as long as it lives."""
        return self.path / "lock"

    @property
    def up_lock(self) -> Path:
        """Held by `kubetutor up` and `kubetutor down` while they work."""
        return self.path / "up.lock"

    @property
    def spec(self) -> Path:
        return self.path / "spec.json"

    @property
    def log(self) -> Path:
        return self.path / "cluster.log"

    @property
    def database(self) -> Path:
        return self.path / "state.db"

    @property
    def id(self) -> Path:
        """Holds the id that every process of this cluster carries as KUBETUTOR_CLUSTER."""
        return self.path / "id"

    @property
    def kubectl_cache(self) -> Path:
        return self.path / "kubectl-cache"


@dataclass(frozen=True, slots=True)
class Home:
    path: Path

    def cluster(self, name: str) -> ClusterFolder:
        return ClusterFolder(self.path / "clusters" / name)

    def clusters(self) -> list[ClusterFolder]:
        """List every cluster that has state here, up or not."""
        try:
            found = sorted((self.path / "clusters").iterdir())
        except OSError:
            return []
        return [ClusterFolder(path) for path in found if path.is_dir()]

    @property
    def opened_class(self) -> Path:
        """What an instructor's class is kept in: who has joined, and the receiver's certificate."""
        return self.path / "class"

    @property
    def lessons(self) -> Path:
        return self.path / "lessons"

    @property
    def log(self) -> Path:
        return self.path / "kubetutor.log"


def find_home(environ: Mapping[str, str] | None = None) -> Home:
    environ = os.environ if environ is None else environ
    if chosen := environ.get("KUBETUTOR_HOME"):
        return Home(Path(chosen).expanduser().absolute())
    state = environ.get("XDG_STATE_HOME") or ""
    base = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return Home(base / "kubetutor")


def make_private(path: Path) -> None:
    """Make the folder, and any above it that is missing, for its owner only. Raise StateError if that cannot be."""
    with explained(path):
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
        owner = path.stat().st_uid
        if hasattr(os, "geteuid") and owner != os.geteuid():
            raise StateError(
                f"The state folder {path} belongs to another user (id {owner}). "
                "Set KUBETUTOR_HOME to a folder of your own."
            )
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied", str(path))


def write_private(path: Path, text: str) -> None:
    """Write a file for its owner only (0600), whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn a read-only or full disk into a StateError that says what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StateError(
            f"The state folder {path} cannot be written: {reason}. "
            "Make room or mend its permissions, or set KUBETUTOR_HOME to another folder."
        ) from error
