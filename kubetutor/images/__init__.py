"""The sample applications: one standard-library file each, a process here, a container image elsewhere.

`load.py` is no image: it travels in the command of its pod, and `cluster/load/manifest.py` says why.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """An image of ours, on every kind of cluster. Its program finds its tag in APP_VERSION."""

    name: str
    module: str
    tags: tuple[str, ...]


SAMPLES = (Sample("my-app", "my_app", ("1.0", "2.0", "3.0", "broken")),)
VERSION_VARIABLE = "APP_VERSION"
