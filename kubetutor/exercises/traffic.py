"""A few requests from the learner's own machine through a service, and who answered them.

What an exercise is judged by is asked from inside the cluster: `kubetutor/cluster/load`.
"""

from __future__ import annotations

import http.client
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kubetutor.exercises import display

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT = 2.0  # seconds for one request


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
