"""Going on with another cluster: after `kubetutor switch`, whoever asks for one of the clusters of before gets the new one.

It is for the middle of a class: JupyterLab, its kernels and terminals go on naming the old cluster in KUBECONFIG, whatever
became of it. One small file in the state folder says which clusters are meant, and which takes their place. Who names a
cluster with --name gets that one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.cluster.home import write_private

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from kubetutor.cluster.home import Home

STAND_IN = "instead"  # what the new cluster is called


@dataclass(frozen=True, slots=True)
class Switch:
    """`to` takes the place of the clusters in `instead_of`."""

    to: str
    instead_of: frozenset[str]

    def meant(self, name: str, running: Collection[str]) -> str:
        """Answer which cluster this name means now; empty stands for whatever is up."""
        applies = self.to in running and (not name or name in self.instead_of)
        return self.to if applies else name


NONE = Switch("", frozenset())


def keep(home: Home, switch: Switch) -> None:
    """Write it down, whole or not at all."""
    document = {"to": switch.to, "instead_of": sorted(switch.instead_of)}
    write_private(_file(home), json.dumps(document))


def read(home: Home) -> Switch:
    """Answer the switch that is in force. What cannot be read is none."""
    try:
        document: dict[str, Any] = json.loads(_file(home).read_text(encoding="utf-8"))
        return Switch(str(document["to"]), frozenset(map(str, document["instead_of"])))
    except (OSError, ValueError, LookupError, TypeError):
        return NONE


def forget(home: Home) -> bool:
    """Go back to the clusters of before. Answer whether there was a switch."""
    was = _file(home).exists()
    _file(home).unlink(missing_ok=True)
    return was


def _file(home: Home) -> Path:
    return home.path / "switched.json"
