"""What it means when `kind create cluster` fails: kind's and the engine's words, what was seen, what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.cluster.kind import machine, node_images

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = 3  # lines of kind's own words in a message


@dataclass(frozen=True, slots=True)
class Known:
    """Words that kind or its engine says, what they mean, and what to do. `{0}` is what the first group matched."""

    words: re.Pattern[str]
    meaning: str
    fix: str


def _known(words: str, meaning: str, fix: str) -> Known:
    return Known(re.compile(words, re.IGNORECASE | re.DOTALL), meaning, fix)


IMAGE_FIX = (
    "Connect to the network and try again. Without one: on another machine `docker pull` and `docker save` it, here "
    f"`docker load -i FILE`. A mirror, or an image under another name: set {node_images.VARIABLE}."
)
KNOWN = (
    _known(
        r"node\(s\) already exist for a cluster with the name",
        "a cluster of that name is there, and it was not made from here",
        "Give the new one another --name, or delete the other: kind delete cluster --name NAME",
    ),
    _known(r"toomanyrequests", "the registry refuses more downloads for now", IMAGE_FIX),
    _known(
        r'failed to pull image "([^"]+)"(?:.*?Command Output: *([^\n]+))?',
        "the node image {0} is not on this machine and could not be downloaded ({1})",
        IMAGE_FIX,
    ),
    _known(
        r"((?:Bind for |listen tcp\S* |bind: )[^\n]*(?:already allocated|address already in use)|ports are not available[^\n]*)",
        "a port that the cluster file asks for is taken ({0})",
        "End the program that has it (`ss -ltnp` shows which), or change hostPort or apiServerPort in the cluster file.",
    ),
    _known(
        r"too many open files|inotify",
        "the nodes ran out of inotify instances or watches",
        machine.raise_inotify(),
    ),
    _known(r"no space left on device", "the disk is full", machine.ROOM),
    _known(
        r"unable to decode config: ([^\n]+(?:\n\s+[^\n]+)*)",
        "kind cannot read the cluster file ({0})",
        "Mend the file; its format: https://kind.sigs.k8s.io/docs/user/configuration/",
    ),
    _known(r"cgroups? v1[^\n]*(?:not supported|unsupported|refus)", "cgroup v1 is refused", machine.CGROUP),
    _known(
        r"cannot connect to the docker daemon|docker daemon is not running|unable to connect to podman",
        "the engine stopped answering",
        "Start it again, then `kubetutor doctor`.",
    ),
    _known(r"exit status 137|signal: killed", "a program was killed, as when memory is short", machine.CLOSE),
)


def explain(output: str, warnings: Sequence[str]) -> str:
    """Answer what happened and what to do, from kind's words; what this machine is short of stands with it."""
    for known in KNOWN:
        if found := known.words.search(output):
            groups = [" ".join((group or "no more is known").split()) for group in found.groups()]
            return f"{known.meaning.format(*groups)}. {known.fix}"
    said = " / ".join(complaint(output)) or "it said nothing"
    suspects = "".join(f"\nIt may be this: {warning}" for warning in warnings)
    return f"{said}. `kubetutor doctor` looks at this machine.{suspects}"


def complaint(output: str) -> list[str]:
    """Answer kind's own words for what went wrong: the line with ERROR, and the last words of what it ran."""
    lines = [line.strip() for line in output.partition("Stack Trace:")[0].splitlines() if line.strip()]
    first = next(
        (index for index, line in enumerate(lines) if line.startswith("ERROR")), max(0, len(lines) - WORDS)
    )
    told = lines[first:]
    return told if len(told) <= WORDS else [told[0], *told[1 - WORDS :]]
