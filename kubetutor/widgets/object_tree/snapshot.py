"""What the object tree shows, as a pure function of the objects that a feed knows.

1. Objects stand in four columns: who manages, who owns pods, pods, and who sends them requests.
2. Many pods of one owner become one box, "and 47 more"; so do old ReplicaSets without pods. `opened` holds the keys of
   the boxes that somebody opened.
3. Ties join boxes: `owns` (an owner reference), `selects` (a label selector), `lists` (an address in an EndpointSlice).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.kinds import KINDS
from kubetutor.api.objects import labels_of, name_of
from kubetutor.widgets.object_tree import sentences, states
from kubetutor.widgets.object_tree.graph import around, graph_of
from kubetutor.widgets.object_tree.selection import met_labels, written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.widgets.live.feed import Objects
    from kubetutor.widgets.object_tree.graph import Graph

COLUMNS = {
    "CronJob": 0, "Deployment": 0, "StatefulSet": 1, "DaemonSet": 1, "ReplicaSet": 1, "Job": 1,
    "Pod": 2, "Service": 3, "EndpointSlice": 3,
}  # fmt: skip
SHOWN = 6  # pods of one owner; one more is shown rather than "and 1 more"
PROBLEMS = 3  # told above the picture


@dataclass(frozen=True, slots=True)
class Box:
    """One object, or several behind one box. `more`: what a click opens or closes, for those.

    `rank` sorts: a parent comes before its children, for a blank comes before every letter of a name. `why` says how it is tied, `ask` how kubectl would tell.
    """

    key: str
    kind: str
    name: str
    column: int
    parent: str
    rank: str
    mood: str
    state: str
    labels: tuple[str, ...] = ()
    selects: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    why: str = ""
    ask: str = ""
    more: str = ""
    is_orphan: bool = False


@dataclass(frozen=True, slots=True)
class Tie:
    """A line from one box to another. `labels`: those of the target that the source selects it by."""

    source: str
    target: str
    kind: str
    labels: tuple[str, ...] = ()
    is_ready: bool = True

    @property
    def key(self) -> str:
        return f"{self.kind} {self.source} {self.target}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is shown at one moment, boxes in the tree's order. `problems` are sentences, worst first."""

    namespace: str
    boxes: tuple[Box, ...] = ()
    ties: tuple[Tie, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    loaded: bool = False

    def under(self, key: str) -> tuple[Box, ...]:
        return tuple(box for box in self.boxes if box.parent == key)


def snapshot_of(
    objects: Objects, namespace: str, *, root: str = "", opened: Iterable[str] = frozenset()
) -> Snapshot:
    """Answer the tree of the namespace, or of all that is tied to `root`: `deployment/web`, `svc/web` or `web`."""
    whole = graph_of(objects)
    graph, problems = whole, list(_problems(whole))
    if root:
        found = find_root(whole, root)
        graph = whole.only(around(whole, found)) if found else whole.only(set())
        problems = [problem for uid, problem in _told(whole) if uid in graph.objects]
        if not found and objects.loaded:
            problems = [f"There is no {sentences.root_in_words(root)} in namespace {namespace} yet."]
    shown = _Shown(graph, whole, namespace, frozenset(opened))
    return Snapshot(
        namespace,
        boxes=tuple(sorted(shown.boxes.values(), key=lambda box: box.rank)),
        ties=tuple(shown.ties()),
        counts=tuple((kind, len(graph.of(kind))) for kind in COLUMNS if graph.of(kind)),
        problems=_shortened(problems),
        notes=tuple(dict.fromkeys(objects.troubles.values())),
        loaded=objects.loaded,
    )


def find_root(graph: Graph, root: str) -> str:
    """Answer the uid of `kind/name`, where the kind may be short, or of the first object of that name."""
    kind, slash, name = root.rpartition("/")
    meant = {
        found.kind for found in KINDS if kind.lower() in {found.plural, found.singular, *found.short_names}
    }
    return next(
        (
            uid
            for sort in COLUMNS
            for uid in graph.of(sort)
            if name_of(graph.objects[uid]) == name and (not slash or sort in meant)
        ),
        "",
    )


def _told(graph: Graph) -> Iterable[tuple[str, str]]:
    """Answer what a learner should look at: selectors that pick nothing, pods that nobody owns any more."""
    for uid in graph.of("Service"):
        if uid in graph.selections and not graph.selected[uid]:
            yield uid, sentences.service(graph, uid)
    for uid in graph.of("Pod"):
        if sentences.lost_owner(graph, uid):
            yield uid, sentences.orphan(graph, uid)


def _problems(graph: Graph) -> Iterable[str]:
    return [problem for _, problem in _told(graph)]


def _shortened(problems: list[str]) -> tuple[str, ...]:
    more = len(problems) - PROBLEMS
    return (*problems[:PROBLEMS], f"And {more} more like this.") if more > 1 else tuple(problems)


def _few(addresses: list[str]) -> tuple[str, ...]:
    """Answer what there is room for in a box."""
    more = len(addresses) - 1
    return (addresses[0], f"+{more}") if more > 0 else tuple(addresses)


class _Shown:
    """Decides which objects have a box of their own, and which stand behind another."""

    def __init__(self, graph: Graph, whole: Graph, namespace: str, opened: frozenset[str]) -> None:
        self._graph, self._whole, self._namespace, self._opened = graph, whole, namespace, opened
        self._stands_for: dict[str, str] = {}  # uid -> key of the box that shows it
        self._used = {part.key for found in graph.selections.values() for part in found}
        self.boxes: dict[str, Box] = {}
        for uid in graph.objects:
            if uid not in graph.parents:
                self._show(uid, "", _side(graph.kinds[uid]))

    def ties(self) -> Iterable[Tie]:
        """Answer each tie between two boxes once. Some of a box's objects being ready is enough for it."""
        found: dict[str, Tie] = {}
        for tie in self._between_objects():
            source, target = self._stands_for.get(tie.source), self._stands_for.get(tie.target)
            if source and target and source != target:
                moved = Tie(source, target, tie.kind, tie.labels, tie.is_ready)
                if moved.key not in found or tie.is_ready:
                    found[moved.key] = moved
        return found.values()

    def _between_objects(self) -> Iterable[Tie]:
        graph = self._graph
        for child, parent in graph.parents.items():
            yield Tie(parent, child, "owns")
        for source, pods in graph.selected.items():
            for pod in pods:
                met = met_labels(graph.selections[source], labels_of(graph.objects[pod]))
                yield Tie(source, pod, "selects", met)
        for source, addresses in graph.addresses.items():
            for address in addresses:
                yield Tie(source, address.pod, "lists", is_ready=address.is_ready)

    def _show(self, uid: str, parent: str, rank: str) -> None:
        box = self._box(uid, parent, rank)
        self.boxes[uid], self._stands_for[uid] = box, uid
        groups = defaultdict(list)
        for child in self._graph.children.get(uid, ()):
            groups[self._hides(child)].append(child)
        for child in groups[""]:
            self._show(child, uid, box.rank)
        for what, hidden in groups.items():
            if what:
                self._show_some(uid, what, sorted(hidden, key=self._rank), box.rank)

    def _hides(self, child: str) -> str:
        """Answer in which group of its parent's children an object may be hidden, or nothing."""
        kind, obj = self._graph.kinds[child], self._graph.objects[child]
        if kind == "Pod":
            return "pods"
        is_old = not (obj.get("spec") or {}).get("replicas") and not self._graph.children.get(child)
        return "old ReplicaSets" if kind == "ReplicaSet" and is_old else ""

    def _show_some(self, owner: str, what: str, members: list[str], rank: str) -> None:
        shown = SHOWN if what == "pods" else 0
        key = f"more {what} {owner}"
        if len(members) <= shown + (1 if shown else 0):
            key, shown = "", len(members)
        is_open = key in self._opened
        hidden = [] if is_open else members[shown:]
        for member in members:
            if member not in hidden:
                self._show(member, owner, rank)
        if key:
            self._add_more(key, owner, members[shown:], f"{rank} ~{what}", is_open=is_open)
        for member in hidden:
            self._stands_for[member] = key

    def _add_more(self, key: str, owner: str, members: list[str], rank: str, *, is_open: bool) -> None:
        kind = self._graph.kinds[members[0]]
        known = [states.state_of(self._graph, self._whole, member) for member in members]
        self.boxes[key] = Box(
            key, kind, sentences.more_name(kind, len(members), is_open=is_open), COLUMNS[kind], owner, rank,
            mood=states.worst(state.mood for state in known),
            state="" if is_open else sentences.more_state(kind, [state.words for state in known]),
            why=sentences.more(kind, len(members), is_open=is_open), more="close" if is_open else "open",
        )  # fmt: skip

    def _box(self, uid: str, parent: str, rank: str) -> Box:
        graph, obj = self._graph, self._graph.objects[uid]
        kind, state = graph.kinds[uid], states.state_of(graph, self._whole, uid)
        requirements = graph.selections.get(uid, ())
        return Box(
            uid, kind, name_of(obj), COLUMNS[kind], parent, f"{rank} {self._rank(uid)}", state.mood, state.words,
            labels=tuple(f"{key}={value}" for key, value in sorted(labels_of(obj).items(), key=self._prominence)),
            selects=tuple(map(written, requirements)),
            addresses=_few([each.text for each in graph.addresses.get(uid, ())]),
            why=sentences.why(self._whole, uid),
            ask=sentences.ask(kind, name_of(obj), self._namespace, requirements),
            is_orphan=bool(sentences.lost_owner(self._whole, uid)),
        )  # fmt: skip

    def _prominence(self, label: tuple[str, str]) -> tuple[bool, bool, str]:
        """Sort labels: those that somebody selects by come first, the hash after the ones that people write."""
        return label[0] not in self._used, label[0] == sentences.HASH, label[0]

    def _rank(self, uid: str) -> str:
        """Answer what siblings are sorted by: the kind's place, then the revision, then the name."""
        kind, obj = self._graph.kinds[uid], self._graph.objects[uid]
        return f"{COLUMNS[kind]}{kind} {states.revision_of(obj).rjust(6)} {name_of(obj)}"


def _side(kind: str) -> str:
    """Answer 0 for what stands on the left of pods, 1 for pods, 2 for what stands on their right."""
    return str(max(0, COLUMNS[kind] - 1))
