"""Container logs: written as lines with a time, as container runtimes do, and read back as kubectl asks.

A line on disk is `<time> stdout F text`; P in place of F marks a part whose line goes on.
Models: k8s.io/cri-client/pkg/logs, pkg/kubelet/kubelet_pods.go (validateContainerLogStatus).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from typing import TYPE_CHECKING

from kubetutor.embedded.clock import parse_timestamp
from kubetutor.embedded.kubelet.pod_status import statuses
from kubetutor.embedded.node_api import STDOUT, LogOptions
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from kubetutor.api.objects import Object
    from kubetutor.embedded.clock import Clock

log = logging.getLogger(__name__)

MOST_BYTES = 10 * 1024 * 1024  # upstream's containerLogMaxSize; one older file is kept beside
LONGEST_LINE = 16 * 1024
CHUNK = 64 * 1024


class ContainerLog:
    """The log of one run of a container. Bounded: a full file is set aside, the one before it removed."""

    def __init__(self, path: Path, clock: Clock, *, most_bytes: int = MOST_BYTES) -> None:
        self.path, self._clock, self._most = path, clock, most_bytes
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)
        self._size = self._file.tell()
        self._rests: dict[int, bytes] = {}
        self._listeners: set[Callable[[], None]] = set()
        self.is_closed = self._is_lossy = False

    def take(self, stream: int, data: bytes) -> None:
        """Write what a process said; empty data ends the stream."""
        if self.is_closed:
            return
        text = self._rests.pop(stream, b"") + data
        *lines, rest = text.split(b"\n")
        head = f"{_nanoseconds(self._clock)} {'stdout' if stream == STDOUT else 'stderr'}".encode()
        out = bytearray()
        for line in lines:
            *parts, last = _parts(line)
            for part in parts:
                out += b"%b P %b\n" % (head, part)
            out += b"%b F %b\n" % (head, last)
        if rest and (not data or len(rest) >= LONGEST_LINE):
            out += b"%b P %b\n" % (head, rest)
        elif rest:
            self._rests[stream] = rest
        self._write(bytes(out))

    def _write(self, lines: bytes) -> None:
        if not lines:
            return
        try:
            if self._size + len(lines) > self._most:
                self._rotate()
            self._size += self._file.write(lines) or 0
            self._is_lossy = False
        except FileNotFoundError:
            pass  # the pod is gone, and its folder with it
        except OSError as error:  # a full disk loses lines, and must not lose the container
            if not self._is_lossy:
                log.warning("%s: what the container says is lost: %s", self.path, error)
            self._is_lossy = True
        self._tell()

    def _rotate(self) -> None:
        self.path.replace(older(self.path))
        file = self.path.open("ab", buffering=0)
        self._file.close()
        self._file, self._size = file, 0

    def close(self) -> None:
        for stream in tuple(self._rests):
            self.take(stream, b"")
        self.is_closed = True
        self._file.close()
        self._tell()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call back after each write and at the end; answers what stops it."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()


def _parts(line: bytes) -> list[bytes]:
    return [line[start : start + LONGEST_LINE] for start in range(0, max(len(line), 1), LONGEST_LINE)]


def older(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")


def remove_log(path: Path) -> None:
    for file in (path, older(path)):
        file.unlink(missing_ok=True)


def _nanoseconds(clock: Clock) -> str:
    return clock.now().strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def shown(line: bytes, options: LogOptions) -> bytes | None:
    """Answer what kubectl is to see of a line on disk; None when it is too old."""
    time, _, rest = line.partition(b" ")
    _, _, rest = rest.partition(b" ")
    tag, _, text = rest.partition(b" ")
    if options.since is not None and parse_timestamp(time.decode()[:26] + "Z").timestamp() < options.since:
        return None
    text = text if tag == b"P" else text + b"\n"
    return time + b" " + text if options.timestamps else text


def _existing(path: Path, options: LogOptions) -> tuple[list[bytes], int, int]:
    """Answer what there is so far, and where reading has come to: (lines, position, inode)."""
    lines: deque[bytes] = deque(maxlen=options.tail_lines)
    with contextlib.suppress(FileNotFoundError), older(path).open("rb") as file:
        lines.extend(_shown_lines(file.read(), options))
    with path.open("rb") as file:
        data = file.read()
        inode = path.stat().st_ino
    lines.extend(_shown_lines(data, options))
    return list(lines), len(data), inode


def _shown_lines(data: bytes, options: LogOptions) -> Iterator[bytes]:
    for line in data.splitlines():
        text = shown(line, options)
        if text is not None:
            yield text


def last_words(path: Path) -> str:
    """Answer the end of a log, as the kubelet takes it for the message of a failure: 80 lines or 2048 bytes."""
    with contextlib.suppress(FileNotFoundError):  # the pod is gone, and its logs with it
        lines, _, _ = _existing(path, LogOptions("", tail_lines=80))
        return b"".join(lines)[-2048:].decode(errors="replace")
    return ""


async def read_log(path: Path, options: LogOptions, log: ContainerLog | None) -> AsyncIterator[bytes]:
    """Yield the log. With `options.follow` and a log that is still written, go on until it is closed."""
    left = options.limit_bytes
    async for part in _all_parts(path, options, log):
        if left is not None:
            part = part[:left]  # noqa: PLW2901  # the limit cuts the last part
            left -= len(part)
        if part:
            yield part
        if left == 0:
            return


async def _all_parts(path: Path, options: LogOptions, log: ContainerLog | None) -> AsyncIterator[bytes]:
    changed = asyncio.Event()
    stop_listening = log.listen(changed.set) if log is not None and options.follow else None
    try:
        lines, position, inode = _existing(path, options)
        for start in range(0, len(lines), 256):
            yield b"".join(lines[start : start + 256])
        while options.follow and log is not None:
            changed.clear()
            data, position, inode = _fresh(path, position, inode)
            if data:
                yield b"".join(_shown_lines(data, options))
            elif log.is_closed:
                return
            else:
                await changed.wait()
    except FileNotFoundError:
        return  # the pod is gone, and its logs with it
    finally:
        if stop_listening is not None:
            stop_listening()


def _fresh(path: Path, position: int, inode: int) -> tuple[bytes, int, int]:
    """Read on from a position; after a rotation first the rest of the older file."""
    with path.open("rb") as file:
        now = path.stat().st_ino
        if now == inode:
            file.seek(position)
            data = file.read(CHUNK)
            data = data[: data.rfind(b"\n") + 1]
            return data, position + len(data), inode
    with contextlib.suppress(FileNotFoundError), older(path).open("rb") as file:
        if older(path).stat().st_ino == inode:
            file.seek(position)
            return file.read(), 0, now
    return b"", 0, now


def run_to_read(pod: Object, options: LogOptions) -> str:
    """Answer the id of the container run whose log is asked for. Raises `ApiError` 400 in upstream's words."""
    pod_name = pod["metadata"]["name"]
    who = f'container "{options.container}" in pod "{pod_name}"'
    status = _status_of(pod, options.container)
    if status is None:
        raise _bad_request(f"{who} is not available")
    state, last = status.get("state") or {}, (status.get("lastState") or {}).get("terminated") or {}
    if options.previous:
        if not last.get("containerID"):
            raise _bad_request(f"previous terminated {who} not found")
        return str(last["containerID"])
    if "running" in state:
        return str(status["containerID"])
    found = (state.get("terminated") or {}).get("containerID") or last.get("containerID")
    if found:
        return str(found)
    if "terminated" in state or last:
        raise _bad_request(f"{who} is terminated")
    reason = (state.get("waiting") or {}).get("reason")
    words = {
        "ErrImagePull": "image can't be pulled",
        "ImagePullBackOff": "trying and failing to pull image",
        None: "no logs yet",
    }
    dash = " -" if reason is None else ":"
    raise _bad_request(f"{who} is waiting to start{dash} {words.get(reason, reason)}")


def _status_of(pod: Object, container: str) -> Object | None:
    return next((entry for entry in statuses(pod.get("status", {})) if entry["name"] == container), None)


def _bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)
