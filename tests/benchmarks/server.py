"""A class on one server, through a real JupyterHub: `make bench ARGS=server`. It needs root, and what the extra `server` names.

1. Each learner logs in, opens lesson 04, and its kernel starts; each has an own cluster. Then nothing is done: what memory is taken?
2. All run lesson 04 from top to bottom at once, with the right answer in the exercise: how many met an error,
   how many did not pass, how long did it take?

Memory is the kernel's own account of every process of the hub (PSS: what is shared by thirty counts a thirtieth in each).
KUBETUTOR_BENCH_LEARNERS says how many learners; thirty without it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import websocket

from kubetutor.course.deployments import NO_OUTAGE
from tests.classroom.server import hub as hubs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LESSON = "04-deployments.ipynb"
LEARNERS = int(os.environ.get("KUBETUTOR_BENCH_LEARNERS", "30"))
SETTLE = 30.0  # seconds in which nobody does anything, before memory and processor are looked at
IDLE = 20.0
MB = 2**20


def measure_server() -> Iterator[tuple[str, str, float, float]]:
    """Yield the name, unit, figure and budget of each measured thing. Exit where it cannot be measured."""
    if why_not := hubs.why_not():
        sys.exit(f"No JupyterHub for a class here: {why_not}")
    with (
        hubs.hub_with([f"learner{number}" for number in range(LEARNERS)]) as hub,
        ThreadPoolExecutor(LEARNERS) as pool,
    ):
        began = time.monotonic()
        learners = list(pool.map(hub.start_learner, hub.names))
        kernels = list(pool.map(lambda learner: learner.open(LESSON), learners))
        list(pool.map(lambda kernel: kernel.run("None"), kernels))
        yield "all logged in, lesson open", "s", time.monotonic() - began, 600
        time.sleep(SETTLE)
        memory = memory_by_kind(hub.processes())
        tell("MB of memory", {kind: round(used / MB, 1) for kind, used in memory.items()})
        yield f"memory of {LEARNERS} idle learners", "MB", sum(memory.values()) / MB, 100 * LEARNERS
        before = processor(hub.processes())
        time.sleep(IDLE)
        yield (
            f"processor of {LEARNERS} idle learners",
            "% of a core",
            100 * (processor(hub.processes()) - before) / IDLE,
            100,
        )
        before, began = processor(hub.processes()), time.monotonic()
        troubles = list(pool.map(lambda pair: run_lesson(*pair), zip(learners, kernels, strict=True)))
        yield f"{LEARNERS} run lesson 04 at once", "min", (time.monotonic() - began) / 60, 15
        tell("core-seconds for each learner", round((processor(hub.processes()) - before) / LEARNERS, 1))
        for learner, trouble in zip(learners, troubles, strict=True):
            if trouble:
                tell(learner.name, trouble)
        yield "of them met an error", "", sum("failed" in trouble for trouble in troubles), 0
        yield "of them did not pass the exercise", "", sum(map(bool, troubles)), 0


def run_lesson(learner: hubs.Learner, kernel: hubs.Kernel) -> str:
    """Run all cells, as `Run All Cells` does, and answer what went wrong: a cell that failed, or an exercise that did not pass.

    An exercise asks for no lost request. Pods that get no processor lose some, which is then what it truly says.
    """
    notebook = json.loads((learner.home / "lessons" / LESSON).read_text())
    turn = "\n".join(f"!kubectl {' '.join(command)}" for command in NO_OUTAGE.solution.commands)
    trouble = ""
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        name = cell["id"]
        try:
            said = kernel.run(turn if name == "exercise-turn" else "".join(cell["source"]))
        except (hubs.CellError, websocket.WebSocketException, OSError) as error:
            return f"cell {name} failed: {error}"
        if name == "exercise-check" and "Passed" not in said:
            trouble = f"the exercise did not pass: {said[said.find('Seen') :].splitlines()[0]}"
    return trouble


def memory_by_kind(processes: Iterable[psutil.Process]) -> dict[str, int]:
    """Answer bytes by what a process is."""
    found: dict[str, int] = {}
    for process in processes:
        try:
            kind, used = kind_of(process.cmdline()), proportional(process.pid)
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            continue
        found[kind] = found.get(kind, 0) + used
    return found


def kind_of(argv: list[str]) -> str:
    words = " ".join(argv)
    kinds = {
        "jupyterhub.singleuser": "JupyterLab", "ipykernel_launcher": "kernels", "kubelet.forkserver": "pods",
        "kubetutor.embedded": "clusters", "server.fork_server": "fork server and relay", "kubetutor-learner": "learners",
    }  # fmt: skip
    return next((kind for part, kind in kinds.items() if part in words), "hub and proxy")


def proportional(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def processor(processes: Iterable[psutil.Process]) -> float:
    """Answer the seconds of processor that these and their ended children have used."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def tell(what: str, seen: object) -> None:
    sys.stdout.write(f"{what}: {seen}\n")
    sys.stdout.flush()
