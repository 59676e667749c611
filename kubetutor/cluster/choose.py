"""Which backend, and why. A pure choice: what is asked for, then what is up, then what can run here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Sequence

VARIABLE = "KUBETUTOR_BACKEND"
BACKENDS = ("auto", "embedded", "kind", "context")
LATER = {
    "kind": "real Kubernetes in containers",
    "context": "a cluster of your own kubeconfig",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """`why` completes the sentence "Using embedded: ..."."""

    backend: str
    why: str


def choose(explicit: str | None, variable: str | None, running: Sequence[str]) -> Choice:
    """Choose a backend. `running` names the embedded clusters that are up."""
    if explicit and explicit != "auto":
        return _usable(Choice(explicit, "you asked for it with --backend"))
    if variable and variable != "auto":
        if variable not in BACKENDS:
            known = ", ".join(BACKENDS)
            raise ClusterError(f"{VARIABLE} is {variable!r}; it must be one of {known}.")
        return _usable(Choice(variable, f"{VARIABLE} says so"))
    if running:
        return Choice("embedded", f"the cluster {running[0]!r} is up")
    return Choice("embedded", "it needs no Docker, no root and no network")


def _usable(choice: Choice) -> Choice:
    if choice.backend in LATER:
        raise ClusterError(
            f"The backend {choice.backend!r} ({LATER[choice.backend]}) comes in a later version of kubetutor. "
            "Until then use --backend embedded, and leave KUBETUTOR_BACKEND unset."
        )
    return choice
