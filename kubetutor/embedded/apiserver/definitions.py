"""The definitions of every Kubernetes type, from the `kubernetes-validate` package.

The package is found, not imported: importing it costs more than starting the cluster may.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import orjson

from kubetutor.errors import StateError

RELEASE = "1.36"
VERSION = f"v{RELEASE}.2+kubetutor"  # the release whose behaviour is modelled
REF_PREFIX = "#/$defs/"


def definitions_path(release: str = RELEASE) -> Path:
    """Answer where the definitions of a release lie on disk."""
    spec = importlib.util.find_spec("kubernetes_validate")
    if spec is None or not spec.submodule_search_locations:
        raise StateError(
            "The package kubernetes-validate is missing. Install it: pip install kubernetes-validate"
        )
    folder = Path(spec.submodule_search_locations[0]) / "kubernetes-json-schema"
    path = folder / f"v{release}.0-local" / "_definitions.json"
    if not path.exists():
        raise StateError(
            f"The package kubernetes-validate holds no schemas of Kubernetes {release} (looked for {path}). "
            "Upgrade it: pip install --upgrade kubernetes-validate"
        )
    return path


def load_definitions(release: str = RELEASE) -> dict[str, dict[str, Any]]:
    """Map `io.k8s.api.core.v1.Pod` to its JSON schema; references start with `REF_PREFIX`. Takes about 20 ms."""
    definitions: dict[str, dict[str, Any]] = orjson.loads(definitions_path(release).read_bytes())["$defs"]
    return definitions


def definition_names(definitions: dict[str, dict[str, Any]]) -> dict[tuple[str, str, str], str]:
    """Map (group, version, kind) to the definition's name."""
    return {
        (gvk["group"], gvk["version"], gvk["kind"]): name
        for name, definition in definitions.items()
        for gvk in definition.get("x-kubernetes-group-version-kind", ())
        if len(definition["x-kubernetes-group-version-kind"]) == 1
    }
