"""The learner's copy of the lessons: new versions arrive, edits stay.

1. A manifest in the copy remembers the hash of each file as it was copied.
2. A file that still has that hash is untouched: a new version replaces it.
3. A file with another hash is the learner's work: it stays, whatever happens.
4. A file that was removed is copied again: that is how to get a fresh one.

So it is with a folder of somebody else's lessons, which gets a copy of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.cluster import share
from kubetutor.cluster.home import explained, make_private
from kubetutor.course import own
from kubetutor.errors import LessonError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kubetutor.cluster.home import Home

MANIFEST = ".kubetutor-lessons.json"
ENVIRONMENT = "pyvenv.cfg"  # what is beside it is a Python environment, and no lesson
MOST = 1000  # files of a folder of lessons: who names a whole home folder is told before it is copied


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """Relative paths. `kept` are edited files of which there is a newer version."""

    copy: tuple[str, ...]
    kept: tuple[str, ...]


def plan_copy(ours: Mapping[str, str], theirs: Mapping[str, str], copied: Mapping[str, str]) -> CopyPlan:
    """Decide by hashes: of our lessons, of the learner's files, and of the files when they were copied."""
    copy, kept = [], []
    for path, digest in ours.items():
        there = theirs.get(path)
        if there is None or (there == copied.get(path) and there != digest):
            copy.append(path)
        elif there not in {digest, copied.get(path)} and copied.get(path) != digest:
            kept.append(path)
    return CopyPlan(tuple(copy), tuple(kept))


def bring_up_to_date(target: Path, source: Path | None = None) -> CopyPlan:
    """Copy what is new or unedited. Answer what was done."""
    source = source or share.folder("lessons")
    make_private(target)
    with explained(target):
        ours, theirs, copied = hashes(source), hashes(target), _manifest(target)
        plan = plan_copy(ours, theirs, copied)
        for path in plan.copy:
            place = target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes((source / path).read_bytes())
        kept = {path: copied[path] for path in plan.kept if path in copied}
        _write_manifest(target, {**ours, **kept})
    return plan


def copied_in_words(target: Path, source: Path | None) -> list[str]:
    """Bring the copy up to date, and say what was done. Where both are one folder, its author works in it."""
    if source is not None and source.resolve() == target.resolve():
        return [f"No copy: JupyterLab works in {target} itself."]
    if source is not None and source.resolve() in target.resolve().parents:
        raise LessonError(
            f"The copy {target} would be inside of what is copied, {source}. Name a folder elsewhere with --folder."
        )
    plan = bring_up_to_date(target, source)
    return [
        f"Your copy of the lessons: {target} ({len(plan.copy)} files new or updated)",
        *(
            f"  kept as you edited it: {path} (there is a newer one; remove yours to get it)"
            for path in plan.kept
        ),
    ]


def hashes(folder: Path) -> dict[str, str]:
    """Map the relative path of each file below the folder to the SHA-256 of its bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(files_in(folder))
        if path.is_file()
    }


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the files of lessons: not the hidden ones, nor what Python keeps for itself."""
    for root, folders, names in os.walk(folder):
        if ENVIRONMENT in names:
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"]
        yield from (Path(root, name) for name in names if not name.startswith("."))


def own_folder(word: str) -> Path:
    """Find a folder of one's own lessons: by its path, or by the name under which an installed package offers it."""
    folder = Path(word).absolute()
    if not folder.is_dir():
        offered = own.packages()
        if word not in offered:
            names = ", ".join(offered) or "none"
            raise LessonError(f"There is no folder {folder}. Installed packages offer lessons as: {names}.")
        folder = offered[word]
    if not own.slugs_in(folder):
        raise LessonError(f"There is no lesson in {folder}: none of its files is called {own.PREFIX}NAME.py.")
    if sum(1 for _path in zip(files_in(folder), range(MOST + 1), strict=False)) > MOST:
        raise LessonError(
            f"{folder} holds more than {MOST} files, and all of them would be copied. Put the lessons into a folder of their own."
        )
    return folder


def place_for_copy(folder: Path, home: Home) -> Path:
    """Answer where the copy of a folder of one's own lessons is: two folders of the same name have two copies."""
    return home.path / "own-lessons" / f"{folder.name}-{hashlib.sha256(bytes(folder)).hexdigest()[:6]}"


def find(lesson: str) -> Path:
    """Find a lesson's notebook by path, by its slug or by its number: `04-deployments`, `deployments`, `04`, `4`."""
    path = Path(lesson)
    if path.is_file():
        return path
    if folder := own.folder_of(lesson):
        return own.notebook_path(lesson, folder)
    known = sorted(share.folder("lessons").glob("*.ipynb"))
    name = path.name.removesuffix(".ipynb")
    for candidate in known:
        number, _, slug = candidate.stem.partition("-")
        if name in {candidate.stem, slug, number, number.lstrip("0") or "0"}:
            return candidate
    names = ", ".join(candidate.stem for candidate in known) or "none"
    raise LessonError(f"There is no lesson {lesson!r}, neither as a file nor among ours ({names}).")


def _manifest(target: Path) -> dict[str, str]:
    try:
        document = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        return {}  # a damaged manifest only means that every file counts as the learner's work
    return document if isinstance(document, dict) else {}


def _write_manifest(target: Path, digests: Mapping[str, str]) -> None:
    temporary = target / f"{MANIFEST}.new"
    temporary.write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")
    temporary.replace(target / MANIFEST)
