"""What kind needs of a machine, as data, and what this machine has."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubetutor.errors import CommandFailedError

if TYPE_CHECKING:
    from kubetutor.cluster.kind.engine import Engine

MEMORY_MB = 1536  # three nodes use 520 MB when idle; a lesson's pods, and room for the rest of the machine
DISK_MB = 6 * 1024  # the node image unpacked, images of lessons, and what pods write
INOTIFY = {  # https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files
    "max_user_watches": 16384,
    "max_user_instances": 128,
}
INOTIFY_SET = {"max_user_watches": 524288, "max_user_instances": 512}  # what kind recommends
NO_CGROUP_V1 = (1, 35)  # the kubelet of this release and newer refuses cgroup v1


@dataclass(frozen=True, slots=True)
class Machine:
    """What was seen. None: it cannot be seen from here, for example when the engine runs in a virtual machine."""

    memory_mb: int | None = None
    disk_mb: int | None = None
    disk_folder: str = ""
    inotify: tuple[tuple[str, int], ...] = ()
    cgroup: int | None = None

    def few_memory(self) -> bool:
        return self.memory_mb is not None and self.memory_mb < MEMORY_MB

    def few_disk(self) -> bool:
        return self.disk_mb is not None and self.disk_mb < DISK_MB

    def few_inotify(self) -> list[str]:
        """List the limits that are too low, in words."""
        return [f"fs.inotify.{name} is {value}" for name, value in self.inotify if value < INOTIFY[name]]


def look(engine: Engine, *, proc: Path = Path("/proc/sys/fs/inotify")) -> Machine:
    """Look at this machine and at its engine."""
    info = _info(engine)
    folder = info["folder"]
    here = sys.platform == "linux" and Path(folder).is_absolute() and Path(folder).exists()
    return Machine(
        memory_mb=_memory_mb(info["memory"], here=here),
        disk_mb=shutil.disk_usage(folder).free // 2**20 if here else None,
        disk_folder=folder,
        inotify=tuple((name, int((proc / name).read_text())) for name in INOTIFY if (proc / name).is_file()),
        cgroup=info["cgroup"],
    )


def _memory_mb(total: int, *, here: bool) -> int | None:
    """Answer what is free, where the engine runs on this machine; else all that its virtual machine has."""
    if not here:
        return total // 2**20 if total else None
    import psutil  # noqa: PLC0415  # slow to import, and only some commands need it

    return int(psutil.virtual_memory().available // 2**20)


def _info(engine: Engine) -> dict[str, Any]:
    """Ask the engine about itself: both tell the same in different words."""
    try:
        said: dict[str, Any] = json.loads(engine.run("info", "--format", "{{json .}}", timeout=30))
    except (CommandFailedError, ValueError):
        return {"folder": "", "memory": 0, "cgroup": None}
    host, store = said.get("host") or {}, said.get("store") or {}
    cgroup = str(said.get("CgroupVersion") or host.get("cgroupVersion") or "").removeprefix("v")
    return {
        "folder": str(said.get("DockerRootDir") or store.get("graphRoot") or ""),
        "memory": int(said.get("MemTotal") or host.get("memTotal") or 0),
        "cgroup": int(cgroup) if cgroup.isdigit() else None,
    }


def minor_of(image: str | None) -> tuple[int, int] | None:
    """Answer the Kubernetes release that a node image's tag says; None when it says none."""
    tag = (image or "").partition("@")[0].rpartition(":")[2].removeprefix("v").split("-")[0].split(".")
    return (int(tag[0]), int(tag[1])) if len(tag) >= 2 and tag[0].isdigit() and tag[1].isdigit() else None


def warnings(machine: Machine, image: str | None) -> list[str]:
    """Say what may be too little for a cluster that is about to be made: one sentence each, with what to do."""
    said = []
    if machine.few_memory():
        said.append(f"only {machine.memory_mb} MB of memory are free; {MEMORY_MB} MB are needed. {CLOSE}")
    if machine.few_disk():
        said.append(
            f"only {machine.disk_mb} MB are free in {machine.disk_folder}; {DISK_MB} MB are needed. {ROOM}"
        )
    if few := machine.few_inotify():
        said.append(f"{' and '.join(few)}, so nodes may fail. {raise_inotify()}")
    if machine.cgroup == 1 and (minor_of(image) or NO_CGROUP_V1) >= NO_CGROUP_V1:
        said.append(f"this machine has cgroup v1, which Kubernetes 1.35 and newer refuse. {CGROUP}")
    return said


CLOSE = "Close other programs; on macOS give Docker Desktop more memory (Settings, Resources)."
ROOM = "Make room: `docker system df` shows what takes it."
CGROUP = (
    "Boot with cgroup v2 (kernel parameter systemd.unified_cgroup_hierarchy=1; WSL: kernelCommandLine=cgroup_no_v1=all "
    "in .wslconfig), or bring a node image of Kubernetes 1.34 or older: KUBETUTOR_KIND_NODE_IMAGE."
)


def raise_inotify() -> str:
    settings = " ".join(f"fs.inotify.{name}={value}" for name, value in INOTIFY_SET.items())
    return f"Raise them: sudo sysctl {settings}"
