"""The namespace that a lesson works in: one of its own, or the only one that the learner may use.

A namespace of its own is made, emptied and deleted as a whole. In a given one a lesson removes the objects that its
manifests name, and nothing else: where other things run it does not begin, because the learner's own commands (delete
the first pod, change all pods) would meet them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from kubetutor.api.objects import controller_of, is_being_deleted, is_load, labels_of, name_of
from kubetutor.errors import ApiError, LessonError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from kubetutor.api.objects import Object
    from kubetutor.exercises.exercise import Cluster

AUTOSCALERS = "horizontalpodautoscalers.autoscaling"
# Deleting these deletes all that they own.
SWEPT = (
    f"{AUTOSCALERS},poddisruptionbudgets.policy,"
    "deployments.apps,statefulsets.apps,daemonsets.apps,replicasets.apps,jobs.batch,services,pods"
)
RULES = "resourcequotas,limitranges,rolebindings.rbac.authorization.k8s.io,roles.rbac.authorization.k8s.io"
# What could be met in a given namespace.
LOOKED_AT = (AUTOSCALERS, "deployments.apps", "services", "pods")
MADE_BY_US = {"app.kubernetes.io/managed-by": "kubetutor"}


class LessonNamespace(Protocol):
    """Where a lesson works. Both methods answer what they did, in words."""

    name: str

    def prepare(self) -> str:
        """Bring it to a lesson's beginning. Raise LessonError where that would hurt somebody."""

    def clean_up(self) -> str:
        """Remove what the lesson made."""


class OwnNamespace:
    """A namespace for this lesson alone. On a cluster that others use too, only one that we made counts as ours."""

    def __init__(self, name: str, cluster: Cluster, *, swept: str = SWEPT) -> None:
        self.name, self._cluster, self._swept = name, cluster, swept

    def prepare(self) -> str:
        there = self._read()
        if there is not None and is_being_deleted(there):  # by the last clean-up
            gone = ("wait", "--for=delete", f"namespace/{self.name}", "--timeout=120s")
            self._cluster.kubectl(*gone, timeout=150)
            there = None
        if there is None:
            metadata = {"name": self.name, "labels": MADE_BY_US}
            self._cluster.api.create(
                "namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
            )
            return "created"
        if not self._is_ours(there):
            raise LessonError(
                f"There is a namespace {self.name} on this cluster that kubetutor did not make, so the lesson leaves it "
                "alone. Work in one that is yours: `kubetutor up --backend context --namespace NAME`, then restart the kernel."
            )
        swept = ("--namespace", self.name, "delete", self._swept, "--all", "--wait", "--timeout=120s")
        self._cluster.kubectl(*swept, timeout=150)
        return "there already, now empty"

    def clean_up(self) -> str:
        there = self._read()
        if there is None:
            return "gone already"
        if not self._is_ours(there):
            return "left as it is: kubetutor did not make it"
        self._cluster.kubectl("delete", "namespace", self.name, "--ignore-not-found", "--wait=false")
        return "deleted with all that was in it"

    def _read(self) -> Object | None:
        found: Object | None = self._cluster.api.find("namespaces", self.name)
        return found

    def _is_ours(self, namespace: Object) -> bool:
        return not self._cluster.workspace.is_shared or MADE_BY_US.items() <= labels_of(namespace).items()


