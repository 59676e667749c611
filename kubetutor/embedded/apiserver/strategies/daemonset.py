"""DaemonSets.

Models: ValidateDaemonSetSpec in pkg/apis/apps/validation, pkg/registry/apps/daemonset/strategy.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.selectors import from_selector, matches
from kubetutor.embedded.apiserver.field import FieldError, invalid, non_negative, not_supported, required
from kubetutor.embedded.apiserver.strategies.deployment import SELECTOR, selector_is_immutable
from kubetutor.embedded.apiserver.strategies.int_or_percent import (
    at_most_100_percent,
    is_zero,
    validate_int_or_percent,
)
from kubetutor.embedded.apiserver.strategies.labels import (
    MISMATCH,
    is_empty,
    validate_selector,
)
from kubetutor.embedded.apiserver.strategies.pod_defaults import set_template_defaults
from kubetutor.embedded.apiserver.strategies.pod_spec import validate_lasting_template, validate_template
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

GENERATION_ANNOTATION = "deprecated.daemonset.template.generation"
_EMPTY_STATUS = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")


def set_defaults(daemon_set: Object) -> None:
    spec = daemon_set.setdefault("spec", {})
    spec.setdefault("revisionHistoryLimit", 10)
    strategy = spec.setdefault("updateStrategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    set_template_defaults(spec)


def prepare_create(daemon_set: Object) -> None:
    daemon_set["status"] = dict.fromkeys(_EMPTY_STATUS, 0)
    daemon_set["metadata"].setdefault("annotations", {})[GENERATION_ANNOTATION] = "1"


def prepare_update(new: Object, old: Object) -> None:
    """Keep the status, and count the changes of the template in an annotation, as `apps/v1` does."""
    new["status"] = old.get("status", {})
    count = old["metadata"].get("annotations", {}).get(GENERATION_ANNOTATION, "0")
    if new["spec"].get("template") != old["spec"].get("template"):
        count = str(int(count) + 1) if count.isdecimal() else "1"
    new["metadata"].setdefault("annotations", {})[GENERATION_ANNOTATION] = count


def validate(daemon_set: Object) -> list[FieldError]:
    spec = daemon_set["spec"]
    selector, template = spec.get("selector"), spec.get("template", {})
    errors = validate_selector(selector, SELECTOR)
    labels = template.get("metadata", {}).get("labels")
    if not errors and not matches(from_selector(selector), labels or {}):
        errors.append(invalid("spec.template.metadata.labels", labels, MISMATCH))
    if selector is not None and is_empty(selector):
        errors.append(invalid(SELECTOR, selector, "empty selector is invalid for daemonset"))
    errors += validate_template(template, "spec.template")
    errors += validate_lasting_template(template, "spec.template", "DaemonSet")
    errors += non_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    errors += _validate_strategy(spec.get("updateStrategy", {}), "spec.updateStrategy")
    return errors + non_negative("spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))


def _validate_strategy(strategy: Object, path: str) -> list[FieldError]:
    kind = strategy.get("type", "")
    if kind == "OnDelete":
        return []
    if kind != "RollingUpdate":
        return [not_supported(f"{path}.type", kind, ("RollingUpdate", "OnDelete"))]
    rolling = strategy.get("rollingUpdate", {})
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    at = f"{path}.rollingUpdate"
    errors = validate_int_or_percent(unavailable, f"{at}.maxUnavailable")
    errors += validate_int_or_percent(surge, f"{at}.maxSurge")
    errors += at_most_100_percent(unavailable, f"{at}.maxUnavailable")
    errors += at_most_100_percent(surge, f"{at}.maxSurge")
    if not is_zero(unavailable) and not is_zero(surge):
        errors.append(invalid(f"{at}.maxSurge", surge, "may not be set when maxUnavailable is non-zero"))
    if is_zero(unavailable) and is_zero(surge):
        errors.append(required(f"{at}.maxUnavailable", "cannot be 0 when maxSurge is 0"))
    return errors


STRATEGY = Strategy(
    defaults=set_defaults,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=selector_is_immutable,
    has_generation=True,
)
