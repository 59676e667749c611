"""Our own small Kubernetes, as a backend: one main process per cluster, found by its folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from kubetutor.cluster import lock, main_process
from kubetutor.cluster.backend import (
    Availability,
    Backend,
    Capability,
    Ended,
    Started,
    Status,
)
from kubetutor.cluster.home import ClusterFolder, explained, make_private, write_private
from kubetutor.errors import ClusterError, NoClusterError, SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from kubetutor.cluster.backend import Progress, Wanted
    from kubetutor.cluster.home import Home
    from kubetutor.cluster.spec import ClusterSpec


class EmbeddedBackend(Backend):
    name = "embedded"
    title = "an embedded cluster"
    capabilities = Capability.ADD_IMAGES | Capability.LOCAL_PROCESSES | Capability.STOP_NODES
    why_not: ClassVar = {
        Capability.LOAD_IMAGES: "Its pods are processes of this machine: "
        "`kubetutor image add NAME -- COMMAND` makes a command an image.",
    }
    command: ClassVar[tuple[str, ...]] = ("-m", main_process.MODULE)

    def __init__(self, home: Home, *, popen: Callable[..., Any] = subprocess.Popen) -> None:
        """`popen` starts its main process: with the arguments of `subprocess.Popen`, and an answer like it."""
        super().__init__(home)
        self.popen = popen

    def available(self) -> Availability:
        if sys.platform == "win32":
            return Availability(
                False, "Windows has no POSIX processes", "Install WSL and run kubetutor there."
            )
        return Availability(True, "it needs nothing but Python")

    def is_up(self, name: str) -> bool:
        return main_process.is_running(self.home.cluster(name))

    def up(self, wanted: Wanted, *, progress: Progress) -> Started:
        spec = self.wanted_spec(wanted)
        for note in spec.notes:
            progress(f"note: {note}")
        return self.up_with(spec, timings=wanted.timings, progress=progress)

    def up_with(self, spec: ClusterSpec, *, timings: str, progress: Progress) -> Started:
        """Start a cluster of these nodes."""
        folder = self.home.cluster(spec.name)
        with explained(folder.path), _worked_on(folder, progress):
            folder.refuse_unless(self.name)
            if main_process.is_running(folder):
                _refuse_other_nodes(folder, spec)
                return Started(spec.name, folder.kubeconfig, already=True, nodes=len(spec.nodes))
            main_process.end(folder)  # a process that holds the lock and does not serve was left half-way
            _write_spec(folder, spec)
            folder.description.unlink(missing_ok=True)  # of a cluster that was killed
            main_process.start(
                folder, timings=timings, progress=progress, command=self.command, popen=self.popen
            )
        return Started(spec.name, folder.kubeconfig, already=False, nodes=len(spec.nodes))

    def wanted_spec(self, wanted: Wanted) -> ClusterSpec:
        """Read the file that was asked for, else what this cluster was made from, else three nodes."""
        from kubetutor.cluster import share, spec  # noqa: PLC0415  # `kubetutor env` does not need them

        if wanted.config is not None:
            return spec.read(wanted.config, name=wanted.name)
        folder = self.home.cluster(spec.valid_name(wanted.name or spec.DEFAULT_NAME))
        saved = folder.spec
        folder.refuse_unless(self.name)
        if not saved.exists():
            return spec.read(share.default_cluster_file(), name=wanted.name)
        try:
            return spec.read(saved, name=wanted.name)
        except SpecError as error:
            raise SpecError(
                f"{error}. It says which nodes this cluster has; give them again with --config, "
                "or remove the cluster and its data with `kubetutor down`."
            ) from error

    def down(self, name: str, *, keep: bool, progress: Progress) -> Ended:
        folder = self.home.cluster(name)
        if not folder.path.is_dir():
            return Ended(name, was_up=False, kept=False)
        with explained(folder.path), _worked_on(folder, progress):
            was_up = main_process.end(folder)
            _end_leftovers(folder)
            _clear(folder, keep=keep)
        return Ended(name, was_up=was_up, kept=keep)

    def status(self, name: str) -> Status:
        folder = self.home.cluster(name)
        if not main_process.is_running(folder):
            raise NoClusterError(f"The cluster {name!r} is not up. Start it with `kubetutor up`.")
        from kubetutor.cluster import asking  # noqa: PLC0415  # TLS and YAML: `kubetutor env` needs neither

        known = main_process.describe(folder)
        return asking.status(
            self.name, name, folder.kubeconfig,
            version=str(known.get("version", "")), pid=known["pid"], where_to_look=f"Its log: {folder.log}",
        )  # fmt: skip

    def add_image(self, name: str, image: str, command: Sequence[str]) -> None:
        folder = self.home.cluster(name)
        if not folder.path.is_dir():
            raise NoClusterError(
                f"There is no cluster {name!r} to add an image to. Start it with `kubetutor up`."
            )
        from kubetutor.embedded.kubelet import images  # noqa: PLC0415  # the embedded cluster is loaded when used

        with explained(folder.path):
            images.add_image(folder.path, image, command)

    def stop_node(self, name: str, node: str) -> None:
        self._ask(name, "stop_node", node)

    def start_node(self, name: str, node: str) -> None:
        self._ask(name, "start_node", node)

    def _ask(self, name: str, what: str, node: str) -> None:
        if not self.is_up(name):
            raise NoClusterError(f"The cluster {name!r} is not up: it has no nodes to stop or start.")
        from kubetutor.embedded import control_socket  # noqa: PLC0415  # the embedded cluster is loaded when used

        control_socket.ask(self.home.cluster(name).path, what, node)


def _worked_on(folder: ClusterFolder, progress: Progress) -> AbstractContextManager[None]:
    return lock.held(
        folder.up_lock,
        on_wait=lambda: progress("waiting for another kubetutor command"),
        prepare=lambda: make_private(folder.path),  # again, if `kubetutor down` removed it while we waited
    )


def _saved_spec(folder: ClusterFolder) -> dict[str, object] | None:
    try:
        document: dict[str, object] = json.loads(folder.spec.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document


def _refuse_other_nodes(folder: ClusterFolder, spec: ClusterSpec) -> None:
    saved = _saved_spec(folder)
    if saved is not None and saved != spec.as_document():
        raise ClusterError(
            f"There is a cluster {folder.name!r} with other nodes. "
            "`kubetutor down` removes it; then `kubetutor up` again, or give the new one another --name."
        )


def _write_spec(folder: ClusterFolder, spec: ClusterSpec) -> None:
    if folder.database.exists():
        _refuse_other_nodes(folder, spec)
    write_private(folder.spec, json.dumps(spec.as_document(), indent=2) + "\n")


def _end_leftovers(folder: ClusterFolder) -> None:
    """End what a killed cluster left running; its processes carry the id that is in the folder."""
    try:
        cluster_id = folder.id.read_bytes().decode("ascii", "replace").strip()
    except FileNotFoundError:
        return  # it never ran
    if not cluster_id:
        return  # the file is damaged: nothing carries an empty id
    from kubetutor.embedded.kubelet import leftovers  # noqa: PLC0415  # the embedded cluster is loaded when used

    leftovers.end(cluster_id)


def _clear(folder: ClusterFolder, *, keep: bool) -> None:
    if not keep:
        shutil.rmtree(folder.path)
        return
    for path in (folder.description, folder.lock, folder.up_lock):
        path.unlink(missing_ok=True)
    for path in folder.path.rglob("*"):
        if path.is_socket():
            path.unlink()
