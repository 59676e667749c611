"""Writes down what the embedded cluster does not model, in NOT_MODELLED.md: `python -m kubetutor.embedded.not_modelled`.

Four tables, none of them typed twice: what is simpler here or left out, kinds that are stored and that nothing acts on,
what the heads of the source files say, and the waits that are shorter here. A test compares the file with the code.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.api.kinds import KINDS, Kind
from kubetutor.embedded.simplifications import NOT_MODELLED
from kubetutor.embedded.timings import CLASSROOM, differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = Path(__file__).parent
FILE = FOLDER / "NOT_MODELLED.md"
ACTORS = ("controllers", "scheduler", "kubelet", "network")  # the folders of those who act on what is stored
ADMISSION = ("admission.py", "authorization.py", "quota.py", "limit_ranges.py", "event_expiry.py")
ASKED = ("tokenreviews", "reviews", "bindings", "componentstatuses")  # answered at once; nothing is stored
MARK = "Unlike upstream: "


def render() -> str:
    """Answer the whole document."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "# What is not modelled, with the real thing beside it\n"
    yield "Made from the code by `python -m kubetutor.embedded.not_modelled`; a test compares the two.\n"
    yield "## What is simpler, or left out\n"
    yield from _table(("what", "here", "on a real cluster"), NOT_MODELLED)
    yield "\n## Kinds that are served, checked and stored, and that nothing acts on\n"
    yield from _table(("kind", "API"), ((kind.kind, kind.api_version) for kind in _idle_kinds()))
    yield "\n## What the source says\n"
    yield from _table(("where", "unlike upstream"), _remarks())
    yield "\n## Waits that are shorter, unless `--timings real` is given\n"
    rows = (
        (name, f"{here:g} s", f"{real:g} s", f"{times:.3g}")
        for name, here, real, times in differences(CLASSROOM)
    )
    yield from _table(("what", "here", "upstream's default", "times faster"), rows)
    yield ""


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        cells = (cell.replace("|", "\\|") for cell in row)
        yield f"| {' | '.join(cells)} |"


def _idle_kinds() -> Iterator[Kind]:
    """Find the kinds whose resource no actor names."""
    files = [file for folder in ACTORS for file in sorted((FOLDER / folder).rglob("*.py"))]
    files += [FOLDER / "apiserver" / name for name in ADMISSION if (FOLDER / "apiserver" / name).exists()]
    named = {
        text for file in files for text in re.findall(r'"([a-z0-9.]+)"', file.read_text(encoding="utf-8"))
    }
    for kind in KINDS:
        if kind.resource not in named and not kind.plural.endswith(ASKED):
            yield kind


def _remarks() -> Iterator[tuple[str, str]]:
    """Collect the sentences after `Unlike upstream:` from the docstrings."""
    for file in sorted(FOLDER.rglob("*.py")):
        if file.name == Path(__file__).name:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                for text in _remarks_in(ast.get_docstring(node) or ""):
                    yield f"`{file.relative_to(FOLDER)}`", text


def _remarks_in(docstring: str) -> Iterator[str]:
    _, *parts = docstring.split(MARK)
    for part in parts:
        paragraph = re.split(r"\n\s*\n|\n?Models: ", part, maxsplit=1)[0]
        yield " ".join(paragraph.split())


if __name__ == "__main__":
    FILE.write_text(render(), encoding="utf-8")
