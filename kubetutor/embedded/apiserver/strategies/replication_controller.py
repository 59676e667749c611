"""ReplicationControllers.

Models: ValidateReplicationControllerSpec in pkg/apis/core/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.field import FieldError, invalid, non_negative, required
from kubetutor.embedded.apiserver.strategies.labels import MISMATCH
from kubetutor.embedded.apiserver.strategies.pod_defaults import set_template_defaults
from kubetutor.embedded.apiserver.strategies.pod_spec import validate_lasting_template, validate_template
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object


def set_defaults(controller: Object) -> None:
    spec = controller.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    labels = spec.get("template", {}).get("metadata", {}).get("labels")
    if labels:
        spec["selector"] = spec.get("selector") or dict(labels)
        controller["metadata"].setdefault("labels", dict(labels))
    if "template" in spec:
        set_template_defaults(spec)


def prepare_create(controller: Object) -> None:
    controller["status"] = {"replicas": 0}


def validate(controller: Object) -> list[FieldError]:
    spec = controller["spec"]
    selector, template = spec.get("selector", {}), spec.get("template")
    errors = non_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    if not selector:
        errors.append(required("spec.selector"))
    errors += non_negative("spec.replicas", spec.get("replicas"))
    if template is None:
        return [*errors, required("spec.template")]
    labels = template.get("metadata", {}).get("labels")
    if any((labels or {}).get(key) != value for key, value in selector.items()):
        errors.append(invalid("spec.template.metadata.labels", labels, MISMATCH))
    errors += validate_template(template, "spec.template")
    return errors + validate_lasting_template(template, "spec.template", "ReplicationController")


STRATEGY = Strategy(
    defaults=set_defaults, prepare_create=prepare_create, validate=validate, has_generation=True
)
