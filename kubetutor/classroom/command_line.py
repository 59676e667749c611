"""The commands for classes. What is slow to import is imported by the command that needs it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from kubetutor.cluster.cluster import connect
from kubetutor.cluster.home import find_home
from kubetutor.lab.command_line import step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.cluster.cluster import Cluster

HOURS = 12.0
HERE = {"127.0.0.1", "localhost", "::1"}
AGAIN = (
    "In a notebook that is open: restart the kernel, run its first cells, and start() of the exercise that you were at. "
    'In a terminal: eval "$(kubetutor env)". What you passed and predicted is kept.'
)

workshop_option = click.option(
    "--workshop", "name", default="workshop", show_default=True,
    help="The workshop's name, with which its namespaces begin.",
)  # fmt: skip
context_option = click.option(
    "--context", help="A context of your kubeconfig. Default: the cluster that is up."
)
folder_option = click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False),
    help="Where the learners' kubeconfigs are. Default: a folder with the workshop's name.",
)  # fmt: skip


@click.group()
def workshop() -> None:
    """Everyone on one real cluster: a namespace and a kubeconfig for each learner."""


@workshop.command("create")
@click.option(
    "--learners", "list_of_learners", type=click.Path(path_type=Path, dir_okay=False), required=True,
    help="A CSV file, one learner a line; where it has several columns, the one called `name`.",
)  # fmt: skip
@workshop_option
@context_option
@folder_option
@click.option(
    "--hours", type=click.FloatRange(min=0.2), default=HOURS, show_default=True,
    help="How long the learners' tokens are valid. Run the command again to renew them.",
)  # fmt: skip
def create(list_of_learners: Path, name: str, context: str | None, folder: Path | None, hours: float) -> None:
    """Make a namespace, an account, its rights, a quota and a kubeconfig for each learner.

    Run it again to add learners, to renew tokens, or after an interruption.
    """
    from kubetutor.classroom import learners  # noqa: PLC0415  # only this command needs it
    from kubetutor.classroom.workshop import Workshop, valid_name  # noqa: PLC0415  # as above

    wanted = learners.read(list_of_learners)
    with cluster_of(context) as cluster:
        made = Workshop(valid_name(name), cluster, folder or Path(name))
        found = made.create(wanted, hours=hours, progress=step)
        _warn_of_loopback(cluster)
    wide = max(len(room.name) for room in found)
    for room in found:
        click.echo(f"{room.name:<{wide}}  {room.namespace:<40}  {room.kubeconfig}")
    click.echo(
        f"{len(found)} learners. Give each one the file of the last column; it is valid for {hours:g} h. The learner says:\n"
        "  KUBECONFIG=FILE kubetutor up --backend context\n"
        f"Afterwards: kubetutor workshop remove --workshop {name}"
    )


@workshop.command("remove")
@workshop_option
@context_option
@folder_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, context: str | None, folder: Path | None, yes: bool) -> None:
    """Take away exactly what `create` made, with all that learners have in their namespaces."""
    from kubetutor.classroom.workshop import Workshop, valid_name  # noqa: PLC0415  # only this command needs it

    with cluster_of(context) as cluster:
        found = Workshop(valid_name(name), cluster, folder or Path(name))
        number = len(found.namespaces())
        if not number:
            click.echo(f"There is no namespace of the workshop {name} on this cluster.")
            return
        if not yes:
            click.confirm(f"Delete {number} namespaces of {name}, with all that is in them?", abort=True)
        removed = found.remove(progress=step)
    click.echo(f"{len(removed)} namespaces of the workshop {name} are gone, and their kubeconfigs here.")


@click.command()
@click.argument("backend", type=click.Choice(("embedded", "kind")), required=False)
@click.option("--back", is_flag=True, help="Go back to the clusters of before.")
def switch(backend: str | None, back: bool) -> None:
    """Go on with another cluster when this one fails: kubetutor switch embedded.

    The old one is left as it is. What was passed, predicted and given as hints is kept: it never was in the cluster.
    """
    from kubetutor.cluster import starting, switching  # noqa: PLC0415  # only this command needs it
    from kubetutor.cluster.backend import Wanted  # noqa: PLC0415  # as above

    home = find_home()
    if back == bool(backend):
        raise click.UsageError(
            "Say where to go on, `kubetutor switch embedded`, or `kubetutor switch --back`."
        )
    if backend is None:
        was = switching.forget(home)
        click.echo(f"You are back at the clusters of before. {AGAIN}" if was else "There was no switch.")
        return
    before = frozenset(folder.name for folder in home.clusters()) - {switching.STAND_IN}
    started = starting.start(home, backend, Wanted(name=switching.STAND_IN), say=click.echo, progress=step)
    switching.keep(home, switching.Switch(started.name, before))
    click.echo(
        f"All lessons and terminals go on with {started.name!r}. {AGAIN}\nBack: kubetutor switch --back"
    )


@contextlib.contextmanager
def cluster_of(context: str | None) -> Iterator[Cluster]:
    """Answer the cluster that is up, or, for as long as needed, a copy of one context of the user's own kubeconfig."""
    if context is None:
        yield connect()
        return
    from kubetutor.api import kubeconfig  # noqa: PLC0415  # only a context needs it
    from kubetutor.cluster.cluster import Cluster  # noqa: PLC0415  # as above
    from kubetutor.cluster.context import source  # noqa: PLC0415  # as above

    document = source.find(os.environ, find_home()).one_context(context)
    with tempfile.TemporaryDirectory(prefix="kubetutor-workshop-") as folder:
        path = Path(folder, "kubeconfig")
        kubeconfig.write(path, document)
        cluster = Cluster(context, "context", path)
        try:
            yield cluster
        finally:
            cluster.api.close()


def _warn_of_loopback(cluster: Cluster) -> None:
    from kubetutor.api import kubeconfig  # noqa: PLC0415  # the command is at its end

    server = kubeconfig.read(cluster.kubeconfig).server
    if urlsplit(server).hostname in HERE:
        click.echo(
            f"Note: this cluster listens at {server}, which only this machine reaches. Learners on other machines need an "
            "address of the cluster that they reach, or the server option (`kubetutor lab` for everyone on this machine)."
        )
