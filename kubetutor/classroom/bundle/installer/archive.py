"""The file of a bundle: a zip whose members are stored as they are, each with a checksum in the manifest.

1. It must be a whole zip, and hold exactly what its manifest lists, under plain names and uncompressed.
2. Each member is read once, and must have the size and the sha256 of the manifest, before anything is done with any.
3. Nothing is extracted under a name that the file chose: who copies a member says where to.
"""

from __future__ import annotations

import contextlib
import hashlib
import zipfile
from typing import IO, TYPE_CHECKING

from kubetutor.classroom.bundle.installer import manifest
from kubetutor.errors import ClassroomError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kubetutor.classroom.bundle.installer.manifest import Manifest

CHUNK = 2**20
AGAIN = (
    "Copy the file again from where it came, and compare the sha256 that `kubetutor bundle create` printed."
)


class Archive:
    """An open bundle."""

    def __init__(self, path: Path, file: zipfile.ZipFile, said: Manifest) -> None:
        self.path, self.manifest, self._file = path, said, file

    def verify(self, progress: Callable[[str], None]) -> None:
        """Read every member and compare it with the manifest. Raise ClassroomError for the first that differs."""
        whole, seen, told = sum(member.bytes for member in self.manifest.members.values()), 0, 0
        for name, member in self.manifest.members.items():
            with self.reading(name):
                pass
            seen += member.bytes
            if seen * 4 // whole > told:
                told = seen * 4 // whole
                progress(f"verified {told * 25} % of {whole / 2**20:.0f} MB")

    def copy(self, name: str, target: Path) -> None:
        """Write a member to this path, verified."""
        with target.open("xb") as file, self.reading(name) as member:
            for chunk in iter(lambda: member.read(CHUNK), b""):
                file.write(chunk)

    @contextlib.contextmanager
    def reading(self, name: str) -> Iterator[Reader]:
        """Give a member to read; when it was read, whatever is left of it is too, and all of it is verified."""
        with _explained(self.path):
            stream = self._file.open(name)
        with stream:
            reader = Reader(self.path, stream)
            yield reader
            while reader.read(CHUNK):
                pass
        wanted = self.manifest.members[name]
        if (reader.bytes, reader.digest.hexdigest()) != (wanted.bytes, wanted.sha256):
            raise ClassroomError(
                f"The bundle {self.path} is damaged: its member {name} has {reader.bytes} bytes and the sha256 "
                f"{reader.digest.hexdigest()}, and should have {wanted.bytes} and {wanted.sha256}. {AGAIN}"
            )


class Reader:
    """A stream that counts and digests what is read from it. `path`: the bundle, for what there is to say."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self._path, self._stream, self.bytes, self.digest = path, stream, 0, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        with _explained(self._path):
            chunk = self._stream.read(size)
        self.bytes += len(chunk)
        self.digest.update(chunk)
        return chunk


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a bundle and read its manifest. Raise ClassroomError when it is none, or is damaged."""
    with contextlib.ExitStack() as stack:
        with _explained(path):
            file = stack.enter_context(zipfile.ZipFile(path))
            if manifest.NAME not in file.namelist():
                raise ClassroomError(
                    f"{path} is no bundle of kubetutor, or was cut off: it has no {manifest.NAME}. {AGAIN}"
                )
            if file.getinfo(manifest.NAME).file_size > manifest.MOST_BYTES:
                raise ClassroomError(
                    f"{path} is no bundle of kubetutor: its {manifest.NAME} is too large to be one."
                )
            said = manifest.parse(file.read(manifest.NAME), str(path))
        _refuse_other_members(path, file, said)
        yield Archive(path, file, said)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what a damaged file raises into words. NotImplementedError: a compression; RuntimeError: a password."""
    try:
        yield
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ClassroomError(
            f"{path} is no whole bundle, it may have been cut off: {error}. {AGAIN}"
        ) from error
    except OSError as error:
        raise ClassroomError(f"The bundle {path} cannot be read: {error.strerror or error}.") from error


def _refuse_other_members(path: Path, file: zipfile.ZipFile, said: Manifest) -> None:
    names = [entry.filename for entry in file.infolist()]
    listed = {manifest.NAME, *said.members}
    if others := sorted(set(names) - listed):
        raise ClassroomError(
            f"The bundle {path} holds what its manifest does not list: {', '.join(map(repr, others[:5]))}. "
            "Nothing of it is taken. Ask who gave it to you."
        )
    if lacking := sorted(listed - set(names)):
        raise ClassroomError(f"The bundle {path} lacks {', '.join(lacking[:5])}. {AGAIN}")
    if len(names) > len(listed):
        raise ClassroomError(f"The bundle {path} holds two members of the same name. Ask who gave it to you.")
    if packed := [entry.filename for entry in file.infolist() if entry.compress_type != zipfile.ZIP_STORED]:
        raise ClassroomError(
            f"The bundle {path} was packed again: {packed[0]} is compressed. Take the file as `bundle create` made it."
        )
