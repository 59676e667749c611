"""Is anything missing among wheels? Their own metadata says what each needs, and on which Python and platform.

pip reads those conditions for the Python that it runs on, also when it downloads for another one. So what it brings may
lack something, or hold what is not needed there. Source: https://pip.pypa.io/en/stable/cli/pip_download/ and the
environment markers of https://packaging.python.org/en/latest/specifications/dependency-specifiers/
"""

from __future__ import annotations

import email.parser
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from packaging.version import Version

    from kubetutor.classroom.bundle.targets import Wish

UNAMES = {"linux": "Linux", "darwin": "Darwin"}


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel, and what its metadata says. `unpacked`: bytes of what it holds."""

    path: Path
    name: str
    version: Version
    platforms: tuple[str, ...]
    requires: tuple[Requirement, ...]
    unpacked: int


@dataclass(frozen=True, slots=True)
class Closure:
    """`needed`: the wheels that count. `missing`: what none of them is, as pip reads it."""

    needed: tuple[Wheel, ...]
    missing: tuple[str, ...]


def read(path: Path) -> Wheel:
    """Read a wheel's name and metadata."""
    name, version, _build, tags = parse_wheel_filename(path.name)
    with zipfile.ZipFile(path) as file:
        metadata = next(
            entry
            for entry in file.namelist()
            if entry.count("/") == 1 and entry.endswith(".dist-info/METADATA")
        )
        said = email.parser.BytesParser().parsebytes(file.read(metadata))
        unpacked = sum(entry.file_size for entry in file.infolist())
    requires = tuple(Requirement(line) for line in said.get_all("Requires-Dist") or ())
    return Wheel(path, name, version, tuple(sorted({tag.platform for tag in tags})), requires, unpacked)


def follow(wheels: Iterable[Wheel], roots: Iterable[str], environment: Mapping[str, str]) -> Closure:
    """Follow what the roots need, on a Python described by `environment` (PEP 508's markers)."""
    by_name = {wheel.name: wheel for wheel in wheels}
    waiting = [Requirement(root) for root in roots]
    seen: set[tuple[str, str]] = set()
    needed: dict[str, Wheel] = {}
    missing: list[str] = []
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        wheel = by_name.get(name)
        if wheel is None or not wanted.specifier.contains(wheel.version, prereleases=True):
            missing.append(_without_marker(wanted))
            continue
        needed[name] = wheel
        for extra in ("", *wanted.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += [each for each in wheel.requires if _applies(each, environment, extra)]
    return Closure(tuple(needed[name] for name in sorted(needed)), tuple(sorted(set(missing))))


def environment_of(wish: Wish) -> dict[str, str]:
    """Answer the markers of the Python that a wish is for."""
    here = {name: str(value) for name, value in default_environment().items()}
    if wish.python != here["python_version"]:
        here |= {
            "python_version": wish.python,
            "python_full_version": f"{wish.python}.0",
            "implementation_version": f"{wish.python}.0",
        }
    if wish.platform is not None:
        system = wish.platform.system
        here |= {
            "sys_platform": system,
            "platform_system": UNAMES[system],
            "platform_machine": wish.platform.machine,
        }
        here |= {"os_name": "posix", "platform_release": "", "platform_version": ""}
    return here


def _applies(wanted: Requirement, environment: Mapping[str, str], extra: str) -> bool:
    return wanted.marker is None or wanted.marker.evaluate({**environment, "extra": extra})


def _without_marker(wanted: Requirement) -> str:
    extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
    return f"{wanted.name}{extras}{wanted.specifier}"
