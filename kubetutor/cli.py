"""The command line: parse, call, print. What is slow to import is imported by the command that needs it."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from kubetutor import __version__
from kubetutor.classroom.bundle.command_line import bundle
from kubetutor.classroom.class_commands import class_group
from kubetutor.classroom.command_line import switch, workshop
from kubetutor.classroom.learner_commands import hand, join, leave
from kubetutor.cluster import backends
from kubetutor.cluster.backend import Wanted
from kubetutor.cluster.cluster import connect
from kubetutor.cluster.home import find_home
from kubetutor.errors import ClusterError, KubetutorError, SpecError
from kubetutor.lab import command_line
from kubetutor.lab.command_line import backend_option, step

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.cluster.cluster import Cluster
    from kubetutor.cluster.doctor import Check
    from kubetutor.cluster.home import Home

DEFAULT_NAME = "kubetutor"
ONLY_WITH = {"context": "context", "namespace": "context", "kubernetes": "kind", "install-kind": "kind"}
PASS_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False}


def _valid_name(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    from kubetutor.cluster import spec  # noqa: PLC0415  # `kubetutor env` does not need it

    try:
        return name and spec.valid_name(name)
    except SpecError as error:
        raise click.BadParameter(str(error)) from error


name_option = click.option(
    "--name", default=None, callback=_valid_name, help="Which cluster, when you have several."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kubetutor")
def cli() -> None:
    """Learn Kubernetes by running it.

    State is kept in KUBETUTOR_HOME (default: the XDG state folder). Your own ~/.kube/config is not touched.
    """


@cli.command()
@backend_option
@click.option(
    "--config", type=click.Path(path_type=Path), help="A cluster file in kind's format. Default: three nodes."
)
@click.option("--context", help="Only with --backend context: which context of your kubeconfig.")
@click.option("--namespace", help="Only with --backend context: where all lessons work.")
@click.option(
    "--timings", type=click.Choice(["classroom", "real"]), default="classroom", show_default=True,
    help="Waits shorter than Kubernetes' own, or exactly those.",
)  # fmt: skip
@click.option("--name", callback=_valid_name, help="The cluster's name; it overrules the one in the file.")
@click.option(
    "--kubernetes",
    metavar="MINOR",
    help="Only with --backend kind: which Kubernetes, like 1.36. Default: the newest.",
)
@click.option(
    "--install-kind",
    is_flag=True,
    help="Only with --backend kind: install the `kind` command if it is missing.",
)
def up(install_kind: bool, backend: str | None, **wanted: Any) -> None:
    """Start a cluster. One that crashed comes back with all that it had.

    With --backend context none is started: a cluster of your own kubeconfig is used, with the rights that you have.
    """
    said = backend or os.environ.get("KUBETUTOR_BACKEND")
    for option, needed in ONLY_WITH.items():
        if said != needed and (wanted.get(option) is not None or (option == "install-kind" and install_kind)):
            raise click.UsageError(f"--{option} needs --backend {needed}.")
    started = _start(backend, Wanted(**wanted), agreed=install_kind)
    what = "get pods" if started.workspace.namespace else "get nodes"
    if started.name != DEFAULT_NAME:  # without its name, these commands may mean another cluster
        click.echo(f'Use it:  eval "$(kubetutor env --name {started.name})"; kubectl {what}')
    else:
        click.echo(f'Use it:  eval "$(kubetutor env)"; kubectl {what}     or:  kubetutor kubectl -- {what}')


@cli.command()
@click.option("--all", "every", is_flag=True, help="End every cluster.")
@click.option("--keep", is_flag=True, help="Keep what is stored, for the next `kubetutor up`.")
@name_option
def down(every: bool, keep: bool, name: str | None) -> None:
    """End the cluster and remove what is stored of it. No process stays behind."""
    home = find_home()
    names = [folder.name for folder in home.clusters()] if every else [name or _only_name(home)]
    for each in names:
        backend = backends.get(home.cluster(each).backend, home)
        ended = backend.down(each, keep=keep, progress=step)
        left = "what it stored is kept" if ended.kept else "what it stored is removed"
        was = "has ended" if ended.was_up else "was not running"
        click.echo(ended.note or f"The cluster {each!r} {was}; {left}.")
    if not names:
        click.echo("There is no cluster.")


@cli.command()
@json_option
@name_option
def status(as_json: bool, name: str | None) -> None:
    """Show the cluster that is up. Exit code 1 when there is none, or it does not answer."""
    try:
        found = connect(name).status()
    except ClusterError as error:
        if not as_json:
            raise
        click.echo(json.dumps({"ready": False, "trouble": str(error)}, indent=2))
        raise click.exceptions.Exit(1) from error
    click.echo(json.dumps(found.as_document(), indent=2) if as_json else found.as_text())
    if found.trouble:
        raise click.exceptions.Exit(1)


@cli.command()
@name_option
def env(name: str | None) -> None:
    """Print the line that points kubectl at the cluster: eval "$(kubetutor env)"."""
    click.echo(f"export KUBECONFIG={shlex.quote(str(connect(name).kubeconfig))}")


@cli.command(context_settings=PASS_ON, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def kubectl(arguments: tuple[str, ...]) -> None:
    """Run kubectl against the cluster: kubetutor kubectl -- get pods."""
    from kubetutor.cluster import commands  # noqa: PLC0415  # `kubetutor env` does not need it

    environment = connect().environment
    path = commands.kubectl_path()
    sys.stdout.flush()
    os.execve(path, [str(path), *arguments], environment)  # noqa: S606  # kubectl takes our place: signals and terminal are its own


@cli.command()
@json_option
@click.option("--classroom", is_flag=True, help="Also what to look at before the day of a class.")
def doctor(as_json: bool, classroom: bool) -> None:
    """Check whether this machine can run a cluster and the lessons."""
    from kubetutor.classroom import doctor as for_a_class  # noqa: PLC0415  # only this command needs it
    from kubetutor.cluster.doctor import examine  # noqa: PLC0415  # as above

    home = find_home()
    checks: list[Check] = []
    for check in chain(for_a_class.examine(home) if classroom else (), examine(home)):
        if not as_json:
            if check.purpose and not (checks and checks[-1].purpose):
                click.echo(f"For {check.purpose} (optional):")
            click.echo(_checked(check))
        checks.append(check)
    if as_json:
        click.echo(json.dumps([check.as_document() for check in checks], indent=2))
    needed = [check for check in checks if not check.purpose]
    failed = sum(not check.ok for check in needed)
    if not as_json:
        click.echo(
            f"{failed} of {len(needed)} need a hand." if failed else "All is well: `kubetutor up` can start."
        )
    if failed:
        raise click.exceptions.Exit(1)


def _checked(check: Check) -> str:
    """Write one check for people; what only a choice needs is a note and no failure."""
    mark = "ok  " if check.ok else "note" if check.purpose else "FAIL"
    line = f"{mark}  {check.name:<13} {check.found}"
    return line if check.ok else f"{line}\n      wanted: {check.wanted}\n      to do:  {check.fix}"


@cli.command(context_settings=PASS_ON)
@backend_option
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), help="Where your copy of the lessons is."
)
@click.option(
    "--lessons", "own_lessons",
    help="Other lessons: a folder, or the name under which an installed package offers them.",
)  # fmt: skip
@click.argument("jupyter_arguments", nargs=-1, type=click.UNPROCESSED)
def lab(
    backend: str | None, folder: Path | None, own_lessons: str | None, jupyter_arguments: tuple[str, ...]
) -> None:
    """Start the cluster, and JupyterLab on your copy of the lessons.

    Who writes lessons works without a copy: kubetutor lab --lessons . --folder .

    Whatever else you write is handed to JupyterLab: kubetutor lab --no-browser --port 8899
    """
    from kubetutor.lab import jupyter, lessons  # noqa: PLC0415  # only this command needs it

    home = find_home()
    source = lessons.own_folder(own_lessons) if own_lessons else None
    cluster = _start(backend, Wanted())
    target = (folder or (lessons.place_for_copy(source, home) if source else home.lessons)).absolute()
    for line in lessons.copied_in_words(target, source):
        click.echo(line)
    jupyter.write_settings(home)
    code = jupyter.serve(
        jupyter.command(target, jupyter_arguments), jupyter.environment(cluster, home), target
    )
    click.echo("JupyterLab has ended. The cluster is still up; `kubetutor down` ends it.")
    if code not in {0, -2, -15, 130, 143}:  # ended by Ctrl-C or SIGTERM is a good end
        raise ClusterError(f"JupyterLab ended with exit code {code}; what it printed above says why.")


cli.add_command(command_line.run_lessons)
cli.add_command(command_line.new_lesson)
cli.add_command(command_line.check_course)
cli.add_command(command_line.reset)
cli.add_command(bundle)
cli.add_command(switch)
cli.add_command(workshop)
for command in (class_group, join, leave, hand):
    cli.add_command(command)


@cli.group()
def node() -> None:
    """Nodes: cut the power of one, and give it back."""


@node.command("stop")
@click.argument("node_name", metavar="NAME")
@name_option
def node_stop(node_name: str, name: str | None) -> None:
    """Stop a node without a word to the cluster, as if its power was cut."""
    connect(name).stop_node(node_name)
    click.echo(f"The node {node_name!r} has stopped. The cluster finds out by itself: kubectl get nodes -w")


@node.command("start")
@click.argument("node_name", metavar="NAME")
@name_option
def node_start(node_name: str, name: str | None) -> None:
    """Start a node that was stopped."""
    connect(name).start_node(node_name)
    click.echo(f"The node {node_name!r} starts. See it come back: kubectl get nodes -w")


@cli.group()
def image() -> None:
    """Images: make a command one (embedded), or load one of your engine into the nodes (kind)."""


@image.command("load")
@click.argument("image_names", metavar="NAME...", nargs=-1, required=True)
@name_option
def image_load(image_names: tuple[str, ...], name: str | None) -> None:
    """Bring container images of this machine's engine into the nodes: kubetutor image load busybox:1.36."""
    cluster = connect(name)
    backends.get(cluster.backend, find_home()).load_images(cluster.name, image_names, progress=step)
    click.echo(f"In every node: {', '.join(image_names)}.")


