"""Deployments, ReplicaSets, and the PodTemplates that are kept apart from both.

Models: ValidateDeploymentSpec, ValidateReplicaSetSpec in pkg/apis/apps/validation, pkg/apis/apps/v1/defaults.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.field import (
    FieldError,
    forbidden,
    immutable,
    invalid,
    non_negative,
    not_supported,
    required,
)
from kubetutor.embedded.apiserver.strategies.int_or_percent import (
    at_most_100_percent,
    is_zero,
    validate_int_or_percent,
)
from kubetutor.embedded.apiserver.strategies.labels import (
    is_empty,
    validate_selector,
    validate_template_labels,
)
from kubetutor.embedded.apiserver.strategies.pod_defaults import set_template_defaults
from kubetutor.embedded.apiserver.strategies.pod_spec import validate_lasting_template, validate_template
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_STRATEGIES = ("Recreate", "RollingUpdate")
SELECTOR = "spec.selector"


def set_deployment_defaults(deployment: Object) -> None:
    spec = deployment.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    strategy = spec.setdefault("strategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    set_template_defaults(spec)


def set_replica_set_defaults(replica_set: Object) -> None:
    spec = replica_set.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    set_template_defaults(spec)


def prepare_replica_set(replica_set: Object) -> None:
    replica_set["status"] = {"replicas": 0}


def validate_deployment(deployment: Object) -> list[FieldError]:
    spec = deployment["spec"]
    errors = non_negative("spec.replicas", spec.get("replicas"))
    errors += _validate_selector_and_template(spec)
    errors += _validate_strategy(spec.get("strategy", {}), "spec.strategy")
    errors += non_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    errors += non_negative("spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None:
        errors += non_negative("spec.progressDeadlineSeconds", deadline)
        if deadline <= spec.get("minReadySeconds", 0):
            detail = "must be greater than minReadySeconds"
            errors.append(invalid("spec.progressDeadlineSeconds", deadline, detail))
    return errors


def validate_replica_set(replica_set: Object) -> list[FieldError]:
    spec = replica_set["spec"]
    errors = non_negative("spec.replicas", spec.get("replicas"))
    errors += non_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    return errors + _validate_selector_and_template(spec)


def selector_is_immutable(new: Object, old: Object) -> list[FieldError]:
    return immutable(SELECTOR, new["spec"].get("selector"), old["spec"].get("selector"))


def validate_workload_selector(selector: Object | None, kind: str) -> list[FieldError]:
    """Check a selector that must be there and choose something."""
    if selector is None:
        return [required(SELECTOR)]
    errors = validate_selector(selector, SELECTOR)
    if is_empty(selector):
        errors.append(invalid(SELECTOR, selector, f"empty selector is invalid for {kind}"))
    return errors


def _validate_selector_and_template(spec: Object) -> list[FieldError]:
    selector, template = spec.get("selector"), spec.get("template", {})
    errors = validate_workload_selector(selector, "deployment")
    if selector is not None and validate_selector(selector, SELECTOR):
        return [*errors, invalid(SELECTOR, selector, "invalid label selector")]
    errors += validate_template_labels(selector, template, "spec.template")
    errors += validate_template(template, "spec.template")
    return errors + validate_lasting_template(template, "spec.template", "ReplicaSet")


def _validate_strategy(strategy: Object, path: str) -> list[FieldError]:
    kind = strategy.get("type", "")
    rolling = strategy.get("rollingUpdate")
    if kind == "Recreate":
        detail = "may not be specified when strategy `type` is 'Recreate'"
        return [] if rolling is None else [forbidden(f"{path}.rollingUpdate", detail)]
    if kind == "RollingUpdate":
        return _validate_rolling_update(rolling or {}, f"{path}.rollingUpdate")
    shown = None
    if rolling is not None:
        names = {"MaxUnavailable": "maxUnavailable", "MaxSurge": "maxSurge"}
        shown = {name: rolling.get(field, 0) for name, field in names.items()}
    return [not_supported(path, {"Type": kind, "RollingUpdate": shown}, _STRATEGIES)]


def _validate_rolling_update(rolling: Object, path: str) -> list[FieldError]:
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    errors = validate_int_or_percent(unavailable, f"{path}.maxUnavailable")
    errors += validate_int_or_percent(surge, f"{path}.maxSurge")
    if is_zero(unavailable) and is_zero(surge):
        errors.append(invalid(f"{path}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0"))
    return errors + at_most_100_percent(unavailable, f"{path}.maxUnavailable")


def set_pod_template_defaults(holder: Object) -> None:
    set_template_defaults(holder)


def validate_pod_template(holder: Object) -> list[FieldError]:
    return validate_template(holder.get("template", {}), "template")


POD_TEMPLATE = Strategy(
    defaults=set_pod_template_defaults,
    validate=validate_pod_template,
    has_generation=True,
    generation_follows=("template",),
)
DEPLOYMENT = Strategy(
    defaults=set_deployment_defaults,
    validate=validate_deployment,
    validate_update=selector_is_immutable,
    has_generation=True,
    generation_follows=("spec", "metadata.annotations"),
)
REPLICA_SET = Strategy(
    defaults=set_replica_set_defaults,
    prepare_create=prepare_replica_set,
    validate=validate_replica_set,
    validate_update=selector_is_immutable,
    has_generation=True,
)
