"""Runs a module of another client's tests from where pip put it, and answers what each test came to.

    outcomes_of(module, plugin, kubeconfig, folder)   test name -> passed, failed, skipped or xfailed
    read_list(client)                                 test name -> the same, with the reason of what did not pass

A list has one line for each test, `OUTCOME NAME` or `OUTCOME NAME | REASON`. The outcome `left-out` says that a test is
not run at all.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PATIENCE = 240  # seconds for one module, which takes about 20
PLUGINS = (
    "pytest_asyncio.plugin",
    "anyio",
)  # those that the suites need; loading all others takes longer than a test
OPTIONS = ("-q", "--tb=short", "-o", "asyncio_mode=auto", "-p", "no:cacheprovider", "-p", "no:warnings")
PASSED, LEFT_OUT = "passed", "left-out"


@dataclass(frozen=True)
class Line:
    """What a list says of one test."""

    outcome: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.outcome} {self.name}" + (f" | {self.reason}" if self.reason else "")


def read_list(client: str) -> list[Line]:
    return [parsed(line) for line in (HERE / "listed" / f"{client}.txt").read_text().splitlines()]


def parsed(line: str) -> Line:
    test, _, reason = line.partition(" | ")
    outcome, _, name = test.partition(" ")
    return Line(outcome, name, reason)


def outcomes_of(
    module: str, *, plugin: str, kubeconfig: Path, folder: Path, left_out: list[str]
) -> list[Line]:
    """Run a module's tests in a pytest of their own. The reason of what did not pass is the first line it said."""
    installed = Path(find_spec(module.partition(".")[0]).origin).parents[1]
    report, config = folder / "report.xml", folder / "pytest.ini"
    config.write_text("[pytest]\n")
    argv = [sys.executable, "-m", "pytest", "-c", str(config), "--rootdir", str(installed), *OPTIONS]
    for name in (*PLUGINS, plugin):
        argv += ["-p", name]
    for name in left_out:
        argv += ["--deselect", f"{module.replace('.', '/')}.py::{name.partition('::')[2]}"]
    argv += [f"--junit-xml={report}", "--pyargs", module]
    done = subprocess.run(
        argv, env=environment(kubeconfig, folder), cwd=folder, capture_output=True, text=True, timeout=PATIENCE,
        check=False,
    )  # fmt: skip
    assert report.exists(), f"{module} did not run: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return [outcome_of(case) for case in ET.parse(report).iter("testcase")]  # noqa: S314  # our own pytest wrote it


def environment(kubeconfig: Path, folder: Path) -> dict[str, str]:
    """Answer an environment in which a suite finds this cluster, and no settings or caches of the user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return {
        **kept,
        "HOME": str(folder),
        "KUBECONFIG": str(kubeconfig),
        "PYTHONPATH": f"{HERE}{os.pathsep}{ROOT}",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "TMPDIR": str(
            folder
        ),  # the official client keeps there what it discovered, by the address of the server
    }


def outcome_of(case: ET.Element) -> Line:
    name = f"{case.get('classname')}::{case.get('name')}"
    found = [each for each in case if each.tag in {"failure", "error", "skipped"}]
    if not found:
        return Line(PASSED, name, "")
    tag, said = found[0].tag, (found[0].get("message") or "").partition("\n")[0]
    if tag == "skipped":
        return Line("xfailed" if found[0].get("type") == "pytest.xfail" else "skipped", name, said)
    return Line("failed", name, said)
