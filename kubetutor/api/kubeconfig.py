"""Kubeconfig files: how a client finds a cluster and proves who it is.

A backend's whole product is one of these. Source: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
"""

from __future__ import annotations

import base64
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubetutor.api.objects import Object

UNDERSTOOD = {"server", "certificate-authority", "certificate-authority-data", "token"}


@dataclass(frozen=True, slots=True)
class Access:
    """One context, resolved: where the server is, how to trust it, what to show it. Files are read in.

    `more` names what else the file says of the connection (a client certificate, a login command, a proxy). Who
    cannot heed it must leave the request to a client that can.
    """

    context: str
    server: str
    namespace: str = "default"
    ca: bytes | None = None  # PEM
    token: str | None = None
    more: tuple[str, ...] = ()
    login_command: str = ""


def compose(context: str, *, server: str, ca: bytes, token: str, namespace: str = "default") -> Object:
    """Build the kubeconfig of a cluster that has one user, who shows a token."""
    certificate = base64.b64encode(ca).decode()
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": context, "cluster": {"server": server, "certificate-authority-data": certificate}}
        ],
        "users": [{"name": context, "user": {"token": token}}],
        "contexts": [
            {"name": context, "context": {"cluster": context, "user": context, "namespace": namespace}}
        ],
        "current-context": context,
    }


def write(path: Path, document: Object) -> None:
    """Write the file for its owner only (0600), whole or not at all."""
    import yaml  # noqa: PLC0415  # slow to import, and most commands never need it

    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yaml.safe_dump(document, file, sort_keys=False)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def set_namespace(path: Path, namespace: str) -> None:
    """Let the current context of this file mean a namespace."""
    document = load(path)
    _current(document, path)["context"]["namespace"] = namespace
    write(path, document)


def write_overlay(path: Path, beneath: Path, namespace: str) -> None:
    """Write a file that, read before another one, changes what its current context means to this namespace and nothing else.

    Where the cluster is and who asks stays in the other one, so it may change there: KUBECONFIG=PATH:BENEATH.
    """
    entry = _current(load(beneath), beneath)
    context = {**entry["context"], "namespace": namespace}
    contexts = [{"name": entry["name"], "context": context}]
    write(
        path, {"apiVersion": "v1", "kind": "Config", "current-context": entry["name"], "contexts": contexts}
    )


def read(path: Path, context: str | None = None) -> Access:
    """Resolve one context of the file, by default the current one. Raise ClusterError when it cannot be."""
    document = load(path)
    name = context or document.get("current-context") or ""
    chosen = _named(document, "contexts", name, path).get("context") or {}
    cluster = _named(document, "clusters", chosen.get("cluster", ""), path).get("cluster") or {}
    user = _named(document, "users", chosen.get("user", ""), path).get("user") or {}
    try:
        return Access(
            context=name,
            server=cluster["server"],
            namespace=chosen.get("namespace") or "default",
            ca=_material(cluster, "certificate-authority", path.parent),
            token=user.get("token"),
            more=tuple(sorted({*cluster, *user} - UNDERSTOOD)),
            login_command=(user.get("exec") or {}).get("command") or "",
        )
    except (KeyError, OSError, ValueError) as error:
        raise ClusterError(
            f"The kubeconfig {path} cannot be used: {error!r} in context {name!r}. "
            "Ask `kubectl config view` what is in it."
        ) from error


def namespace_in(path: Path) -> str:
    """Answer the namespace that the user has set in this file; a file that cannot be read has none."""
    try:
        return read(path).namespace
    except ClusterError:
        return "default"


def load(path: Path) -> Object:
    """Read the file as it is. Raise ClusterError when it is no kubeconfig."""
    import yaml  # noqa: PLC0415  # slow to import, and most commands never need it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506  # a safe loader, in C
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ClusterError(f"The kubeconfig {path} cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise ClusterError(f"The kubeconfig {path} is not a mapping. Was it cut off while being written?")
    return document


def _current(document: Object, path: Path) -> dict[str, Any]:
    return _named(document, "contexts", document.get("current-context") or "", path)


def _named(document: Object, kind: str, name: str, path: Path) -> dict[str, Any]:
    entries: Sequence[dict[str, Any]] = document.get(kind) or ()
    for entry in entries:
        if entry.get("name") == name:
            return entry
    known = ", ".join(sorted(str(entry.get("name")) for entry in entries)) or "none"
    raise ClusterError(f"The kubeconfig {path} has no entry {name!r} among its {kind} (there: {known}).")


def _material(entry: dict[str, Any], key: str, folder: Path) -> bytes | None:
    """Read PEM that stands in the file as base64 or in a file beside it."""
    if data := entry.get(f"{key}-data"):
        return base64.b64decode(data, validate=True)
    if name := entry.get(key):
        return Path(folder, name).read_bytes()
    return None
