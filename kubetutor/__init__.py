"""Learn Kubernetes by running it.

What a lesson imports stands here, ten names at most, each loaded when first used.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PLACES = {
    "connect": ("kubetutor.cluster.cluster", "connect"),
    "lesson": ("kubetutor.course.catalogue", "open_lesson"),
    "progress": ("kubetutor.course.overview", "progress"),
    "cluster_map": ("kubetutor.widgets.cluster_map.view", "cluster_map"),
    "PASSED": ("kubetutor.exercises.result", "PASSED"),
    "NOT_YET": ("kubetutor.exercises.result", "NOT_YET"),
    "NOT_STARTED": ("kubetutor.exercises.result", "NOT_STARTED"),
}

__all__ = [
    "NOT_STARTED",
    "NOT_YET",
    "PASSED",
    "cluster_map",
    "connect",
    "lesson",
    "progress",
]  # __getattr__ finds them


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _PLACES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
