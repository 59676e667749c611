"""Binds claims for storage to volumes, one to one.

For a claim that has no volume yet:
1. A class that waits for a first consumer: wait until the scheduler has chosen a node for a pod that uses the claim.
2. Take the volume that was made for the claim, else the smallest that suits it. Write the claim into the volume, then
   the volume into the claim.
3. None suits: ask the provisioner of the class for one; without a class, wait until somebody makes one.

For a volume: it is Available without a claim, Bound with one, Released when its claim is gone. For a claim whose volume
is gone: it is Lost.

Models: pkg/controller/volume/persistentvolume/pv_controller.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import (
    annotations_of,
    is_being_deleted,
    key_of,
    name_of,
    namespace_of,
    uid_of,
)
from kubetutor.embedded.scheduler.cache import NodeInfo
from kubetutor.embedded.volume_matching import (
    NO_PROVISIONER,
    SELECTED_NODE,
    find_volume,
    is_for,
    waits_for_a_pod,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue

CLAIMS, VOLUMES, CLASSES = "persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"
BOUND_BY = "pv.kubernetes.io/bound-by-controller"
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
PROVISIONERS = ("volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner")
LOST = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
NO_VOLUME = "no persistent volumes available for this claim and no storage class is set"
FIRST_CONSUMER = "waiting for first consumer to be created before binding"
EXTERNAL = (
    "Waiting for a volume to be created either by the external provisioner '{name}' or manually by the system "
    "administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a claim: bind it, ask for a volume, call it lost, or only say something."""

    bind: Object | None = None
    provisioner: str = ""
    is_lost: bool = False
    level: str = ""
    reason: str = ""
    message: str = ""


def plan_claim(
    claim: Object, volumes: Iterable[Object], storage_class: Object | None, node: NodeInfo | None
) -> Plan:
    """Decide about one claim. `node` is the one that the scheduler has chosen for it."""
    wanted = claim["spec"].get("volumeName")
    if wanted:
        return _plan_for_named(claim, next((each for each in volumes if name_of(each) == wanted), None))
    volumes = tuple(volumes)
    made_for_it = any(is_for(volume, claim) for volume in volumes)
    if waits_for_a_pod(storage_class) and node is None and not made_for_it:
        return Plan(level="Normal", reason="WaitForFirstConsumer", message=FIRST_CONSUMER)
    if (found := find_volume(claim, volumes, node)) is not None:
        return Plan(bind=found)
    return _plan_for_new(claim["spec"].get("storageClassName"), storage_class)


def _plan_for_new(name: str | None, storage_class: Object | None) -> Plan:
    """Decide about a claim that no volume suits."""
    if not name:
        return Plan(level="Normal", reason="FailedBinding", message=NO_VOLUME)
    if storage_class is None:
        missing = f'storageclass.storage.k8s.io "{name}" not found'
        return Plan(level="Warning", reason="ProvisioningFailed", message=missing)
    provisioner = storage_class["provisioner"]
    if provisioner == NO_PROVISIONER:
        return Plan(level="Normal", reason="FailedBinding", message=NO_VOLUME)
    return Plan(
        provisioner=provisioner,
        level="Normal",
        reason="ExternalProvisioning",
        message=EXTERNAL.format(name=provisioner),
    )


def _plan_for_named(claim: Object, volume: Object | None) -> Plan:
    is_complete = BIND_COMPLETED in annotations_of(claim)
    if volume is None:
        return (
            Plan(is_lost=True, level="Warning", reason="ClaimLost", message=LOST) if is_complete else Plan()
        )
    if not volume["spec"].get("claimRef") or is_for(volume, claim):
        return Plan(bind=volume)
    taken = f'volume "{name_of(volume)}" already bound to a different claim.'
    return Plan(level="Warning", reason="FailedBinding", message=taken)


def volume_phase(volume: Object, claim: Object | None) -> str:
    """Answer the phase of a volume, given the claim that its claimRef names, if that is there."""
    reference = volume["spec"].get("claimRef")
    if not reference or not reference.get("uid"):
        return "Available"
    return "Bound" if claim is not None and uid_of(claim) == reference["uid"] else "Released"


