"""The instructor's commands for a class where everyone has a cluster of their own, and the page over a workshop's cluster."""

from __future__ import annotations

import contextlib
import ipaddress
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kubetutor.classroom.command_line import cluster_of, context_option, workshop, workshop_option
from kubetutor.cluster.home import find_home, make_private
from kubetutor.errors import ClassroomError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from kubetutor.classroom.board.page import Page
    from kubetutor.classroom.receiver.opened import OpenedClass

HOURS = 4.0
PORT = 8890
BEYOND = """\
Warning: this listens at {address}, so everybody on these networks reaches the port.
  Protected: what learners send is encrypted, goes only to the machine whose certificate the join code names, and nobody can
  read another's. Requests, bodies and rates are bounded.
  Not protected: names are chosen freely, who has the code can join, and who sees the network sees who talks to whom."""
HERE_ONLY = "It listens at {address}: only learners on this machine can join. For others: --listen 0.0.0.0, or one address of this machine."

hours_option = click.option(
    "--hours", type=click.FloatRange(min=0.05), default=HOURS, show_default=True,
    help="How long a new join code is valid.",
)  # fmt: skip


@click.group("class")
def class_group() -> None:
    """See how far learners are who have clusters of their own: they join with a code."""


@class_group.command("open")
@click.option(
    "--listen", "address", default="127.0.0.1", show_default=True,
    help="Where learners reach it: an address of this machine; 0.0.0.0 is all of them.",
)  # fmt: skip
@click.option("--port", type=click.IntRange(1, 65534), default=PORT, show_default=True, help="Its port.")
@hours_option
def open_class(address: str, port: int, hours: float) -> None:
    """Open the class, or open it again: who has joined stays. Ctrl-C ends the command; `kubetutor class close` forgets the class."""
    import asyncio  # noqa: PLC0415  # slow to import

    from kubetutor.classroom.receiver import connections, opened  # noqa: PLC0415  # only this command needs it

    try:
        is_here = ipaddress.ip_address(address).is_loopback
    except ValueError as error:
        raise click.BadParameter(f"{address!r} is no IP address.", param_hint="--listen") from error
    with _only_one(), contextlib.closing(opened.OpenedClass(find_home().opened_class)) as made:
        learners, page = connections.listen(address, port), opened.page_socket(port + 1)
        ways = opened.reachable(address, port)
        made.roster.keep_fact("address", ways[0])
        if not made.roster.has_valid_code():
            made.roster.new_code(hours)
        click.echo((HERE_ONLY if is_here else BEYOND).format(address=f"{address}:{port}"))
        _invite(made, ways[1:])
        asyncio.run(_serve(made, learners, page))
    click.echo(
        "The class no longer listens. `kubetutor class open` goes on with it, `kubetutor class close` forgets it."
    )


@class_group.command("code")
@hours_option
def new_code(hours: float) -> None:
    """Make a new join code. The one before is no longer valid; who has joined stays."""
    from kubetutor.classroom.receiver.opened import OpenedClass  # noqa: PLC0415  # only this command needs it

    with contextlib.closing(OpenedClass(_kept())) as made:
        made.roster.new_code(hours)
        _invite(made)


@class_group.command("show")
@click.option("--lesson", default="", help="Which lesson. Default: the one that most are at.")
@click.option(
    "--csv", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write all of it into this file."
)
def show(lesson: str, file: Path | None) -> None:
    """Print the class: learner by exercise."""
    from kubetutor.classroom.board import sources, text  # noqa: PLC0415  # only this command needs it
    from kubetutor.classroom.receiver.roster import Joined  # noqa: PLC0415  # as above
    from kubetutor.course import catalogue  # noqa: PLC0415  # as above

    board = sources.board_of(Joined(_kept()))
    if file is None:
        click.echo(text.text_of(board, catalogue.find(lesson).slug if lesson else ""))
        return
    try:
        file.write_text(text.csv_of(board), encoding="utf-8", newline="")
    except OSError as error:
        raise ClassroomError(f"{file} cannot be written: {error.strerror}.") from error
    click.echo(f"Written: {file}")


