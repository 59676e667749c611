"""load: asks a service at a steady pace, and reports what came of it: one JSON line per interval on its standard output.

1. A request goes out on a connection of its own when it is due, whatever became of those before it. So the service
   chooses a pod anew each time, and a request that hangs holds up no other.
2. It is answered when a whole answer with a status below 400 has come; lost when anything else happens, or nothing
   within TIMEOUT.
3. Every INTERVAL a line is printed. The first answer of all ends its interval at once, so that nobody waits for it; what
   else is on its way then is forgotten, since it began before anybody answered.
4. The rate is read anew with each line, from a file that the pod's annotation appears in.

It runs on the standard library alone, with one thread. The pod's command holds this text, so a dollar sign may not
stand before a bracket in it: Kubernetes would look for a variable. From its surroundings:
TARGET       host:port, by number
PATH_ASKED   by default /?json
/settings/rate   requests a second, by default 50; where volumes cannot be mounted, below $KUBETUTOR_VOLUMES
"""

from __future__ import annotations

import errno
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections import deque

INTERVAL = 0.5  # seconds
TIMEOUT = 2.0  # seconds for one request
DEFAULT_RATE, MOST = 50.0, 400.0  # requests a second
KEPT = 65536  # bytes of an answer
STALL = 0.1  # seconds: a turn of the loop that takes so much longer than planned was none of its own doing
BEHIND = 0.1  # seconds: whoever was kept from asking for longer does not catch up
WORDS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EPIPE: "connection reset",
    errno.EHOSTUNREACH: "no way to the address",
    errno.ENETUNREACH: "no way to the address",
    errno.ETIMEDOUT: "no connection",
}
NO_ANSWER, CUT_OFF = "no answer within 2 s", "closed without a whole answer"


class Counts:
    """Keeps count. Moments are seconds of a steady clock; only the lines have the time of day."""

    def __init__(self, now: float, today: float) -> None:
        self.run, self.number = f"{today:.3f}", 0
        self.start, self.began = today, now
        self.last_answer, self.is_silent, self.longest = now, False, 0.0
        self.has_answer = self.has_first_answer = False  # of all; of all, in this interval
        self._clear()

    def _clear(self) -> None:
        self.sent = self.answered = self.lost = 0
        self.silence = 0.0
        self.errors: dict[str, int] = {}
        self.latencies: list[float] = []
        self.sources: dict[tuple[str, str, str], int] = {}

    def answer(self, now: float, seconds: float, source: tuple[str, str, str]) -> None:
        self._measure_silence(now)
        self.answered += 1
        self.latencies.append(seconds * 1000)
        self.sources[source] = self.sources.get(source, 0) + 1
        self.last_answer, self.is_silent = now, False
        self.has_first_answer = self.has_first_answer or not self.has_answer
        self.has_answer = True

    def loss(self, now: float, words: str) -> None:
        self.is_silent = True
        self._measure_silence(now)
        self.lost += 1
        self.errors[words] = self.errors.get(words, 0) + 1

    def _measure_silence(self, now: float) -> None:
        """Without a loss it is none: an answer was slow, or this machine was too busy to ask."""
        if self.is_silent:
            self.silence = max(self.silence, now - self.last_answer)
            self.longest = max(self.longest, self.silence)

    def report(
        self, now: float, today: float, *, rate: float, waiting: int, oldest: float = 0.0
    ) -> dict[str, object]:
        """Close the interval and answer its line."""
        self._measure_silence(now)
        line: dict[str, object] = {
            "run": self.run, "number": self.number, "start": round(self.start, 3), "end": round(today, 3),
            "rate": rate, "sent": self.sent, "answered": self.answered, "lost": self.lost, "waiting": waiting,
            "oldest": round(oldest, 3),
            "errors": sorted(self.errors.items(), key=lambda entry: -entry[1]),
            "latency_ms": percentiles(self.latencies),
            "answers": [[*source, times] for source, times in sorted(self.sources.items())],
            "silence": round(self.silence, 3), "longest_silence": round(self.longest, 3),
        }  # fmt: skip
        self.number, self.start, self.has_first_answer = self.number + 1, today, False
        self._clear()
        return line