class PersistentVolumeController:
    name = "persistentvolume-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._events = context.client, context.events.as_component(self.name)
        self._claims, self._volumes = context.informers[CLAIMS], context.informers[VOLUMES]
        self._classes, self._nodes = context.informers[CLASSES], context.informers["nodes"]
        self._queue: WorkQueue | None = None

    def start(self, queue: WorkQueue) -> None:
        self._queue = queue
        self._claims.on_change(self._on_claim)
        self._volumes.on_change(self._on_volume)
        self._classes.on_change(lambda _: self._look_at_open_claims())

    def _on_claim(self, change: Change) -> None:
        if self._queue is not None:
            self._queue.add(key_of(change.object))
            if volume := change.object["spec"].get("volumeName"):
                self._queue.add(volume)

    def _on_volume(self, change: Change) -> None:
        if self._queue is None:
            return
        self._queue.add(key_of(change.object))
        if reference := change.object["spec"].get("claimRef"):
            self._queue.add(f"{reference.get('namespace')}/{reference.get('name')}")
        else:
            self._look_at_open_claims()

    def _look_at_open_claims(self) -> None:
        for claim in self._claims.list():
            if self._queue is not None and (claim.get("status") or {}).get("phase") != "Bound":
                self._queue.add(key_of(claim))

    def reconcile(self, key: str) -> float | None:
        """Look at a claim, `namespace/name`, or at a volume, `name`."""
        if "/" in key:
            if (claim := self._claims.get(key)) is not None and not is_being_deleted(claim):
                self._carry_out(claim, self._plan(claim))
        elif (volume := self._volumes.get(key)) is not None:
            self._set_phase(volume)
        return None

    def _plan(self, claim: Object) -> Plan:
        storage_class = self._classes.get(claim["spec"].get("storageClassName") or "")
        chosen = self._nodes.get(annotations_of(claim).get(SELECTED_NODE, ""))
        node = NodeInfo(chosen) if chosen is not None else None
        return plan_claim(claim, self._volumes.list(), storage_class, node)

    def _carry_out(self, claim: Object, plan: Plan) -> None:
        if plan.bind is not None:
            self._bind(claim, plan.bind)
        if plan.is_lost:
            self._write_claim_status(claim, {"phase": "Lost"})
        if plan.provisioner:
            self._annotate(claim, dict.fromkeys(PROVISIONERS, plan.provisioner))
        if plan.reason and (claim.get("status") or {}).get("phase") != "Lost":
            record = self._events.normal if plan.level == "Normal" else self._events.warning
            record({"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim}, plan.reason, plan.message)

    def _bind(self, claim: Object, volume: Object) -> None:
        """Write both sides, the volume first: two claims must not get the same one."""
        if (volume["spec"].get("claimRef") or {}).get("uid") != uid_of(claim):
            mark: Object = {} if volume["spec"].get("claimRef") else {"annotations": {BOUND_BY: "yes"}}
            body = {"metadata": mark, "spec": {"claimRef": _reference(claim)}}
            volume = self._client.patch(VOLUMES, name_of(volume), body)
        self._set_phase(volume)
        if claim["spec"].get("volumeName") != name_of(volume):
            body = {
                "metadata": {"annotations": {BOUND_BY: "yes"}},
                "spec": {"volumeName": name_of(volume)},
            }
            claim = self._client.patch(CLAIMS, name_of(claim), body, namespace=namespace_of(claim))
        self._annotate(claim, {BIND_COMPLETED: "yes"})
        spec = volume["spec"]
        status = {"phase": "Bound", "accessModes": spec["accessModes"], "capacity": spec["capacity"]}
        self._write_claim_status(claim, status)

    def _set_phase(self, volume: Object) -> None:
        reference = volume["spec"].get("claimRef") or {}
        claim = self._claims.get(f"{reference.get('namespace')}/{reference.get('name')}")
        phase = volume_phase(volume, claim)
        if (volume.get("status") or {}).get("phase") != phase:
            self._client.patch(VOLUMES, name_of(volume), {"status": {"phase": phase}}, subresource="status")

    def _annotate(self, claim: Object, annotations: dict[str, str]) -> None:
        if not annotations.items() <= annotations_of(claim).items():
            body = {"metadata": {"annotations": annotations}}
            self._client.patch(CLAIMS, name_of(claim), body, namespace=namespace_of(claim))

    def _write_claim_status(self, claim: Object, status: Object) -> None:
        old = claim.get("status") or {}
        if any(old.get(field) != value for field, value in status.items()):
            self._client.patch(
                CLAIMS,
                name_of(claim),
                {"status": status},
                namespace=namespace_of(claim),
                subresource="status",
            )


def _reference(claim: Object) -> Object:
    return {
        "kind": "PersistentVolumeClaim",
        "namespace": namespace_of(claim),
        "name": name_of(claim),
        "uid": uid_of(claim),
        "apiVersion": "v1",
        "resourceVersion": claim["metadata"].get("resourceVersion"),
    }
