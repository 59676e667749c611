"""The pinned release of the `kind` command, and putting it into the state folder: verified, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from kubetutor.cluster.home import explained, make_private
from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kubetutor.cluster.backend import Progress
    from kubetutor.cluster.home import Home

VERSION = "v0.33.0"
# The published kind-OS-ARCH.sha256sum files of that release.
CHECKSUMS = {
    "linux-amd64": "aee6151561422756b764a4ae28e7f44cda5af5a9eead3cc9985112b1de8d8e0d",
    "linux-arm64": "20022bee6cfcd5086cb7234d218e3454e6090022f2a8f55d1fa7fcf42c3867a2",
    "darwin-amd64": "5a99f26f57246dc9319dd294803313197a0f34d33c525b3ea8b655db5916ece0",
    "darwin-arm64": "0c8c7dbe5e23594a198b786c4bc13dacc101fa6196b0cb0b23a1ca44e61f4b4f",
}
ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
VARIABLE = "KUBETUTOR_KIND_DOWNLOADS"  # a mirror's address, for rooms that do not reach GitHub
DOWNLOADS = "https://github.com/kubernetes-sigs/kind/releases/download"
BY_HAND = "https://kind.sigs.k8s.io/docs/user/quick-start/#installation"
SIZE_MB = 10  # about what it weighs
MOST_BYTES = 100 * 2**20
SILENCE_SECONDS = 20.0  # without a byte, and it is given up
MOST_SECONDS = 300.0  # in all


def installed_path(home: Home) -> Path:
    """Answer where our own `kind` is, if it is there."""
    return home.path / "bin" / "kind"


def this_machine() -> str:
    """Answer the release's name for this machine: `linux-amd64` and so on."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{ARCHITECTURES.get(machine, machine)}"


def install(home: Home, environ: Mapping[str, str], *, progress: Progress) -> Path:
    """Download the release, verify it and put it into the state folder; answer where it is."""
    target = installed_path(home)
    bring(this_machine(), target, environ, progress=progress)
    progress(f"kind {VERSION} is verified and installed: {target}")
    return target


def bring(machine: str, target: Path, environ: Mapping[str, str], *, progress: Progress) -> None:
    """Download the release for such a machine and put it to this path, verified, for its owner to run."""
    if machine not in CHECKSUMS:
        raise ClusterError(
            f"kind {VERSION} is not published for this machine ({machine}; there: {', '.join(CHECKSUMS)}). "
            "Build it: go install sigs.k8s.io/kind@" + VERSION
        )
    url = f"{(environ.get(VARIABLE) or DOWNLOADS).rstrip('/')}/{VERSION}/kind-{machine}"
    with placed(target) as file:
        _verify(url, _download(url, file, progress), CHECKSUMS[machine])


@contextlib.contextmanager
def placed(target: Path) -> Iterator[IO[bytes]]:
    """Give a file to write the program to; it comes to its place when all went well, and nothing stays otherwise."""
    with explained(target.parent):
        make_private(target.parent)
        handle, name = tempfile.mkstemp(prefix=".kind-", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
            temporary.chmod(0o700)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _download(url: str, file: IO[bytes], progress: Progress) -> str:
    """Write what is at this address into the file; answer its sha256."""
    import http.client  # noqa: PLC0415  # slow to import, and only an installation needs it
    import urllib.request  # noqa: PLC0415  # slow to import, and only an installation needs it

    progress(f"downloading {url}")
    request = urllib.request.Request(url, headers={"User-Agent": "kubetutor"})  # noqa: S310  # what arrives is verified
    try:
        with urllib.request.urlopen(request, timeout=SILENCE_SECONDS) as response:  # noqa: S310  # what arrives is verified
            length = int(response.headers.get("Content-Length") or 0)
            return _copy(response, file, length, progress)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ClusterError(
            f"{url} could not be downloaded: {error}. Nothing is installed. Is this machine connected to the network? "
            f"A mirror of kind's releases: set {VARIABLE}. Or install kind yourself: {BY_HAND}"
        ) from error


def _copy(response: IO[bytes], file: IO[bytes], length: int, progress: Progress) -> str:
    digest, seen, told = hashlib.sha256(), 0, 0
    deadline = time.monotonic() + MOST_SECONDS
    while chunk := response.read(2**16):
        seen += len(chunk)
        if seen > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES // 2**20} MB")
        if time.monotonic() > deadline:
            raise TimeoutError(f"only {seen} bytes came within {MOST_SECONDS:g} s")
        digest.update(chunk)
        file.write(chunk)
        if length and seen * 4 // length > told:
            told = seen * 4 // length
            progress(f"downloaded {told * 25} % of {length / 2**20:.1f} MB")
    if seen < length:
        raise ValueError(f"it was cut off after {seen} of {length} bytes")
    return digest.hexdigest()


def _verify(url: str, found: str, wanted: str) -> None:
    if found != wanted:
        raise ClusterError(
            f"{url} is not kind {VERSION} as it was published: its sha256 is {found}, and should be {wanted}. "
            "Nothing is installed. A proxy or a mirror may have answered with something else; look at the address."
        )
