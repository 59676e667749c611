"""Real Kubernetes in containers of this machine, through the `kind` command.

`up`: 1. read the cluster file; 2. find the engine and `kind`; 3. look what is there under this name; 4. make it, start
it again, or find that it runs; 5. wait until every node is Ready; 6. bring what lessons need. What is interrupted or
fails between 4 and 6 is deleted again.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from kubetutor.cluster import interruption, lock
from kubetutor.cluster.backend import Availability, Backend, Capability, Ended, Started
from kubetutor.cluster.home import explained, make_private, write_private
from kubetutor.cluster.kind import record
from kubetutor.errors import ClusterError, CommandFailedError, NoClusterError, StateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from kubetutor.cluster.backend import Progress, Status, Wanted
    from kubetutor.cluster.home import ClusterFolder
    from kubetutor.cluster.kind.cluster_file import ClusterFile
    from kubetutor.cluster.kind.engine import Engine
    from kubetutor.cluster.kind.nodes import KindNodes
    from kubetutor.cluster.kind.record import Record

LOCK_SECONDS = 1800.0  # another `up` may be downloading the node image


class KindBackend(Backend):
    name = "kind"
    title = "a kind cluster"
    capabilities = Capability.LOAD_IMAGES | Capability.STOP_NODES
    why_not: ClassVar = {
        Capability.ADD_IMAGES: "Its pods run container images; `kubetutor image load NAME` brings one of yours into the nodes.",
    }

    def available(self) -> Availability:
        from kubetutor.cluster.kind import command, engine  # noqa: PLC0415  # `kubetutor env` does not need them

        found, answer = engine.find_answering(os.environ)
        if found is None:
            return answer
        kind = command.check(self.home, os.environ)
        return Availability(True, f"{answer.why} and {kind.why}") if kind.ok else kind

    def mend(self, *, progress: Progress) -> None:
        from kubetutor.cluster.kind import releases  # noqa: PLC0415  # only an installation needs it

        releases.install(self.home, os.environ, progress=progress)

    def is_up(self, name: str) -> bool:
        try:
            known = record.read(self.home.cluster(name))
        except StateError:
            return False
        return known is not None and known.accepts()

    def up(self, wanted: Wanted, *, progress: Progress) -> Started:
        from kubetutor.cluster.kind import brought, cluster_file, node_images  # noqa: PLC0415  # `kubetutor env` needs none

        file = cluster_file.read(self._file(wanted), name=wanted.name)
        image = node_images.choose(wanted.kubernetes, os.environ, named_in_file=file.names_images)
        image = image if wanted.kubernetes else brought.preferred(self.home, image)
        folder = self.home.cluster(file.name)
        folder.refuse_unless(self.name)
        cluster = self._cluster(file.name)
        with explained(folder.path), _worked_on(folder, progress), _forgotten_if_empty(folder):
            known = self._still_there(cluster, folder, progress)
            if known is None:
                self._make(cluster, file, image, progress)
                return Started(file.name, folder.kubeconfig, already=False, nodes=len(file.roles))
            _refuse_another(folder, file if wanted.config else None, image if wanted.kubernetes else None)
            already = _wake(cluster, known, progress)
        return Started(file.name, folder.kubeconfig, already=already, nodes=known.nodes)

    def _file(self, wanted: Wanted) -> Path:
        """Answer the file that was asked for, else what this cluster was made from, else three nodes."""
        from kubetutor.cluster import share, spec  # noqa: PLC0415  # `kubetutor env` does not need them

        if wanted.config is not None:
            return wanted.config
        folder = self.home.cluster(spec.valid_name(wanted.name or spec.DEFAULT_NAME))
        made = folder.backend == self.name and folder.description.exists() and record.asked_for(folder)
        return folder.spec if made else share.default_cluster_file()

    def _cluster(self, name: str) -> KindNodes:
        """Answer the programs for this cluster. Raise ClusterError when one is missing or does not answer."""
        from kubetutor.cluster.kind import command  # noqa: PLC0415  # `kubetutor env` does not need it
        from kubetutor.cluster.kind.nodes import KindNodes  # noqa: PLC0415  # `kubetutor env` does not need it

        found, answer = self._engine_of(_read_or_none(self.home.cluster(name)))
        kind = command.find_kind(self.home, os.environ)
        if found is None or kind is None:
            missing = answer if found is None else command.check(self.home, os.environ)
            raise ClusterError(f"{missing.why[:1].upper()}{missing.why[1:]}. {missing.fix}")
        return KindNodes(name, self.kubeconfig(name), found, kind)

    def _still_there(self, cluster: KindNodes, folder: ClusterFolder, progress: Progress) -> Record | None:
        """Answer the cluster of this name that we made, if its containers are there. What was left half-made is cleared."""
        from kubetutor.cluster.kind import clearing  # noqa: PLC0415  # only this and `down` need it

        known, ids = record.read(folder), cluster.ids()
        if known is not None and known.is_ours(ids):
            return known
        if known is None and record.is_half_made(folder):
            progress("clearing what an interrupted run left half-made")
            clearing.delete(cluster)
        elif ids:
            raise ClusterError(
                f"The name {cluster.name!r} is taken: {cluster.engine.title} has a kind cluster {cluster.name!r} that was not "
                f"made from here (its nodes: {', '.join(ids)}). Give the new one another --name, or delete the other: "
                f"kind delete cluster --name {cluster.name}"
            )
        elif known is not None:
            progress(f"the containers of the cluster {cluster.name!r} are gone: making it anew")
        _clear(folder)
        return None

    def _make(self, cluster: KindNodes, file: ClusterFile, image: str | None, progress: Progress) -> None:
        from kubetutor.cluster.kind import making  # noqa: PLC0415  # only this needs it

        folder = self.home.cluster(cluster.name)
        making.refuse_taken_ports(file)
        with interruption.one_interruption():
            folder.claim(self.name)
            write_private(folder.spec, json.dumps(file.as_document(), indent=2) + "\n")
            log = self.home.path / f"kind-{cluster.name}.log"
            try:
                making.make(cluster, file, image, log=log, progress=progress)
                record.write(folder, making.describe(cluster, image))
            except BaseException as error:
                making.unmake(cluster, error, progress)
                shutil.rmtree(folder.path)
                if isinstance(error, KeyboardInterrupt):  # then nobody wants to read it
                    log.unlink(missing_ok=True)
                raise

    def down(self, name: str, *, keep: bool, progress: Progress) -> Ended:
        folder = self.home.cluster(name)
        if not folder.path.is_dir():
            return Ended(name, was_up=False, kept=False)
        with explained(folder.path), _worked_on(folder, progress):
            was_up = self.is_up(name)
            kept = self._end(folder, keep=keep, progress=progress)
            if not kept:
                shutil.rmtree(folder.path)
        return Ended(name, was_up=was_up, kept=kept)

    def _end(self, folder: ClusterFolder, *, keep: bool, progress: Progress) -> bool:
        """Stop the containers, or delete them; answer whether they are kept."""
        from kubetutor.cluster.kind import clearing  # noqa: PLC0415  # only this needs it

        known = _read_or_none(folder)
        if not folder.spec.exists() and not folder.description.exists():
            return False  # nothing was ever begun: containers of this name are somebody else's
        cluster = self._cluster_to_end(folder.name, known)
        if cluster is None:
            progress("there is no container engine here any more, so there are no containers either")
            return False
        if known is not None and not known.is_ours(cluster.ids()):
            progress("its containers are gone already")
            return False
        with interruption.one_interruption():
            if keep and known is not None:
                progress("stopping the nodes' containers")
                cluster.stop()
                return True
            progress("deleting the nodes' containers")
            clearing.delete(cluster)
        return False

    def _cluster_to_end(self, name: str, known: Record | None) -> KindNodes | None:
        """Answer who ends it: an engine that answers, and `kind` if it is here. None when no engine is installed."""
        from kubetutor.cluster.kind import command, engine  # noqa: PLC0415  # `kubetutor env` does not need them
        from kubetutor.cluster.kind.nodes import KindNodes  # noqa: PLC0415  # `kubetutor env` does not need it

        if engine.find_engine(os.environ) is None:
            return None
        found, answer = self._engine_of(known)
        if found is None:
            raise ClusterError(f"The cluster {name!r} cannot be ended now: {answer.why}. {answer.fix}")
        kind = command.find_kind(self.home, os.environ)
        return KindNodes(name, self.kubeconfig(name), found, kind or found.command.with_name("kind"))

    def _engine_of(self, known: Record | None) -> tuple[Engine | None, Availability]:
        """Find the engine that this cluster was made in, if it answers; else say what is wrong with it."""
        from kubetutor.cluster.kind import engine  # noqa: PLC0415  # `kubetutor env` does not need it

        made_in = engine.engine_named(known.engine, os.environ) if known else None
        if made_in is None:
            return engine.find_answering(os.environ)
        answer = made_in.answers()
        return (made_in if answer.ok else None), answer

    def status(self, name: str) -> Status:
        if not self.is_up(name):
            raise NoClusterError(
                self.trouble(name) or f"The cluster {name!r} is not up. Start it with `kubetutor up`."
            )
        from kubetutor.cluster import asking  # noqa: PLC0415  # TLS and YAML: `kubetutor env` needs neither

        found = asking.status(
            self.name, name, self.kubeconfig(name), where_to_look="`kubetutor doctor` looks at its machine."
        )
        return found if found.ready or found.trouble else replace(found, trouble=self.trouble(name))

    def load_images(self, name: str, images: Sequence[str], *, progress: Progress) -> None:
        from kubetutor.cluster.kind import load_images  # noqa: PLC0415  # only this needs it

        load_images.load(
            self._cluster(name), [load_images.full(image) for image in images], progress=progress
        )

    def stop_node(self, name: str, node: str) -> None:
        from kubetutor.cluster.kind import power  # noqa: PLC0415  # only this needs it

        power.stop_node(self._cluster(name), node)

    def start_node(self, name: str, node: str) -> None:
        from kubetutor.cluster.kind import power  # noqa: PLC0415  # only this needs it

        power.start_node(self._cluster(name), node)

    def trouble(self, name: str) -> str:
        folder = self.home.cluster(name)
        known = _read_or_none(folder)
        if known is None:
            return _half_made(folder) if record.is_half_made(folder) else ""
        found, answer = self._engine_of(known)
        if found is None:
            return (
                f"The nodes of the cluster {name!r} are containers, and their engine is gone: {answer.why}. {answer.fix} "
                f"Then: kubetutor up. To go on without it: kubetutor up --backend embedded --name {name}-embedded"
            )
        from kubetutor.cluster.kind.nodes import KindNodes  # noqa: PLC0415  # `kubetutor env` does not need it

        try:
            states = KindNodes(name, folder.kubeconfig, found, found.command).containers()
        except CommandFailedError as error:
            return str(error)
        asleep = [node for node, state in states.items() if state != "running"]
        if not states:
            return f"The containers of the cluster {name!r} are gone; somebody deleted them. `kubetutor up` makes it anew."
        if asleep:
            return f"The containers of these nodes are stopped: {', '.join(asleep)}. Start them with `kubetutor up`."
        return ""


def _worked_on(folder: ClusterFolder, progress: Progress) -> AbstractContextManager[None]:
    return lock.held(
        folder.up_lock,
        on_wait=lambda: progress("waiting for another kubetutor command"),
        prepare=lambda: make_private(folder.path),  # again, if `kubetutor down` removed it while we waited
        timeout=LOCK_SECONDS,
    )


@contextlib.contextmanager
def _forgotten_if_empty(folder: ClusterFolder) -> Iterator[None]:
    """Remove the folder when something was refused before anything was made."""
    try:
        yield
    except BaseException:
        if folder.path.is_dir() and not folder.spec.exists() and not folder.description.exists():
            shutil.rmtree(folder.path)
        raise


def _read_or_none(folder: ClusterFolder) -> Record | None:
    """Read what is known; a damaged description is none: what it told can be found by the containers' label."""
    try:
        return record.read(folder)
    except StateError:
        return None


