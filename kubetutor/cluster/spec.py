"""What a cluster shall look like, read from a file in kind's own format.

Everybody who reads such a file uses `load`, and `name_in`. `kind` is handed the file as it is and knows the rest.
For the embedded cluster `parse` goes on: what it cannot do is either refused, when the lesson would not work
without it, or left out with a note. Format: https://kind.sigs.k8s.io/docs/user/configuration/
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from kubetutor.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Role = Literal["control-plane", "worker"]
API_VERSION = "kind.x-k8s.io/v1alpha4"
DEFAULT_NAME = "kubetutor"
MOST_NODES = 100
NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,48}[a-z0-9])?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")
IGNORED = {
    "kubeadmConfigPatches": "there is no kubeadm, so taints and flags set there have no effect",
    "extraPortMappings": "services are on this machine's own addresses, no mapping is needed",
    "extraMounts": "pods see the files of this machine",
    "image": "there is no node image",
    "kubeadmConfigPatchesJSON6902": "there is no kubeadm",
    "containerdConfigPatches": "there is no containerd",
    "networking": "addresses are given by the embedded cluster",
}
REFUSED = {
    "featureGates": "it has no feature gates",
    "runtimeConfig": "the groups it serves cannot be chosen",
}


@dataclass(frozen=True, slots=True)
class NodeSpec:
    name: str
    role: Role
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """`notes` are sentences about what the file says and the embedded cluster leaves out."""

    name: str
    nodes: tuple[NodeSpec, ...]
    notes: tuple[str, ...] = ()

    def as_document(self) -> dict[str, Any]:
        """Write it in kind's format, each node with its name."""
        nodes = [{"role": node.role, "name": node.name, "labels": node.labels} for node in self.nodes]
        return {"kind": "Cluster", "apiVersion": API_VERSION, "name": self.name, "nodes": nodes}


def load(path: Path) -> Any:
    """Read a cluster file, whatever it says. Raise SpecError when it cannot be read."""
    import yaml  # noqa: PLC0415  # slow to import, and most commands never need it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=loader)  # noqa: S506  # a safe loader, in C
    except OSError as error:
        raise SpecError(f"The cluster file {path} cannot be read: {error.strerror}.") from error
    except (ValueError, yaml.YAMLError) as error:
        raise SpecError(f"The cluster file {path} is not YAML: {error}") from error


@contextlib.contextmanager
def about(path: Path) -> Iterator[None]:
    """Say in a SpecError which file it is about."""
    try:
        yield
    except SpecError as error:
        raise SpecError(f"The cluster file {path} cannot be used: {error}") from error


def name_in(document: Any, *, name: str | None = None) -> str:
    """Answer the name of the cluster that a document asks for; `name` overrules it. Raise SpecError for no such document."""
    if not isinstance(document, dict):
        raise SpecError("it must be a mapping with `kind: Cluster`.")
    if document.get("kind") != "Cluster" or document.get("apiVersion") != API_VERSION:
        raise SpecError(f"it must say `kind: Cluster` and `apiVersion: {API_VERSION}`.")
    return valid_name(name or document.get("name") or DEFAULT_NAME)


def valid_name(name: Any) -> str:
    """Answer the name, or refuse it: it becomes a folder, and the beginning of each node's name."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise SpecError(
            f"{name!r} cannot be a cluster's name: use up to 50 lower-case letters, digits, '-' and '.', "
            "with a letter or digit at both ends."
        )
    return name


def read(path: Path, *, name: str | None = None) -> ClusterSpec:
    """Read a cluster file for the embedded cluster; `name` overrules the one it says."""
    document = load(path)
    with about(path):
        return parse(document, name=name)


def parse(document: Any, *, name: str | None = None) -> ClusterSpec:
    """Turn a parsed document into what the embedded cluster makes of it. Raise SpecError with one sentence."""
    chosen = name_in(document, name=name)
    known = {"kind", "apiVersion", "name", "nodes", *IGNORED, *REFUSED}
    _refuse_unknown(document, known, "the file")
    for key, why in REFUSED.items():
        if document.get(key):
            raise SpecError(f"it sets `{key}`, which the embedded cluster cannot do: {why}. Use kind for it.")
    entries = document.get("nodes") or [{"role": "control-plane"}]
    return ClusterSpec(chosen, _nodes(chosen, entries), _notes(document, entries))


def _nodes(cluster: str, entries: Any) -> tuple[NodeSpec, ...]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SpecError("`nodes` must be a list of mappings, each with a `role`.")
    if len(entries) > MOST_NODES:
        raise SpecError(f"it asks for {len(entries)} nodes; the embedded cluster has at most {MOST_NODES}.")
    counts: dict[str, int] = {}
    nodes = []
    for entry in entries:
        _refuse_unknown(entry, {"role", "name", "labels", *IGNORED}, "a node")
        role = entry.get("role", "control-plane")
        if role not in {"control-plane", "worker"}:
            raise SpecError(f"a node has the role {role!r}; it must be `control-plane` or `worker`.")
        counts[role] = counts.get(role, 0) + 1
        suffix = str(counts[role]) if counts[role] > 1 else ""
        nodes.append(NodeSpec(f"{cluster}-{role}{suffix}", role, _labels(entry.get("labels") or {})))
    if counts.get("control-plane", 0) != 1:
        raise SpecError(
            f"it has {counts.get('control-plane', 0)} nodes of role `control-plane`; "
            "the embedded cluster has exactly one. Use kind for several."
        )
    return tuple(nodes)


def _labels(labels: Any) -> dict[str, str]:
    if not isinstance(labels, dict):
        raise SpecError("a node's `labels` must be a mapping of text to text.")
    for key, value in labels.items():
        if not isinstance(key, str) or not isinstance(value, str) or not LABEL_VALUE.fullmatch(value):
            raise SpecError(
                f"a node has the label {key!r}: {value!r}. Both must be text; put quotes around numbers and true/false."
            )
    return dict(labels)


def _notes(document: dict[str, Any], entries: list[dict[str, Any]]) -> tuple[str, ...]:
    used = {key for part in (document, *entries) for key in part if key in IGNORED and part[key]}
    return tuple(f"`{key}` is left out: {why}." for key, why in IGNORED.items() if key in used)


def _refuse_unknown(part: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(str(key) for key in part if key not in known):
        raise SpecError(f"{where} has an unknown key `{unknown[0]}`.")
