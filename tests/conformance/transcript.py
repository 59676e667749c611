"""A scenario as plain text: what was typed, what was answered. The corpus is a folder of them.

# Prose for the reader.
$ kubectl get pods ghost             a command line, run by bash
! Error from server (NotFound): ...  a line of standard error; lines without a mark are standard output
= 1                                  the exit code, always the last line of an answer
until: kubectl wait ...              repeated until it succeeds; what it says is not recorded
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND, UNTIL, PROSE = "$ ", "until: ", "#"
NO_NEWLINE = "\\ no newline at the end"
MARKED = re.compile(r"(?=[$#!=\\]|until: )")  # output that looks like one of our marks gets a backslash


@dataclass(frozen=True)
class Answer:
    """What a command line said. Both outputs are normalised already."""

    out: str = ""
    err: str = ""
    code: int = 0

    def __str__(self) -> str:
        out, err = _lines(self.out), _lines(self.err)
        said = [f"\\{line}" if MARKED.match(line) else line for line in out]
        return "\n".join(
            [*said, *_end(self.out), *(f"! {line}" for line in err), *_end(self.err, "! "), f"= {self.code}"]
        )


@dataclass(frozen=True)
class Line:
    """One entry of a transcript: prose (with blank lines), a wait, or a command and its answer."""

    text: str
    answer: Answer | None = None

    @property
    def command(self) -> str | None:
        return self.text.removeprefix(COMMAND) if self.text.startswith(COMMAND) else None

    @property
    def condition(self) -> str | None:
        return self.text.removeprefix(UNTIL) if self.text.startswith(UNTIL) else None

    def answered(self, answer: Answer) -> Line:
        return replace(self, answer=answer)


def parse(text: str) -> list[Line]:
    """Read a transcript; a command that has no answer yet gets none."""
    rest = iter(text.splitlines())
    found: list[Line] = []
    for line in rest:
        if found and found[-1].command is not None and found[-1].answer is None and _begins_nothing(line):
            found[-1] = found[-1].answered(_read_answer(line, rest))
        else:
            found.append(Line(line))
    return found


def write(lines: list[Line]) -> str:
    return "".join(f"{line.text}\n" + (f"{line.answer}\n" if line.answer else "") for line in lines)


def _begins_nothing(line: str) -> bool:
    """Tell whether a line after a command belongs to its answer."""
    return not line.startswith((COMMAND, UNTIL, PROSE))


def _read_answer(first: str, rest: Iterator[str]) -> Answer:
    out: list[str] = []
    err: list[str] = []
    line = first
    while not (end := re.fullmatch(r"= (\d+)", line)):
        if line.startswith("!"):
            err.append(re.sub("^! ?", "", line))
        else:
            out.append(line if line == NO_NEWLINE else line.removeprefix("\\"))
        if (following := next(rest, None)) is None:
            raise ValueError(f"An answer has no end, as `= 0` would be. Its last line: {line!r}")
        line = following
    return Answer(_text(out), _text(err), int(end[1]))


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _end(text: str, mark: str = "") -> list[str]:
    return [mark + NO_NEWLINE] if text and not text.endswith("\n") else []


def _text(lines: list[str]) -> str:
    text = "".join(f"{line}\n" for line in lines)
    return text.removesuffix(f"\n{NO_NEWLINE}\n")
