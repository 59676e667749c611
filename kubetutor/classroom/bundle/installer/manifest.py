"""What a bundle says of itself: its members with their checksums, for whom the wheels are, and what of kind is in it.

It is the file `manifest.json` of the bundle, JSON. Whatever is not as expected here is refused, in words.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from kubetutor.errors import ClassroomError

NAME = "manifest.json"
FORMAT = 1
MOST_BYTES = 4 * 2**20
# Folders of ours and plain names: nothing that could lead out of a folder, and nothing that is hidden.
MEMBER = re.compile(
    r"__main__\.py|(wheels|images|kind)/[A-Za-z0-9_][A-Za-z0-9._+!-]*|(kubetutor/)([a-z_]+/)*[a-z_]+\.py"
)
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the bundle. `bytes`: its size there."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Target:
    """A Python on a platform, and the wheels for it.

    `python` is like "3.12"; `system` and `machine` as Python's platform module says them, in small letters; `libc` is
    "glibc", "musl" or empty; `least` is the oldest release of it (on macOS: of macOS) that all wheels take.
    `unpacked` is the bytes of what the wheels hold.
    """

    python: str
    system: str
    machine: str
    libc: str = ""
    least: str = ""
    wheels: tuple[str, ...] = ()
    unpacked: int = 0

    def __str__(self) -> str:
        needs = f" ({self.libc or 'macOS'} {self.least} or newer)" if self.least else ""
        return f"Python {self.python} on {self.system} {self.machine}{needs}"


@dataclass(frozen=True, slots=True)
class Archive:
    """Images as an engine saved them, compressed with gzip. `unpacked`: bytes without that."""

    member: str
    images: tuple[str, ...]
    unpacked: int


@dataclass(frozen=True, slots=True)
class Kind:
    """What of kind is in the bundle. `programs`: member by machine, like linux-amd64. `architecture`: of the images.

    `nodes`: the name that a node image has in the archive, by the name that is pinned. `base`: what the sample images are
    built on. `images`: what nodes would pull, to be brought into each cluster.
    """

    version: str
    programs: dict[str, str]
    architecture: str
    archives: tuple[Archive, ...]
    nodes: dict[str, str]
    base: str
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """`missing`: what is not in the bundle and somebody might look for, a sentence each."""

    kubetutor: str
    made: str
    targets: tuple[Target, ...]
    members: dict[str, Member] = field(default_factory=dict)
    kind: Kind | None = None
    missing: tuple[str, ...] = ()

    def as_text(self) -> str:
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n"


def parse(text: bytes, where: str) -> Manifest:
    """Read a manifest. Raise ClassroomError with what is wrong with it; `where` names the file."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise ClassroomError(
                f"The bundle {where} has the format {document['format']!r}, and this kubetutor reads the format {FORMAT}. "
                f"Let it install itself: python3 {where}"
            )
        manifest = _manifest(document)
        _refuse_what_is_not_there(manifest)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ClassroomError(
            f"The bundle {where} does not say what it must: its {NAME} is damaged ({error!r}). "
            "Copy the file again from where it came."
        ) from error
    return manifest


def _manifest(document: dict[str, Any]) -> Manifest:
    kind = document["kind"]
    return Manifest(
        kubetutor=_plain(document["kubetutor"]),
        made=_plain(document["made"]),
        targets=tuple(_target(target) for target in document["targets"]),
        members={
            _member(name): Member(_sha(of["sha256"]), int(of["bytes"]))
            for name, of in document["members"].items()
        },
        kind=_kind(kind) if kind else None,
        missing=tuple(str(each) for each in document["missing"]),
    )


def _target(document: dict[str, Any]) -> Target:
    return Target(**{**document, "wheels": tuple(document["wheels"]), "unpacked": int(document["unpacked"])})


def _kind(document: dict[str, Any]) -> Kind:
    archives = tuple(
        Archive(each["member"], tuple(each["images"]), int(each["unpacked"])) for each in document["archives"]
    )
    return Kind(**{**document, "archives": archives, "images": tuple(document["images"])})


def _refuse_what_is_not_there(manifest: Manifest) -> None:
    """Raise ValueError when something is named that is no member."""
    named = {wheel for target in manifest.targets for wheel in target.wheels}
    if manifest.kind:
        named |= {*manifest.kind.programs.values(), *(archive.member for archive in manifest.kind.archives)}
    if lacking := sorted(named - set(manifest.members)):
        raise ValueError(f"it names {', '.join(lacking)}, and has no checksum of it")


def _member(name: str) -> str:
    if not MEMBER.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a member")
    return name


def _sha(text: str) -> str:
    if not SHA256.fullmatch(text):
        raise ValueError(f"{text!r} is no sha256")
    return text


def _plain(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z.+-]{1,60}", text):
        raise ValueError(f"{text!r} is no version and no date")
    return text
