"""Sends a learner's report, beside the lesson and never in its way.

1. `wake` returns at once. Who has not joined a class has no thread, and nothing is sent.
2. A thread of its own makes the report from the progress file and sends it. When that fails it waits and tries again, longer
   each time; being woken, it tries at once.
3. A report is the whole state, so the one that arrives makes good those that did not.
4. Between reading the progress and the answer it holds the membership's lock: an older report never overtakes a newer one.
5. What became of it stands in the membership, where the progress view says it. A lesson is not interrupted.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from kubetutor.errors import KubetutorError
from kubetutor.exercises import progress
from kubetutor.exercises.report import in_cluster, membership, to_receiver
from kubetutor.exercises.report.collect import report_of

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.exercises.report.membership import Membership
    from kubetutor.exercises.report.report import Report

FIRST_WAIT, LAST_WAIT = 2.0, 60.0  # seconds between two attempts, doubled each time
LOG = logging.getLogger(__name__)


class Way(Protocol):
    """How a report travels: a module with these two functions. They raise KubetutorError."""

    def deliver(self, member: Membership, report: Report) -> None:
        """Have it stored where the instructor looks."""

    def withdraw(self, member: Membership) -> None:
        """Have it forgotten there."""


class Sender:
    """One per notebook. `waits`: the seconds of the first and the last wait between attempts."""

    def __init__(
        self, file: Path | None = None, *, waits: tuple[float, float] = (FIRST_WAIT, LAST_WAIT)
    ) -> None:
        self._file, self._waits = file or membership.path(), waits
        self._news = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Something changed. Answers at once."""
        if not self._file.exists():
            return
        with self._guard:
            self._news.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="kubetutor-report", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        wait, last = self._waits
        while True:
            self._news.clear()
            if is_sent(self._file):
                with self._guard:
                    if not self._news.is_set():
                        self._thread = None
                        return
                wait = self._waits[0]
            elif self._news.wait(wait):
                wait = self._waits[0]
            else:
                wait = min(2 * wait, last)


def is_sent(file: Path | None = None) -> bool:
    """Send now. Answer whether nothing is left to send; what went wrong is in the membership. Raises nothing."""
    try:
        member = send(file)
    except (KubetutorError, OSError) as error:  # the lock, or the state folder
        LOG.info("the report was not sent: %s", error)
        return False
    except Exception:  # a mistake of ours must not be tried for ever, nor end in the learner's notebook
        LOG.exception("the report could not be made")
        return True
    return member is None or not member.trouble


def send(file: Path | None = None) -> Membership | None:
    """Send now, and answer the membership with what became of it; None for who has not joined."""
    file = file or membership.path()
    with membership.alone(file):
        member = membership.read(file)
        if member is None:
            return None
        kept = progress.read(file.with_name(progress.FILE))
        report = report_of(kept, member, time.time())
        try:
            _way_of(member).deliver(member, report)
            member = replace(member, delivered=progress.now(), trouble="")
        except KubetutorError as error:
            member = replace(member, trouble=str(error))
        membership.keep(member, file)
        return member


def raise_hand(up: bool, file: Path | None = None) -> Membership | None:
    """Raise the hand, or lower it; None for who has not joined. It is not sent yet."""
    with membership.alone(file):
        member = membership.read(file)
        if member is not None:
            member = replace(member, hand=(member.hand or progress.now()) if up else "")
            membership.keep(member, file)
        return member


def enter(member: Membership, file: Path | None = None) -> None:
    """Keep the class that was joined; the one before, if it is another, is left."""
    with membership.alone(file):
        before = membership.read(file)
        if before is not None and (before.place, before.token) != (member.place, member.token):
            with contextlib.suppress(KubetutorError):  # that class may be long over
                _way_of(before).withdraw(before)
        membership.keep(member, file)


def leave(file: Path | None = None) -> tuple[Membership | None, str]:
    """Leave the class: forget it here in any case, and there if it can be told. Answer what was left, and what went wrong."""
    with membership.alone(file):
        member = membership.read(file)
        membership.keep(None, file)
        if member is None:
            return None, ""
        try:
            _way_of(member).withdraw(member)
        except KubetutorError as error:
            return member, str(error)
        return member, ""


def _way_of(member: Membership) -> Way:
    return to_receiver if member.address else in_cluster
