"""JupyterLab around the lessons: the right Python, the right kubectl, the right cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from kubetutor.cluster import commands

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import FrameType

    from kubetutor.cluster.cluster import Cluster
    from kubetutor.cluster.home import Home

# Asks whether it may fetch news from the internet: a question that no learner needs before the first lesson.
NEWS = "@jupyterlab/apputils-extension:announcements"
NO_UPDATES = "jupyterlab.handlers.announcements.NeverCheckForUpdate"


def environment(cluster: Cluster, home: Home, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Answer the environment of JupyterLab, its terminals and its kernels."""
    env = commands.environment(cluster.kubeconfig, base)
    env["KUBETUTOR_HOME"] = str(home.path)
    env["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel beside this Python before one in the user's home
    settings = str(home.path / "jupyter")
    others = env.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep)
    env["JUPYTER_CONFIG_PATH"] = os.pathsep.join(
        [settings, *(one for one in others if one not in {"", settings})]
    )
    return env


def write_settings(home: Home) -> None:
    """Write the few settings that we change, into our own folder, not into the user's."""
    folder = home.path / "jupyter" / "labconfig"
    folder.mkdir(parents=True, exist_ok=True)
    page = {"disabledExtensions": {NEWS: True}}
    (folder / "page_config.json").write_text(json.dumps(page) + "\n", encoding="utf-8")


def command(folder: Path, arguments: Sequence[str]) -> list[str]:
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # as in a container
    return [sys.executable, "-m", "jupyterlab", *options(folder), *as_root, *arguments]


def options(folder: Path) -> list[str]:
    """Answer what JupyterLab is told, whoever starts it."""
    return [
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.answer_yes=True",  # one Ctrl-C ends it, without a question that times out
        f"--LabApp.check_for_updates_class={NO_UPDATES}",
    ]


def serve(argv: Sequence[str], env: Mapping[str, str], folder: Path) -> int:
    """Run it in the foreground, and answer its exit code. What ends us ends it, in an orderly way.

    Its terminals open in `folder`, so that a path in a lesson means the same file there.
    """
    process = subprocess.Popen(list(argv), env=dict(env), cwd=folder)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    # At a terminal, Ctrl-C reaches the child too, by itself; a second one would make it give up half-way.
    on_interrupt = signal.SIG_IGN if sys.stdin and sys.stdin.isatty() else pass_on
    before = {
        number: signal.signal(number, handler)
        for number, handler in ((signal.SIGINT, on_interrupt), (signal.SIGTERM, pass_on))
    }
    try:
        return process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
