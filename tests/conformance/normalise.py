"""Take out of kubectl's output what no two runs have in common: times, addresses, random names. Nothing else.

A value that means something keeps its identity: the first random pod of a ReplicaSet is `<pod-1>` wherever it appears
in a transcript. Where random names decide the order of lines, the lines are put in the order of their new names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby

from .tables import Table, blocks

CHANCE = "[bcdfghjklmnpqrstvwxz2456789]"  # what Kubernetes makes random names and hashes of
AGES = {"AGE", "LAST SEEN", "Age", "DURATION"}

PATTERNS = [
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uid>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| ?[+-]\d\d:?\d\d)"), "<time>"),
    (re.compile(r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"), "<time>"),
    (re.compile(r"\b\d+[smhd](\d+[smhd])? ago\b"), "<age> ago"),
    (re.compile(r"(?i)(resource ?version\"?: *\"?)\d+"), r"\1<version>"),
    (re.compile(r"(nodePort\"?: |NodePort: +\S+ +|:)3[0-2]\d{3}\b"), r"\1<node-port>"),
    (re.compile(r"\b\d{1,3}(\.\d{1,3}){3}\b"), "<ip>"),
    (re.compile(r"\bv1\.\d+\.\d+\S*"), "<release>"),
    (re.compile(r"(\w+://)?(?<!sha256:)\b[0-9a-f]{64}\b"), "<container>"),
    (re.compile(r"\S+@sha256:[0-9a-f]{64}\b|\bsha256:[0-9a-f]{64}\b"), "<image>"),
    (re.compile(r"\bdocker\.io/\w+/(?=my-app:)"), ""),  # a node knows one image by several names
    (re.compile(r"/(LIVE|MERGED)-\d+/"), r"/\1/"),
    (re.compile(r"^([IWE])\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ (\w+\.go):\d+\]"), r"\1 \2]"),
]
HASHED = re.compile(rf"\b([a-z0-9][a-z0-9-]*?)-({CHANCE}{{8,10}})(?:-({CHANCE}{{5}}))?\b")
SUFFIXED = re.compile(rf"\b([a-z0-9][a-z0-9-]*?)-({CHANCE}{{5}})\b")
HASH_LABEL = re.compile(r"(pod-template-hash\"?[=:] ?\"?)([a-z0-9]+)")
WORKER = re.compile(r"(?<![\w-])[a-z0-9-]+-worker\d*\b")  # the scheduler is free to choose
RANDOM_FIRST = re.compile(r"\S+( \S+)?-<(hash|pod|id)-\d+>")


@dataclass(frozen=True)
class Surroundings:
    """What this run calls the things that each run calls differently."""

    namespace: str
    cluster: str  # what the names of nodes begin with
    context: str
    server: str
    folder: str

    def replaced_in(self, text: str) -> str:
        text = text.replace(self.folder, "<folder>").replace(self.server, "<server>")
        text = text.replace(self.namespace, "<namespace>")
        text = text.replace(f"{self.cluster}-control-plane", "<cluster>-control-plane")
        return re.sub(rf"(?<![\w./+-]){re.escape(self.context)}(?![\w./:-])", "<context>", text)


@dataclass
class Names:
    """The new names of random ones, counted from 1 in the order in which a transcript shows them."""

    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, kind: str, value: str, *, among: str = "") -> str:
        """Answer `<kind-N>`, the same for the same value. `among`: count for itself what belongs to this."""
        key = (f"{among}<{kind}-", value)
        number = 1 + sum(1 for group, _ in self.known if group == key[0])
        return self.known.setdefault(key, f"<{kind}-{number}>")

    def replaced_in(self, text: str) -> str:
        text = WORKER.sub(lambda found: self.of("worker", found[0]), text)
        text = HASH_LABEL.sub(lambda found: found[1] + self.of("hash", found[2]), text)
        text = HASHED.sub(self._hashed, text)
        return SUFFIXED.sub(lambda found: f"{found[1]}-{self.of('id', found[2], among=found[1])}", text)

    def _hashed(self, found: re.Match[str]) -> str:
        owner = f"{found[1]}-{self.of('hash', found[2])}"
        return f"{owner}-{self.of('pod', found[3], among=owner)}" if found[3] else owner


def normalise(text: str, surroundings: Surroundings, names: Names) -> str:
    """Answer the text with everything replaced; columns of tables are aligned anew."""

    def plain(part: str) -> str:
        part = surroundings.replaced_in(part)
        for pattern, new in PATTERNS:
            part = pattern.sub(new, part)
        return names.replaced_in(part)

    lines: list[str] = []
    for block in blocks(text.splitlines()):
        if isinstance(block, Table):
            new = block.mapped(lambda title, cell: _cell(title, plain(cell)))
            lines += new.with_rows(_in_order(new.rows, lambda row: row[0])).lines()
        else:
            lines.append(plain(block).rstrip())
    return "\n".join(_in_order(lines, str)) + ("\n" if text.endswith("\n") else "")


def _cell(title: str, cell: str) -> str:
    return "<age>" if title in AGES and re.match(r"\d+[smhd]", cell) else cell


def _in_order(items, name_of):
    """Sort each run of neighbours that begin with a random name; leave everything else where it is."""
    answer = []
    for is_random, run in groupby(items, key=lambda item: bool(RANDOM_FIRST.match(name_of(item)))):
        neighbours = list(run)
        answer += sorted(neighbours) if is_random else neighbours
    return answer
