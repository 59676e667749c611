"""No stray file, and names that belong together: each file of a lesson is its notebook, or a manifest that it uses."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.course import catalogue, own
from kubetutor.lab.check.notebook import headings
from kubetutor.lab.lessons import hashes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.exercises.lesson import Lesson
    from kubetutor.lab.check.notebook import Notebook


def strays(folder: Path) -> Iterator[str]:
    """Answer the files that belong to no lesson."""
    stems = {catalogue.stem(slug) for slug in catalogue.slugs()}
    ours = tuple(f"{stem}.ipynb" for stem in stems)
    manifests = tuple(f"manifests/{stem}/" for stem in stems)
    for name in hashes(folder):
        if name not in ours and not name.startswith(manifests):
            yield f"lessons/{name} belongs to no lesson: remove it, or call it as its lesson is called"


def misnamed(lesson: Lesson, notebook: Notebook) -> Iterator[str]:
    """Answer what is not called as its lesson is called."""
    for what, name, wanted in (
        ("namespace", lesson.namespace, f"lesson-{lesson.slug}"),
        ("folder of manifests", lesson.manifests, f"manifests/{catalogue.stem(lesson.slug)}"),
        ("first heading", next(iter(headings(notebook)), ""), lesson.title),
    ):
        if name != wanted:
            yield f"its {what} is {name!r}, and must be {wanted!r}"


def manifests(lesson: Lesson) -> dict[str, str]:
    """Map the lesson's own files, as `manifests/04-deployments/x.yaml`, to their texts. What is no text has none."""
    place = lesson.files / lesson.manifests
    return {
        f"{lesson.manifests}/{name}": (place / name).read_text(encoding="utf-8", errors="replace")
        for name in hashes(place)
    }


def unused(lesson: Lesson, notebook: Notebook, names: tuple[str, ...]) -> Iterator[str]:
    """Answer the lesson's files that neither its notebook nor its module names, alone or with their folder."""
    text = "\n".join([*(cell.source for cell in notebook.cells), module_text(lesson)])
    whole_folder = re.compile(rf"-f {re.escape(lesson.manifests)}/?(?=[\s\"'`]|$)", re.MULTILINE)
    if whole_folder.search(text):
        return
    for name in names:
        if name not in text:
            shown = f"lessons/{name}" if lesson.folder is None else name
            yield f"{shown} is a stray file: neither the notebook nor the lesson's module names it"


def module_text(lesson: Lesson) -> str:
    if lesson.folder is not None:
        return "\n".join(path.read_text(encoding="utf-8") for path in own.sources(lesson.slug, lesson.folder))
    spec = find_spec(catalogue.module(lesson.slug))
    return Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
