"""What each kind does differently from all others: defaults, generated fields, validation.

A kind without a row in `_OWN` is handled in the generic way alone: by its schema and its metadata.
Here live pure functions of one object, or of its new and old form. What must look at other objects is in
`admission.py`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from kubetutor.api.kinds import Kind, kinds_by_resource
from kubetutor.embedded.apiserver.strategies import (
    api_service,
    autoscaler,
    certificate,
    configuration,
    daemonset,
    definition,
    deployment,
    disruption,
    endpoints,
    job,
    limits,
    namespace,
    networking,
    node,
    pod,
    priority,
    rbac,
    replication_controller,
    service,
    statefulset,
    storage,
)
from kubetutor.embedded.apiserver.strategies.metadata import (
    keep_system_metadata,
    validate_metadata,
    validate_metadata_update,
)
from kubetutor.embedded.apiserver.strategies.scale import validate_scale
from kubetutor.embedded.apiserver.strategies.strategy import Strategy
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.field import FieldError

__all__ = ["Strategy", "invalid_error", "strategy_of", "validate_scale"]

_RBAC = "rbac.authorization.k8s.io"
_OWN: dict[str, Strategy] = {
    "apiservices.apiregistration.k8s.io": api_service.STRATEGY,
    "certificatesigningrequests.certificates.k8s.io": certificate.STRATEGY,
    "configmaps": configuration.CONFIG_MAP,
    "cronjobs.batch": job.CRON_JOB,
    "customresourcedefinitions.apiextensions.k8s.io": definition.STRATEGY,
    "csistoragecapacities.storage.k8s.io": storage.CAPACITY,
    "daemonsets.apps": daemonset.STRATEGY,
    "deployments.apps": deployment.DEPLOYMENT,
    "endpoints": endpoints.ENDPOINTS,
    "endpointslices.discovery.k8s.io": endpoints.ENDPOINT_SLICE,
    "horizontalpodautoscalers.autoscaling": autoscaler.STRATEGY,
    "ingressclasses.networking.k8s.io": networking.INGRESS_CLASS,
    "ingresses.networking.k8s.io": networking.INGRESS,
    "jobs.batch": job.JOB,
    "leases.coordination.k8s.io": node.LEASE,
    "limitranges": limits.LIMIT_RANGE,
    "namespaces": namespace.STRATEGY,
    "networkpolicies.networking.k8s.io": networking.NETWORK_POLICY,
    "nodes": node.NODE,
    "persistentvolumeclaims": storage.CLAIM,
    "persistentvolumes": storage.VOLUME,
    "poddisruptionbudgets.policy": disruption.STRATEGY,
    "pods": pod.STRATEGY,
    "podtemplates": deployment.POD_TEMPLATE,
    "priorityclasses.scheduling.k8s.io": priority.STRATEGY,
    "replicasets.apps": deployment.REPLICA_SET,
    "replicationcontrollers": replication_controller.STRATEGY,
    "resourcequotas": limits.QUOTA,
    "secrets": configuration.SECRET,
    "services": service.STRATEGY,
    "statefulsets.apps": statefulset.STRATEGY,
    "storageclasses.storage.k8s.io": storage.STORAGE_CLASS,
    f"clusterrolebindings.{_RBAC}": rbac.CLUSTER_ROLE_BINDING,
    f"clusterroles.{_RBAC}": rbac.CLUSTER_ROLE,
    f"rolebindings.{_RBAC}": rbac.ROLE_BINDING,
    f"roles.{_RBAC}": rbac.ROLE,
}


@cache
def strategy_of(resource: str) -> Strategy:
    """Answer what a kind does, the generic part around its own. `resource` is `pods` or `deployments.apps`."""
    own = _OWN.get(resource, Strategy())
    kind = kinds_by_resource().get(resource)
    namespaced = kind is None or kind.namespaced
    has_status = kind is not None and "status" in kind.subresources

    def prepare_create(obj: Object) -> None:
        if has_status and own.prepare_create is Strategy.prepare_create:
            obj["status"] = {}
        own.prepare_create(obj)
        if own.has_generation:
            obj["metadata"]["generation"] = 1

    def prepare_update(new: Object, old: Object) -> None:
        keep_system_metadata(new, old)
        if has_status:
            _keep_status(new, old)
        own.prepare_update(new, old)
        if own.has_generation and any(_at(new, path) != _at(old, path) for path in own.generation_follows):
            new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1

    def validate(obj: Object) -> list[FieldError]:
        errors = validate_metadata(obj["metadata"], namespaced=namespaced, name_rule=own.name_rule)
        return errors + own.validate(obj)

    def validate_update(new: Object, old: Object) -> list[FieldError]:
        return validate_metadata_update(new["metadata"], old["metadata"]) + own.validate_update(new, old)

    return Strategy(
        defaults=own.defaults,
        prepare_create=prepare_create,
        prepare_update=prepare_update,
        validate=validate,
        validate_update=validate_update,
        name_rule=own.name_rule,
        has_generation=own.has_generation,
        change_first=own.change_first,
        generation_follows=own.generation_follows,
    )


def invalid_error(kind: Kind, name: str, errors: list[FieldError]) -> ApiError:
    """Put all that is wrong with an object into one 422. The message says the same thing only once."""
    texts = list(dict.fromkeys(map(str, errors)))
    shown = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    details: dict[str, Any] = {"name": name, "group": kind.group, "kind": kind.kind}
    details = {key: value for key, value in details.items() if value}
    details["causes"] = [
        {"reason": error.reason, "message": error.message, "field": error.path} for error in errors
    ]
    message = f'{kind.qualified_kind} "{name}" is invalid: {shown}'
    return ApiError(422, "Invalid", message, details)


def _keep_status(new: Object, old: Object) -> None:
    """Put the old status back: it is written through its own path only."""
    new.pop("status", None)
    if "status" in old:
        new["status"] = old["status"]


def _at(obj: Object, path: str) -> Any:
    value: Any = obj
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value or None
