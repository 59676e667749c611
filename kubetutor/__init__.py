"""Learn Kubernetes by running it.

What a lesson imports stands here, ten names at most, each loaded when first used.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PLACES = {
    "connect": ("kubetutor.cluster.cluster", "connect"),
    "lesson": ("kubetutor.course.catalogue", "open_lesson"),
    "break_things": ("kubetutor.widgets.break_things.view", "break_things"),
    "cluster_map": ("kubetutor.widgets.cluster_map.view", "cluster_map"),
    "object_tree": ("kubetutor.widgets.object_tree.view", "object_tree"),
    "progress": ("kubetutor.course.overview", "progress"),
    "rollout": ("kubetutor.widgets.rollout.view", "rollout"),
    "scheduling": ("kubetutor.widgets.scheduling.view", "scheduling"),
    "time_axis": ("kubetutor.widgets.time_axis.view", "time_axis"),
    "traffic": ("kubetutor.widgets.traffic.view", "traffic"),
}

__all__ = [  # __getattr__ finds them
    "break_things",
    "cluster_map",
    "connect",
    "lesson",
    "object_tree",
    "progress",
    "rollout",
    "scheduling",
    "time_axis",
    "traffic",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _PLACES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
