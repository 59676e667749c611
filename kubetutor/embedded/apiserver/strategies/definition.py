"""CustomResourceDefinitions: what a definition must say. Its schemas have a file of their own.

Models: apiextensions-apiserver/pkg/apis/apiextensions/validation, .../v1/defaults.go,
pkg/registry/customresourcedefinition/strategy.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.api.formats import dns_1035_label, dns_subdomain
from kubetutor.embedded.apiserver.custom.definition_schema import field_schema, schema_errors
from kubetutor.embedded.apiserver.custom.expressions import is_available
from kubetutor.embedded.apiserver.custom.formats import is_known_format
from kubetutor.embedded.apiserver.custom.rules import has_rules
from kubetutor.embedded.apiserver.custom.structural import subschemas
from kubetutor.embedded.apiserver.field import (
    FieldError,
    duplicate,
    forbidden,
    immutable,
    invalid,
    not_supported,
    one_of,
    required,
    too_many,
)
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

SCOPES = ("Cluster", "Namespaced")
CONVERSIONS = ("None", "Webhook")
COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
COLUMN_FORMATS = (
    "binary", "byte", "date", "date-time", "double", "float", "int32", "int64", "password",
)  # fmt: skip
MOST_SELECTABLE = 8
APPROVAL = "api-approved.kubernetes.io"
APPROVAL_WORDS = "see https://github.com/kubernetes/enhancements/pull/1111"


def set_defaults(definition: Object) -> None:
    spec = definition.setdefault("spec", {})
    names = spec.setdefault("names", {})
    if names.get("kind"):
        names.setdefault("singular", names["kind"].lower())
        names.setdefault("listKind", f"{names['kind']}List")
    spec.setdefault("conversion", {}).setdefault("strategy", "None")


def prepare_create(definition: Object) -> None:
    definition["status"] = {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": _storage_versions(definition),
    }


def prepare_update(new: Object, old: Object) -> None:
    """Remember each version in which something may be stored."""
    stored = (old.get("status") or {}).get("storedVersions") or []
    added = [name for name in _storage_versions(new) if name not in stored]
    if added:
        new["status"] = {**new.get("status", {}), "storedVersions": [*stored, *added]}


def _storage_versions(definition: Object) -> list[str]:
    versions = definition["spec"].get("versions") or ()
    return [version.get("name", "") for version in versions if version.get("storage")][:1]


def warnings(new: Object, old: Object | None) -> list[str]:
    """Warn of formats that nobody knows, where they are new, and of rules that cannot be asked here."""
    known = _unknown_formats(old) if old else []
    formats = [f'unrecognized format "{name}"' for name in _unknown_formats(new) if name not in known]
    if not is_available() and any(has_rules(schema) for schema in _schemas(new)):
        formats.append(
            "x-kubernetes-validations have no effect: the package common-expression-language is missing"
        )
    return formats


def _schemas(definition: Object) -> list[Object]:
    """List the schemas of a definition, also of one that was sent without a spec."""
    versions = (definition.get("spec") or {}).get("versions") or ()
    return [(version.get("schema") or {}).get("openAPIV3Schema") or {} for version in versions]


def _unknown_formats(definition: Object) -> list[str]:
    schemas = _schemas(definition)
    return [
        each["format"]
        for schema in schemas
        for each in subschemas(schema)
        if each.get("format") and not is_known_format(each["format"], each.get("type", ""))
    ]


def validate(definition: Object) -> list[FieldError]:
    spec, name = definition["spec"], definition["metadata"].get("name", "")
    group, names = spec.get("group", ""), spec.get("names", {})
    errors: list[FieldError] = []
    if name != f"{names.get('plural', '')}.{group}":
        errors.append(invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group'))
    if not group:
        errors.append(required("spec.group"))
    elif complaints := dns_subdomain(group):
        errors.append(invalid("spec.group", group, ",".join(complaints)))
    elif "." not in group:
        errors.append(invalid("spec.group", group, "should be a domain with at least one dot"))
    errors += one_of("spec.scope", spec.get("scope", ""), SCOPES)
    errors += _validate_versions(spec.get("versions") or [])
    errors += _validate_names(names)
    errors += _validate_conversion(spec.get("conversion") or {})
    if definition.get("status"):
        errors += _validate_stored_versions(definition)
    errors += _validate_approval(definition)
    if spec.get("preserveUnknownFields"):
        instead = "set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        errors.append(invalid("spec.preserveUnknownFields", True, f"cannot set to true, {instead}"))
    return errors


def validate_update(new: Object, old: Object) -> list[FieldError]:
    after, before = new["spec"], old["spec"]
    errors: list[FieldError] = []
    conditions = (old.get("status") or {}).get("conditions") or ()
    if any(each["type"] == "Established" and each["status"] == "True" for each in conditions):
        errors += immutable("spec.scope", after.get("scope"), before.get("scope"))
        errors += immutable("spec.names.kind", after["names"].get("kind"), before["names"].get("kind"))
    errors += immutable("spec.group", after.get("group"), before.get("group"))
    errors += immutable("spec.names.plural", after["names"].get("plural"), before["names"].get("plural"))
    return errors


def _validate_versions(versions: list[Object]) -> list[FieldError]:
    path = "spec.versions"
    errors = [
        required(f"{path}[{index}].schema.openAPIV3Schema", "schemas are required")
        for index, version in enumerate(versions)
        if "openAPIV3Schema" not in (version.get("schema") or {})
    ]
    for index, version in enumerate(versions):
        name = version.get("name", "")
        if complaints := dns_1035_label(name):
            errors.append(invalid(f"{path}[{index}].name", name, ",".join(complaints)))
        errors += _validate_deprecation(version, f"{path}[{index}]")
    for version, prefix in _described(versions):
        errors += _validate_version(version, prefix)
    names = [version.get("name", "") for version in versions]
    if len(set(names)) != len(names):
        errors.append(invalid(path, versions, "must contain unique version names"))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        errors.append(invalid(path, versions, "must have exactly one version marked as storage version"))
    return errors


def _described(versions: list[Object]) -> list[tuple[Object, str]]:
    """Answer what to look at, and under which path.

    What is the same in all versions is looked at once, as if it stood above them: so upstream keeps it.
    """
    found: list[tuple[Object, str]] = []
    shared: Object = {}
    for name in ("schema", "subresources", "additionalPrinterColumns", "selectableFields"):
        values = [version.get(name) for version in versions]
        if values and values[0] and all(value == values[0] for value in values):
            shared[name] = values[0]
    found.append((shared, "spec"))
    for index, version in enumerate(versions):
        own = {name: value for name, value in version.items() if name not in shared}
        found.append((own, f"spec.versions[{index}]"))
    return found


def _validate_version(version: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    below = version.get("subresources") or {}
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    if schema is not None:
        where = "validation" if path == "spec" else "schema"
        errors += schema_errors(schema, f"{path}.{where}.openAPIV3Schema", has_status="status" in below)
    if "scale" in below:
        errors += _validate_scale(below["scale"], f"{path}.subresources.scale")
    for index, column in enumerate(version.get("additionalPrinterColumns") or ()):
        errors += _validate_column(column, f"{path}.additionalPrinterColumns[{index}]")
    selectable, where = version.get("selectableFields"), f"{path}.selectableFields"
    if selectable and schema is not None:
        errors += _validate_selectable(selectable, schema, where)
    elif selectable:
        included = "validations.schema is" if path == "spec" else "`version.schema.openAPIV3Schema` is not"
        errors.append(invalid(where, "", f"may only be set when {included} included"))
    return errors


def _validate_deprecation(version: Object, path: str) -> list[FieldError]:
    warning = version.get("deprecationWarning")
    if warning is None:
        return []
    if not version.get("deprecated"):
        return [invalid(f"{path}.deprecationWarning", warning, "can only be set for deprecated versions")]
    complaints = []
    if len(warning) > 256:
        complaints.append("must be <= 256 characters long")
    if not warning:
        complaints.append("must not be an empty string")
    return [invalid(f"{path}.deprecationWarning", warning, complaint) for complaint in complaints]


def _validate_scale(scale: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for name, root in (("specReplicasPath", "spec"), ("statusReplicasPath", "status")):
        where, given = f"{path}.{name}", scale.get(name, "")
        if not given:
            errors.append(required(where))
        elif not given.startswith("."):
            errors.append(invalid(where, given, "must be a simple json path starting with ."))
        elif not given.startswith(f".{root}."):
            errors.append(invalid(where, given, f"should be a json path under .{root}"))
    selector = scale.get("labelSelectorPath") or ".spec."
    if not selector.startswith("."):
        errors.append(
            invalid(f"{path}.labelSelectorPath", selector, "must be a simple json path starting with .")
        )
    elif not selector.startswith((".spec.", ".status.")):
        where = "should be a json path under either .spec or .status"
        errors.append(invalid(f"{path}.labelSelectorPath", selector, where))
    return errors


def _validate_column(column: Object, path: str) -> list[FieldError]:
    kind, form, json_path = column.get("type", ""), column.get("format", ""), column.get("jsonPath", "")
    types = f"must be one of {','.join(COLUMN_TYPES)}"
    errors = [] if column.get("name") else [required(f"{path}.name")]
    if not kind:
        errors.append(required(f"{path}.type", types))
    elif kind not in COLUMN_TYPES:
        errors.append(invalid(f"{path}.type", kind, types))
    if form and form not in COLUMN_FORMATS:
        errors.append(invalid(f"{path}.format", form, f"must be one of {','.join(COLUMN_FORMATS)}"))
    if not json_path:
        errors.append(required(f"{path}.JSONPath"))
    elif not json_path.startswith("."):
        errors.append(invalid(f"{path}.JSONPath", json_path, "must be a simple json path starting with ."))
    return errors


def _validate_selectable(fields: list[Object], schema: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, field in enumerate(fields):
        where, given = f"{path}[{index}].jsonPath", field.get("jsonPath", "")
        if not given:
            errors.append(required(where))
            continue
        found = field_schema(schema, given)
        if found is None:
            errors.append(invalid(where, given, "is an invalid path: does not refer to a valid field"))
            continue
        if given.startswith(".metadata"):
            errors.append(invalid(where, given, "must not point to fields in metadata"))
        if found.get("type") not in {"string", "boolean", "integer"}:
            scalar = "must point to a field of type string, boolean or integer."
            errors.append(
                invalid(where, given, f"{scalar} Enum string fields and strings with formats are allowed.")
            )
        if given in seen:
            errors.append(duplicate(where, given))
        seen.add(given)
    return [*errors, too_many(path, len(seen), MOST_SELECTABLE)] if len(seen) > MOST_SELECTABLE else errors


def _validate_names(names: Object) -> list[FieldError]:
    path = "spec.names"
    fields = ("plural", "singular", "kind", "listKind")
    errors = [required(f"{path}.{field}") for field in fields if not names.get(field)]
    for field in fields:
        value = names.get(field, "")
        mixed = "may have mixed case, but should otherwise match: " if "ind" in field else ""
        complaints = dns_1035_label(value.lower() if mixed else value) if value else ()
        if complaints:
            errors.append(invalid(f"{path}.{field}", value, mixed + ",".join(complaints)))
    errors += _validate_labels(names.get("shortNames") or (), f"{path}.shortNames")
    if names.get("kind") and names["kind"] == names.get("listKind"):
        errors.append(invalid(f"{path}.listKind", names["kind"], "kind and listKind may not be the same"))
    return errors + _validate_labels(names.get("categories") or (), f"{path}.categories")


def _validate_labels(labels: Any, path: str) -> list[FieldError]:
    return [
        invalid(f"{path}[{index}]", label, ",".join(complaints))
        for index, label in enumerate(labels)
        if (complaints := dns_1035_label(label))
    ]


def _validate_conversion(conversion: Object) -> list[FieldError]:
    path, strategy = "spec.conversion", conversion.get("strategy", "")
    if strategy not in CONVERSIONS:
        return [
            not_supported(f"{path}.strategy", strategy, CONVERSIONS)
            if strategy
            else required(f"{path}.strategy")
        ]
    webhook = conversion.get("webhook")
    if strategy == "None" and webhook:
        return [
            forbidden(f"{path}.webhookClientConfig", "should not be set when strategy is not set to Webhook")
        ]
    if strategy == "Webhook" and not webhook:
        return [required(f"{path}.webhookClientConfig", "required when strategy is set to Webhook")]
    return []


def _validate_stored_versions(definition: Object) -> list[FieldError]:
    path = "status.storedVersions"
    names = [version.get("name", "") for version in definition["spec"].get("versions") or ()]
    stored = definition["status"].get("storedVersions") or []
    if not stored:
        return [invalid(path, stored, "must have at least one stored version")]
    return [
        invalid(
            f"{path}[{index}]",
            name,
            f"missing from spec.versions; {name} was previously a storage version, and must remain in "
            f"spec.versions until a storage migration ensures no data remains persisted in {name} and removes "
            f"{name} from status.storedVersions",
        )
        for index, name in enumerate(stored)
        if name not in names
    ]


def _validate_approval(definition: Object) -> list[FieldError]:
    """Look for the approval that groups of Kubernetes itself need."""
    group = definition["spec"].get("group", "")
    if not group.endswith((".k8s.io", ".kubernetes.io")) and group not in {"k8s.io", "kubernetes.io"}:
        return []
    given = (definition["metadata"].get("annotations") or {}).get(APPROVAL, "")
    path, start = (
        f"metadata.annotations[{APPROVAL}]",
        f'protected groups must have approval annotation "{APPROVAL}"',
    )
    if not given:
        return [required(path, f"{start}, {APPROVAL_WORDS}")]
    if given.startswith("unapproved") or "://" in given:
        return []
    return [
        invalid(
            path, given, f'{start} with either a URL or a reason starting with "unapproved", {APPROVAL_WORDS}'
        )
    ]


STRATEGY = Strategy(
    defaults=set_defaults,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    has_generation=True,
)