def percentiles(latencies: list[float]) -> dict[str, float] | None:
    """Answer the median, the 95th percentile and the greatest, each one that was measured."""
    if not latencies:
        return None
    ordered = sorted(latencies)
    last = len(ordered) - 1
    places = {"p50": last // 2, "p95": round(last * 0.95), "max": last}
    return {name: round(ordered[place], 2) for name, place in places.items()}


class Request:
    """One request on its way."""

    __slots__ = ("began", "got", "is_over", "sock")

    def __init__(self, sock: socket.socket, began: float) -> None:
        self.sock, self.began = sock, began
        self.got = bytearray()
        self.is_over = False


class Watch:
    """A clock that stands still while this program is kept from running: that is no silence of the service."""

    def __init__(self) -> None:
        self._missed = 0.0

    def now(self) -> float:
        return time.monotonic() - self._missed

    def leave_out(self, began: float, planned: float) -> None:
        """Take out what a turn took longer than planned, if it is much; then nobody looked whether answers came."""
        late = self.now() - began - planned
        if late > STALL:
            self._missed += late


class Asker:
    """Sends requests when they are due, and follows all of them in one loop."""

    def __init__(self, target: str, path: str) -> None:
        host, _, port = target.rpartition(":")
        self._address = (host.strip("[]"), int(port))
        self._family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        lines = (f"GET {path} HTTP/1.1", f"Host: {target}", "Accept: application/json", "Connection: close")
        self._words = "\r\n".join((*lines, "", "")).encode()
        self._selector = selectors.DefaultSelector()
        self._on_their_way: deque[Request] = deque()  # the oldest first
        self.waiting = 0
        self.watch = Watch()
        now = self.watch.now()
        self.counts = Counts(now, time.time())
        self.rate = read_rate(DEFAULT_RATE)
        self._due, self._next_report = now, now + INTERVAL

    def run(self) -> None:
        """Ask for ever."""
        while True:
            began = self.watch.now()
            pause = max(0.0, self._next_moment() - began)
            ready = self._selector.select(pause)
            self.watch.leave_out(began, pause)
            began = self.watch.now()
            for key, _ in ready:
                self._go_on(key.data)
            self.watch.leave_out(began, 0.0)
            now = self.watch.now()
            self._give_up(now)
            if self.counts.has_first_answer:
                self._forget()
            self._send_due(now)
            if now >= self._next_report or self.counts.has_first_answer:
                self.report(now)

    def report(self, now: float) -> None:
        oldest = max((now - each.began for each in self._on_their_way if not each.is_over), default=0.0)
        line = self.counts.report(now, time.time(), rate=self.rate, waiting=self.waiting, oldest=oldest)
        print(json.dumps(line, separators=(",", ":")), flush=True)
        is_early = now < self._next_report
        self._next_report = (
            now + INTERVAL if is_early else max(self._next_report, now - INTERVAL / 2) + INTERVAL
        )
        rate = read_rate(self.rate)
        if rate != self.rate:
            self.rate, self._due = rate, now

    def _next_moment(self) -> float:
        moments = [self._next_report]
        if self.rate:
            moments.append(self._due)
        if self._on_their_way:
            moments.append(self._on_their_way[0].began + TIMEOUT)
        return min(moments)

    def _send_due(self, now: float) -> None:
        if now - self._due > BEHIND:
            self._due = now
        while self.rate and self._due <= now:
            self._due += 1 / self.rate
            self._begin(now)

    def _begin(self, now: float) -> None:
        self.counts.sent += 1
        try:
            sock = socket.socket(self._family, socket.SOCK_STREAM)
        except OSError as error:
            self.counts.loss(now, words_for(error.errno))
            return
        sock.setblocking(False)
        request = Request(sock, now)
        self.waiting += 1
        code = sock.connect_ex(self._address)
        if code in {0, errno.EINPROGRESS}:
            self._selector.register(sock, selectors.EVENT_WRITE, request)
            self._on_their_way.append(request)
        else:
            self._end(request, words_for(code))

    def _go_on(self, request: Request) -> None:
        """Say what we want once the connection stands, then take what comes."""
        try:
            if self._selector.get_key(request.sock).events == selectors.EVENT_WRITE:
                code = request.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code:
                    self._end(request, words_for(code))
                    return
                request.sock.send(self._words)  # so few bytes always fit
                self._selector.modify(request.sock, selectors.EVENT_READ, request)
                return
            data = request.sock.recv(KEPT)
        except OSError as error:
            self._end(request, words_for(error.errno))
            return
        if len(request.got) < KEPT:
            request.got += data
        if not data or is_whole(request.got):
            self._take(request)

    def _take(self, request: Request) -> None:
        status, body = parts_of(bytes(request.got))
        if not status:
            self._end(request, CUT_OFF)
        elif status >= 400:
            self._end(request, f"HTTP {status}")
        else:
            now = self.watch.now()
            self.counts.answer(now, now - request.began, source_of(body))
            self._end(request)

    def _give_up(self, now: float) -> None:
        """Count as lost what has waited for too long."""
        queue = self._on_their_way
        while queue and (queue[0].is_over or now - queue[0].began >= TIMEOUT):
            request = queue.popleft()
            if not request.is_over:
                self._end(request, NO_ANSWER)

    def _forget(self) -> None:
        for request in self._on_their_way:
            if not request.is_over:
                self._end(request)

    def _end(self, request: Request, words: str = "") -> None:
        if words:
            self.counts.loss(self.watch.now(), words)
        if request.sock in self._selector.get_map():
            self._selector.unregister(request.sock)
        request.sock.close()
        request.is_over = True
        self.waiting -= 1


def words_for(code: int | None) -> str:
    return WORDS.get(code or 0) or os.strerror(code or 0).lower()


def is_whole(got: bytearray) -> bool:
    """Say whether all that was announced has come; what announces no length ends with its connection."""
    head, end, body = bytes(got).partition(b"\r\n\r\n")
    if not end:
        return False
    for line in head.lower().split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name == b"content-length" and value.strip().isdigit():
            return len(body) >= min(int(value), KEPT // 2)
    return False


def parts_of(got: bytes) -> tuple[int, bytes]:
    """Answer status and body; status 0 for what is no whole answer."""
    head, end, body = got.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if not end or not head.startswith(b"HTTP/") or len(words) < 2 or not words[1].isdigit():
        return 0, b""
    announced = b"\r\ncontent-length:" in head.lower()
    return (0, b"") if announced and not is_whole(bytearray(got)) else (int(words[1]), body)


def source_of(body: bytes) -> tuple[str, str, str]:
    """Answer (pod, version, node), as far as the answer names them."""
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        return "", "", ""
    pod, version, node = (str(said.get(name) or "") for name in ("pod", "version", "node"))
    return pod, version, "" if node == "unknown" else node


def read_rate(otherwise: float) -> float:
    """Answer the rate that the pod's annotation asks for, within bounds; nonsense changes nothing."""
    path = os.environ.get("KUBETUTOR_VOLUMES", "") + "/settings/rate"
    try:
        with open(path, encoding="ascii") as file:  # noqa: PTH123  # pathlib would take longer to import than all else
            rate = float(file.read())
    except (OSError, ValueError):
        return otherwise
    return min(max(rate, 0.0), MOST) if rate == rate else otherwise  # noqa: PLR0124  # NaN is not itself


def main(_arguments: list[str]) -> int:
    """Run the program; answer its exit code."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    asker = Asker(os.environ["TARGET"], os.environ.get("PATH_ASKED") or "/?json")
    try:
        asker.run()
    finally:
        asker.report(asker.watch.now())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
