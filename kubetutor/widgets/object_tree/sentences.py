"""Why objects are tied, in whole sentences, and the command that shows the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.kinds import kinds_by_resource
from kubetutor.api.objects import controller_of, is_pod_ready, labels_of, name_of
from kubetutor.widgets.object_tree.graph import RESOURCES
from kubetutor.widgets.object_tree.selection import (
    CONTROLLERS,
    in_words,
    near_miss,
    selects,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kubetutor.api.selectors import Requirements
    from kubetutor.widgets.object_tree.graph import Address, Graph

HASH = "pod-template-hash"


def why(graph: Graph, uid: str) -> str:
    """Say how one object is tied to others."""
    return SENTENCES.get(graph.kinds[uid], _owner)(graph, uid)


def service(graph: Graph, uid: str) -> str:
    spec = graph.objects[uid].get("spec") or {}
    name = _called(graph, uid)
    if spec.get("type") == "ExternalName":
        return f"{name} is another name for {spec.get('externalName', '')}: it selects no pods."
    requirements = graph.selections.get(uid, ())
    if not requirements:
        return f"{name} has no selector: its EndpointSlices are filled by hand, or by another program."
    pods = graph.selected[uid]
    head = f"{name} selects {in_words(requirements)}"
    if not pods:
        near = near_miss(requirements, [graph.objects[pod] for pod in graph.of("Pod")])
        return f"{head}, and no pod matches: {near}. Without a pod there is nobody to answer its requests."
    ready = sum(is_pod_ready(graph.objects[pod]) for pod in pods)
    listed = [each for piece in graph.slices_of(uid) for each in graph.addresses[piece]]
    return f"{head}: {_match(len(pods))}, {_of_them(ready, len(pods))} ready{_so_listed(listed)}."


def pod(graph: Graph, uid: str) -> str:
    after = (
        " Another was made in its place; this one runs until somebody deletes it."
        if lost_owner(graph, uid)
        else ""
    )
    return f"{orphan(graph, uid)}{after} {_selected_by(graph, uid)}"


def orphan(graph: Graph, uid: str) -> str:
    return f"{_called(graph, uid)} {_owned_by(graph, uid)}"


def lost_owner(graph: Graph, uid: str) -> str:
    """Answer the name of the ReplicaSet that made the pod and let it go, or nothing."""
    obj = graph.objects[uid]
    made_by = str(obj.get("metadata", {}).get("generateName", "")).removesuffix("-")
    if graph.kinds[uid] != "Pod" or controller_of(obj) is not None or not made_by:
        return ""
    is_known = any(name_of(graph.objects[each]) == made_by for each in graph.of("ReplicaSet"))
    template = labels_of(obj).get(HASH, "")
    return made_by if is_known or (template and made_by.endswith(template)) else ""


def more_name(kind: str, count: int, *, is_open: bool) -> str:
    what = _several(kind, count, old=kind == "ReplicaSet")
    return f"show {what} less" if is_open else f"and {count} more" if kind == "Pod" else what


def more_state(kind: str, words: Iterable[str]) -> str:
    """Count the states of those behind one box: `45 Running 1/1, 2 Pending 0/1`."""
    if kind != "Pod":
        return "with 0 pods"
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in sorted(counts.items(), key=lambda pair: -pair[1]))


def more(kind: str, count: int, *, is_open: bool) -> str:
    if is_open:
        return "Click, or press Enter, to put them behind one box again."
    if kind == "Pod":
        return (
            f"{count} more pods of the same owner stand behind this box. Click, or press Enter, to see each."
        )
    return (
        f"A Deployment keeps its old ReplicaSets with 0 pods, so that `kubectl rollout undo` can go back. "
        f"Click, or press Enter, to see {_several(kind, count)}."
    )


def ask(kind: str, name: str, namespace: str, requirements: Requirements) -> str:
    """Answer the command that shows whom an object selects, or the object itself with its labels."""
    plural = kinds_by_resource()[RESOURCES[kind]].plural
    if requirements:
        return f"kubectl get pods -n {namespace} -l '{','.join(map(written, requirements))}'"
    return f"kubectl get {plural} -n {namespace} {name} --show-labels"


def root_in_words(root: str) -> str:
    kind, slash, name = root.rpartition("/")
    return f"{kind} {name}" if slash else f"object {name}"


def _owner(graph: Graph, uid: str) -> str:
    """Say what a controller owns, and how it knows its pods."""
    name, children = _called(graph, uid), graph.children.get(uid, ())
    owned = _owner_phrase(graph, uid)
    if not children:
        return f"{name}{owned} owns nothing now."
    first = graph.kinds[children[0]]
    owns = f"{name}{owned} owns {_several(first, len(children))}"
    if not graph.selections.get(uid) or graph.kinds[uid] not in CONTROLLERS:
        return f"{owns}: each names it in its ownerReferences."
    return f"{owns}. {_controller_selects(graph, uid)}"


def _controller_selects(graph: Graph, uid: str) -> str:
    pods = graph.selected[uid]
    mine = set(graph.descendants(uid))
    others = sum(each not in mine for each in pods)
    text = f"It selects {in_words(graph.selections[uid])}: {_match(len(pods))}"
    if not others:
        return f"{text}."
    return f"{text}, and {others} of them {'is' if others == 1 else 'are'} not its own: somebody else owns {'it' if others == 1 else 'them'}, or nobody."


def _slice(graph: Graph, uid: str) -> str:
    addresses = graph.addresses[uid]
    ready = sum(each.is_ready for each in addresses)
    parent = graph.parents.get(uid)
    of = f" of {_called(graph, parent)}" if parent else ""
    if not addresses:
        return f"{_called(graph, uid)}{of} lists no address."
    waiting = [
        name_of(graph.objects[each.pod])
        for each in addresses
        if not each.is_ready and each.pod in graph.objects
    ]
    names = (
        f" Not ready: {', '.join(waiting[:3])}{' and more' if len(waiting) > 3 else ''}." if waiting else ""
    )
    return (
        f"{_called(graph, uid)}{of} lists {_count(len(addresses), 'address')}: "
        f"{ready} ready. Requests go only to ready ones.{names}"
    )


def _owned_by(graph: Graph, uid: str) -> str:
    former = lost_owner(graph, uid)
    if former:
        return _let_go(graph, uid, former)
    reference = controller_of(graph.objects[uid])
    if reference is None:
        return "has no owner: if it goes, nobody makes another."
    parent = graph.parents.get(uid)
    top = f", which {_called(graph, graph.parents[parent])} owns" if parent in graph.parents else ""
    return f"is owned by {reference.get('kind')} {reference.get('name')}{top}."


def _let_go(graph: Graph, uid: str, former: str) -> str:
    owner = next((each for each in graph.of("ReplicaSet") if name_of(graph.objects[each]) == former), None)
    if owner is None:
        return f"has no owner any more: ReplicaSet {former}, which made it, is gone."
    labels, requirements = labels_of(graph.objects[uid]), graph.selections.get(owner, ())
    if selects(requirements, graph.objects[uid]):
        return f"was made by ReplicaSet {former} and has no owner now; its labels match, so it will be taken back."
    wrong = tuple(each for each in requirements if not selects((each,), graph.objects[uid]))
    has = " and ".join(
        f"{each.key}={labels[each.key]}" if each.key in labels else f"no label {each.key}" for each in wrong
    )
    return f"is an orphan: ReplicaSet {former} made it and let it go, for it selects {in_words(wrong)}, and this pod has {has}."


def _selected_by(graph: Graph, uid: str) -> str:
    found = [each for each in graph.of("Service") if uid in graph.selected.get(each, ())]
    if not found:
        return "No Service selects it."
    names = " and ".join(
        f"{_called(graph, each)} (by {in_words(graph.selections[each])})" for each in found[:3]
    )
    is_ready = is_pod_ready(graph.objects[uid])
    after = "It is ready, so it gets requests." if is_ready else "It is not ready, so it gets no requests."
    return f"{names} {'selects' if len(found) == 1 else 'select'} it. {after}"


def _owner_phrase(graph: Graph, uid: str) -> str:
    parent = graph.parents.get(uid)
    return f", which {_called(graph, parent)} owns," if parent else ""


def _called(graph: Graph, uid: str) -> str:
    return f"{graph.kinds[uid]} {name_of(graph.objects[uid])}"


def _match(count: int) -> str:
    return "1 pod matches" if count == 1 else f"{count} pods match"


def _of_them(count: int, total: int) -> str:
    if total == 1:
        return "and it is" if count else "and it is not"
    return "all of them" if count == total else f"{count or 'none'} of them"


def _so_listed(listed: list[Address]) -> str:
    """Say what that means for requests. Addresses of pods that are not ready are listed, but marked."""
    ready = sum(each.is_ready for each in listed)
    if not listed:
        return ""
    if ready == len(listed):
        return f", so {_count(ready, 'address')} in its EndpointSlice {'takes' if ready == 1 else 'take'} requests"
    return f", so {ready or 'none'} of the {_count(len(listed), 'address')} in its EndpointSlice {'takes' if ready < 2 else 'take'} requests"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else noun + ('es' if noun.endswith('s') else 's')}"


def _several(kind: str, count: int, *, old: bool = False) -> str:
    noun = "pod" if kind == "Pod" else kind
    return _count(count, f"old {noun}" if old else noun)


SENTENCES: dict[str, Callable[[Graph, str], str]] = {"Service": service, "Pod": pod, "EndpointSlice": _slice}
