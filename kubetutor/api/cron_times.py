"""When a cron schedule is due: the moments that its five fields name, in a time zone.

Where both the day of the month and the day of the week are restricted, one of them is enough, as cron has it. An hour
that the clocks skip is skipped; one that they repeat counts twice.
Models: github.com/robfig/cron/v3 spec.go, parser.go, constantdelay.go.
"""

from __future__ import annotations

import datetime as dt
import itertools
import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.cron_schedule import FIELDS, number_in

if TYPE_CHECKING:
    from collections.abc import Iterator

DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
WINDOWS = tuple(dt.timedelta(hours=hours) for hours in (1, 25, 24 * 8, 24 * 32, 24 * 367))
LONGEST_SEARCH = 5 * 366  # days, as upstream's; 29 February comes every four years


@dataclass(frozen=True, slots=True)
class Every:
    """A schedule that is due again and again, so long after the last time."""

    delay: dt.timedelta

    def after(self, moment: dt.datetime) -> Iterator[dt.datetime]:
        """Answer the moments after this one, in order."""
        moment = moment.replace(microsecond=0)
        return (moment + self.delay * count for count in itertools.count(1))

    def latest(self, since: dt.datetime, now: dt.datetime) -> dt.datetime | None:
        """Answer the last moment after `since` and not after `now`."""
        since = since.replace(microsecond=0)
        count = (now - since) // self.delay
        return since + self.delay * count if count > 0 else None


@dataclass(frozen=True, slots=True)
class Fields:
    """A schedule of five fields, each as the numbers that it names. A star is kept apart: it restricts nothing."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    has_star: bool
    zone: dt.tzinfo

    def after(self, moment: dt.datetime) -> Iterator[dt.datetime]:
        """Answer the moments after this one, in order; none if the fields can never meet."""
        day, last = moment.astimezone(self.zone).date(), moment
        searched = 0
        while searched <= LONGEST_SEARCH:
            for found in self._of_day(day) if self._has_day(day) else ():
                if found > last:
                    last, searched = found, 0
                    yield found
            day += DAY
            searched += 1

    def latest(self, since: dt.datetime, now: dt.datetime) -> dt.datetime | None:
        """Answer the last moment after `since` and not after `now`: look at a short time first, then at longer ones."""
        for start in (*(now - window for window in WINDOWS if now - window > since), since):
            *_, last = None, *itertools.takewhile(lambda moment: moment <= now, self.after(start))
            if last is not None:
                return last
        return None

    def _has_day(self, day: dt.date) -> bool:
        if day.month not in self.months:
            return False
        checks = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return all(checks) if self.has_star else any(checks)

    def _of_day(self, day: dt.date) -> Iterator[dt.datetime]:
        hour = dt.datetime.combine(day, dt.time(), self.zone).astimezone(dt.UTC)
        while (local := hour.astimezone(self.zone)).date() <= day:
            if local.date() == day and local.hour in self.hours:
                for minute in sorted(self.minutes):
                    yield hour + dt.timedelta(minutes=minute)
            hour += HOUR


def parse(schedule: str, zone: str | None = None) -> Every | Fields:
    """Read a schedule that is known to be well-formed. Without a zone it is meant in UTC."""
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        prefix, _, schedule = schedule.partition(" ")
        zone = prefix.partition("=")[2]
    if schedule.startswith("@every "):
        return Every(_delay(schedule.removeprefix("@every ")))
    texts = DESCRIPTORS.get(schedule.strip(), schedule).split()
    minutes, hours, days, months, weekdays = (
        _numbers(text, bounds) for text, bounds in zip(texts, FIELDS, strict=True)
    )
    return Fields(
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=weekdays,
        has_star=any(_is_star(part) for text in (texts[2], texts[4]) for part in text.split(",")),
        zone=zoneinfo.ZoneInfo(zone) if zone else dt.UTC,
    )


def _is_star(part: str) -> bool:
    span, _, step = part.partition("/")
    return span in {"*", "?"} and step in {"", "1"}


def _numbers(text: str, bounds: tuple[int, int, dict[str, int]]) -> frozenset[int]:
    least, most, names = bounds
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if first in {"*", "?"}:
            start, end = least, most
        else:
            start = number_in(first, names)
            end = number_in(last, names) if dash else (most if slash else start)
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _delay(text: str) -> dt.timedelta:
    """Read a duration as Go writes it, in whole seconds, one at the least."""
    seconds, digits, letters = 0.0, "", ""
    for letter in [*text.lstrip("+"), "0"]:
        if letters and (letter.isdigit() or letter == "."):
            seconds += float(digits) * UNITS[letters]
            digits = letters = ""
        if letter.isdigit() or letter == ".":
            digits += letter
        else:
            letters += letter
    return dt.timedelta(seconds=max(1, int(seconds)))
