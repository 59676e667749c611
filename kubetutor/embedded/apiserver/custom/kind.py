"""One version of a kind that a definition adds, and all that is served of it.

Models: apiextensions-apiserver/pkg/apiserver/customresource_handler.go (crdInfo), customresource_discovery_controller.go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kubetutor.api.kinds import Kind
from kubetutor.embedded.apiserver.custom.structural import has_defaults

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
VERBS_AT_THE_END = ("delete", "deletecollection", "get", "list", "watch")
_VERSION = re.compile(r"v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?")
_STABILITY = {None: 2, "beta": 1, "alpha": 0}


@dataclass(frozen=True, slots=True)
class PrinterColumn:
    """A column of the kind's table. `path` is a JSON path."""

    name: str
    type: str
    path: str
    format: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class ScalePaths:
    """Where a scale finds its numbers: `("spec", "replicas")` and so on. `selector` is None when there is none."""

    spec: tuple[str, ...]
    status: tuple[str, ...]
    selector: tuple[str, ...] | None = None


AGE = PrinterColumn("Age", "date", ".metadata.creationTimestamp")


@dataclass(frozen=True, slots=True)
class CustomKind(Kind):
    """A kind as a definition describes it in one version. `schema` is the version's `openAPIV3Schema`."""

    names: Object = field(default_factory=dict, compare=False)
    schema: Object = field(default_factory=dict, compare=False)
    storage_version: str = ""
    storage_schema: Object = field(default_factory=dict, compare=False, repr=False)
    selectable: tuple[str, ...] = ()
    scale: ScalePaths | None = None
    columns: tuple[PrinterColumn, ...] = ()
    is_terminating: bool = False
    is_read_anew: bool = False  # what is stored may not be what is shown: defaults, schemas that have changed
    mark: str = ""  # the revision of the definition

    @property
    def singular(self) -> str:
        return str(self.names.get("singular", ""))

    @property
    def list_kind(self) -> str:
        return str(self.names.get("listKind", ""))

    @property
    def has_status(self) -> bool:
        return "status" in self.subresources

    @property
    def discovered_verbs(self) -> tuple[str, ...]:
        """Answer what discovery tells; a definition that goes away takes no more objects."""
        return VERBS_AT_THE_END if self.is_terminating else VERBS


def custom_kinds(definition: Object) -> tuple[CustomKind, ...]:
    """Answer a kind for each served version, the preferred one first; none before the definition is established."""
    if not is_condition_true(definition, "Established"):
        return ()
    versions = [version for version in definition["spec"]["versions"] if version.get("served")]
    versions.sort(key=lambda version: version_rank(version["name"]))
    return tuple(_kind(definition, version) for version in versions)


def _kind(definition: Object, version: Object) -> CustomKind:
    spec = definition["spec"]
    names = definition.get("status", {}).get("acceptedNames") or spec["names"]
    below = version.get("subresources") or {}
    stored = next(each for each in spec["versions"] if each.get("storage"))
    schema, storage_schema = _schema(version), _schema(stored)
    is_changed = definition["metadata"].get("generation", 1) > 1
    return CustomKind(
        group=spec["group"],
        version=version["name"],
        kind=names["kind"],
        plural=names["plural"],
        namespaced=spec.get("scope") == "Namespaced",
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=tuple(name for name in ("status", "scale") if name in below),
        verbs=VERBS,
        deprecation=_deprecation(spec, version),
        names=names,
        schema=schema,
        storage_version=stored["name"],
        storage_schema=storage_schema,
        selectable=tuple(
            each["jsonPath"].removeprefix(".") for each in version.get("selectableFields") or ()
        ),
        scale=_scale_paths(below["scale"]) if "scale" in below else None,
        columns=tuple(map(_column, version.get("additionalPrinterColumns") or ())) or (AGE,),
        is_terminating=is_condition_true(definition, "Terminating"),
        is_read_anew=has_defaults(storage_schema) or is_changed or schema != storage_schema,
        mark=f"{definition['metadata'].get('uid')}/{definition['metadata'].get('generation')}",
    )


def _schema(version: Object) -> Object:
    schema: Object = (version.get("schema") or {}).get("openAPIV3Schema") or {}
    return schema


def is_condition_true(definition: Object, kind: str) -> bool:
    conditions = (definition.get("status") or {}).get("conditions") or ()
    return any(each["type"] == kind and each["status"] == "True" for each in conditions)


def _column(column: Object) -> PrinterColumn:
    format_, priority = column.get("format", ""), column.get("priority", 0)
    return PrinterColumn(column["name"], column["type"], column["jsonPath"], format_, priority)


def _scale_paths(scale: Object) -> ScalePaths:
    selector = scale.get("labelSelectorPath")
    return ScalePaths(
        _steps(scale["specReplicasPath"]),
        _steps(scale["statusReplicasPath"]),
        _steps(selector) if selector else None,
    )


def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.removeprefix(".").split("."))


def version_rank(name: str) -> tuple[Any, ...]:
    """Answer what puts versions in order: v2, v1, v1beta1, v1alpha2, then any others by the alphabet.

    Models: k8s.io/apimachinery/pkg/version/helpers.go (CompareKubeAwareVersionStrings).
    """
    match = _VERSION.fullmatch(name)
    if match is None:
        return (1, name)
    major, stability, minor = match.groups()
    return (0, -_STABILITY[stability], -int(major), -int(minor or 0))


def _deprecation(spec: Object, version: Object) -> str:
    """Answer what every answer about this version warns of; "" when it is not deprecated."""
    if not version.get("deprecated"):
        return ""
    if version.get("deprecationWarning"):
        return str(version["deprecationWarning"])
    kind, group, name = spec["names"]["kind"], spec["group"], version["name"]
    newer = [
        each["name"]
        for each in spec["versions"]
        if each.get("served")
        and not each.get("deprecated")
        and version_rank(each["name"]) < version_rank(name)
    ]
    text = f"{group}/{name} {kind} is deprecated"
    return f"{text}; use {group}/{min(newer, key=version_rank)} {kind}" if newer else text
