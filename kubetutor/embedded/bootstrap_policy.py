"""The roles that a cluster begins with, and their bindings; the data is in `bootstrap_policy.txt`.

At each start what is missing is made again, and what was taken out of a role comes back, unless the role says that it
does not want that: `rbac.authorization.kubernetes.io/autoupdate: "false"`.

Models: plugin/pkg/auth/authorizer/rbac/bootstrappolicy, k8s.io/component-helpers/auth/rbac/reconciliation.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.api.objects import Object

FILE = Path(__file__).with_name("bootstrap_policy.txt")
GROUP = "rbac.authorization.k8s.io"
AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"
SHORT = {
    "read": ("get", "list", "watch"),
    "write": ("create", "delete", "deletecollection", "patch", "update"),
}


def policy() -> Iterator[tuple[str, Object]]:
    """Answer resource and object of each role and binding."""
    role: Object | None = None
    for line in FILE.read_text(encoding="ascii").splitlines():
        if line.startswith("    "):
            assert role is not None  # noqa: S101  # the file begins with a role
            role["rules"].append(_rule(line))
            continue
        if role is not None:
            yield "clusterroles", role
            role = None
        if line.startswith("bind "):
            yield "clusterrolebindings", _binding(line)
        elif line and not line.startswith("#"):
            role = _role(line)
    if role is not None:
        yield "clusterroles", role


def _role(line: str) -> Object:
    head, _, labels = line.rstrip("]").partition(" [")
    name, _, gathered = head.partition(" < ")
    role: Object = {**_object("ClusterRole", name), "rules": []}
    role["metadata"]["labels"] |= {f"{GROUP}/{label}": "true" for label in labels.split()}
    if gathered:
        role["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {f"{GROUP}/{gathered}": "true"}}]}
    return role


def _rule(line: str) -> Object:
    verbs, group, *listed = line.partition(" = ")[0].split()
    names = line.partition(" = ")[2].split()
    spelt = sorted(verb for word in verbs.split(",") for verb in SHORT.get(word, (word,)))
    if group == "URLs":
        return {"nonResourceURLs": listed, "verbs": spelt}
    groups = ["" if each == "core" else each for each in group.split(",")]
    rule: Object = {"apiGroups": groups, "resources": listed, "verbs": spelt}
    return {**rule, "resourceNames": names} if names else rule


def _binding(line: str) -> Object:
    _, name, *subjects = line.split()
    reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": name.partition("=")[2] or name}
    binding = _object("ClusterRoleBinding", name.partition("=")[0])
    found = [_subject(kind, who) for kind, who in zip(subjects[::2], subjects[1::2], strict=True)]
    return {**binding, "roleRef": reference, "subjects": found}


def _subject(kind: str, name: str) -> Object:
    if kind != "ServiceAccount":
        return {"apiGroup": GROUP, "kind": kind, "name": name}
    namespace, _, account = name.partition("/")
    return {"kind": kind, "name": account, "namespace": namespace}


def _object(kind: str, name: str) -> Object:
    labels = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    metadata = {"name": name, "annotations": {AUTOUPDATE: "true"}, "labels": labels}
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata}