class GivenNamespace:
    """The only namespace that the learner may use. It stays, with all that is not this lesson's."""

    def __init__(self, name: str, cluster: Cluster, manifests: Sequence[Object]) -> None:
        self.name, self._cluster, self._manifests = name, cluster, manifests

    def prepare(self) -> str:
        if others := [obj for obj in self._objects() if not is_lessons(obj, self._manifests)]:
            raise LessonError(refusal(self.name, others))
        left = self._remove()
        return f"yours, and it stays; removed from the last time: {left}" if left else "yours, and it stays"

    def clean_up(self) -> str:
        left = self._remove()
        return f"yours, and it stays; removed: {left or 'nothing, all was gone'}"

    def _remove(self) -> str:
        """Delete the lesson's objects, wait until all that they own is gone too, and answer their names."""
        kinds = {manifest["kind"] for manifest in self._manifests}
        found = [obj for obj in self._objects() if is_lessons(obj, self._manifests)]
        ours = [obj for obj in found if obj["kind"] in kinds or is_load(obj)]
        names = sorted(reference(obj) for obj in ours)
        if names:
            self._cluster.kubectl(
                "--namespace", self.name, "delete", *names,
                "--ignore-not-found", "--cascade=foreground", "--wait", "--timeout=60s",
            )  # fmt: skip
        return ", ".join(names)

    def _objects(self) -> list[Object]:
        """List what stands in the namespace, without what is on its way out."""
        found = [obj for kind in LOOKED_AT for obj in self._list(kind)]
        return [obj for obj in found if not is_being_deleted(obj) and not is_the_api(obj)]

    def _list(self, kind: str) -> list[Object]:
        try:
            listed: list[Object] = self._cluster.api.list(kind, namespace=self.name)
        except ApiError as error:
            if error.code != 403 or kind != AUTOSCALERS:
                raise
            return []  # who may not see autoscalers cannot take the lesson that makes them, and loses nothing in the others
        return listed


def manifests_in(folder: Path) -> tuple[Object, ...]:
    """Read a lesson's manifests. Those that came with kubetutor are read there: what the learner edits does not widen what is removed."""
    import yaml  # noqa: PLC0415  # slow to import, and only needed where a namespace is given

    paths = sorted(folder.glob("*.yaml"))
    documents = (obj for path in paths for obj in yaml.safe_load_all(path.read_text(encoding="utf-8")))
    return tuple(obj for obj in documents if obj)


def is_lessons(obj: Object, manifests: Iterable[Object]) -> bool:
    """Say whether the lesson made it: named in a manifest with the same selector or labels, a pod of such a one, or the load pod."""
    if is_load(obj):
        return True
    if obj["kind"] == "Pod":
        is_selected = _is_bare if controller_of(obj) is None else _selects
        return any(is_selected(each, obj) for each in manifests)
    return any(
        (each["kind"], name_of(each)) == (obj["kind"], name_of(obj)) and selector_of(each) == selector_of(obj)
        for each in manifests
    )


def selector_of(obj: Object) -> dict[str, str]:
    """Answer the labels that a Deployment or a Service selects pods by."""
    selector: dict[str, Any] = obj.get("spec", {}).get("selector") or {}
    return dict(selector.get("matchLabels") or selector)


def is_the_api(obj: Object) -> bool:
    """Every cluster has this Service in `default`; nobody needs to remove it."""
    return (obj["kind"], name_of(obj), obj["metadata"].get("namespace")) == (
        "Service",
        "kubernetes",
        "default",
    )


def reference(obj: Object) -> str:
    """Answer `deployment.apps/web-app`, as kubectl takes it."""
    group = obj["apiVersion"].rpartition("/")[0]
    return f"{obj['kind'].lower()}{'.' if group else ''}{group}/{name_of(obj)}"


def refusal(namespace: str, others: Sequence[Object]) -> str:
    names = [reference(obj) for obj in others]
    shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    return (
        f"The namespace {namespace} holds what this lesson did not make: {shown}. The lesson works on all pods of its "
        "namespace, so it does not begin here, and has changed nothing. If these are yours and you are done with them: "
        f"`kubectl --namespace {namespace} delete {' '.join(names[:6])}`. Else ask for another namespace, and name it "
        "with `kubetutor up --backend context --namespace NAME`."
    )


def _selects(manifest: Object, pod: Object) -> bool:
    selector = selector_of(manifest)
    return manifest["kind"] != "Service" and bool(selector) and selector.items() <= labels_of(pod).items()


def _is_bare(manifest: Object, pod: Object) -> bool:
    """Say whether the manifest is that of this pod: a bare one, with its name and its labels."""
    labels = labels_of(manifest)
    is_named = (manifest["kind"], name_of(manifest)) == ("Pod", name_of(pod))
    return is_named and bool(labels) and labels.items() <= labels_of(pod).items()
