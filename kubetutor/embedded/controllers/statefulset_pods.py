"""The pods of a StatefulSet: each has a number, and from it a name, a host name and claims that stay its own.

Models: pkg/controller/statefulset/stateful_set_utils.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_being_deleted, is_pod_ready, labels_of, name_of, namespace_of
from kubetutor.embedded.controllers.controller_history import POD_LABEL, template_of
from kubetutor.embedded.controllers.pod_control import pod_from_template

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

POD_NAME_LABEL, INDEX_LABEL = "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"
NUMBERED = re.compile(r"(.*)-([0-9]+)", re.ASCII)


def pod_name(stateful_set: Object, ordinal: int) -> str:
    return f"{name_of(stateful_set)}-{ordinal}"


def ordinal_of(stateful_set: Object, pod: Object) -> int | None:
    """Answer the number of a pod; None if its name is not one of this set."""
    found = NUMBERED.fullmatch(name_of(pod))
    return int(found[2]) if found and found[1] == name_of(stateful_set) else None


def ordinals(stateful_set: Object) -> range:
    """Answer the numbers that the set should have."""
    spec = stateful_set["spec"]
    start = (spec.get("ordinals") or {}).get("start", 0)
    return range(start, start + spec.get("replicas", 1))


def revision_of(pod: Object) -> str:
    """Answer the name of the revision that the pod is of."""
    return labels_of(pod).get(POD_LABEL, "")


def is_healthy(pod: Object) -> bool:
    return is_running_and_ready(pod) and not is_being_deleted(pod)


def is_running_and_ready(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") == "Running" and is_pod_ready(pod)


def identity_labels(stateful_set: Object, ordinal: int) -> dict[str, str]:
    return {POD_NAME_LABEL: pod_name(stateful_set, ordinal), INDEX_LABEL: str(ordinal)}


def new_pod(stateful_set: Object, revision: Object, ordinal: int) -> Object:
    """Answer the pod of a number as a revision describes it."""
    pod = pod_from_template(stateful_set, template_of(revision))
    metadata, name = pod["metadata"], pod_name(stateful_set, ordinal)
    labels = {**(metadata.get("labels") or {}), **identity_labels(stateful_set, ordinal)}
    pod["metadata"] = {**metadata, "name": name, "labels": {**labels, POD_LABEL: name_of(revision)}}
    pod["spec"] = {**pod["spec"], "hostname": name}
    if service := stateful_set["spec"].get("serviceName"):
        pod["spec"]["subdomain"] = service
    claims = claims_of(stateful_set, ordinal)
    if claims:
        pod["spec"]["volumes"] = [
            *(
                {"name": volume, "persistentVolumeClaim": {"claimName": name_of(c)}}
                for volume, c in claims.items()
            ),
            *(each for each in pod["spec"].get("volumes") or () if each["name"] not in claims),
        ]
    return pod


def claims_of(stateful_set: Object, ordinal: int) -> dict[str, Object]:
    """Answer the claims of a number, by the name of their template, which is also that of the volume."""
    found = {}
    for template in stateful_set["spec"].get("volumeClaimTemplates") or ():
        metadata = template.get("metadata") or {}
        labels = {
            **(metadata.get("labels") or {}),
            **(stateful_set["spec"]["selector"].get("matchLabels") or {}),
        }
        own: Object = {
            "name": f"{metadata['name']}-{pod_name(stateful_set, ordinal)}",
            "namespace": namespace_of(stateful_set),
            "labels": labels,
        }
        if metadata.get("annotations"):
            own["annotations"] = metadata["annotations"]
        found[metadata["name"]] = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": own,
            "spec": template["spec"],
        }
    return found
