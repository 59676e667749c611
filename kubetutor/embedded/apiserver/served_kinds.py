"""The kinds that are served now: those of Kubernetes, and those that definitions add.

Definitions are objects of the store like all others, so a cluster that starts again serves what it served. Whoever
changes one finds the change in effect when the write returns.

Models: apiextensions-apiserver/pkg/apiserver/customresource_handler.go, customresource_discovery_controller.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.kinds import KINDS, Kind, kinds_by_resource
from kubetutor.embedded.apiserver.custom.kind import CustomKind, custom_kinds

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.store import Store, StoreEvent

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


class ServedKinds:
    """Watches the definitions of a store, and answers which kinds there are."""

    def __init__(self, store: Store) -> None:
        self._custom: dict[str, tuple[CustomKind, ...]] = {}
        self._read(store.list(DEFINITIONS))
        store.watch(DEFINITIONS, self._on_event)

    def all(self) -> tuple[Kind, ...]:
        """Answer every kind in every version, those of Kubernetes first."""
        return self._all

    def at(self, group: str, version: str, plural: str) -> Kind | None:
        """Answer the kind at the path of a resource."""
        return self._by_path.get((group, version, plural))

    def by_resource(self, resource: str) -> Kind:
        """Answer the kind of `deployments.apps`, a custom one in its preferred version. Raises KeyError."""
        known = kinds_by_resource().get(resource)
        return known or self._custom[resource][0]

    def has_group(self, group: str) -> bool:
        return group in self._groups

    def has_custom_group(self, group: str) -> bool:
        return group in self._custom_groups

    def has_version(self, group: str, version: str) -> bool:
        return (group, version) in self._versions

    def _on_event(self, event: StoreEvent) -> None:
        name = event.object["metadata"]["name"]
        self._custom[name] = () if event.type == "DELETED" else custom_kinds(event.object)
        self._index()

    def _read(self, definitions: list[Object]) -> None:
        for definition in definitions:
            self._custom[definition["metadata"]["name"]] = custom_kinds(definition)
        self._index()

    def _index(self) -> None:
        self._custom = {name: kinds for name, kinds in self._custom.items() if kinds}
        custom = [kind for kinds in self._custom.values() for kind in kinds]
        self._all: tuple[Kind, ...] = (*KINDS, *custom)
        self._by_path = {(kind.group, kind.version, kind.plural): kind for kind in self._all}
        self._groups = {kind.group for kind in self._all}
        self._custom_groups = {kind.group for kind in custom} - {kind.group for kind in KINDS}
        self._versions = {(kind.group, kind.version) for kind in self._all}
