"""Where everything that is made stays, outside the checkout, and how a thing is made only once."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def cache_folder() -> Path:
    """Answer the folder of everything that tests/kind makes."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "kubetutor" / "kind"


def digest(inputs: Iterable[str]) -> str:
    """Answer twelve characters that change whenever one of the inputs does."""
    return hashlib.sha256("\0".join(inputs).encode()).hexdigest()[:12]


def made_once(folder: Path, *, inputs: Iterable[str], make: Callable[[Path], None]) -> Path:
    """Answer a folder that `make` filled from `inputs`; a half-made one never bears the final name."""
    final = folder.with_name(f"{folder.name}-{digest(inputs)}")
    if final.exists():
        return final
    half = final.with_name(f"{final.name}.half-made")
    remove(half)
    half.mkdir(parents=True)
    with step(f"making {final.name}"):
        make(half)
    half.rename(final)
    return final


def remove(folder: Path) -> None:
    """Remove a folder of the cache, if it is there."""
    if folder.exists():
        shutil.rmtree(folder)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say what begins, and how long it took."""
    print(f"kind: {title}", flush=True)
    began = time.monotonic()
    yield
    print(f"kind: {title}: {time.monotonic() - began:.0f} s", flush=True)


@contextmanager
def only_one(cache: Path) -> Iterator[None]:
    """Let a second maker wait until the first one has finished."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("kind: waiting for another process that is making the image", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