@class_group.command("forget")
@click.argument("name")
def forget(name: str) -> None:
    """Take one learner off the list. Who has the join code can join again."""
    from kubetutor.classroom.receiver.opened import OpenedClass  # noqa: PLC0415  # only this command needs it

    with contextlib.closing(OpenedClass(_kept())) as made:
        if not made.roster.forget_name(name):
            raise ClassroomError(
                f"Nobody in the class is called {name!r}: `kubetutor class show` lists all names."
            )
    click.echo(f"{name} is off the list.")


@class_group.command("close")
@click.option("--yes", is_flag=True, help="Do not ask.")
def close(yes: bool) -> None:
    """Forget the class: who has joined, and what they told."""
    folder = _kept()
    if not yes:
        click.confirm("Forget the class, with all names and what they told?", abort=True)
    with _only_one():
        shutil.rmtree(folder)
    click.echo("The class is closed, and nothing of it is kept.")


@class_group.command("server-config")
def server_config() -> None:
    """Print the path of a configuration for JupyterHub: everyone on one server, each with an own cluster.

    As root, in a folder for what JupyterHub keeps: jupyterhub -f "$(kubetutor class server-config)"
    """
    from kubetutor.classroom import server  # noqa: PLC0415  # only this command needs it

    click.echo(Path(server.__file__).with_name("jupyterhub_config.py"))


@workshop.command("watch")
@workshop_option
@context_option
@click.option(
    "--port", type=click.IntRange(1, 65535), default=PORT + 1, show_default=True, help="The page's port."
)
def watch(name: str, context: str | None, port: int) -> None:
    """See how far the learners of a workshop are, on a page of this machine. Learners say `kubetutor join` to be seen."""
    import asyncio  # noqa: PLC0415  # slow to import

    from kubetutor.classroom.board import page, sources  # noqa: PLC0415  # only this command needs it
    from kubetutor.classroom.receiver import opened  # noqa: PLC0415  # as above
    from kubetutor.classroom.workshop import valid_name  # noqa: PLC0415  # as above

    with cluster_of(context) as cluster:
        source = sources.Workshop(valid_name(name), cluster.api)
        source.seen()  # says at once what is wrong
        token = page.new_token()
        listener = opened.page_socket(port)
        asyncio.run(_show(page.Page(source, token), listener, opened.page_link(listener, token)))


async def _serve(made: OpenedClass, learners: socket.socket, page: socket.socket) -> None:
    from kubetutor.classroom.receiver import opened  # noqa: PLC0415  # as the caller

    async with made.served(learners, page):
        await _until_interrupted(opened.page_link(page, made.page_token()))


async def _show(page: Page, listener: socket.socket, link: str) -> None:
    from kubetutor.classroom.receiver import connections  # noqa: PLC0415  # as the caller

    async with connections.served(page.app, listener):
        await _until_interrupted(link)


async def _until_interrupted(link: str) -> None:
    """Say where the page is, now that it is there, and wait for Ctrl-C or SIGTERM."""
    import asyncio  # noqa: PLC0415  # slow to import

    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    click.echo(f"Your page, for this machine only; keep the link to yourself: {link}")
    await stop.wait()


def _invite(made: OpenedClass, others: list[str] | None = None) -> None:
    invitation = made.invitation()
    click.echo(f"Learners type this, valid until {invitation['until']}:\n  {invitation['command']}")
    for address in others or ():
        click.echo(f"  or, in another network of this machine, with {address}")


def _kept() -> Path:
    folder = find_home().opened_class
    if not folder.is_dir():
        raise ClassroomError("No class is open on this machine. Open one: `kubetutor class open`.")
    return folder


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """Hold the class for this command. Raise ClassroomError where another has it."""
    from kubetutor.cluster import lock  # noqa: PLC0415  # only commands that change it need it
    from kubetutor.errors import ClusterBusyError  # noqa: PLC0415  # as above

    home = find_home()
    try:
        with lock.held(home.path / "class.open.lock", prepare=lambda: make_private(home.path), timeout=0):
            yield
    except ClusterBusyError as error:
        raise ClassroomError(
            "The class is open in another terminal. End that one first, with Ctrl-C."
        ) from error
