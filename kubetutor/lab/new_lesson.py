"""A new lesson, whole and working: a copy of the folder `template`, which is a lesson itself, under another name."""

from __future__ import annotations

import re
import shlex
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from kubetutor.course import catalogue, own
from kubetutor.errors import LessonError
from kubetutor.lab.lessons import files_in

TEMPLATE = Path(__file__).with_name("template")
TEMPLATE_SLUG, TEMPLATE_NAME = "your-lesson", "Your lesson"
OF_THE_FOLDER = "test_lessons.py"  # one for all lessons of a folder


@dataclass(frozen=True, slots=True)
class NewLesson:
    """What was written. `kept` are files of the whole folder that were there."""

    folder: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]


def write(slug: str, folder: Path) -> NewLesson:
    """Write a lesson into a folder, which is made if need be. Raise LessonError, and write nothing, where it cannot be whole."""
    check_slug(slug)
    texts = {renamed(name, slug): renamed(text, slug) for name, text in template().items()}
    there = [name for name in texts if (folder / name).exists()]
    if taken := [name for name in there if name != OF_THE_FOLDER]:
        raise LessonError(
            f"In {folder.absolute()} there is already {', '.join(taken)}. Nothing was written. "
            "Take another name, or another folder: --folder FOLDER."
        )
    if own.module_path(slug, folder):
        raise LessonError(f"There is already a lesson {slug!r} in {folder.absolute()}. Nothing was written.")
    written = {name: text for name, text in texts.items() if name not in there}
    try:
        for name, text in written.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise LessonError(f"The lesson cannot be written into {folder.absolute()}: {error}.") from error
    return NewLesson(folder, tuple(written), tuple(there))


def in_words(slug: str, made: NewLesson) -> list[str]:
    """Say what there is now, and what its author can do with it."""
    steps = [
        (f"kubetutor check-course {slug}", "reads it, and proves its exercise on a cluster"),
        ("kubetutor lab --lessons . --folder .", "opens JupyterLab here, to write it"),
        (
            f"kubetutor run {slug} --write-minutes --write-outputs",
            "after changes: measures minutes, keeps outputs",
        ),
        ("pytest --nbval", "all of it as tests; needs: pip install 'kubetutor[testing]'"),
    ]
    wide = max(len(command) for command, _why in steps)
    is_here = made.folder.absolute() == Path.cwd()
    return [
        f"The lesson {slug} is there, in {made.folder.absolute()}:",
        *(f"  {name}" for name in made.written),
        *(f"  {name} was there, and stays as it is" for name in made.kept),
        "It works as it is. Change it piece by piece:",
        *([] if is_here else [f"  cd {shlex.quote(str(made.folder))}"]),
        *(f"  {command:<{wide}}  {why}" for command, why in steps),
    ]


def check_slug(slug: str) -> None:
    """Raise LessonError for a name that a lesson cannot have, with one that it can."""
    if not own.is_slug(slug):
        near = slug_like(slug)
        advice = f" For example: {near}" if near else ""
        raise LessonError(
            f"A lesson cannot be called {slug!r}: take a small letter and then small letters, digits and dashes, "
            f"{own.LONGEST} characters at most, with no dash at the end.{advice}"
        )
    if slug in catalogue.ORDER:
        raise LessonError(
            f"There is a lesson {slug!r} in the course, and progress is kept by name. Take another name, for example "
            f"our-{slug}."
        )
    if slug == TEMPLATE_SLUG or any(own.module_path(slug, folder) for folder in own.packages().values()):
        raise LessonError(
            f"The name {slug!r} is taken by a lesson that is installed, and progress is kept by name. Take another one."
        )


def slug_like(words: str) -> str:
    """Answer a slug made of these words, empty where they have no letter to begin with."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"^[^a-z]+|-+$", "", re.sub(r"[^a-z0-9]+", "-", plain))[: own.LONGEST].strip("-")


def template() -> dict[str, str]:
    """Map the relative paths of the template's files to their texts, the notebook first."""
    paths = sorted(files_in(TEMPLATE), key=lambda path: (path.suffix != ".ipynb", path))
    return {path.relative_to(TEMPLATE).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def renamed(text: str, slug: str) -> str:
    """Put a lesson's name in the place of the template's: as slug, as module, and in words."""
    names = {
        TEMPLATE_SLUG: slug,
        own.module_name(TEMPLATE_SLUG): own.module_name(slug),
        TEMPLATE_NAME: slug.replace("-", " ").capitalize(),
    }
    return re.sub("|".join(names), lambda match: names[match[0]], text)
