"""kubetutor itself as a wheel: built from a checkout, or put together again from the files of an installation."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import sys
import zipfile
from pathlib import Path, PurePosixPath

from kubetutor.cluster import commands, share
from kubetutor.errors import ClassroomError, CommandFailedError

BUILD_SECONDS = 300.0
NAME = "kubetutor"
OF_THE_INSTALLATION = {
    "INSTALLER",
    "REQUESTED",
    "RECORD",
    "direct_url.json",
}  # say how it came here, not what it is


def make(folder: Path) -> Path:
    """Make the wheel in this folder; answer where it is. Raise ClassroomError when it cannot be made."""
    checkout = share.PACKAGE.parent
    if (checkout / "pyproject.toml").is_file():
        return _built(checkout, folder)
    return repacked(importlib.metadata.distribution(NAME), folder)


def _built(checkout: Path, folder: Path) -> Path:
    argv = (
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-input",
        "--wheel-dir",
        folder,
        checkout,
    )
    try:
        commands.run(argv, timeout=BUILD_SECONDS)
    except CommandFailedError as error:
        raise ClassroomError(f"The wheel of kubetutor could not be built from {checkout}. {error}") from error
    return next(folder.glob(f"{NAME}-*.whl"))


def repacked(installed: importlib.metadata.Distribution, folder: Path) -> Path:
    """Put the wheel together from what an installation consists of."""
    files = {each: Path(str(installed.locate_file(each))) for each in sorted(map(str, installed.files or ()))}
    kept = {name: path for name, path in files.items() if _is_of_the_wheel(PurePosixPath(name))}
    if not any(name.endswith(".dist-info/WHEEL") for name in kept):
        raise ClassroomError(
            "This kubetutor does not say which files it consists of, so no wheel can be made of it. "
            "Install it again: pip install --force-reinstall kubetutor"
        )
    info = next(name.partition("/")[0] for name in kept if name.endswith(".dist-info/WHEEL"))
    path = folder / f"{info.removesuffix('.dist-info')}-py3-none-any.whl"
    rows = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, source in kept.items():
            content = source.read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            wheel.writestr(_entry(name), content, zipfile.ZIP_DEFLATED)
            rows.append(f"{name},sha256={digest},{len(content)}")
        wheel.writestr(_entry(f"{info}/RECORD"), "\n".join([*rows, f"{info}/RECORD,,", ""]))
    return path


def _entry(name: str) -> zipfile.ZipInfo:
    """Answer an entry without a date of its own: equal files make equal wheels."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    return entry


def _is_of_the_wheel(name: PurePosixPath) -> bool:
    """Say whether a file came with the wheel: commands and compiled files are made when it is installed."""
    if ".." in name.parts or name.suffix == ".pyc":
        return False
    return not (name.parts[0].endswith(".dist-info") and name.name in OF_THE_INSTALLATION)
