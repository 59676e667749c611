"""What a table of a kind looks like, and how cells are read from objects and written as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from kubetutor.api.objects import Object
from kubetutor.embedded.apiserver.tables.durations import since

NONE, UNSET, UNKNOWN = "<none>", "<unset>", "<unknown>"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head. Priority 0 is always shown, 1 with `-o wide`."""

    name: str
    type: str = "string"
    format: str = ""
    priority: int = 0

    def definition(self) -> dict[str, Any]:
        """Answer a `TableColumnDefinition`. Unlike upstream: its description, which kubectl never shows, is empty."""
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": "",
            "priority": self.priority,
        }


Cells: TypeAlias = Callable[[Object, dt.datetime], Sequence[Any]]


def no_conditions(_: Object) -> list[dict[str, Any]]:
    return []


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a kind's table, the function that makes one object's cells, and what a row says of its state."""

    columns: tuple[Column, ...]
    cells: Cells
    conditions: Callable[[Object], list[dict[str, Any]]] = no_conditions


NAME = Column("Name", format="name")
AGE = Column("Age")


def wide(name: str, format_: str = "") -> Column:
    return Column(name, "string", format_, 1)


def integer(name: str) -> Column:
    return Column(name, "integer")


CONTAINERS_IMAGES = (wide("Containers"), wide("Images"))
CONTAINERS_IMAGES_SELECTOR = (*CONTAINERS_IMAGES, wide("Selector"))


def at(obj: Any, path: str, default: Any = None) -> Any:
    """Answer what lies at a dotted path, or the default where it, or a part of the way, is missing or null."""
    for step in path.split("."):
        obj = obj.get(step) if isinstance(obj, dict) else None
        if obj is None:
            return default
    return obj


def name(obj: Object) -> str:
    return str(at(obj, "metadata.name", ""))


def age(obj: Object, now: dt.datetime) -> str:
    return since(at(obj, "metadata.creationTimestamp"), now)


def containers_and_images(containers: Iterable[Object]) -> tuple[str, str]:
    found = list(containers)
    return ",".join(c.get("name", "") for c in found), ",".join(c.get("image", "") for c in found)


def format_labels(labels: dict[str, str]) -> str:
    """Write a map of labels; `<none>` for an empty one."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or NONE


def first_few(entries: Sequence[str], limit: int, separator: str = ",") -> str:
    """Join at most `limit` entries and say how many more there are; an empty text for none."""
    text = separator.join(entries[:limit])
    return f"{text} + {len(entries) - limit} more..." if len(entries) > limit else text
