"""StatefulSets.

Models: ValidateStatefulSetSpec in pkg/apis/apps/validation, pkg/apis/apps/v1/defaults.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import dns_label
from kubetutor.embedded.apiserver.field import (
    FieldError,
    forbidden,
    invalid,
    malformed,
    non_negative,
    not_supported,
    required,
)
from kubetutor.embedded.apiserver.strategies.deployment import SELECTOR, validate_workload_selector
from kubetutor.embedded.apiserver.strategies.int_or_percent import (
    at_most_100_percent,
    is_zero,
    validate_int_or_percent,
)
from kubetutor.embedded.apiserver.strategies.labels import (
    validate_labels,
    validate_selector,
    validate_template_labels,
)
from kubetutor.embedded.apiserver.strategies.pod_defaults import set_template_defaults
from kubetutor.embedded.apiserver.strategies.pod_spec import validate_lasting_template, validate_template
from kubetutor.embedded.apiserver.strategies.storage import set_claim_defaults, validate_claim_spec
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_CHANGEABLE = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
)  # fmt: skip
_UPDATE_WORDS = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def set_defaults(stateful_set: Object) -> None:
    spec = stateful_set.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
        strategy.setdefault("rollingUpdate", {})
    if strategy["type"] == "RollingUpdate" and "rollingUpdate" in strategy:
        strategy["rollingUpdate"].setdefault("partition", 0)
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    retention.setdefault("whenDeleted", "Retain")
    retention.setdefault("whenScaled", "Retain")
    set_template_defaults(spec)
    for claim in spec.get("volumeClaimTemplates", ()):
        claim.setdefault("kind", "PersistentVolumeClaim")
        claim.setdefault("apiVersion", "v1")
        set_claim_defaults(claim)


def prepare_create(stateful_set: Object) -> None:
    stateful_set["status"] = {"replicas": 0, "availableReplicas": 0}
    _drop_disabled(stateful_set)


def prepare_update(new: Object, _old: Object) -> None:
    _drop_disabled(new)


def _drop_disabled(stateful_set: Object) -> None:
    """Take out what belongs to a feature that is off by default: MaxUnavailableStatefulSet."""
    rolling = stateful_set["spec"].get("updateStrategy", {}).get("rollingUpdate")
    if rolling:
        rolling.pop("maxUnavailable", None)


def validate(stateful_set: Object) -> list[FieldError]:
    spec = stateful_set["spec"]
    errors = _validate_policies(spec)
    for index, claim in enumerate(spec.get("volumeClaimTemplates", ())):
        errors += validate_claim_spec(claim.get("spec", {}), f"spec.volumeClaimTemplates[{index}].spec")
    for name in ("replicas", "minReadySeconds"):
        errors += non_negative(f"spec.{name}", spec.get(name))
    errors += non_negative("spec.ordinals.start", spec.get("ordinals", {}).get("start"))
    if spec.get("serviceName"):
        errors += malformed("spec.serviceName", spec["serviceName"], dns_label(spec["serviceName"]))
    selector = spec.get("selector")
    errors += validate_workload_selector(selector, "statefulset")
    if selector is not None and validate_selector(selector, SELECTOR):
        errors.append(invalid(SELECTOR, selector, ""))
    else:
        errors += validate_template_labels(selector, spec.get("template", {}), "spec.template")
        metadata = spec.get("template", {}).get("metadata", {})
        errors += validate_labels(
            metadata.get("labels"), "spec.template.labels"
        )  # a second time, as upstream
        errors += validate_template(_with_claims(spec), "spec.template")
    return errors + validate_lasting_template(spec.get("template", {}), "spec.template", "StatefulSet")


def validate_update(new: Object, old: Object) -> list[FieldError]:
    after, before = (
        {name: value for name, value in obj["spec"].items() if name not in _CHANGEABLE} for obj in (new, old)
    )
    return [] if after == before else [forbidden("spec", _UPDATE_WORDS)]


def _validate_policies(spec: Object) -> list[FieldError]:
    policy = spec.get("podManagementPolicy", "")
    errors: list[FieldError] = []
    if not policy:
        errors.append(required("spec.podManagementPolicy"))
    elif policy not in {"OrderedReady", "Parallel"}:
        errors.append(invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'"))
    errors += _validate_update_strategy(spec.get("updateStrategy", {}), "spec.updateStrategy")
    for name, value in spec.get("persistentVolumeClaimRetentionPolicy", {}).items():
        if value not in {"Retain", "Delete"}:
            path = f"spec.persistentVolumeClaimRetentionPolicy.{name}"
            errors.append(not_supported(path, value, ("Retain", "Delete")))
    return errors


def _validate_update_strategy(strategy: Object, path: str) -> list[FieldError]:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if kind == "OnDelete":
        detail = "only allowed for updateStrategy 'RollingUpdate'"
        return [] if rolling is None else [invalid(f"{path}.rollingUpdate", _shown(rolling), detail)]
    if kind != "RollingUpdate":
        shown = {"Type": kind, "RollingUpdate": None if rolling is None else _shown(rolling)}
        return [invalid(path, shown, "must be 'RollingUpdate' or 'OnDelete'")]
    errors = non_negative(f"{path}.rollingUpdate.partition", (rolling or {}).get("partition"))
    unavailable = (rolling or {}).get("maxUnavailable")
    if unavailable is not None:
        at = f"{path}.rollingUpdate.maxUnavailable"
        errors += validate_int_or_percent(unavailable, at)
        if is_zero(unavailable):
            errors.append(invalid(at, unavailable, "cannot be 0"))
        errors += at_most_100_percent(unavailable, at)
    return errors


def _shown(rolling: Object) -> Object:
    return {"Partition": rolling.get("partition", 0), "MaxUnavailable": rolling.get("maxUnavailable")}


def _with_claims(spec: Object) -> Object:
    """Answer the template as its pods will have it: with a volume for each claim that is made for them."""
    template = spec.get("template", {})
    claims = [claim.get("metadata", {}).get("name", "") for claim in spec.get("volumeClaimTemplates", ())]
    if not claims:
        return dict(template)
    own = [
        volume for volume in template.get("spec", {}).get("volumes", ()) if volume.get("name") not in claims
    ]
    made = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims]
    return {**template, "spec": {**template.get("spec", {}), "volumes": made + own}}


STRATEGY = Strategy(
    defaults=set_defaults,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    has_generation=True,
)
