"""Every link leads somewhere: to a file beside the lesson, to a heading, or, asked with `--online`, to a page."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from kubetutor.course import catalogue
from kubetutor.lab.check.notebook import headings, links, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kubetutor.lab.check.notebook import Notebook

WEB = ("http://", "https://")
SECONDS = 15.0


def troubles(notebook: Notebook) -> Iterator[str]:
    """Answer the dead links within the lessons. A lesson of the course that is not written yet is no dead link."""
    for target in links(notebook):
        if target.startswith((*WEB, "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = notebook.path.parent / name if name else notebook.path
        if not path.exists():
            if not _is_planned(path):
                yield f"the link to {target} is dead: there is no {name}"
        elif anchor and path.suffix == ".ipynb" and anchor not in anchors(path, notebook):
            yield f"the link to {target} is dead: no heading there makes the anchor {anchor}"


def anchors(path: Path, notebook: Notebook) -> set[str]:
    """Answer a notebook's anchors as JupyterLab makes them: a heading's text, with `-` for each space."""
    there = notebook if path == notebook.path else read(path)
    return {title.replace("`", "").replace("*", "").strip().replace(" ", "-") for title in headings(there)}


def pages(notebook: Notebook) -> tuple[str, ...]:
    """Answer the pages of the web that the lesson links to."""
    return tuple(target for target in links(notebook) if target.startswith(WEB))


def trouble_online(page: str) -> str:
    """Ask for a page; answer what is wrong with it, or nothing."""
    request = urllib.request.Request(page, headers={"User-Agent": "kubetutor check-course"})  # noqa: S310  # WEB only
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310  # as above
            return ""
    except (OSError, ValueError) as error:
        reason = f"HTTP {error.code}" if isinstance(error, urllib.error.HTTPError) else str(error)
        return f"the link to {page} is dead: {reason}"


def _is_planned(path: Path) -> bool:
    """Say whether this is the notebook of a lesson that the course has a place for, and nobody has written."""
    missing = set(catalogue.ORDER) - set(catalogue.slugs())
    return path.name in {f"{catalogue.stem(slug)}.ipynb" for slug in missing}
