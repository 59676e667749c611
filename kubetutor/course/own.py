"""Lessons of one's own: in a folder that belongs to no course of ours. Here they are found, and their modules are run.

    coffee-shop.ipynb         the notebook
    lesson_coffee_shop.py     the LESSON; where one file is not enough, a folder lesson_coffee_shop/ with an __init__.py
    manifests/coffee-shop/    its manifests

1. The module's name says what it is, and hides no other module: a lesson may be called `secrets` or `queue`.
2. A module runs anew each time that its lesson is opened, so what its author has edited counts at once.
3. It runs only from a folder that the user named or stands in, or from an installed package that says it holds lessons:
   `[project.entry-points."kubetutor.lessons"]` in its pyproject.toml, with a name and the package that is the folder.
"""

from __future__ import annotations

import re
import sys
import traceback
from dataclasses import replace
from importlib import metadata
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.errors import LessonError

if TYPE_CHECKING:
    from types import CodeType, ModuleType

    from kubetutor.exercises.lesson import Lesson

GROUP = "kubetutor.lessons"
PREFIX = "lesson_"
LONGEST = 40  # characters: with `lesson-` before it, a slug is the name of a namespace
SLUG = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")


def is_slug(name: str) -> bool:
    return SLUG.fullmatch(name) is not None and len(name) <= LONGEST


def module_name(slug: str) -> str:
    return PREFIX + slug.replace("-", "_")


def module_path(slug: str, folder: Path) -> Path | None:
    """Answer the file that holds a lesson of this folder; None where there is none."""
    if not is_slug(slug):
        return None
    name = module_name(slug)
    return next(
        (path for path in (folder / f"{name}.py", folder / name / "__init__.py") if path.is_file()), None
    )


def sources(slug: str, folder: Path) -> tuple[Path, ...]:
    """Answer all files of a lesson's module."""
    path = module_path(slug, folder)
    if path is None:
        return ()
    return tuple(sorted(path.parent.rglob("*.py"))) if path.name == "__init__.py" else (path,)


def notebook_path(slug: str, folder: Path) -> Path:
    return folder / f"{slug}.ipynb"


def slug_of(path: Path) -> str:
    """Answer the slug that a notebook or a module is called by."""
    return path.stem.removeprefix(PREFIX).replace("_", "-") if path.stem.startswith(PREFIX) else path.stem


def slugs_in(folder: Path) -> tuple[str, ...]:
    """Answer the lessons of this folder by their modules, in alphabetical order."""
    found = {slug_of(path) for path in folder.glob(f"{PREFIX}*")}
    return tuple(sorted(slug for slug in found if module_path(slug, folder)))


def folder_of(slug: str) -> Path | None:
    """Answer the folder that holds this lesson: the one that the user stands in, or an installed package's."""
    here = Path.cwd()
    if module_path(slug, here):
        return here
    return (
        next((folder for folder in packages().values() if module_path(slug, folder)), None)
        if is_slug(slug)
        else None
    )


def packages() -> dict[str, Path]:
    """Map the names under which installed packages offer lessons to their folders. Nothing of them is run for that."""
    found = {}
    for point in metadata.entry_points(group=GROUP):
        spec = find_spec(point.module)
        if spec is None or not spec.submodule_search_locations:
            raise LessonError(
                f"The installed package {(point.dist.name if point.dist else point.name)!r} says that its lessons are in "
                f"{point.value!r}, and there is no such package. Install it again, or tell its author."
            )
        found[point.name] = Path(next(iter(spec.submodule_search_locations)))
    return found


def load(slug: str, folder: Path) -> Lesson:
    """Run a lesson's module and answer its LESSON. Raise LessonError with the file and the line where it fails."""
    from kubetutor.exercises.lesson import Lesson  # noqa: PLC0415  # brings the widgets, slow to import

    folder = folder.absolute()
    path = module_path(slug, folder)
    if path is None:
        raise LessonError(
            f"There is no lesson {slug!r} in {folder}: it would be called {module_name(slug)}.py."
        )
    found = getattr(_run(module_name(slug), path), "LESSON", None)
    if not isinstance(found, Lesson):
        was = "has no LESSON" if found is None else f"has a LESSON that is a {type(found).__name__}"
        raise LessonError(f'{path} {was}. It must end with LESSON = Lesson(slug="{slug}", ...).')
    if found.slug != slug:
        raise LessonError(
            f"{path} holds a lesson with the slug {found.slug!r}, and its name says {slug!r}. "
            f'Write slug="{slug}", or call the file {module_name(found.slug)}.py.'
        )
    return replace(found, folder=folder)


class _AsWritten(SourceFileLoader):
    """Reads the source each time. A cached one is told apart by its second and its size, and an editor is quicker."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def _run(name: str, path: Path) -> ModuleType:
    for each in [each for each in sys.modules if each == name or each.startswith(f"{name}.")]:
        del sys.modules[each]  # of the last time, or of another folder
    is_package = path.name == "__init__.py"
    spec = spec_from_file_location(
        name,
        path,
        loader=_AsWritten(name, str(path)),
        submodule_search_locations=[str(path.parent)] if is_package else None,
    )
    if spec is None or spec.loader is None:
        raise LessonError(f"{path} is no Python module.")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look for the module that they stand in
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise LessonError(_told(error, path)) from error
    return module


def where_it_failed(error: BaseException, path: Path) -> str:
    """Say where in the files of a lesson's module it failed, and with what: file, number, line, error. `path` is the module's."""
    file, number, line = _place(error, path)
    shown = f"\n    {line.strip()}" if line and line.strip() else ""
    words = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{file}, line {number}:{shown}\n{type(error).__name__}: {words}".rstrip(": ")


def _told(error: BaseException, path: Path) -> str:
    told = where_it_failed(error, path)
    if isinstance(error, ModuleNotFoundError) and error.name and (path.parent / f"{error.name}.py").is_file():
        told += (
            f"\nA lesson of several files is a folder: {path.stem}/__init__.py with the LESSON, and beside it "
            f"{error.name}.py. Write `from .{error.name} import ...`."
        )
    return f"The lesson's module fails when it is loaded.\n{told}\nMend it and try again; nothing need be restarted."


def _place(error: BaseException, path: Path) -> tuple[str, int, str | None]:
    """Answer file, line number and line of the last place that is the lesson's own."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 1, error.text
    called = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in called if Path(frame.filename).parent == path.parent]
    return (frames[-1].filename, frames[-1].lineno or 1, frames[-1].line) if frames else (str(path), 1, None)
