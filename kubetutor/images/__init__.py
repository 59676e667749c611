"""The sample applications: one standard-library file each, a process here, a container image elsewhere."""

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
