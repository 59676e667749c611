"""The custom kinds that there are, for those controllers that look after every kind.

Each is told of once, when its definition is established, and remembered when that has gone: what its objects left
behind must still be seen to.

Models: pkg/controller/garbagecollector (resyncMonitors), k8s.io/client-go/discovery.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import is_true, name_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.informer import Informers

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


@dataclass(frozen=True, slots=True)
class CustomResource:
    """`resource` is `crontabs.shop.example`."""

    resource: str
    namespaced: bool


class CustomResources:
    """Follows the definitions, and answers which kinds they have added."""

    def __init__(self, informers: Informers) -> None:
        self._definitions = informers[DEFINITIONS]
        self._known: dict[str, CustomResource] = {}
        self._by_kind: dict[tuple[str, str], CustomResource] = {}
        self._handlers: list[Callable[[CustomResource], None]] = []
        self._definitions.on_change(self._on_definition)

    def on_kind(self, handler: Callable[[CustomResource], None]) -> None:
        """Call back with each kind that comes, and first with those that are there."""
        self._handlers.append(handler)
        for known in list(self._known.values()):
            handler(known)

    def of_kind(self, api_version: str, kind: str) -> CustomResource | None:
        """Answer the resource of `("shop.example/v1", "CronTab")`, also when its definition has gone."""
        return self._by_kind.get((api_version, kind))

    def served(self) -> list[CustomResource]:
        """Answer those whose definitions are there and established."""
        return [
            self._known[name_of(each)] for each in self._definitions.list() if is_true(each, "Established")
        ]

    def _on_definition(self, change: Change) -> None:
        definition = change.object
        if change.type == "DELETED" or not is_true(definition, "Established"):
            return
        name, found = name_of(definition), _resource_of(definition)
        for version in definition["spec"]["versions"]:
            api_version = f"{definition['spec']['group']}/{version['name']}"
            self._by_kind[api_version, definition["spec"]["names"]["kind"]] = found
        if self._known.get(name) == found:
            return
        is_new = name not in self._known
        self._known[name] = found
        if is_new:
            for handler in self._handlers:
                handler(found)


def _resource_of(definition: Object) -> CustomResource:
    return CustomResource(name_of(definition), definition["spec"]["scope"] == "Namespaced")
