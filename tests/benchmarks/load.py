"""The embedded cluster under load: 1,000 pods on 50 nodes, and 50 watchers of 200 changes a second.

`python -m tests.benchmarks load`. The watchers live in a process of their own, which stamps each change when it
is sent and again when a watcher has read it.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kubetutor.api import kubeconfig
from tests.benchmarks.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

NODES, PODS = 50, 1000
WATCHERS, RATE, SECONDS = 50, 200, 10.0
PATH = "/api/v1/namespaces/default/configmaps"
MARK = b'"sent":"'

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "sleepers"},
    "spec": {
        "replicas": PODS,
        "selector": {"matchLabels": {"app": "sleepers"}},
        "template": {
            "metadata": {"labels": {"app": "sleepers"}},
            "spec": {
                "terminationGracePeriodSeconds": 0,
                "containers": [{"name": "main", "image": "busybox:1.36", "command": ["sleep", "1000000"]}],
            },
        },
    },
}


def measure_load() -> Iterator[tuple[str, str, float, float]]:
    """Yield name, unit, figure and the most that it may be."""
    with tempfile.TemporaryDirectory(prefix="kubetutor-bench-") as folder:
        yield from _many_pods(Path(folder))
    with tempfile.TemporaryDirectory(prefix="kubetutor-bench-") as folder:
        yield from _many_watchers(Path(folder))


def _many_pods(folder: Path) -> Iterator[tuple[str, str, float, float]]:
    config = folder / "fifty-nodes.yaml"
    nodes = "".join(f"  - role: {'worker' if number else 'control-plane'}\n" for number in range(NODES))
    config.write_text(f"kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n{nodes}")
    manifest = folder / "sleepers.json"
    manifest.write_text(json.dumps(DEPLOYMENT))
    subject = Subject("embedded", folder / "home", config)
    try:
        yield f"kubetutor up with {NODES} nodes", "s", subject.up(), 10
        before = subject.memory()
        yield (
            f"{PODS} pods on {NODES} nodes Ready",
            "s",
            subject.until_ready(PODS, "apply", "-f", str(manifest)),
            30,
        )
        times = [subject.kubectl("get", "pods", "-A") for _ in range(5)]
        yield f"kubectl get pods -A, {PODS} pods", "s", statistics.median(times), 1
        yield f"memory per pod, of {PODS}", "MB", (subject.memory() - before) / PODS, 3
        yield f"CPU of {PODS} idle pods", "% of a core", subject.idle_cpu(), 20
    finally:
        subject.down()


def _many_watchers(folder: Path) -> Iterator[tuple[str, str, float, float]]:
    subject = Subject("embedded", folder)
    try:
        subject.up()
        seen, late = asyncio.run(_watch_and_write(subject.status["kubeconfig"]))
    finally:
        subject.down()
    wanted = [str(number) for number in range(int(RATE * SECONDS))]
    in_order = sum(1 for numbers in seen if numbers == wanted)
    name = f"{WATCHERS} watchers, {RATE} changes a second"
    yield f"{name}: watchers that missed one or saw one out of order", "", WATCHERS - in_order, 0
    yield f"{name}: from sending to reading, p95", "ms", 1000 * statistics.quantiles(late, n=20)[-1], 100
    yield f"{name}: median", "ms", 1000 * statistics.median(late), 100


async def _watch_and_write(path: str) -> tuple[list[list[str]], list[float]]:
    """Answer the numbers that each watcher saw, and how late each of them came, in seconds."""
    access = kubeconfig.read(Path(path))
    tls = ssl.create_default_context(cadata=(access.ca or b"").decode())
    late: list[float] = []
    seen: list[list[str]] = [[] for _ in range(WATCHERS)]
    opened = asyncio.Semaphore(0)
    watchers = [asyncio.create_task(_follow(access, tls, numbers, late, opened)) for numbers in seen]
    for _ in watchers:
        await opened.acquire()
    writer = threading.Thread(target=_write, args=(access, tls))
    writer.start()
    await asyncio.wait(watchers, timeout=SECONDS * 3)  # one that missed the last change never ends by itself
    for task in watchers:
        task.cancel()
    await asyncio.to_thread(writer.join)
    return seen, late


async def _follow(
    access: kubeconfig.Access,
    tls: ssl.SSLContext,
    numbers: list[str],
    late: list[float],
    opened: asyncio.Semaphore,
) -> None:
    """Read changes until the last one; what a line says is found without parsing it, for fifty do so at once."""
    where = urlsplit(access.server)
    reader, writer = await asyncio.open_connection(where.hostname, where.port, ssl=tls, limit=2**20)
    head = (
        f"GET {PATH}?watch=1 HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {access.token}\r\n\r\n"
    )
    writer.write(head.encode())
    while (await reader.readline()).strip():
        pass
    opened.release()
    last = str(int(RATE * SECONDS) - 1)
    async for line in reader:
        at = line.find(MARK)
        if at < 0:
            continue
        number, _, sent = line[at + len(MARK) :].partition(b'"')[0].decode().partition(" ")
        late.append(time.perf_counter() - float(sent))
        numbers.append(number)
        if number == last:
            break
    writer.close()


def _write(access: kubeconfig.Access, tls: ssl.SSLContext) -> None:
    """Change one object at a steady rate, whatever the answers take."""
    where = urlsplit(access.server)
    connection = http.client.HTTPSConnection(where.hostname or "", where.port, context=tls, timeout=30)
    headers = {"Authorization": f"Bearer {access.token}"}

    def send(method: str, path: str, kind: str, body: object) -> None:
        connection.request(method, path, json.dumps(body), {**headers, "Content-Type": kind})
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status}")

    send("POST", PATH, "application/json", {"metadata": {"name": "clock"}, "data": {}})
    start = time.perf_counter()
    for number in range(int(RATE * SECONDS)):
        time.sleep(max(0.0, start + number / RATE - time.perf_counter()))
        data = {"sent": f"{number} {time.perf_counter()}"}
        send("PATCH", f"{PATH}/clock", "application/merge-patch+json", {"data": data})
