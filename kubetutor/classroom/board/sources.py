"""Where the board gets reports from: the receiver's roster, or the ConfigMaps of a workshop's namespaces."""

from __future__ import annotations

import calendar
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kubetutor.api.objects import annotations_of, labels_of, name_of, namespace_of
from kubetutor.classroom import rooms
from kubetutor.classroom.board.board import Board, Lesson, board
from kubetutor.classroom.board.seen import Seen, seen
from kubetutor.errors import ClassroomError
from kubetutor.exercises.progress import TIME
from kubetutor.exercises.report import in_cluster

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.client import Client
    from kubetutor.api.objects import Object


class Source(Protocol):
    """Answers what is known of the learners now. Raises KubetutorError where that cannot be said."""

    def seen(self) -> tuple[Seen, ...]:
        """One for each learner."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """The reports of a workshop's learners, read with the instructor's rights. The names are the instructor's own."""

    name: str
    api: Client

    def seen(self) -> tuple[Seen, ...]:
        selector = f"{rooms.WORKSHOP}={self.name}"
        found = self.api.list("namespaces", label_selector=selector)
        if not found:
            raise ClassroomError(
                f"There is no namespace of the workshop {self.name} on this cluster. Make it with `kubetutor workshop create`, "
                "or name another with --workshop."
            )
        told = self.api.list(
            "configmaps", label_selector=in_cluster.LABEL, field_selector=f"metadata.name={in_cluster.NAME}"
        )
        told_by_namespace = {namespace_of(each): each for each in told}
        return tuple(_seen(room, told_by_namespace.get(name_of(room))) for room in found)


def _seen(room: Object, told: Object | None) -> Seen:
    name = annotations_of(room).get(rooms.LEARNER) or name_of(room).removeprefix(
        f"{labels_of(room)[rooms.WORKSHOP]}-"
    )
    if told is None:
        return Seen(name)
    return seen(name, _written(told), str((told.get("data") or {}).get(in_cluster.KEY, "")))


def _written(obj: Object) -> float:
    """Answer when it was written, by the clock of the cluster."""
    metadata = obj["metadata"]
    times = [each["time"] for each in metadata.get("managedFields") or () if each.get("time")]
    return float(calendar.timegm(time.strptime(max([*times, metadata["creationTimestamp"]]), TIME)))


def course() -> tuple[Lesson, ...]:
    """Answer the columns of the course's own lessons."""
    from kubetutor.course import catalogue  # noqa: PLC0415  # reads all lessons: only who draws a board needs it

    return tuple(
        Lesson(lesson.slug, lesson.title, tuple((each.slug, each.minutes) for each in lesson.exercises))
        for lesson in catalogue.lessons()
        if lesson.exercises
    )


def board_of(source: Source, clock: Callable[[], float] = time.time) -> Board:
    """Make the board of what is known now."""
    return board(course(), source.seen(), clock())