@image.command("add", context_settings=PASS_ON)
@click.argument("image_name", metavar="NAME")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def image_add(image_name: str, command: tuple[str, ...]) -> None:
    """Let an image name mean a local command: kubetutor image add my-tool:1.0 -- python3 tool.py."""
    cluster = connect()
    words = command[1:] if command[0] == "--" else command
    if not words:
        raise click.UsageError("Say which command the image runs, after --.")
    backends.get(cluster.backend, find_home()).add_image(cluster.name, image_name, words)
    click.echo(f"The image {image_name} now runs: {shlex.join(words)}")


def _start(backend: str | None, wanted: Wanted, *, agreed: bool = False) -> Cluster:
    """Start the cluster, or find that it is up; say which backend, and why. `agreed`: yes to what would be asked."""
    from kubetutor.cluster import starting  # noqa: PLC0415  # `kubetutor env` does not need it

    def ask(question: str) -> bool:
        return agreed or (sys.stdin.isatty() and click.confirm(question, err=True))

    return starting.start(find_home(), backend, wanted, say=click.echo, progress=step, ask=ask)


def _only_name(home: Home) -> str:
    names = [folder.name for folder in home.clusters()]
    if len(names) > 1 and DEFAULT_NAME not in names:
        raise ClusterError(
            f"There are several clusters: {', '.join(names)}. Say which with --name, or use --all."
        )
    return names[0] if len(names) == 1 else DEFAULT_NAME


def main() -> NoReturn:
    """Run the command line. Exit codes: 0 done; 1 it failed, and the message says why; 2 wrong usage."""
    sys.exit(_guarded(lambda: cli.main(standalone_mode=False, prog_name="kubetutor")))


def _guarded(call: Callable[[], Any]) -> int:
    try:
        code = call()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nInterrupted.", err=True)
        return 1
    except KubetutorError as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # whoever read us has gone: nothing to tell
        return 1
    except Exception as error:  # noqa: BLE001  # the last resort: no traceback in a learner's terminal
        click.echo(_unexpected(error), err=True)
        return 1
    return code if isinstance(code, int) else 0


def _unexpected(error: Exception) -> str:
    """Write the traceback into the log; answer what to tell."""
    import traceback  # noqa: PLC0415  # only for what should not happen

    log = find_home().log
    text = "".join(traceback.format_exception(error))
    told = f"Error: something unexpected happened: {type(error).__name__}: {error}"
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} kubetutor {shlex.join(sys.argv[1:])}\n{text}\n")
    except OSError:
        return f"{told}\n{text}"
    return f"{told}\nThe details are in {log}. Please report them, with the command that you gave."
