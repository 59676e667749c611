"""Which backend, and why. A pure choice: what is asked for, then what is up, then what can run here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.cluster.backend import Availability

VARIABLE = "KUBETUTOR_BACKEND"
BACKENDS = ("auto", "embedded", "kind", "context")


@dataclass(frozen=True, slots=True)
class Choice:
    """`why` completes the sentence "Using embedded: ..."."""

    backend: str
    why: str


def choose(
    explicit: str | None,
    variable: str | None,
    running: Sequence[tuple[str, str]],
    kind: Callable[[], Availability],
) -> Choice:
    """Choose a backend. `running` has a name and a backend for each cluster that is up.

    `kind` says whether kind can run here, and is only asked when nothing else decides.
    """
    if explicit and explicit != "auto":
        return Choice(explicit, "you asked for it with --backend")
    if variable and variable != "auto":
        if variable not in BACKENDS:
            known = ", ".join(BACKENDS)
            raise ClusterError(f"{VARIABLE} is {variable!r}; it must be one of {known}.")
        return Choice(variable, f"{VARIABLE} says so")
    if running:
        name, backend = running[0]
        return Choice(backend, f"the cluster {name!r} is up")
    found = kind()
    if found.ok:
        return Choice("kind", found.why)
    return Choice("embedded", f"it needs no Docker, no root and no network (kind: {found.why})")
