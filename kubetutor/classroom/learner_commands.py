"""The learner's commands in a class: join it, leave it, raise a hand. What is slow to import is imported by the command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kubetutor.errors import ClassroomError

if TYPE_CHECKING:
    from kubetutor.exercises.report.membership import Membership

TOLD = (
    "From now on the instructor sees this name, which exercises you have begun and passed and how long that took, how many "
    "hints you were shown, and whether your hand is raised. Nothing else is sent. `kubetutor leave` ends it."
)
NOT_IN_A_CLASS = "You have not joined a class: `kubetutor join` does it."


@click.command()
@click.argument("address", required=False, default="")
@click.argument("code", required=False, default="")
@click.option("--name", default="", help="What the instructor shall call you.")
def join(address: str, code: str, name: str) -> None:
    """Join a class: kubetutor join ADDRESS CODE --name NAME, as the instructor shows it.

    On a workshop's cluster there is no address and no code: kubetutor join --name NAME.
    """
    from kubetutor.exercises.report import membership, sender, to_receiver  # noqa: PLC0415  # only this command needs it
    from kubetutor.exercises.report.report import valid_name  # noqa: PLC0415  # as above

    if bool(address) != bool(code):
        raise click.UsageError("Say both, the address and the code: kubetutor join ADDRESS CODE --name NAME.")
    if address:
        if not name:
            raise click.UsageError("Say what the instructor shall call you: --name NAME.")
        member = to_receiver.join(address, code, valid_name(name), membership.read())
    else:
        member = _in_workshop(name)
    sender.enter(member)
    click.echo(f"You have joined as {member.name}. {TOLD}")
    _say(sender.send())


@click.command()
def leave() -> None:
    """Leave the class: nothing more is sent, and the instructor's list forgets you."""
    from kubetutor.exercises.report import sender  # noqa: PLC0415  # only this command needs it

    member, trouble = sender.leave()
    if member is None:
        click.echo(NOT_IN_A_CLASS)
    elif trouble:
        click.echo(f"You have left, and nothing more is sent. What was sent before is still there: {trouble}")
    else:
        click.echo(f"You have left, and {member.place} has forgotten you.")


@click.command()
@click.argument("where", metavar="up|down", type=click.Choice(("up", "down")))
def hand(where: str) -> None:
    """Raise your hand, or lower it: kubetutor hand up."""
    from kubetutor.exercises.report import sender  # noqa: PLC0415  # only this command needs it

    if sender.raise_hand(where == "up") is None:
        raise ClassroomError(NOT_IN_A_CLASS)
    _say(sender.send())


def _in_workshop(name: str) -> Membership:
    """Answer the membership of who works in a namespace of a shared cluster."""
    from kubetutor.cluster.cluster import connect  # noqa: PLC0415  # only this needs it
    from kubetutor.exercises.report.membership import Membership  # noqa: PLC0415  # as above
    from kubetutor.exercises.report.report import LONGEST_NAME, valid_name  # noqa: PLC0415  # as above

    cluster = connect()
    namespace = cluster.workspace.namespace
    if not namespace:
        raise ClassroomError(
            f"The cluster {cluster.name!r} is not a workshop's: you were given no namespace in it. Say the address and the "
            "code that the instructor shows: kubetutor join ADDRESS CODE --name NAME."
        )
    return Membership(
        valid_name(name or namespace[:LONGEST_NAME]),
        kubeconfig=str(Path(cluster.kubeconfig)),
        namespace=namespace,
    )


def _say(member: Membership | None) -> None:
    click.echo(str(member) if member is not None else NOT_IN_A_CLASS)
