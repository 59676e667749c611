"""The subresource `ephemeralcontainers` of a pod, which `kubectl debug` writes: containers are added, and stay as they are.

Models: podEphemeralContainersStrategy in pkg/registry/core/pod/strategy.go, ValidatePodEphemeralContainersUpdate in
pkg/apis/core/validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver.field import FieldError, forbidden
from kubetutor.embedded.apiserver.pod_admission import is_mirror
from kubetutor.embedded.apiserver.strategies.pod import difference

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.strategies import Strategy

NAME = "ephemeralcontainers"
FIELD = "ephemeralContainers"
_PATH = f"spec.{FIELD}"


def merge(pod: Object, old: Object) -> Object:
    """Take of a written pod its ephemeral containers alone. A change of them makes a new generation."""
    spec = {name: value for name, value in old["spec"].items() if name != FIELD}
    if containers := (pod.get("spec") or {}).get(FIELD):
        spec[FIELD] = containers
    metadata = dict(old["metadata"])
    if pod["metadata"].get("managedFields"):
        metadata["managedFields"] = pod["metadata"]["managedFields"]
    return {**old, "metadata": metadata, "spec": spec}


def check(strategy: Strategy, new: Object, old: Object) -> list[FieldError]:
    """Fill the new pod in, and answer what is wrong with it."""
    if is_mirror(old):
        return [forbidden("[]", "static pods do not support ephemeral containers")]
    strategy.defaults(new)
    if new["spec"] != old["spec"]:
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
    return [*strategy.validate(new), *_changes(new["spec"].get(FIELD) or [], old["spec"].get(FIELD) or [])]


def _changes(after: list[Object], before: list[Object]) -> list[FieldError]:
    containers_by_name = {container["name"]: container for container in after if "name" in container}
    errors = []
    for old in before:
        new, who = containers_by_name.get(old["name"]), f'existing ephemeral containers "{old["name"]}"'
        if new is None:
            errors.append(forbidden(_PATH, f"{who} may not be removed\n"))
        elif new != old:
            errors.append(forbidden(_PATH, f"{who} may not be changed\n{difference(old, new)}"))
    return errors
