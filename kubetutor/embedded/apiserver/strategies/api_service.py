"""APIServices: who serves which group and version.

Unlike upstream: nothing follows from one that a user makes; requests for its group are not sent on.
Models: k8s.io/kube-aggregator/pkg/registry/apiservice, pkg/apis/apiregistration/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import dns_1035_label, dns_subdomain, path_segment
from kubetutor.embedded.apiserver.field import FieldError, invalid, malformed, required
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

LOCAL = {
    "type": "Available",
    "status": "True",
    "reason": "Local",
    "message": "Local APIServices are always available",
}


def prepare_create(service: Object) -> None:
    """What the API server serves itself is there from the start."""
    service["status"] = {}
    if "service" not in service.get("spec", {}):
        since = service["metadata"].get("creationTimestamp")
        service["status"] = {"conditions": [{**LOCAL, "lastTransitionTime": since}]}


def validate(service: Object) -> list[FieldError]:
    spec, name = service.get("spec") or {}, service["metadata"].get("name", "")
    group, version = spec.get("group", ""), spec.get("version", "")
    errors: list[FieldError] = []
    if name and name != f"{version}.{group}":
        text = f'must be `spec.version+"."+spec.group`: "{version}.{group}"'
        errors.append(invalid("metadata.name", name, text))
    if not group and version != "v1":
        errors.append(required("spec.group", "only v1 may have an empty group and it better be legacy kube"))
    errors += malformed("spec.group", group, dns_subdomain(group)) if group else []
    errors += malformed("spec.version", version, dns_1035_label(version))
    for field, most in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
        number = spec.get(field, 0)
        if not 0 < number <= most:
            errors.append(invalid(f"spec.{field}", number, f"must be positive and less than {most}"))
    for field in ("namespace", "name") if "service" in spec else ():
        if not spec["service"].get(field):
            errors.append(required(f"spec.service.{field}"))
    return errors


STRATEGY = Strategy(prepare_create=prepare_create, validate=validate, name_rule=path_segment)
