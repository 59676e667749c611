"""Namespaces.

Models: pkg/registry/core/namespace/strategy.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.api.formats import dns_label
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

NAME_LABEL = "kubernetes.io/metadata.name"
FINALIZER = "kubernetes"


def set_defaults(namespace: Object) -> None:
    metadata = namespace["metadata"]
    namespace.setdefault("spec", {})
    if metadata.get("name"):
        metadata.setdefault("labels", {})[NAME_LABEL] = metadata["name"]


def prepare_create(namespace: Object) -> None:
    """Make it active, and keep it until the namespace controller has emptied it."""
    namespace["metadata"].setdefault("labels", {})[NAME_LABEL] = namespace["metadata"].get("name", "")
    namespace["status"] = {"phase": "Active"}
    finalizers = namespace["spec"].setdefault("finalizers", [])
    if FINALIZER not in finalizers:
        finalizers.append(FINALIZER)


def prepare_update(new: Object, old: Object) -> None:
    new["spec"] = {**new["spec"], "finalizers": old.get("spec", {}).get("finalizers", [])}
    if not new["spec"]["finalizers"]:
        del new["spec"]["finalizers"]
    new["status"] = old.get("status", {})


STRATEGY = Strategy(
    defaults=set_defaults, prepare_create=prepare_create, prepare_update=prepare_update, name_rule=dns_label
)
