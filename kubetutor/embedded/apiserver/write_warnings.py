"""What a write is warned of besides the fields that nobody knows.

Models: WarningsOnCreate and WarningsOnUpdate of upstream's strategies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.custom import strategy
from kubetutor.embedded.apiserver.custom.kind import CustomKind
from kubetutor.embedded.apiserver.deletion import DEFINITIONS
from kubetutor.embedded.apiserver.strategies import definition

if TYPE_CHECKING:
    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object


def write_warnings(kind: Kind, new: Object, old: Object | None = None) -> list[str]:
    """Answer the warnings. `old` is None on create."""
    if kind.resource == DEFINITIONS:
        return definition.warnings(new, old)
    return strategy.warnings(new, old) if isinstance(kind, CustomKind) else []
