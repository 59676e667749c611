"""Scale, the view of a workload that `kubectl scale` writes.

Models: ValidateScale in pkg/apis/autoscaling/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import dns_subdomain
from kubetutor.embedded.apiserver.field import FieldError, non_negative
from kubetutor.embedded.apiserver.strategies.metadata import validate_metadata

if TYPE_CHECKING:
    from kubetutor.api.objects import Object


def validate_scale(scale: Object) -> list[FieldError]:
    errors = validate_metadata(scale.get("metadata", {}), namespaced=True, name_rule=dns_subdomain)
    return errors + non_negative("spec.replicas", scale.get("spec", {}).get("replicas"))
