"""Real Kubernetes in containers of this machine, through the `kind` command."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from kubetutor.cluster.backend import Availability, Backend, Capability, Ended, Started, Status
from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from kubetutor.cluster.backend import Progress, Wanted


class KindBackend(Backend):
    name = "kind"
    title = "a kind cluster"
    capabilities = Capability.LOAD_IMAGES | Capability.STOP_NODES

    def available(self) -> Availability:
        return Availability(False, "it is being built", "Use --backend embedded.")

    def is_up(self, name: str) -> bool:
        del name
        return False

    def up(self, wanted: Wanted, *, progress: Progress) -> Started:
        del wanted, progress
        self._not_yet()

    def down(self, name: str, *, keep: bool, progress: Progress) -> Ended:
        del name, keep, progress
        self._not_yet()

    def status(self, name: str) -> Status:
        del name
        self._not_yet()

    def _not_yet(self) -> NoReturn:
        raise ClusterError("The kind backend is being built.")
