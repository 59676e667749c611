"""The form of a cron schedule: five fields, or a word like `@daily`.

Models: github.com/robfig/cron/v3 parser.go.
"""

from __future__ import annotations

import re

_DESCRIPTORS = {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_DAYS = {name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}), (0, 23, {}), (1, 31, {}), (1, 12, _MONTHS), (0, 6, _DAYS),
)  # fmt: skip
_DURATION = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|ms|s|m|h))+")


def schedule_complaint(schedule: str) -> str | None:
    """Say what keeps a text from being a schedule, or answer None."""
    schedule = _without_zone(schedule)
    if not schedule:
        return "empty spec string"
    if schedule.startswith("@"):
        return _descriptor_complaint(schedule)
    fields = schedule.split()
    if len(fields) != len(FIELDS):
        return f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]"
    complaints = (
        _part_complaint(part, bounds)
        for text, bounds in zip(fields, FIELDS, strict=True)
        for part in text.split(",")
        if part
    )
    return next((complaint for complaint in complaints if complaint), None)


def _without_zone(schedule: str) -> str:
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        return schedule.partition(" ")[2].strip()
    return schedule


def _descriptor_complaint(text: str) -> str | None:
    if text in _DESCRIPTORS:
        return None
    if text.startswith("@every "):
        duration = text.removeprefix("@every ")
        if _DURATION.fullmatch(duration):
            return None
        return f'failed to parse duration {text}: time: invalid duration "{duration}"'
    return f"unrecognized descriptor: {text}"


def _part_complaint(part: str, bounds: tuple[int, int, dict[str, int]]) -> str | None:
    least, most, names = bounds
    spans = part.split("/")
    ends = spans[0].split("-")
    numbers: list[int] = []
    for text in () if ends[0] in {"*", "?"} else ends[:2]:
        number, complaint = _number(text, names)
        if complaint:
            return complaint
        numbers.append(number)
    start, end = (numbers[0], numbers[-1]) if numbers else (least, most)
    if len(ends) > 2:
        return f"too many hyphens: {part}"
    step = 1
    if len(spans) > 1:
        step, complaint = _number(spans[1], {})
        if complaint:
            return complaint
        end = most if len(ends) == 1 else end
    checks = (
        (len(spans) > 2, f"too many slashes: {part}"),
        (start < least, f"beginning of range ({start}) below minimum ({least}): {part}"),
        (end > most, f"end of range ({end}) above maximum ({most}): {part}"),
        (start > end, f"beginning of range ({start}) beyond end of range ({end}): {part}"),
        (step == 0, f"step of range should be a positive number: {part}"),
    )
    return next((words for is_wrong, words in checks if is_wrong), None)


def _number(text: str, names: dict[str, int]) -> tuple[int, str | None]:
    if text.lower() in names:
        return names[text.lower()], None
    if re.fullmatch("[+-]?[0-9]{1,18}", text, re.ASCII) is None:
        return 0, f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax'
    number = int(text)
    return (number, None) if number >= 0 else (0, f"negative number ({number}) not allowed: {text}")


def number_in(text: str, names: dict[str, int]) -> int:
    """Answer the number that a well-formed part of a field stands for."""
    return _number(text, names)[0]
