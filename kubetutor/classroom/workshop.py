"""A workshop on one shared cluster: a room for each learner, and all of it taken away again.

create:
1. Look before making: who runs this needs the right to make namespaces, and no namespace of somebody else may have one of the names.
2. Make each room, learner by learner. What is there already is brought to the same state, so an interrupted run goes on.
3. Write a kubeconfig for each learner, with a token that ends by itself.
remove: delete the namespaces that carry this workshop's label, wait until they are gone, and remove those kubeconfigs.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api import kubeconfig
from kubetutor.api.objects import annotations_of, labels_of, name_of
from kubetutor.classroom import rooms
from kubetutor.errors import ApiError, ClassroomError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from kubetutor.api.objects import Object
    from kubetutor.classroom.learners import Learner
    from kubetutor.cluster.cluster import Cluster

GONE_SECONDS = 300.0  # for all namespaces to be deleted
LOOK = 0.5  # seconds between two looks
ENDING = ".kubeconfig"


@dataclass(frozen=True, slots=True)
class Room:
    """What one learner has: on the cluster a namespace, on this machine the file to hand out."""

    name: str
    namespace: str
    kubeconfig: Path


@dataclass(frozen=True, slots=True)
class Workshop:
    """A workshop of this name on this cluster. Its learners' kubeconfigs are in `folder`."""

    name: str
    cluster: Cluster
    folder: Path

    def create(
        self, learners: Sequence[Learner], *, hours: float, progress: Callable[[str], None]
    ) -> list[Room]:
        """Make a room for each learner. Raise ClassroomError before anything is made where it cannot be whole."""
        self._look(learners)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = []
        for place, learner in enumerate(learners, 1):
            progress(f"{place} of {len(learners)}: {learner.name}")
            made.append(self._furnish(learner, hours))
        return made

    def remove(self, *, progress: Callable[[str], None]) -> list[str]:
        """Take away what this workshop made, and answer the names of its namespaces."""
        names = [name_of(each) for each in self.namespaces()]
        for name in names:
            progress(f"deleting {name} and all that is in it")
            self._delete(name)
        self._wait_until_gone(progress)
        for name in names:
            self._file(name.removeprefix(f"{self.name}-")).unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()
        return names

    def namespaces(self) -> list[Object]:
        """List the namespaces of this workshop, by their label."""
        selector = f"{rooms.WORKSHOP}={self.name}"
        return self.cluster.api.list("namespaces", label_selector=selector)

    def _look(self, learners: Sequence[Learner]) -> None:
        self._may("create", "", "namespaces")
        self._may("create", rooms.RBAC, "rolebindings")
        there = {name_of(each): each for each in self.cluster.api.list("namespaces")}
        wanted = {rooms.namespace_of(self.name, learner): learner for learner in learners}
        for name in sorted(wanted.keys() & there.keys()):
            found = there[name]
            if labels_of(found).get(rooms.WORKSHOP) != self.name:
                raise ClassroomError(
                    f"There is a namespace {name} on this cluster that this workshop did not make. "
                    "Give the workshop another name: --workshop NAME. Nothing was made."
                )
            owner = annotations_of(found).get(rooms.LEARNER)
            if owner != wanted[name].name:
                raise ClassroomError(
                    f"The namespace {name} belongs to {owner}, and {wanted[name].name} would get it now: the list has "
                    "changed. Remove the workshop first, or add new learners at the end of the list. Nothing was made."
                )

    def _may(self, verb: str, group: str, resource: str) -> None:
        wanted = {"verb": verb, "group": group, "resource": resource}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": wanted},
        }
        answer = self.cluster.api.create("selfsubjectaccessreviews.authorization.k8s.io", review)
        if not answer["status"].get("allowed"):
            raise ClassroomError(
                f"You may not {verb} {resource} on this cluster, and a workshop needs it. "
                "Ask for an administrator's kubeconfig, and choose its context with --context. Nothing was made."
            )

    def _furnish(self, learner: Learner, hours: float) -> Room:
        api, room = self.cluster.api, rooms.namespace(self.name, learner)
        api.apply(room, force=True)
        for obj in rooms.furniture(name_of(room)):
            api.apply(obj, force=True)
        token = self.cluster.kubectl(
            "create", "token", rooms.ACCOUNT, "--namespace", name_of(room), f"--duration={int(hours * 3600)}s"
        )
        path = self._file(learner.slug)
        kubeconfig.write(
            path, learners_document(kubeconfig.load(self.cluster.kubeconfig), token.strip(), name_of(room))
        )
        return Room(learner.name, name_of(room), path)

    def _file(self, slug: str) -> Path:
        return self.folder / f"{slug}{ENDING}"

    def _delete(self, name: str) -> None:
        try:
            self.cluster.api.delete("namespaces", name)
        except ApiError as error:
            if error.code not in {404, 409}:  # gone, or on its way out
                raise

    def _wait_until_gone(self, progress: Callable[[str], None]) -> None:
        end, left = time.monotonic() + GONE_SECONDS, len(self.namespaces())
        while left:
            if time.monotonic() > end:
                names = ", ".join(name_of(each) for each in self.namespaces())
                raise ClassroomError(
                    f"After {GONE_SECONDS:.0f} s these are still being deleted: {names}. `kubectl describe namespace` says "
                    "what holds them. Run the same command again later."
                )
            time.sleep(LOOK)
            if (now := len(self.namespaces())) != left:
                left = now
                progress(f"{left} left to go")


def valid_name(name: str) -> str:
    """Answer the name, if namespaces can begin with it. Raise ClassroomError if not."""
    if not re.fullmatch(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?", name):
        raise ClassroomError(
            f"A workshop cannot be called {name!r}: namespaces begin with its name. Take a small letter and up to 19 more "
            "small letters, digits and dashes."
        )
    return name


def learners_document(document: Object, token: str, namespace: str) -> Object:
    """Answer the kubeconfig of a learner: the instructor's way to the cluster, with the learner's token and namespace."""
    current = document.get("current-context")
    context = next(each["context"] for each in document["contexts"] if each["name"] == current)
    cluster = next(each for each in document["clusters"] if each["name"] == context["cluster"])
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": namespace,
        "contexts": [
            {
                "name": namespace,
                "context": {"cluster": cluster["name"], "user": namespace, "namespace": namespace},
            }
        ],
        "clusters": [cluster],
        "users": [{"name": namespace, "user": {"token": token}}],
    }
