"""The files that come with kubetutor and are no code: lessons, manifests, cluster files.

A wheel carries them as `kubetutor/share`; in a checkout they stand beside the package.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from kubetutor.errors import StateError

PACKAGE = Path(__file__).resolve().parent.parent


def folder(kind: Literal["lessons", "clusters"]) -> Path:
    for candidate in (PACKAGE / "share" / kind, PACKAGE.parent / kind):
        if candidate.is_dir():
            return candidate
    raise StateError(
        f"This installation of kubetutor lacks its folder {kind!r} (looked in {PACKAGE / 'share'} and "
        f"{PACKAGE.parent}). Install it again: pip install --force-reinstall kubetutor"
    )


def default_cluster_file() -> Path:
    return folder("clusters") / "three-nodes.yaml"
