"""Which PersistentVolume suits a claim. Pure; the binder and the scheduler decide by it alike.

Models: staging/src/k8s.io/component-helpers/storage/volume/pv_helpers.go (FindMatchingVolume, CheckNodeAffinity).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, labels_of, name_of, namespace_of, uid_of
from kubetutor.api.quantities import parse
from kubetutor.api.selectors import from_selector, matches
from kubetutor.embedded.scheduler.affinity import term_matches

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from kubetutor.api.objects import Object
    from kubetutor.embedded.scheduler.cache import NodeInfo

NO_PROVISIONER = "kubernetes.io/no-provisioner"
SELECTED_NODE = "volume.kubernetes.io/selected-node"


def find_volume(claim: Object, volumes: Iterable[Object], node: NodeInfo | None = None) -> Object | None:
    """Answer the volume made for this claim, else the smallest that suits it and, if it has to, the node."""
    suiting = []
    for volume in volumes:
        if is_for(volume, claim):
            return volume
        if not volume["spec"].get("claimRef") and _suits(volume, claim) and _is_at(volume, node):
            suiting.append(volume)
    return min(suiting, key=lambda volume: (capacity_of(volume), name_of(volume)), default=None)


def is_for(volume: Object, claim: Object) -> bool:
    """Say whether the volume is reserved for this claim, by whoever made it or by the binder."""
    reference = volume["spec"].get("claimRef") or {}
    same_name = (reference.get("namespace"), reference.get("name")) == (namespace_of(claim), name_of(claim))
    return same_name and reference.get("uid") in {None, "", uid_of(claim)}


def _suits(volume: Object, claim: Object) -> bool:
    spec, wanted = volume["spec"], claim["spec"]
    return (
        not is_being_deleted(volume)
        and (volume.get("status") or {}).get("phase") in {None, "Pending", "Available"}
        and (spec.get("storageClassName") or "") == (wanted.get("storageClassName") or "")
        and spec.get("volumeMode", "Filesystem") == wanted.get("volumeMode", "Filesystem")
        and set(wanted.get("accessModes") or ()) <= set(spec.get("accessModes") or ())
        and capacity_of(volume) >= parse(wanted["resources"]["requests"]["storage"])
        and ("selector" not in wanted or matches(from_selector(wanted["selector"]), labels_of(volume)))
    )


def _is_at(volume: Object, node: NodeInfo | None) -> bool:
    return node is None or can_be_used_on(volume, node)


def can_be_used_on(volume: Object, node: NodeInfo) -> bool:
    """Say whether the volume's node affinity lets it be used there."""
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    return not required or any(term_matches(term, node) for term in required["nodeSelectorTerms"])


def capacity_of(volume: Object) -> Fraction:
    return parse(volume["spec"]["capacity"]["storage"])


def is_bound(claim: Object) -> bool:
    return (claim.get("status") or {}).get("phase") == "Bound"


def waits_for_a_pod(storage_class: Object | None) -> bool:
    return storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"
