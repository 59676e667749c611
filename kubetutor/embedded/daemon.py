"""The cluster's main process: `python -m kubetutor.embedded --home DIR ...`. `kubetutor up` starts it.

It writes one JSON line per step to the file descriptor that it is told, `{"ready": true}` or `{"error": ...}` last,
and runs until SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import os
import signal
from pathlib import Path

from kubetutor.embedded import identity
from kubetutor.embedded.apiserver.definitions import VERSION
from kubetutor.embedded.clock import SystemClock, timestamp
from kubetutor.embedded.control_plane import ControlPlane, NodeSpec
from kubetutor.embedded.kubelet import leftovers
from kubetutor.embedded.private_files import write_private
from kubetutor.embedded.timings import TIMINGS
from kubetutor.errors import KubetutorError

log = logging.getLogger("kubetutor")


def main() -> int:
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    reporter = _Reporter(options.ready_fd)
    try:
        with identity.locked(options.home):
            asyncio.run(_run(options, reporter))
    except KubetutorError as error:
        log.error("%s", error)  # noqa: TRY400  # its text is complete
        reporter.write({"error": str(error)})
        return 1
    except OSError as error:
        log.exception("the cluster failed")
        reporter.write({"error": f"{identity.unusable(options.home, error)}"})
        return 1
    except Exception as error:
        log.exception("the cluster failed")
        reporter.write({"error": f"The cluster's main process failed: {error!r}. Its log has the details."})
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m kubetutor.embedded")
    parser.add_argument("--home", type=Path, required=True, help="the cluster's folder")
    parser.add_argument("--name", default="kubetutor", help="the cluster's name, and the context's")
    parser.add_argument("--spec", type=Path, required=True, help="a JSON file: its nodes")
    parser.add_argument("--timings", choices=sorted(TIMINGS), default="classroom")
    parser.add_argument("--ready-fd", type=int, default=2, help="where progress is written")
    return parser.parse_args()


class _Reporter:
    """Writes progress to whoever started the cluster, for as long as they listen."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def step(self, step: str, text: str) -> None:
        self.write({"step": step, "text": text})

    def write(self, line: dict[str, object]) -> None:
        if self._fd < 0:
            return
        try:
            os.write(self._fd, json.dumps(line).encode() + b"\n")
        except OSError:  # nobody listens any more, which is theirs to decide
            self._fd = -1

    def end(self) -> None:
        if self._fd > 2:
            with contextlib.suppress(OSError):
                os.close(self._fd)
        self._fd = -1


async def _run(options: argparse.Namespace, reporter: _Reporter) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    folder: Path = options.home
    if known := identity.known_id(folder):
        leftovers.end(known)
    nodes = _nodes(options.spec)
    clock = SystemClock()
    plane = ControlPlane(folder, nodes, clock, TIMINGS[options.timings])
    try:
        await plane.start(options.name, reporter.step)
        _write_facts(options, plane, nodes, started=timestamp(clock.now()))
        gc.collect()
        gc.freeze()
        gc.enable()
        reporter.write({"ready": True})
        reporter.end()
        await plane.until(stop)
    finally:
        await plane.stop()
        (folder / "cluster.json").unlink(missing_ok=True)


def _nodes(path: Path) -> tuple[NodeSpec, ...]:
    spec = json.loads(path.read_text(encoding="utf-8"))
    return tuple(NodeSpec(node["name"], node["role"], node.get("labels") or {}) for node in spec["nodes"])


def _write_facts(
    options: argparse.Namespace, plane: ControlPlane, nodes: tuple[NodeSpec, ...], *, started: str
) -> None:
    facts = {
        "pid": os.getpid(),
        "name": options.name,
        "server": plane.identity.server,
        "timings": options.timings,
        "started": started,
        "version": VERSION,
        "nodes": [node.name for node in nodes],
    }
    write_private(options.home / "cluster.json", json.dumps(facts, indent=1).encode())
