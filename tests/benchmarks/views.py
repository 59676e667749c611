"""The cluster map in a real JupyterLab: how late the pixel is, how smooth it is, and what it costs the kernel.

The API server is the embedded one. Its nodes and pods here are objects without processes, so that the machine's time
goes into what is measured: a writer changes the status of one pod after another, at a steady pace. It writes the
millisecond into `status.reason`, which kubectl shows in its STATUS column and the map in the pod's name for screen
readers. A page counts a change as seen in the animation frame after the one in which it was drawn.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import ssl
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil

from kubetutor.api import kubeconfig
from tests.benchmarks.subject import Subject
from tests.browser.conftest import Lab, wait_for_kernel
from tests.browser.jupyter import run_in_new_cell
from tests.browser.server import SWITCHES, jupyterlab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMESPACE = "shop"
NODES = 4
SECONDS = 20.0
HEARTBEAT = 10.0
SECOND = 1000  # Playwright counts milliseconds
CELL = f'import os; print(f"kernel {{os.getpid()}}"); import kubetutor as kt; kt.cluster_map("{NAMESPACE}")'
METER = """() => {
  const meter = window.meter = { late: [], gaps: [], long: [] };
  const view = document.querySelector(".ktm");
  const stampOf = (record) => /: At(\\d+)/.exec(record.target.getAttribute("aria-label") ?? "")?.[1];
  new MutationObserver((records) => {
    const stamps = records.map(stampOf).filter(Boolean);
    if (stamps.length > 0) requestAnimationFrame(() => meter.late.push(...stamps.map((stamp) => Date.now() - stamp)));
  }).observe(view, { subtree: true, attributeFilter: ["aria-label"] });
  new PerformanceObserver((list) => meter.long.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
  let last = performance.now();
  const frame = (now) => {
    meter.gaps.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""


class Writer:
    """Makes pods, and changes them one after another."""

    def __init__(self, path: Path) -> None:
        self._access = kubeconfig.read(path)
        self._tls = ssl.create_default_context(cadata=(self._access.ca or b"").decode())
        self._local = threading.local()

    def send(self, method: str, path: str, body: Any, kind: str = "application/json") -> None:
        where = urlsplit(self._access.server)
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPSConnection(
                where.hostname or "", where.port, context=self._tls, timeout=30
            )
        headers = {"Authorization": f"Bearer {self._access.token}", "Content-Type": kind}
        try:
            self._local.connection.request(method, path, json.dumps(body), headers)
            answer = self._local.connection.getresponse()
        except ConnectionError:  # the server ends a connection that rests for some seconds
            self._local.connection.close()
            self._local.connection.request(method, path, json.dumps(body), headers)
            answer = self._local.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:300]!r}")

    def patch(self, path: str, body: Any) -> None:
        self.send("PATCH", path, body, "application/merge-patch+json")

    def prepare(self) -> None:
        self.send("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        for number in range(NODES):
            self.send("POST", "/api/v1/nodes", {"metadata": {"name": f"hollow-{number}"}})
        self.beat()

    def keep_beating(self, ended: threading.Event) -> None:
        while not ended.wait(HEARTBEAT):
            self.beat()

    def beat(self) -> None:
        """Say for each node that it is there, as its kubelet would."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": now}
        status = {"conditions": [ready], "capacity": {"pods": "500", "cpu": "8", "memory": "16384000Ki"}}
        for number in range(NODES):
            self.patch(f"/api/v1/nodes/hollow-{number}/status", {"status": status})

    def make(self, start: int, end: int) -> None:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(self._make_one, range(start, end)))

    def _make_one(self, number: int) -> None:
        pod = {
            "metadata": {"name": f"pod-{number}", "labels": {"app": "shop"}},
            "spec": {
                "nodeName": f"hollow-{number % NODES}",
                "tolerations": [{"operator": "Exists"}],
                "containers": [{"name": "web", "image": "my-app:1.0"}],
            },
        }
        self.send("POST", f"/api/v1/namespaces/{NAMESPACE}/pods", pod)
        self.patch(_status_of(number), {"status": _status(number, "Running")})

    def change(self, pods: int, rate: float) -> None:
        """Change pods for `SECONDS`, whatever the answers take; every third time a pod is not ready."""
        start = time.perf_counter()
        for step in range(int(SECONDS * rate)):
            time.sleep(max(0.0, start + step / rate - time.perf_counter()))
            word = f"At{int(time.time() * 1000)}"
            self.patch(_status_of(step * 37 % pods), {"status": _status(step, word)})


def measure_views() -> Iterator[tuple[str, str, float, float]]:
    """Yield name, unit, figure and the most that it may be."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kubetutor-bench-")))
        subject = Subject("embedded", folder / "home")
        stack.callback(subject.down)
        subject.up("--timings", "real")
        writer = Writer(Path(subject.status["kubeconfig"]))
        writer.prepare()
        stack.enter_context(_beside(writer.keep_beating))
        writer.make(0, 200)
        page = stack.enter_context(_open_map(folder, subject))
        kernel = psutil.Process(_kernel_of(page))
        late, _, _ = _watched(page, kernel, lambda: writer.change(200, 10))
        yield (
            "200 pods, 10 changes a second: from the change to the pixel, p95",
            "ms",
            _p95(late["late"]),
            150,
        )
        yield "200 pods, 10 changes a second: median", "ms", statistics.median(late["late"]), 150
        writer.make(200, 500)
        page.locator(".ktv-headline", has_text="500 pods").wait_for()
        meter, cpu, seconds = _watched(page, kernel, lambda: writer.change(500, 50))
        name = "500 pods, 50 changes a second"
        yield f"{name}: a frame lasts, mean", "ms", statistics.mean(meter["gaps"]), 50
        yield f"{name}: a frame lasts, p95", "ms", _p95(meter["gaps"]), 50
        yield f"{name}: tasks over 50 ms, a second", "", len(meter["long"]) / seconds, 1
        yield f"{name}: CPU of the kernel", "% of a core", 100 * cpu / seconds, 15
        yield f"{name}: from the change to the pixel, p95", "ms", _p95(meter["late"]), 250


