"""The commands for bundles. What is slow to import is imported by the command that needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kubetutor.cluster.home import find_home
from kubetutor.lab.command_line import step

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def bundle() -> None:
    """One file that sets a machine up without a network."""


@bundle.command("create")
@click.argument("output", type=click.Path(path_type=Path), required=False)
@click.option(
    "--python", "pythons", multiple=True, metavar="VERSION",
    help="For this Python, like 3.12; several times for several. Default: the one that runs this.",
)  # fmt: skip
@click.option(
    "--platform", "platforms", multiple=True, metavar="TAG",
    help="For this platform, as wheels name it: manylinux_2_28_x86_64, manylinux2014_aarch64, macosx_14_0_arm64; several "
    "times for several. Default: this machine.",
)  # fmt: skip
@click.option(
    "--kind/--no-kind", default=None,
    help="With kind's images and the kind command, or without. Default: with them if Docker or Podman answers.",
)  # fmt: skip
@click.option(
    "--kubernetes",
    multiple=True,
    metavar="MINOR",
    help="Which Kubernetes kind gets, like 1.36. Default: the newest.",
)
@click.option(
    "--image",
    "images",
    multiple=True,
    metavar="NAME",
    help="A further image for kind, for lessons of your own.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def create(output: Path | None, pythons: tuple[str, ...], platforms: tuple[str, ...], **wanted: Any) -> None:
    """Make a bundle, where there is a network. On other machines: python3 FILE, or kubetutor bundle install FILE."""
    from kubetutor.classroom.bundle import creating, targets  # noqa: PLC0415  # only this command needs it
    from kubetutor.cluster.interruption import one_interruption  # noqa: PLC0415  # as above

    if wanted["kind"] is False and (wanted["kubernetes"] or wanted["images"]):
        raise click.UsageError("--kubernetes and --image are for kind, and --no-kind leaves it out.")
    wishes = tuple(targets.wishes(pythons, platforms))
    order = creating.Order(wishes, output=output, **wanted)
    with one_interruption():
        creating.create(order, find_home(), say=click.echo, progress=step)


@bundle.command("install")
@click.argument("file", type=FILE)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the environment shall be. Default: in KUBETUTOR_HOME.",
)
@click.option("--force", is_flag=True, help="Replace an environment that is there.")
def install(file: Path, folder: Path | None, force: bool) -> None:
    """Set this machine up from a bundle, without a network. As python3 FILE does."""
    from kubetutor.classroom.bundle.installer import install as installing  # noqa: PLC0415  # only this command needs it
    from kubetutor.cluster.interruption import one_interruption  # noqa: PLC0415  # as above

    with one_interruption():
        code = installing.install(file, folder=folder, force=force, say=click.echo, progress=step)
    if code:
        raise click.exceptions.Exit(code)


@bundle.command("load", hidden=True)
@click.argument("file", type=FILE)
def load(file: Path) -> None:
    """Bring what a bundle has for kind: the end of `install`, run by the kubetutor that was installed."""
    from kubetutor.classroom.bundle import loading  # noqa: PLC0415  # only this command needs it
    from kubetutor.cluster.interruption import one_interruption  # noqa: PLC0415  # as above

    with one_interruption():
        loading.load(file, find_home(), say=click.echo, progress=step)
