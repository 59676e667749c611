"""CustomResourceDefinitions.

Models: apiextensions-apiserver/pkg/apis/apiextensions/validation, .../v1/defaults.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import dns_1035_label, dns_subdomain
from kubetutor.embedded.apiserver.field import (
    FieldError,
    immutable,
    invalid,
    malformed,
    not_supported,
    required,
)
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_SCOPES = ("Cluster", "Namespaced")


def set_defaults(definition: Object) -> None:
    spec = definition.setdefault("spec", {})
    names = spec.setdefault("names", {})
    if names.get("kind"):
        names.setdefault("singular", names["kind"].lower())
        names.setdefault("listKind", f"{names['kind']}List")
    spec.setdefault("conversion", {}).setdefault("strategy", "None")


def prepare_create(definition: Object) -> None:
    stored = [
        version.get("name", "")
        for version in definition["spec"].get("versions", ())
        if version.get("storage")
    ]
    definition["status"] = {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": stored,
    }


def validate(definition: Object) -> list[FieldError]:
    spec, name = definition["spec"], definition["metadata"].get("name", "")
    group, names = spec.get("group", ""), spec.get("names", {})
    errors: list[FieldError] = []
    expected = f"{names.get('plural', '')}.{group}"
    if name != expected:
        errors.append(invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group'))
    if not group:
        errors.append(required("spec.group"))
    elif dns_subdomain(group):
        errors += malformed("spec.group", group, dns_subdomain(group))
    elif "." not in group:
        errors.append(invalid("spec.group", group, "should be a domain with at least one dot"))
    if spec.get("scope") not in _SCOPES:
        errors.append(not_supported("spec.scope", spec.get("scope", ""), _SCOPES))
    errors += _validate_versions(spec.get("versions", []), "spec.versions")
    for field in ("plural", "singular", "kind", "listKind"):
        value = names.get(field, "")
        path = f"spec.names.{field}"
        errors += malformed(path, value, dns_1035_label(value.lower())) if value else [required(path)]
    return errors


def validate_update(new: Object, old: Object) -> list[FieldError]:
    after, before = new["spec"], old["spec"]
    errors: list[FieldError] = []
    for name in ("group", "scope"):
        errors += immutable(f"spec.{name}", after.get(name), before.get(name))
    for name in ("kind", "plural"):
        new_name, old_name = after.get("names", {}).get(name), before.get("names", {}).get(name)
        errors += immutable(f"spec.names.{name}", new_name, old_name)
    return errors


def _validate_versions(versions: list[Object], path: str) -> list[FieldError]:
    if not versions:
        return [required(path, "must have at least one version")]
    errors: list[FieldError] = []
    for index, version in enumerate(versions):
        name = version.get("name", "")
        errors += malformed(f"{path}[{index}].name", name, dns_1035_label(name))
        if "openAPIV3Schema" not in version.get("schema", {}):
            detail = "schemas are required"
            errors.append(required(f"{path}[{index}].schema.openAPIV3Schema", detail))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        detail = "must have exactly one version marked as storage version"
        errors.append(invalid(path, versions, detail))
    return errors


STRATEGY = Strategy(
    defaults=set_defaults,
    prepare_create=prepare_create,
    validate=validate,
    validate_update=validate_update,
    has_generation=True,
)
