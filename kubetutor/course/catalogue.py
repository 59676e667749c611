"""The course in order. Finds lessons by number or name, and opens them on the cluster that is up.

A lesson is three things of one name: `lessons/NN-slug.ipynb`, `lessons/manifests/NN-slug/`, and a module of this package,
its slug with `_` for `-`, that holds a `LESSON`. A lesson of the table below is there as soon as its module is.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from kubetutor.errors import LessonError

if TYPE_CHECKING:
    from kubetutor.exercises.lesson import Lesson, LessonSession

ORDER = (
    "start-here",
    "clusters",
    "nodes",
    "pods",
    "deployments",
    "services",
    "namespaces",
    "scaling",
    "rollouts-and-rollbacks",
    "when-things-go-wrong",
    "kubectl",
    "alternatives",
    "managed",
    "capstone",
)


def slugs() -> tuple[str, ...]:
    """Answer the lessons that are there, in the order of the course."""
    return tuple(slug for slug in ORDER if find_spec(module(slug)) is not None)


def lessons() -> tuple[Lesson, ...]:
    return tuple(find(slug) for slug in slugs())


def number(slug: str) -> int:
    """Answer a lesson's place in the course, from 0."""
    return ORDER.index(slug)


def stem(slug: str) -> str:
    """Answer how a lesson's files are called: `04-deployments`."""
    return f"{number(slug):02}-{slug}"


def find(name: str) -> Lesson:
    """Find a lesson by what people call it: `deployments`, `04-deployments`, `04` or `4`."""
    there = slugs()
    slug = next(
        (slug for slug in there if name in {slug, stem(slug), _digits(slug), str(number(slug))}), None
    )
    if slug is None:
        known = ", ".join(f"{_digits(slug)} {slug}" for slug in there)
        raise LessonError(f"There is no lesson called {name!r}. There are: {known}.")
    found: Lesson = import_module(module(slug)).LESSON
    return found


def open_lesson(name: str) -> LessonSession:
    """Open a lesson on the cluster that is up, and let `!kubectl` and the views of this kernel find it too.

    In this kernel `kubectl` has a kubeconfig of its own, so that another notebook does not change what it means here.
    """
    from kubetutor.api.kubeconfig import namespace_in  # noqa: PLC0415  # as the next line
    from kubetutor.cluster.cluster import connect  # noqa: PLC0415  # looks for a cluster only when one is wanted
    from kubetutor.course import overview  # noqa: PLC0415  # reads the lessons by this module
    from kubetutor.exercises.lesson import LessonSession  # noqa: PLC0415  # brings the widgets, slow to import
    from kubetutor.exercises.progress import Progress  # noqa: PLC0415  # only a lesson that is taken needs it
    from kubetutor.exercises.report.sender import Sender  # noqa: PLC0415  # as above

    lesson = find(name)
    cluster = connect()
    progress = Progress(lesson.slug, on_change=Sender().wake)
    session = LessonSession(lesson, cluster, progress=progress, course_line=lambda: overview.progress().line)
    os.environ.update(cluster.environment)
    os.environ["KUBECONFIG"] = session.let_kubectl_mean(namespace_in(cluster.kubeconfig))
    return session


def module(slug: str) -> str:
    """Answer the name of the module that holds a lesson."""
    return f"{__package__}.{slug.replace('-', '_')}"


def _digits(slug: str) -> str:
    return f"{number(slug):02}"
