"""What a bundle brought to this machine for kind, so that `up` pulls nothing: written when it is installed, read here.

An engine that loads a saved image knows it by its tag, not by the digest that is pinned. So the tag that stands for a
digest is written down. What is no longer in the engine counts for nothing: then all is as without a bundle.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from kubetutor.cluster.home import Home, make_private, write_private
from kubetutor.cluster.kind import node_images, samples
from kubetutor.errors import CommandFailedError, StateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kubetutor.cluster.kind.engine import Engine
    from kubetutor.cluster.kind.nodes import KindNodes
    from kubetutor.cluster.kind.samples import Build


@dataclass(frozen=True, slots=True)
class Brought:
    """`nodes`: the engine's name of a node image by the pinned one. `base`: what the samples were built on.

    `images`: what nodes would pull otherwise.
    """

    nodes: dict[str, str] = field(default_factory=dict)
    base: str = ""
    images: tuple[str, ...] = ()


def path(home: Home) -> Path:
    return home.path / "brought.json"


def home_of(cluster: KindNodes) -> Home:
    """Answer the state folder that this cluster is in: its kubeconfig is clusters/NAME/kubeconfig there."""
    return Home(cluster.kubeconfig.parents[2])


def read(home: Home) -> Brought:
    """Answer what was brought; nothing, where nothing was. Raise StateError when that cannot be read."""
    try:
        said = json.loads(path(home).read_text(encoding="utf-8"))
        return Brought(dict(said["nodes"]), str(said["base"]), tuple(said["images"]))
    except FileNotFoundError:
        return Brought()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StateError(
            f"{path(home)} cannot be read: {error!r}. Remove it, and install the bundle again: kubetutor bundle install FILE"
        ) from error


def write(home: Home, brought: Brought) -> None:
    make_private(home.path)
    write_private(path(home), json.dumps(asdict(brought), indent=2) + "\n")


def has(engine: Engine, image: str) -> bool:
    """Say whether the engine has an image of this name."""
    try:
        engine.run("image", "inspect", "--format", "{{.Id}}", image)
    except CommandFailedError:
        return False
    return True


def preferred(home: Home, image: str | None) -> str | None:
    """Answer which pinned node image is taken when no release is asked for: one that was brought, if any was."""
    pinned = node_images.NODE_IMAGES.values()
    here = [each for each in pinned if each in read(home).nodes]
    return here[0] if here and image in pinned else image


def known_as(engine: Engine, home: Home, image: str | None) -> str | None:
    """Answer the name under which the engine has a node image: what a bundle brought for it, else its own."""
    stand_in = read(home).nodes.get(image or "")
    return stand_in if stand_in and has(engine, stand_in) else image


def builds(engine: Engine, home: Home, environ: Mapping[str, str]) -> list[Build]:
    """List the sample images: on the base of the bundle, if all that it brought are here, else on the usual one."""
    base = read(home).base
    if base and not environ.get(samples.BASE_VARIABLE):
        on_it = samples.wanted({**environ, samples.BASE_VARIABLE: base})
        if not samples.missing(engine, on_it):
            return on_it
    return samples.wanted(environ)


def for_nodes(engine: Engine, home: Home) -> list[str]:
    """List what was brought for the nodes, as far as the engine has it."""
    return [image for image in read(home).images if has(engine, image)]
