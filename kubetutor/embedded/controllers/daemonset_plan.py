"""Decides which pods of a DaemonSet come and go. Nothing here acts.

1. A node that should run the daemon and has no pod gets one; on a node that may not keep it, every pod goes.
2. A pod that has ended goes, and is replaced when it is gone. Of several on a node the oldest stays.
3. RollingUpdate without surge: delete old pods that are unavailable, then as many others as maxUnavailable allows.
4. With surge: first make new pods beside old ones, up to maxSurge; an old pod goes when the new one is available.

Models: podsShouldBeOnNode in pkg/controller/daemon/daemon_controller.go, rollingUpdate in update.go.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_pod_ready, name_of
from kubetutor.embedded.controllers.daemonset_pods import by_age, has_left, is_updated, should_run, target_of
from kubetutor.embedded.controllers.replicaset import seconds_until_available
from kubetutor.embedded.controllers.rollout import in_pods

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from kubetutor.api.objects import Object


@dataclass(frozen=True, slots=True)
class Plan:
    """Names of nodes that get a pod, pods to delete, and pods that have ended by themselves, with why."""

    create: tuple[str, ...] = ()
    delete: tuple[Object, ...] = ()
    ended: tuple[Object, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class View:
    """A DaemonSet, the hash of its template, the nodes, and its pods by the node that they are meant for."""

    daemon_set: Object
    hash: str
    nodes: tuple[Object, ...]
    now: dt.datetime
    pods_by_node: dict[str, list[Object]] = field(default_factory=dict)

    def is_available(self, pod: Object) -> bool:
        wait = self.daemon_set["spec"].get("minReadySeconds", 0)
        return seconds_until_available(pod, wait, self.now) == 0

    def is_updated(self, pod: Object) -> bool:
        return is_updated(pod, self.daemon_set, self.hash)


def by_node(pods: Iterable[Object]) -> dict[str, list[Object]]:
    """Answer the pods of each node, the oldest first, without those that have left."""
    found: defaultdict[str, list[Object]] = defaultdict(list)
    for pod in sorted(pods, key=by_age):
        if not has_left(pod):
            found[target_of(pod)].append(pod)
    return dict(found)


def limits(daemon_set: Object, desired: int) -> tuple[int, int]:
    """Answer (maxSurge, maxUnavailable) in pods; a percentage is rounded up."""
    rolling = (daemon_set["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    surge = in_pods(rolling.get("maxSurge", 0), desired, round_up=True)
    unavailable = in_pods(rolling.get("maxUnavailable", 1), desired, round_up=True)
    return surge, 1 if surge == 0 and unavailable == 0 else unavailable


def allows_surge(daemon_set: Object) -> bool:
    return limits(daemon_set, 100)[0] > 0


# ---- which pods should be there


def plan_pods(view: View) -> Plan:
    """Bring each node to its pod, whatever revision that is of."""
    create: list[str] = []
    delete: list[Object] = []
    ended: list[Object] = []
    for node in view.nodes:
        runs, stays = should_run(view.daemon_set, node)
        pods = view.pods_by_node.get(name_of(node), [])
        if not stays:
            delete += [pod for pod in pods if not is_being_deleted(pod)]
        elif not pods:
            create += [name_of(node)] if runs else []
        else:
            running = [pod for pod in pods if not is_being_deleted(pod) and not _has_ended(pod)]
            ended += [pod for pod in pods if not is_being_deleted(pod) and _has_ended(pod)]
            if allows_surge(view.daemon_set):
                create += [name_of(node)] if runs and not running else []
                delete += _surplus_of_two(view, running)
            else:
                delete += running[1:]
    delete += _of_missing_nodes(view)
    return Plan(tuple(create), tuple(delete), tuple(ended), "every node that fits has one pod")


def _has_ended(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") in {"Failed", "Succeeded"}


def _of_missing_nodes(view: View) -> list[Object]:
    """Answer pods that wait for a node that is gone; nobody else would delete them."""
    there = {name_of(node) for node in view.nodes}
    return [
        pod
        for node, pods in view.pods_by_node.items()
        for pod in pods
        if node not in there and not pod["spec"].get("nodeName") and not is_being_deleted(pod)
    ]


def _surplus_of_two(view: View, running: list[Object]) -> list[Object]:
    """Answer what goes where an old and a new pod may be: all but the oldest of each, and the old one in time."""
    if len(running) < 2:
        return []
    new = [pod for pod in running if view.is_updated(pod)]
    old = [pod for pod in running if not view.is_updated(pod)]
    surplus = new[1:] + old[1:]
    if new and old and (not is_pod_ready(old[0]) or view.is_available(new[0])):
        surplus.append(old[0])
    return surplus


# ---- rolling update


def plan_rolling(view: View) -> Plan:
    """Take the next step of a rolling update."""
    desired = sum(should_run(view.daemon_set, node)[0] for node in view.nodes)
    surge, unavailable = limits(view.daemon_set, desired)
    if surge:
        return _plan_surge(view, surge, desired)
    return _plan_replacing(view, unavailable)


def _new_and_old(view: View, pods: Iterable[Object]) -> tuple[Object | None, Object | None] | None:
    """Answer the pod of each sort; None if there are several of one."""
    staying = [pod for pod in pods if not is_being_deleted(pod)]
    new = [pod for pod in staying if view.is_updated(pod)]
    old = [pod for pod in staying if not view.is_updated(pod)]
    if len(new) > 1 or len(old) > 1:
        return None
    return (new[0] if new else None), (old[0] if old else None)


def _plan_replacing(view: View, allowed: int) -> Plan:
    unavailable, broken, candidates = 0, [], []
    for _, pods in sorted(view.pods_by_node.items()):
        new, old = _new_and_old(view, pods) or (None, None)
        if (new is None) == (old is None):
            unavailable += 1
        elif new is not None:
            unavailable += not view.is_available(new)
        elif old is not None and not view.is_available(old):
            broken.append(old)
            unavailable += 1
        elif old is not None:
            candidates.append(old)
    spare = candidates[: max(0, allowed - unavailable)]
    return Plan(delete=(*broken, *spare), why=f"{allowed} pods may be unavailable")


def _plan_surge(view: View, surge: int, desired: int) -> Plan:
    nodes = {name_of(node): node for node in view.nodes}
    surging = available = 0
    delete: list[Object] = []
    leaving: list[Object] = []
    broken: list[str] = []
    candidates: list[str] = []
    for node, pods in sorted(view.pods_by_node.items()):
        found = _new_and_old(view, pods)
        if found is None:
            surging += 1
            continue
        new, old = found
        counted = old or new
        available += counted is not None and view.is_available(counted)
        if old is None:
            continue
        if new is not None:
            surging += not view.is_available(new)
            delete += [old] if view.is_available(new) else []
        elif node not in nodes or not should_run(view.daemon_set, nodes[node])[0]:
            (leaving if view.is_available(old) else delete).append(old)
        else:
            (candidates if view.is_available(old) else broken).append(node)
    delete += leaving[: max(0, available - desired)]
    create = (*broken, *candidates[: max(0, surge - surging)])
    return Plan(create, tuple(delete), why=f"{surge} more pods may run")


# ---- status


def daemon_set_status(view: View) -> tuple[Object, float | None]:
    """Answer the numbers of the status, and the seconds until they change by time alone."""
    counts: defaultdict[str, int] = defaultdict(int)
    waits = []
    for node in view.nodes:
        runs, _ = should_run(view.daemon_set, node)
        pods = view.pods_by_node.get(name_of(node), [])
        if not runs:
            counts["numberMisscheduled"] += bool(pods)
            continue
        counts["desiredNumberScheduled"] += 1
        if not pods:
            continue
        wait = seconds_until_available(pods[0], view.daemon_set["spec"].get("minReadySeconds", 0), view.now)
        waits += [wait] if wait else []
        counts["currentNumberScheduled"] += 1
        counts["numberReady"] += is_pod_ready(pods[0])
        counts["numberAvailable"] += wait == 0
        counts["updatedNumberScheduled"] += view.is_updated(pods[0])
    counts["numberUnavailable"] = counts["desiredNumberScheduled"] - counts["numberAvailable"]
    always = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
    status = {name: counts[name] for name in always}
    status |= {name: value for name, value in counts.items() if value}
    return status, min(waits, default=None)
