"""HorizontalPodAutoscalers.

Models: pkg/apis/autoscaling/validation, pkg/apis/autoscaling/v2/defaults.go.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from kubetutor.api.formats import dns_label, path_segment
from kubetutor.api.quantities import parse as amount_of
from kubetutor.embedded.apiserver.field import (
    FieldError,
    forbidden,
    invalid,
    malformed,
    not_supported,
    required,
)
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_TYPES = ("ContainerResource", "External", "Object", "Pods", "Resource")
_FIELDS = ("object", "external", "pods", "resource", "containerResource")
_DEFAULT_METRIC: Object = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
}
_PERCENT_POLICY: Object = {"type": "Percent", "value": 100, "periodSeconds": 15}
_PODS_POLICY: Object = {"type": "Pods", "value": 4, "periodSeconds": 15}
_SCALE_UP: Object = {
    "stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [_PODS_POLICY, _PERCENT_POLICY],
}  # fmt: skip
_SCALE_DOWN: Object = {"selectPolicy": "Max", "policies": [_PERCENT_POLICY]}


def set_defaults(autoscaler: Object) -> None:
    spec = autoscaler.setdefault("spec", {})
    spec.setdefault("scaleTargetRef", {})
    spec.setdefault("minReplicas", 1)
    if not spec.get("metrics"):
        spec["metrics"] = [deepcopy(_DEFAULT_METRIC)]
    if "behavior" in spec:
        behavior = spec["behavior"]
        behavior["scaleUp"] = {**deepcopy(_SCALE_UP), **behavior.get("scaleUp", {})}
        behavior["scaleDown"] = {**deepcopy(_SCALE_DOWN), **behavior.get("scaleDown", {})}


def prepare_create(autoscaler: Object) -> None:
    autoscaler["status"] = {"desiredReplicas": 0, "currentMetrics": None}


def validate(autoscaler: Object) -> list[FieldError]:
    spec = autoscaler["spec"]
    least, most = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    errors: list[FieldError] = []
    if least is not None and least < 1:
        errors.append(invalid("spec.minReplicas", least, "must be greater than or equal to 1"))
    if most == 0:
        errors.append(required("spec.maxReplicas", "must be set and greater than 0"))
    elif most < 0:
        errors.append(invalid("spec.maxReplicas", most, "must be greater than or equal to 1"))
    if least is not None and most < least:
        errors.append(invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"))
    errors += _validate_reference(spec.get("scaleTargetRef", {}), "spec.scaleTargetRef")
    errors += _validate_metrics(spec.get("metrics", []), least)
    for direction in ("scaleUp", "scaleDown"):
        rules = spec.get("behavior", {}).get(direction)
        if rules is not None:
            errors += _validate_rules(rules, f"spec.behavior.{direction}")
    return errors


def _validate_reference(reference: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for name in ("kind", "name"):
        value = reference.get(name, "")
        errors += (
            malformed(f"{path}.{name}", value, path_segment(value)) if value else [required(f"{path}.{name}")]
        )
    version = reference.get("apiVersion", "")
    if version.count("/") > 1:
        detail = f"unexpected GroupVersion string: {version}"
        errors.append(invalid(f"{path}.apiVersion", version, detail))
    elif "/" not in version and not (version == "v1" and reference.get("kind") == "ReplicationController"):
        errors.append(invalid(f"{path}.apiVersion", version, "apiVersion must specify API group"))
    return errors


def _validate_metrics(metrics: list[Object], least: int | None) -> list[FieldError]:
    errors = [
        error
        for index, metric in enumerate(metrics)
        for error in _validate_metric(metric, f"spec.metrics[{index}]")
    ]
    if least == 0 and not any(metric.get("type") in {"Object", "External"} for metric in metrics):
        detail = "must specify at least one Object or External metric to support scaling to zero replicas"
        errors.append(forbidden("spec.metrics", detail))
    return errors


def _validate_metric(metric: Object, path: str) -> list[FieldError]:
    kind = metric.get("type", "")
    errors: list[FieldError] = []
    if not kind:
        errors.append(required(f"{path}.type", "must specify a metric source type"))
    if kind not in _TYPES:
        errors.append(not_supported(f"{path}.type", kind, _TYPES))
    found = [name for name in _FIELDS if name in metric]
    if found:
        errors += _validate_metric_source(found[0], metric[found[0]], f"{path}.{found[0]}")
    expected = kind[:1].lower() + kind[1:]
    if kind not in _TYPES:
        errors.append(not_supported(f"{path}.type", kind, _TYPES))
    elif expected not in found:
        detail = "must populate information for the given metric source"
        errors.append(required(f"{path}.{expected}", detail))
    if len(found) != 1:
        detail = "must populate the given metric source only"
        errors += [forbidden(f"{path}.{name}", detail) for name in found if name != expected]
    return errors


def _validate_metric_source(field: str, source: Object, path: str) -> list[FieldError]:
    target = source.get("target", {})
    if field in {"resource", "containerResource"}:
        return _validate_resource_source(field, source, target, path)
    errors: list[FieldError] = []
    if field == "object":
        errors += _validate_reference(source.get("describedObject", {}), f"{path}.describedObject")
    name = source.get("metric", {}).get("name", "")
    at = f"{path}.metric.name"
    errors += (
        malformed(at, name, path_segment(name)) if name else [required(at, "must specify a metric name")]
    )
    errors += _validate_target(target, f"{path}.target")
    average = f"{path}.target.averageValue"
    if field == "pods" and "averageValue" not in target:
        errors.append(required(average, "must specify a positive target averageValue"))
    elif field != "pods" and not {"value", "averageValue"} & set(target):
        what = "or averageValue" if field == "object" else "for metric or a per-pod target"
        errors.append(required(average, f"must set either a target value {what}"))
    return errors


def _validate_resource_source(field: str, source: Object, target: Object, path: str) -> list[FieldError]:
    errors = [] if source.get("name") else [required(f"{path}.name", "must specify a resource name")]
    if field == "containerResource":
        name = source.get("container", "")
        at = f"{path}.container"
        errors += malformed(at, name, dns_label(name)) if name else [required(at, "must specify a container")]
    errors += _validate_target(target, f"{path}.target")
    given = {"averageUtilization", "averageValue"} & set(target)
    if not given:
        detail = "must set either a target raw value or a target utilization"
        errors.append(required(f"{path}.target.averageUtilization", detail))
    elif len(given) > 1:
        detail = "may not set both a target raw value and a target utilization"
        errors.append(forbidden(f"{path}.target.averageValue", detail))
    return errors


def _validate_target(target: Object, path: str) -> list[FieldError]:
    kind = target.get("type", "")
    errors = [] if kind else [required(f"{path}.type", "must specify a metric target type")]
    if kind not in {"Utilization", "Value", "AverageValue"}:
        errors.append(invalid(f"{path}.type", kind, "must be either Utilization, Value, or AverageValue"))
    errors += [
        invalid(f"{path}.{name}", target[name], "must be positive")
        for name in ("value", "averageValue")
        if name in target and amount_of(target[name]) <= 0
    ]
    if target.get("averageUtilization", 1) < 1:
        errors.append(
            invalid(f"{path}.averageUtilization", target["averageUtilization"], "must be greater than 0")
        )
    return errors


def _validate_rules(rules: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    window = rules.get("stabilizationWindowSeconds")
    at = f"{path}.stabilizationWindowSeconds"
    if window is not None and window < 0:
        errors.append(invalid(at, window, "must be greater than or equal to zero"))
    if window is not None and window > 3600:
        errors.append(invalid(at, window, "must be less than or equal to 3600"))
    policy = rules.get("selectPolicy", "Max")
    if policy not in {"Max", "Min", "Disabled"}:
        errors.append(not_supported(f"{path}.selectPolicy", policy, ("Disabled", "Max", "Min")))
    if not rules.get("policies"):
        errors.append(required(f"{path}.policies", "must specify at least one Policy"))
    for index, item in enumerate(rules.get("policies", ())):
        errors += _validate_policy(item, f"{path}.policies[{index}]")
    return errors


def _validate_policy(policy: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if policy.get("type", "") not in {"Pods", "Percent"}:
        errors.append(not_supported(f"{path}.type", policy.get("type", ""), ("Percent", "Pods")))
    errors += [
        invalid(f"{path}.{name}", policy.get(name, 0), "must be greater than zero")
        for name in ("value", "periodSeconds")
        if policy.get(name, 0) <= 0
    ]
    if policy.get("periodSeconds", 0) > 1800:
        detail = "must be less than or equal to 1800"
        errors.append(invalid(f"{path}.periodSeconds", policy["periodSeconds"], detail))
    return errors


STRATEGY = Strategy(defaults=set_defaults, prepare_create=prepare_create, validate=validate)