def _half_made(folder: ClusterFolder) -> str:
    if lock.is_held(folder.up_lock):
        return f"The cluster {folder.name!r} is being made by another kubetutor command. Wait for it."
    return (
        f"The cluster {folder.name!r} was left half-made by an interrupted run. "
        "`kubetutor up` makes it anew, `kubetutor down` clears it."
    )


def _refuse_another(folder: ClusterFolder, file: ClusterFile | None, image: str | None) -> None:
    """Raise ClusterError when the cluster that is there is not what is asked for now. None: it was not said."""
    known = record.read(folder)
    again = "`kubetutor down` removes it; then `kubetutor up` again, or give the new one another --name."
    if file is not None and record.asked_for(folder) != file.as_document():
        raise ClusterError(
            f"There is a cluster {folder.name!r} made from another cluster file "
            f"(its nodes: {', '.join(known.containers) if known else 'unknown'}). {again}"
        )
    if image is not None and known is not None and known.image != image:
        raise ClusterError(
            f"There is a cluster {folder.name!r} made from the node image {known.image}, not {image}. {again}"
        )


def _wake(cluster: KindNodes, known: Record, progress: Progress) -> bool:
    """Start what is stopped of it, and wait for it; answer whether all of it ran before."""
    from kubetutor.cluster.kind import making  # noqa: PLC0415  # only this needs it

    asleep = [node for node, state in cluster.containers().items() if state != "running"]
    if asleep:
        progress(f"starting the containers that are stopped: {', '.join(asleep)}")
        making.start_again(cluster)
    if asleep or not known.accepts():
        making.finish(cluster, known.nodes, progress)
    return not asleep


def _clear(folder: ClusterFolder) -> None:
    """Remove what is written of the cluster. The lock stays: it is held now, and empty folders are nobody's cluster."""
    for path in folder.path.iterdir():
        if path == folder.up_lock:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
