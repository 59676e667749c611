"""Which pods of a map are shown: all, or those that match what was clicked."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from kubetutor.widgets.cluster_map.snapshot import MOODS

if TYPE_CHECKING:
    from kubetutor.widgets.cluster_map.snapshot import PodView, Snapshot


@dataclass(frozen=True, slots=True)
class Filter:
    """What a pod must be to be shown; an empty field asks nothing. `owner` is `Deployment web-app`, or its name alone."""

    owner: str = ""
    revision: str = ""
    version: str = ""
    node: str = ""
    mood: str = ""

    def __bool__(self) -> bool:
        return any(self.as_dict())

    def matches(self, pod: PodView) -> bool:
        return all(
            value in {getattr(pod, name), pod.owner.partition(" ")[2] if name == "owner" else None}
            for name, value in self.as_dict().items()
        )

    def as_dict(self) -> dict[str, str]:
        """Answer what is asked for, and nothing else."""
        return {entry.name: value for entry in fields(self) if (value := getattr(self, entry.name))}

    def sentence(self, snapshot: Snapshot) -> str:
        """Say what is shown and how much that is; empty where all is shown."""
        if not self:
            return ""
        words = {
            "owner": f"of {self.owner}",
            "revision": f"of revision {self.revision}",
            "version": f"of version {self.version}",
            "node": f"on {self.node}",
            "mood": f"whose state is: {MOODS.get(self.mood, self.mood)}",
        }
        number = sum(map(self.matches, snapshot.pods))
        asked = ", ".join(words[name] for name in self.as_dict())
        return f"Only pods {asked}. {number} of {len(snapshot.pods)} match."


def filter_of(message: dict[str, Any]) -> Filter:
    """Read what a page asks for; what it does not know is left out."""
    asked = message.get("filter")
    known = {entry.name for entry in fields(Filter)}
    pairs = asked.items() if isinstance(asked, dict) else ()
    return Filter(**{name: str(value) for name, value in pairs if name in known})


def filtered(snapshot: Snapshot, chosen: Filter) -> Snapshot:
    """Answer the snapshot with the pods that match, and no others."""
    if not chosen:
        return snapshot
    nodes = (replace(node, pods=tuple(filter(chosen.matches, node.pods))) for node in snapshot.nodes)
    return replace(
        snapshot,
        nodes=tuple(node for node in nodes if node.pods),
        unplaced=tuple(filter(chosen.matches, snapshot.unplaced)),
        helpers=(),
    )
