"""Pause, resume and undo a rollout, through the API and in kubectl's words.

1. Read the Deployment (and for an undo its ReplicaSets) anew: what a view has seen may be old.
2. Refuse what kubectl would refuse (`refusal_of`), before anything is written.
3. Patch. An undo is nothing else than the pod template of an old ReplicaSet, put back.

Models: kubectl/pkg/polymorphichelpers/rollback.go, objectpauser.go, objectresumer.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import annotations_of
from kubetutor.api.selectors import write_selector
from kubetutor.errors import ApiError, ClusterError
from kubetutor.widgets.rollout.sets import REVISION, Sets, revision_of, sets_of, template_of, without_hash

if TYPE_CHECKING:
    from kubetutor.api.client import Client
    from kubetutor.api.objects import Object

DEPLOYMENTS, REPLICA_SETS = "deployments.apps", "replicasets.apps"
PAUSE, RESUME, UNDO = "pause", "resume", "undo"
DONE = {PAUSE: "paused", RESUME: "resumed", UNDO: "rolled back"}
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
STILL_APPLIED = ". Your manifest does not know: the next `kubectl apply` of the newer one brings it back."
PREVIOUS = 0  # as a revision: the one before the newest
OF_THE_DEPLOYMENT = frozenset({
    APPLIED, "deprecated.deployment.rollback.to", REVISION,
    "deployment.kubernetes.io/revision-history", "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    """What a button does: `verb` to the Deployment, for an undo with the revision to go back to."""

    verb: str
    deployment: str
    namespace: str
    revision: int = PREVIOUS

    def __str__(self) -> str:
        to = f" --to-revision={self.revision}" if self.revision else ""
        where = "" if self.namespace == "default" else f" -n {self.namespace}"
        return f"kubectl rollout {self.verb} deployment/{self.deployment}{to}{where}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command. `said` is what kubectl would say, or why it was refused."""

    command: str
    said: str
    went: bool


def carry_out(api: Client, command: Command) -> Outcome:
    """Do it, and say what came of it; a refusal is an outcome too."""
    try:
        deployment = api.get(DEPLOYMENTS, command.deployment, namespace=command.namespace)
        sets = _sets(api, command, deployment)
        refusal = refusal_of(command, deployment, sets)
        if refusal:
            return Outcome(str(command), refusal, went=False)
        _patch(api, command, deployment, sets)
    except ApiError as error:
        return Outcome(str(command), words_of(error, command), went=False)
    except ClusterError as error:
        return Outcome(str(command), str(error), went=False)
    applied = command.verb == UNDO and APPLIED in annotations_of(deployment)
    said = f"deployment.apps/{command.deployment} {DONE[command.verb]}{STILL_APPLIED if applied else ''}"
    return Outcome(str(command), said, went=True)


def refusal_of(command: Command, deployment: Object, sets: Sets) -> str:
    """Say why kubectl would not do it; "" if it would."""
    paused = bool(deployment.get("spec", {}).get("paused"))
    if command.verb == UNDO:
        return _refusal_of_undo(command, deployment, sets, paused=paused)
    if paused == (command.verb == RESUME):
        return ""
    return f'error: deployments.apps "{command.deployment}" is {"already" if paused else "not"} paused'


def _refusal_of_undo(command: Command, deployment: Object, sets: Sets, *, paused: bool) -> str:
    target = target_of(sets, command.revision)
    if target is None and command.revision:
        return f"error: unable to find specified revision {command.revision} in history"
    if target is None:
        return f'error: no rollout history found for deployment "{command.deployment}"'
    if paused:
        return (
            "error: you cannot rollback a paused deployment; resume it first with "
            f"'kubectl rollout resume deployment/{command.deployment}' and try again"
        )
    if without_hash(template_of(target)) == without_hash(template_of(deployment)):
        return (
            f"deployment.apps/{command.deployment} skipped rollback "
            f"(current template already matches revision {command.revision})"
        )
    return ""


def target_of(sets: Sets, revision: int) -> Object | None:
    """Answer the ReplicaSet to go back to: that of `revision`, or the one before the newest."""
    by_revision = sorted(sets.all, key=revision_of)
    if revision == PREVIOUS:
        return by_revision[-2] if len(by_revision) > 1 else None
    return next((each for each in by_revision if revision_of(each) == revision), None)


def undo_patch(deployment: Object, target: Object) -> list[Object]:
    """Answer the JSON patch that puts the template of an old set back, and the annotations that go with it."""
    kept = {name: text for name, text in annotations_of(deployment).items() if name in OF_THE_DEPLOYMENT}
    restored = {name: text for name, text in annotations_of(target).items() if name not in OF_THE_DEPLOYMENT}
    return [
        {"op": "replace", "path": "/spec/template", "value": without_hash(template_of(target))},
        {"op": "replace", "path": "/metadata/annotations", "value": {**kept, **restored}},
    ]


def words_of(error: ApiError, command: Command) -> str:
    """Say why the API server refused."""
    if error.code == 403:
        return (
            f"This account may not do that in namespace {command.namespace}. Ask whoever runs the cluster for the role "
            f"`edit` there. (Seen: {error.message})"
        )
    return f"error: {error.message}"


def _sets(api: Client, command: Command, deployment: Object) -> Sets:
    if command.verb != UNDO:
        return Sets(None, ())
    selector = write_selector(deployment.get("spec", {}).get("selector"))
    return sets_of(deployment, api.list(REPLICA_SETS, namespace=command.namespace, label_selector=selector))


def _patch(api: Client, command: Command, deployment: Object, sets: Sets) -> None:
    target = target_of(sets, command.revision)
    if command.verb == UNDO and target is not None:
        api.patch(
            DEPLOYMENTS,
            command.deployment,
            undo_patch(deployment, target),
            namespace=command.namespace,
            patch_type="json",
        )
    else:
        paused = True if command.verb == PAUSE else None
        api.patch(DEPLOYMENTS, command.deployment, {"spec": {"paused": paused}}, namespace=command.namespace)
