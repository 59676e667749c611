"""The official `kubernetes` package, imported without its slowest part.

`kubernetes.dynamic` imports `kubernetes_validate` when it is there, only for its `validate` method. That
brings in a grammar which takes 2.5 s to build: five times as long as everything else in the package.
We never call that method, so the package is told that the validator is absent while it is being imported.
"""

from __future__ import annotations

import importlib
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

_IMPORTING = threading.Lock()
_VALIDATOR = "kubernetes_validate"


def load() -> Any:
    """Answer the module `kubernetes`."""
    if "kubernetes" in sys.modules:
        return importlib.import_module("kubernetes")
    with _IMPORTING:
        modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]  # None means "absent" there
        hide = _VALIDATOR not in modules
        if hide:
            modules[_VALIDATOR] = None
        try:
            return importlib.import_module("kubernetes")
        finally:
            if hide:
                modules.pop(_VALIDATOR, None)
