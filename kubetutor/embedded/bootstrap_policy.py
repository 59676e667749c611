"""The roles that a cluster begins with, and their bindings; the data is in `bootstrap_policy.txt`.

Models: plugin/pkg/auth/authorizer/rbac/bootstrappolicy; those named `kubeadm:` are made by `kubeadm init`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.api.objects import Object

FILE = Path(__file__).with_name("bootstrap_policy.txt")
GROUP = "rbac.authorization.k8s.io"
AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"
CONTROLLER = "system:controller:"
HEAD = re.compile(r"(\S+)(?: < (\S+))?(?: \[(\S+)\])?( \+events)?(?: -> (.+))?")
EVENTS = "create,patch,update  core,events.k8s.io  events"
WORDS = {
    "read": ("get", "list", "watch"),
    "write": ("create", "delete", "deletecollection", "patch", "update"),
}


def policy() -> Iterator[tuple[str, Object]]:
    """Answer resource (`clusterroles`) and object of each role and binding."""
    for head, rules in _entries():
        if head.startswith("bind "):
            name, _, rest = head.removeprefix("bind ").partition(" = ")
            role, _, subjects = rest.partition(" -> ")
            yield _binding(name, role, subjects)
            continue
        match = HEAD.fullmatch(head)
        assert match, head  # noqa: S101  # the file is our own
        name, gathered, label, events, subjects = match.groups()
        yield _role(name, gathered, label, [*rules, EVENTS] if events else rules)
        if name.startswith(CONTROLLER):
            subjects = f"ServiceAccount kube-system/{name.removeprefix(CONTROLLER)}"
        if subjects:
            yield _binding(name, name.rpartition("/")[2], subjects)


def _entries() -> Iterator[tuple[str, list[str]]]:
    """Answer each line at the left edge with the lines below it."""
    head, below = "", list[str]()
    for line in FILE.read_text(encoding="ascii").splitlines():
        if line.startswith("    "):
            below.append(line)
        elif line and not line.startswith("#"):
            if head:
                yield head, below
            head, below = line, []
    yield head, below


def _role(name: str, gathered: str | None, label: str | None, rules: list[str]) -> tuple[str, Object]:
    role = {
        **_object("Role" if "/" in name else "ClusterRole", name),
        "rules": [_rule(line) for line in rules],
    }
    if label:
        role["metadata"]["labels"][f"{GROUP}/{label}"] = "true"
    if gathered:
        selectors = [{"matchLabels": {f"{GROUP}/{gathered}": "true"}}]
        role["aggregationRule"] = {"clusterRoleSelectors": selectors}
    return "roles" if "/" in name else "clusterroles", role


def _rule(line: str) -> Object:
    wanted, _, names = line.partition(" = ")
    verbs, groups, *listed = wanted.split()
    spelt = sorted(verb for word in verbs.split(",") for verb in WORDS.get(word, (word,)))
    if groups == "URLs":
        return {"nonResourceURLs": listed, "verbs": spelt}
    rule: Object = {"apiGroups": ["" if each == "core" else each for each in groups.split(",")]}
    rule |= {"resources": listed, "verbs": spelt}
    return {**rule, "resourceNames": names.split()} if names else rule


def _binding(name: str, role: str, subjects: str) -> tuple[str, Object]:
    kind = "Role" if "/" in name else "ClusterRole"
    binding = _object(f"{kind}Binding", name)
    binding["roleRef"] = {"apiGroup": GROUP, "kind": kind, "name": role}
    if subjects != "nobody":
        binding["subjects"] = [_subject(*each.split(" ")) for each in subjects.split("  ")]
    return f"{kind.lower()}bindings", binding


def _subject(kind: str, name: str) -> Object:
    if kind != "ServiceAccount":
        return {"apiGroup": GROUP, "kind": kind, "name": name}
    namespace, _, account = name.partition("/")
    return {"kind": kind, "name": account, "namespace": namespace}


def _object(kind: str, name: str) -> Object:
    namespace, _, name = name.rpartition("/")
    metadata: Object = {"name": name, **({"namespace": namespace} if namespace else {})}
    if not name.startswith("kubeadm:"):
        metadata |= {
            "annotations": {AUTOUPDATE: "true"},
            "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        }
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata}
