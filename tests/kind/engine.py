"""A Docker engine on a machine where none runs and nothing supervises one.

An engine that already answers is used as it is. Otherwise Debian's is installed, if need be, and started with a runtime
that asks only for the capabilities that the machine can grant. Its images stay when it ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.kind.cache import step
from tests.kind.commands import CommandError, run

PACKAGES = {"dockerd": "docker.io", "iptables": "iptables", "jq": "jq", "debootstrap": "debootstrap"}
RUNTIME = Path(__file__).parent / "machine" / "runc-within-bounds"
PATIENCE = 40  # seconds for an engine to answer


def answers() -> bool:
    """Say whether an engine answers."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def start(cache: Path) -> None:
    """Make sure that an engine answers."""
    if answers():
        print("kind: an engine answers already", flush=True)
        return
    if os.geteuid() != 0:
        raise CommandError(
            "no container engine answers, and only root can start one: start Docker and try again"
        )
    install()
    folder = cache / "engine"
    folder.mkdir(parents=True, exist_ok=True)
    with step("starting an engine"):
        launch(folder)


def install() -> None:
    """Install from Debian what is missing."""
    packages = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if not packages:
        return
    if shutil.which("apt-get") is None:
        raise CommandError(f"these are missing: {', '.join(packages)}; install them and try again")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step(f"installing {', '.join(packages)}"):
        run(["apt-get", "update", "-qq"], seconds=180)
        command = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages]
        run(command, environment=environment, seconds=600)


def launch(folder: Path) -> None:
    """Start dockerd in a session of its own and wait until it answers."""
    runtime = folder / RUNTIME.name
    shutil.copyfile(RUNTIME, runtime)
    runtime.chmod(0o755)
    configuration = {
        "runtimes": {"within-bounds": {"path": str(runtime)}},
        "default-runtime": "within-bounds",
        "default-cgroupns-mode": "private",
    }
    (folder / "daemon.json").write_text(json.dumps(configuration))
    log = folder / "dockerd.log"
    with log.open("w") as output:
        engine = subprocess.Popen(
            ["dockerd", "--config-file", str(folder / "daemon.json")],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    (folder / "pid").write_text(f"{engine.pid}\n")
    deadline = time.monotonic() + PATIENCE
    while not answers():
        if engine.poll() is not None or time.monotonic() > deadline:
            last = "\n".join(log.read_text().splitlines()[-5:])
            raise CommandError(f"the engine did not answer within {PATIENCE} s; the end of {log}:\n{last}")
        time.sleep(0.2)


def stop(cache: Path) -> None:
    """Stop the engine that `start` started, and no other."""
    note = cache / "engine" / "pid"
    if not note.exists():
        print("kind: no engine was started from here", flush=True)
        return
    pid = int(note.read_text())
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        if b"dockerd" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGTERM)
    note.unlink()
