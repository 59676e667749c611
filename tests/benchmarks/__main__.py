"""Measures the same work on the embedded cluster and on kind, and prints one table with the ratios: `make bench`.

`make bench ARGS=load` measures the embedded cluster under load instead, `make bench ARGS=views` the live views in a browser,
`make bench ARGS=server` a class of thirty on one JupyterHub.

Each figure is taken from outside, as a learner would meet it: the `kubetutor` command, the real `kubectl`,
a watch over HTTPS, and the kernel's own accounting of every process of the cluster.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from kubetutor.cluster import backends
from kubetutor.cluster.home import find_home
from tests.benchmarks.load import measure_load
from tests.benchmarks.server import measure_server
from tests.benchmarks.subject import MANIFEST, Subject
from tests.benchmarks.views import measure_views

if TYPE_CHECKING:
    from collections.abc import Iterable

CONFIG = "KUBETUTOR_TEST_CONFIG"  # kind's cluster file, where the machine needs another one
RUNS = {"embedded": 3, "kind": 1}


@dataclass(frozen=True)
class Figure:
    """One measured thing, and the most that the embedded cluster may need for it."""

    key: str
    name: str
    unit: str
    budget: float


FIGURES = (
    Figure("up", "kubetutor up, all nodes Ready", "s", 0.8),
    Figure("apply", "apply of the example, 3 Ready", "s", 0.5),
    Figure("to 30", "3 to 30 replicas Ready", "s", 1.5),
    Figure("to 100", "30 to 100 replicas Ready", "s", 4.0),
    Figure("get pods", "kubectl get pods, 100 pods", "s", 1.0),
    Figure("idle memory", "memory of an idle cluster", "MB", 100),
    Figure("idle cpu", "CPU of an idle cluster", "% of a core", 1),
    Figure("memory of 100", "memory with 100 pods", "MB", 700),
    Figure("idle cpu of 100", "CPU of 100 idle pods", "% of a core", 5),
)


def measure(backend: str, config: Path | None, *, idle: bool) -> dict[str, float]:
    """Make a cluster, let it work, end it; answer the figures by their keys. `idle`: also wait and see what it costs."""
    with tempfile.TemporaryDirectory(prefix="kubetutor-bench-") as folder:
        subject = Subject(backend, Path(folder), config)
        figures: dict[str, float] = {}
        try:
            figures["up"] = subject.up()
            figures["idle memory"] = subject.memory()
            if idle:
                figures["idle cpu"] = subject.idle_cpu()
            figures["apply"] = subject.until_ready(3, "apply", "-f", str(MANIFEST))
            scale = ("scale", "deployment", "web-app")
            figures["to 30"] = subject.until_ready(30, *scale, "--replicas=30")
            figures["to 100"] = subject.until_ready(100, *scale, "--replicas=100")
            figures["get pods"] = subject.kubectl("get", "pods")
            figures["memory of 100"] = subject.memory()
            if idle:
                figures["idle cpu of 100"] = subject.idle_cpu()
        finally:
            subject.down()
    return figures


def table_of(runs: dict[str, list[dict[str, float]]]) -> Table:
    """Lay the backends side by side."""
    table = Table(title=f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    for column in ("what", "embedded", "min", "max", "budget", "", "kind", "kind / embedded"):
        table.add_column(column, justify="left" if column in {"what", ""} else "right")
    for figure in FIGURES:
        ours = values(runs["embedded"], figure.key)
        median = statistics.median(ours)
        verdict = "within" if median <= figure.budget else "OVER"
        cells = [f"{value:.2f}" for value in (median, min(ours), max(ours))]
        theirs = values(runs.get("kind", []), figure.key)
        beside = (
            [f"{statistics.median(theirs):.2f}", f"{statistics.median(theirs) / max(median, 0.01):.1f}"]
            if theirs
            else ["-", "-"]
        )
        table.add_row(f"{figure.name} ({figure.unit})", *cells, f"{figure.budget:g}", verdict, *beside)
    return table


PARTS = {
    "load": ("under load", measure_load),
    "views": ("live views in a browser", measure_views),
    "server": ("a class on one server", measure_server),
}


def values(runs: list[dict[str, float]], key: str) -> list[float]:
    return [run[key] for run in runs if key in run]


def table_of_part(title: str, figures: Iterable[tuple[str, str, float, float]]) -> Table:
    table = Table(title=f"{title}, {os.cpu_count()} cores, Python {sys.version.split()[0]}")
    for column in ("what", "embedded", "budget", ""):
        table.add_column(column, justify="left" if column in {"what", ""} else "right")
    for name, unit, figure, budget in figures:
        verdict = "within" if figure <= budget else "OVER"
        table.add_row(f"{name} ({unit})" if unit else name, f"{figure:.2f}", f"{budget:g}", verdict)
    return table


def main() -> None:
    for part, (title, measured) in PARTS.items():
        if part in sys.argv[1:]:
            Console(width=130).print(table_of_part(title, measured()))
            return
    config = os.environ.get(CONFIG)
    kind = backends.get("kind", find_home()).available()
    subjects = ["embedded", "kind"] if kind.ok else ["embedded"]
    runs = {
        backend: [
            measure(backend, Path(config) if config and backend == "kind" else None, idle=run == 0)
            for run in range(RUNS[backend])
        ]
        for backend in subjects
    }
    console = Console(width=130)
    console.print(table_of(runs))
    if not kind.ok:
        console.print(f"kind was left out: {kind.why}. {kind.fix}")


if __name__ == "__main__":
    main()
