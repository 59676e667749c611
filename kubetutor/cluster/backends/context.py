"""A cluster that is there: one context of the user's own kubeconfig, which is read and never written.

What a lesson gets is a copy of that one context, in the state folder: it can be changed (`kubectl config set-context`)
without the user's own file noticing. `up` makes it:

1. Read the context; say which server, which user entry and which namespace it names. Ask the server for its version.
2. Ask the server who we are and what we may do. Choose where lessons work: each in a namespace of its own where
   that is allowed, else all in the one that was given.
3. Only now the copy takes its place. Nothing is made on the cluster.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from typing import TYPE_CHECKING, ClassVar

from kubetutor.cluster.backend import Availability, Backend, Capability, Ended, Started, Workspace
from kubetutor.cluster.context import record as records
from kubetutor.cluster.context.record import Record
from kubetutor.cluster.home import explained, make_private
from kubetutor.errors import ClusterError, NoClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kubetutor.api.objects import Object
    from kubetutor.cluster.backend import Progress, Status, Wanted
    from kubetutor.cluster.home import ClusterFolder

ELSEWHERE = "a kind or embedded cluster can: `kubetutor up --backend kind` or `--backend embedded`."


class ContextBackend(Backend):
    name = "context"
    title = "a context of your kubeconfig"
    capabilities = Capability.NONE
    why_not: ClassVar = {
        Capability.STOP_NODES: f"Its nodes are machines that others use and run; {ELSEWHERE}",
        Capability.LOAD_IMAGES: "Its nodes get images from a registry only: push the image to one that they can reach. "
        f"Without a registry, {ELSEWHERE}",
        Capability.ADD_IMAGES: "Its pods run container images, not commands of this machine; an embedded cluster can: "
        "`kubetutor up --backend embedded`.",
        Capability.LOCAL_PROCESSES: "Its pods run on other machines.",
    }

    def available(self) -> Availability:
        return Availability(True, "it needs a kubeconfig and nothing else")

    def is_up(self, name: str) -> bool:
        return self.kubeconfig(name).exists()

    def workspace(self, name: str) -> Workspace:
        record = records.read(self.home.cluster(name))
        if record is None:  # going on would mean to forget that only one namespace may be used
            raise ClusterError(
                f"What is kept of the context {name!r} is incomplete. Make it anew: `kubetutor down --name {name}`, "
                "then `kubetutor up --backend context`."
            )
        return Workspace(record.namespace, is_shared=True)

    def up(self, wanted: Wanted, *, progress: Progress) -> Started:
        from kubetutor.cluster.context import source, standing  # noqa: PLC0415  # YAML and TLS: `kubetutor env` needs neither

        name, before = self._which(wanted)
        document = source.find(os.environ, self.home).one_context(before.context or None)
        source.refuse_impersonation(document)
        name = name or name_for(document["current-context"])
        folder = self.home.cluster(name)
        self._refuse_taken(folder, document["current-context"])
        if chosen := self._namespace_chosen(folder):
            document["contexts"][0]["context"]["namespace"] = chosen
        with explained(folder.path), _copied(folder, document) as copy:
            found = standing.meet(copy, wanted, before, progress)
            copy.replace(folder.kubeconfig)
            folder.claim(self.name)
            records.write(folder, found)
        return Started(name, folder.kubeconfig, already=False)

    def down(self, name: str, *, keep: bool, progress: Progress) -> Ended:
        del progress
        folder = self.home.cluster(name)
        was_up = self.is_up(name)
        if keep:
            note = f"The copy of the context {name!r} is kept; `kubetutor down` without --keep removes it."
        else:
            with explained(folder.path), contextlib.suppress(FileNotFoundError):
                shutil.rmtree(folder.path)
            note = (
                f"Our copy of the context {name!r} is removed. Nothing was removed on the cluster itself: what lessons "
                "left there is removed by their own clean-up cell. Your kubeconfig is as it was."
            )
        return Ended(name, was_up=was_up, kept=keep, note=note)

    def status(self, name: str) -> Status:
        if not self.is_up(name):
            raise NoClusterError(f"The cluster {name!r} is not up. Start it with `kubetutor up`.")
        from kubetutor.cluster.context import standing  # noqa: PLC0415  # TLS and YAML: `kubetutor env` needs neither

        return standing.status(name, self.kubeconfig(name), self.workspace(name))

    def _which(self, wanted: Wanted) -> tuple[str | None, Record]:
        """Answer the name, if it is known, and what is known of it: a context that is up is taken up again."""
        up = [name for name in self.names() if self.is_up(name)]
        if wanted.name is None and wanted.context is None and len(up) > 1:
            raise ClusterError(f"Several contexts are in use: {', '.join(up)}. Say which one with --name.")
        name = wanted.name or (name_for(wanted.context) if wanted.context else next(iter(up), None))
        known = (records.read(self.home.cluster(name)) if name else None) or Record("")
        if wanted.context is None or wanted.context == known.context:
            return name, known
        return name, Record(wanted.context)

    def _namespace_chosen(self, folder: ClusterFolder) -> str:
        """Answer the namespace that our copy names now: the learner may have chosen it, or `up`."""
        from kubetutor.api import kubeconfig  # noqa: PLC0415  # as above

        return kubeconfig.namespace_in(folder.kubeconfig) if folder.kubeconfig.exists() else ""

    def _refuse_taken(self, folder: ClusterFolder, context: str) -> None:
        """Refuse a name that means another cluster already."""
        if not folder.path.is_dir():
            return
        known = records.read(folder)
        if folder.backend != self.name:
            what = f"There is a cluster {folder.name!r} already, on the backend {folder.backend}."
        elif known is not None and known.context != context:
            what = f"The name {folder.name!r} already means the context {known.context!r}."
        else:
            return
        raise ClusterError(
            f"{what} Choose another name with --name, or remove it with `kubetutor down --name {folder.name}`."
        )


def name_for(context: str) -> str:
    """Make a cluster's name of a context's: `arn:aws:eks:eu-west-1:42:cluster/shop` has signs that a folder has not."""
    return re.sub(r"[^a-z0-9]+", "-", context.lower()).strip("-")[:50].strip("-") or "context"


@contextlib.contextmanager
def _copied(folder: ClusterFolder, document: Object) -> Iterator[Path]:
    """Write the copy under a name of its own, to be tried. What is not wanted in the end leaves nothing behind."""
    from kubetutor.api import kubeconfig  # noqa: PLC0415  # as above

    was_there = folder.path.is_dir()
    make_private(folder.path)
    trial = folder.path / "kubeconfig.trial"
    try:
        kubeconfig.write(trial, document)
        yield trial
    except BaseException:
        if not was_there:
            shutil.rmtree(folder.path)
        raise
    finally:
        trial.unlink(missing_ok=True)
