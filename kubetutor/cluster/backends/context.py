"""A cluster that is there: one context of the user's own kubeconfig, which is read and never written.

What a lesson gets is a copy of that one context, in the state folder: it can be changed (`kubectl config set-context`)
without the user's own file noticing.
"""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, ClassVar

from kubetutor.cluster import commands
from kubetutor.cluster.backend import Availability, Backend, Capability, Ended, Started
from kubetutor.cluster.home import explained, make_private, write_private
from kubetutor.errors import ClusterError, NoClusterError

if TYPE_CHECKING:
    from kubetutor.cluster.backend import Progress, Status, Wanted


class ContextBackend(Backend):
    name = "context"
    title = "a context of your kubeconfig"
    capabilities = Capability.NONE
    why_not: ClassVar = {
        Capability.STOP_NODES: "Its nodes are somebody else's machines; a kind or embedded cluster has nodes to stop.",
    }

    def available(self) -> Availability:
        return Availability(True, "it needs a kubeconfig and nothing else")

    def is_up(self, name: str) -> bool:
        return self.kubeconfig(name).exists()

    def up(self, wanted: Wanted, *, progress: Progress) -> Started:
        text = commands.run(_view(wanted.context), env=dict(os.environ), timeout=20)
        context = re.findall(r"^current-context: (.*)$", text, re.MULTILINE)
        if not context:
            raise ClusterError("Your kubeconfig has no current context. Say which one with --context.")
        name = wanted.name or re.sub(r"[^a-z0-9]+", "-", context[0].lower()).strip("-")[:50].rstrip("-")
        folder = self.home.cluster(name)
        progress(f"copying the context {context[0]!r} of your kubeconfig")
        with explained(folder.path):
            make_private(folder.path)
            folder.claim(self.name)
            write_private(folder.kubeconfig, text)
        return Started(name, folder.kubeconfig, already=False)

    def down(self, name: str, *, keep: bool, progress: Progress) -> Ended:
        del progress
        folder = self.home.cluster(name)
        was_up = self.is_up(name)
        if not keep:
            shutil.rmtree(folder.path, ignore_errors=True)
        return Ended(name, was_up=was_up, kept=keep)

    def status(self, name: str) -> Status:
        if not self.is_up(name):
            raise NoClusterError(f"The cluster {name!r} is not up. Start it with `kubetutor up`.")
        from kubetutor.cluster import asking  # noqa: PLC0415  # TLS and YAML: `kubetutor env` needs neither

        return asking.status(self.name, name, self.kubeconfig(name))


def _view(context: str | None) -> list[str]:
    """Let kubectl read the user's kubeconfig: it knows how several files become one."""
    chosen = ["--context", context] if context else []
    return [str(commands.kubectl_path()), "config", "view", "--raw", "--minify", "--flatten", *chosen]
