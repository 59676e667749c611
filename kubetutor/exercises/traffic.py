"""Requests through a service, counted: how many got an answer, from whom, and how long nobody answered."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kubetutor.exercises import display

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TIMEOUT = 2.0  # seconds for one request
PAUSE = 0.02  # seconds between two requests: about 50 a second
AT_ONCE = int(TIMEOUT / PAUSE)  # requests on their way when none is answered
REMEMBERED = 50  # newest answers


@dataclass(frozen=True, slots=True)
class Answer:
    """One request's outcome. `error` is empty when an answer came."""

    version: str = ""
    pod: str = ""
    node: str = ""
    error: str = ""

    @property
    def is_lost(self) -> bool:
        return bool(self.error)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was measured. `longest_silence` is the longest time in seconds in which requests got lost and none was answered."""

    sent: int = 0
    lost: int = 0
    longest_silence: float = 0.0
    newest: tuple[Answer, ...] = ()
    errors: tuple[tuple[str, int], ...] = ()


def ask_once(url: str) -> Answer:
    """Send one request on a connection of its own, so that the service chooses a pod anew."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT)
    try:
        connection.request(
            "GET",
            f"{parts.path.rstrip('/')}/?json",
            headers={"Accept": "application/json", "Connection": "close"},
        )
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            return Answer(error=f"HTTP {response.status}")
        who = json.loads(body)
        return Answer(str(who["version"]), str(who["pod"]), str(who.get("node", "")))
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        return Answer(error=type(error).__name__)
    finally:
        connection.close()


class Traffic:
    """Asks at a steady pace, and keeps count. `ask` and `clock` are passed in.

    No request waits for another: one that hangs, on its way to a pod that is gone, is no silence while others are answered.
    """

    def __init__(
        self, ask: Callable[[], Answer], *, pause: float = PAUSE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask, self._pause, self._clock = ask, pause, clock
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._sent = self._lost = 0
        self._newest: deque[Answer] = deque(maxlen=REMEMBERED)
        self._errors: Counter[str] = Counter()
        self._last_answer = clock()
        self._silence = 0.0
        self._is_silent = False  # something got lost since the last answer
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)

    def start(self) -> None:
        self._last_answer = self._clock()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def tally(self) -> Tally:
        with self._lock:
            if self._is_silent and not self._stopped.is_set():
                self._silence = max(self._silence, self._clock() - self._last_answer)
            return Tally(
                self._sent,
                self._lost,
                self._silence,
                tuple(self._newest),
                tuple(self._errors.most_common()),
            )

    def _run(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="request") as askers:
            while not self._stopped.wait(self._pause):
                asking = askers.submit(lambda: self.count(self._ask()))
                asking.add_done_callback(lambda done: done.result())  # logs an error that is ours

    def count(self, answer: Answer) -> None:
        with self._lock:
            if self._stopped.is_set():
                return  # it was on its way when the measuring ended
            self._sent += 1
            self._newest.append(answer)
            self._is_silent = self._is_silent or answer.is_lost
            now = self._clock()
            if self._is_silent:  # else this machine was too busy to ask, or an answer was slow
                self._silence = max(self._silence, now - self._last_answer)
            if answer.is_lost:
                self._lost += 1
                self._errors[answer.error] += 1
            else:
                self._last_answer, self._is_silent = now, False


@dataclass(frozen=True, slots=True)
class Answers:
    """Some requests and who answered them, for a notebook cell."""

    url: str
    answers: Sequence[Answer]

    @property
    def lost(self) -> int:
        return sum(answer.is_lost for answer in self.answers)

    @property
    def versions(self) -> dict[str, int]:
        return dict(sorted(Counter(answer.version for answer in self.answers if not answer.is_lost).items()))

    @property
    def pods(self) -> dict[str, int]:
        return dict(sorted(Counter(answer.pod for answer in self.answers if not answer.is_lost).items()))

    def __str__(self) -> str:
        return display.text_card(self._title, self._rows)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return display.html_card(self._title, self._rows, tone="warn" if self.lost else "good")

    @property
    def _title(self) -> str:
        return f"{len(self.answers)} requests to {self.url}: {self.lost} lost"

    @property
    def _rows(self) -> list[tuple[str, str]]:
        who = Counter(
            (answer.pod, answer.version, answer.node) for answer in self.answers if not answer.is_lost
        )
        rows = [
            (_times(count), f"version {version} from {pod} on {node}")
            for (pod, version, node), count in sorted(who.items())
        ]
        errors = Counter(answer.error for answer in self.answers if answer.is_lost)
        return rows + [(_times(count), f"no answer: {error}") for error, count in errors.most_common()]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
