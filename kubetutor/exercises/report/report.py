"""A learner's report: a chosen name, how far each exercise is, and whether a hand is raised. Nothing else is ever sent.

1. Times are seconds before the report was made: clocks of two machines need not agree.
2. It is always the whole state: a report that was lost is made good by the next one.
3. Whoever reads one trusts nothing in it: `parse` takes exactly this form, within these bounds, or refuses.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

from kubetutor.errors import ClassroomError

PASSED, TRYING = "passed", "trying"
FORM = 1  # the version of this form
LARGEST = 32 * 1024  # bytes of a report
MOST_EXERCISES = 150
LONGEST_NAME = 40  # characters
MOST_SECONDS = 366 * 86400
MOST_HINTS = 999
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
FIELDS = {"lesson", "exercise", "standing", "began", "changed", "hints"}


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise that the learner has begun. An exercise that is open is not in a report.

    `began` and `changed`: seconds since the first start, and since the latest check, hint or pass. `hints`: how many
    sentences of hints were shown.
    """

    lesson: str
    exercise: str
    standing: str
    began: int
    changed: int
    hints: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """All that is told. `hand`: seconds since it was raised; None: it is not."""

    name: str
    exercises: tuple[Exercise, ...] = ()
    hand: int | None = None

    def as_json(self) -> str:
        document = {
            "form": FORM,
            "name": self.name,
            "hand": self.hand,
            "exercises": [asdict(each) for each in self.exercises],
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def parse(data: bytes | str) -> Report:
    """Read a report that came from outside. Raise ClassroomError for anything that is not one."""
    raw = data.encode(errors="surrogatepass") if isinstance(data, str) else data
    if len(raw) > LARGEST:
        raise ClassroomError(f"A report has at most {LARGEST} bytes.")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ClassroomError("A report is JSON in UTF-8.") from error
    if not isinstance(document, dict) or document.keys() != {"form", "name", "hand", "exercises"}:
        raise ClassroomError("A report has form, name, hand and exercises, and nothing else.")
    if document["form"] != FORM:
        raise ClassroomError(f"This report has another form than {FORM}: kubetutor differs in version.")
    listed = document["exercises"]
    if not isinstance(listed, list) or len(listed) > MOST_EXERCISES:
        raise ClassroomError(f"A report lists at most {MOST_EXERCISES} exercises.")
    exercises = tuple(map(_exercise, listed))
    if len({(each.lesson, each.exercise) for each in exercises}) != len(exercises):
        raise ClassroomError("A report lists an exercise once.")
    hand = document["hand"]
    return Report(
        valid_name(document["name"]), exercises, None if hand is None else _number(hand, MOST_SECONDS)
    )


def valid_name(name: Any) -> str:
    """Answer a chosen name, in one line and without what cannot be seen. Raise ClassroomError where none is left."""
    if not isinstance(name, str):
        raise ClassroomError("A name is text.")
    seen = "".join(letter if unicodedata.category(letter)[0] not in "CZ" else " " for letter in name)
    plain = " ".join(seen.split())
    if not plain or len(plain) > LONGEST_NAME:
        raise ClassroomError(f"A name has 1 to {LONGEST_NAME} characters.")
    return plain


def _exercise(entry: Any) -> Exercise:
    if not isinstance(entry, dict) or entry.keys() != FIELDS:
        raise ClassroomError(f"An exercise in a report has exactly {', '.join(sorted(FIELDS))}.")
    if entry["standing"] not in (PASSED, TRYING):
        raise ClassroomError(f"An exercise in a report is {PASSED} or {TRYING}.")
    return Exercise(
        _slug(entry["lesson"]), _slug(entry["exercise"]), entry["standing"],
        began=_number(entry["began"], MOST_SECONDS),
        changed=_number(entry["changed"], MOST_SECONDS),
        hints=_number(entry["hints"], MOST_HINTS),
    )  # fmt: skip


def _slug(text: Any) -> str:
    if not isinstance(text, str) or not SLUG.fullmatch(text):
        raise ClassroomError("Lessons and exercises have names of small letters, digits and dashes.")
    return text


def _number(value: Any, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ClassroomError(f"Numbers in a report are whole, from 0 to {most}.")
    return value
