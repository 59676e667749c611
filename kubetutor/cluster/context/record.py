"""What is written down beside our copy of a context: which one it is, and where lessons work there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from kubetutor.cluster.home import write_private

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.cluster.home import ClusterFolder


@dataclass(frozen=True, slots=True)
class Record:
    """`namespace` is the only one that lessons use; empty: each makes one of its own."""

    context: str
    namespace: str = ""


def _path(folder: ClusterFolder) -> Path:
    return folder.path / "context.json"


def read(folder: ClusterFolder) -> Record | None:
    """Answer the record, None where there is none or it is damaged: then `up` makes a new one."""
    try:
        known = json.loads(_path(folder).read_text(encoding="utf-8"))
        return Record(str(known["context"]), str(known["namespace"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write(folder: ClusterFolder, record: Record) -> None:
    write_private(_path(folder), json.dumps(asdict(record), indent=2) + "\n")