@contextlib.contextmanager
def _beside(work: Callable[[threading.Event], None]) -> Iterator[None]:
    ended = threading.Event()
    thread = threading.Thread(target=work, args=(ended,))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _status_of(number: int) -> str:
    return f"/api/v1/namespaces/{NAMESPACE}/pods/pod-{number}/status"


def _status(number: int, word: str) -> dict[str, Any]:
    ready = {"type": "Ready", "status": "False" if number % 3 == 0 else "True"}
    return {"phase": "Running", "reason": word, "podIP": "127.1.0.9", "conditions": [ready]}


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _watched(page: Any, kernel: psutil.Process, work: Any) -> tuple[dict[str, list[float]], float, float]:
    """Let the page and the kernel be measured while something works."""
    page.evaluate(METER)
    before, start = sum(kernel.cpu_times()[:2]), time.perf_counter()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    seconds = time.perf_counter() - start
    cpu = sum(kernel.cpu_times()[:2]) - before
    page.wait_for_timeout(500)  # the last change is still under way
    return page.evaluate("window.meter"), cpu, seconds


@contextlib.contextmanager
def _open_map(folder: Path, subject: Subject) -> Iterator[Any]:
    """Open a notebook with a map of the namespace, in Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("The views are measured in a browser. Install chromium: apt-get install chromium")
    (folder / "lab" / "lessons").mkdir(parents=True)
    with jupyterlab(folder / "lab", subject.environment) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(120 * SECOND)
        page.goto(f"{url}lab/tree/{Lab(url, folder / 'lab' / 'lessons').empty_notebook('map')}")
        wait_for_kernel(page)
        run_in_new_cell(page, CELL)
        page.locator(".ktv-headline", has_text="200 pods").wait_for()
        page.locator(".ktm").scroll_into_view_if_needed()
        yield page
        browser.close()


def _kernel_of(page: Any) -> int:
    said = page.locator(".jp-OutputArea-output").get_by_text("kernel ", exact=False).first.inner_text()
    return int(said.split()[1])
