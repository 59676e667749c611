"""The course in order. Finds lessons by number or name, and opens them on the cluster that is up.

A lesson is three things of one name: `lessons/NN-slug.ipynb`, `lessons/manifests/NN-slug/`, and a module of this package,
its slug with `_` for `-`, that holds a `LESSON`. A lesson of the table below is there as soon as its module is.
Lessons of other people are found after those: `own.py` says where.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.course import own
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
    """Answer how a lesson's files are called: `04-deployments`; of one's own `coffee-shop`."""
    return f"{number(slug):02}-{slug}" if slug in ORDER else slug


def find(name: str) -> Lesson:
    """Find a lesson by what people call it: `deployments`, `04-deployments`, `04`, `4`; one of one's own by its slug."""
    slug = _slug_in_course(name)
    if slug is not None:
        if own.module_path(name, Path.cwd()):
            raise LessonError(_taken(name, Path.cwd()))
        found: Lesson = import_module(module(slug)).LESSON
        return found
    folder = own.folder_of(name)
    if folder is None:
        known = ", ".join(f"{_digits(slug)} {slug}" for slug in slugs())
        raise LessonError(
            f"There is no lesson called {name!r}. There are: {known}. Of your own, in {Path.cwd()}: "
            f"{', '.join(own.slugs_in(Path.cwd())) or 'none'}."
        )
    return find_in(folder, name)


def find_in(folder: Path, slug: str) -> Lesson:
    """Find a lesson of one's own in this folder."""
    if slug in ORDER:
        raise LessonError(_taken(slug, folder))
    return own.load(slug, folder)


def at(path: Path) -> Lesson:
    """Find the lesson whose notebook or module is this file."""
    slug = own.slug_of(path)
    return find_in(path.parent, slug) if own.module_path(slug, path.parent) else find(path.stem)


def chosen(word: str) -> tuple[Lesson, ...]:
    """Find what is meant by a lesson's name, by the path of its notebook or module, or by a folder of one's own lessons."""
    path = Path(word)
    if _slug_in_course(word) is None and own.folder_of(word) is None and path.exists():
        return in_folder(path) if path.is_dir() else (at(path),)
    return (find(word),)


def in_folder(folder: Path) -> tuple[Lesson, ...]:
    """Find all lessons of one's own in a folder. Raise LessonError where there is none."""
    found = tuple(find_in(folder, slug) for slug in own.slugs_in(folder))
    if not found:
        raise LessonError(
            f"There is no lesson in {folder.absolute()}: none of its files is called {own.PREFIX}NAME.py. "
            "`kubetutor new-lesson NAME --folder FOLDER` makes one."
        )
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
    line = overview.course_line if lesson.folder is None else None
    session = LessonSession(lesson, cluster, progress=progress, course_line=line)
    os.environ.update(cluster.environment)
    os.environ["KUBECONFIG"] = session.let_kubectl_mean(namespace_in(cluster.kubeconfig))
    return session


def module(slug: str) -> str:
    """Answer the name of the module that holds a lesson."""
    return f"{__package__}.{slug.replace('-', '_')}"


def _slug_in_course(name: str) -> str | None:
    return next(
        (slug for slug in slugs() if name in {slug, stem(slug), _digits(slug), str(number(slug))}), None
    )


def _taken(slug: str, folder: Path) -> str:
    return (
        f"{own.module_path(slug, folder)} is called as a lesson of the course, {stem(slug)}. Progress is kept by name, so "
        "yours needs another one: rename its module, its notebook and its manifests, and the slug in its LESSON."
    )


def _digits(slug: str) -> str:
    return f"{number(slug):02}"
