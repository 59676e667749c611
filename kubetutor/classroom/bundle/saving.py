"""Images as a stream, in both directions: what the engine saves, compressed; what is compressed, into the engine."""

from __future__ import annotations

import contextlib
import gzip
import io
import subprocess
import tempfile
import zlib
from typing import IO, TYPE_CHECKING

from kubetutor.errors import ClassroomError, CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kubetutor.classroom.bundle.installer.archive import Reader
    from kubetutor.cluster.backend import Progress
    from kubetutor.cluster.kind.engine import Engine

CHUNK = 2**20
LEVEL = 5  # of gzip: what more gains is little, and takes much longer
TOLD = 256 * 2**20  # bytes between two words of progress


class Saved:
    """What an engine saves of these images: iterate over the compressed bytes; `unpacked` counts the others."""

    def __init__(self, engine: Engine, images: Sequence[str], progress: Progress) -> None:
        several = ("--multi-image-archive",) if engine.name == "podman" else ()
        self._argv = [str(engine.command), "save", *several, *images]
        self._progress, self.unpacked = progress, 0

    def __iter__(self) -> Iterator[bytes]:
        packed = io.BytesIO()
        with (
            tempfile.TemporaryFile() as errors,
            gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=LEVEL, mtime=0) as packer,
        ):
            for chunk in self._chunks(errors):
                packer.write(chunk)
                yield _taken(packed)
            packer.close()
            yield _taken(packed)

    def _chunks(self, errors: IO[bytes]) -> Iterator[bytes]:
        process = subprocess.Popen(
            self._argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        try:
            while process.stdout and (chunk := process.stdout.read(CHUNK)):
                self.unpacked += len(chunk)
                if self.unpacked % TOLD < len(chunk):
                    self._progress(f"saved {self.unpacked >> 20} MB")
                yield chunk
            code = process.wait()
        finally:
            _end(process)
        if code:
            errors.seek(0)
            raise CommandFailedError(self._argv, code, errors.read().decode(errors="replace"))


def load(engine: Engine, reader: Reader, unpacked: int, progress: Progress) -> None:
    """Let the engine load a compressed archive of `unpacked` bytes. Raise CommandFailedError, or ClassroomError when it is damaged."""
    argv = [str(engine.command), "load"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=said, stderr=said, start_new_session=True
        )
        try:
            _feed(process, reader, unpacked, progress)
            code = process.wait()
        finally:
            _end(process)
        if code:
            said.seek(0)
            raise CommandFailedError(argv, code, said.read().decode(errors="replace"))


def _feed(process: subprocess.Popen[bytes], reader: Reader, unpacked: int, progress: Progress) -> None:
    seen = 0
    try:
        with gzip.GzipFile(fileobj=reader, mode="rb") as file:  # type: ignore[call-overload]  # it only reads from it
            while process.stdin and (chunk := file.read(CHUNK)):
                seen += len(chunk)
                if seen > unpacked:
                    raise ClassroomError(
                        f"The images unpack to more than the {unpacked} bytes that the bundle says."
                    )
                if seen % TOLD < len(chunk):
                    progress(f"loaded {seen >> 20} of {unpacked >> 20} MB")
                process.stdin.write(chunk)
            if process.stdin:
                process.stdin.close()
    except BrokenPipeError:
        return  # the engine has ended, and its exit code says why
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ClassroomError(
            f"The images in the bundle are damaged: {error}. Copy the file again."
        ) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            with contextlib.suppress(BrokenPipeError):  # the last bytes for a program that has ended
                stream.close()


def _taken(buffer: io.BytesIO) -> bytes:
    taken = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return taken
