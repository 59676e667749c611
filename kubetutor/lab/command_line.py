"""The commands for lessons: run them, check them, forget what was done in them. What is slow to import is imported by the command that needs it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kubetutor.cluster.cluster import connect
from kubetutor.cluster.home import find_home
from kubetutor.errors import NoClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from kubetutor.cluster.cluster import Cluster
    from kubetutor.lab.run import Run

BACKENDS = ("auto", "embedded", "kind", "context")
backend_option = click.option(
    "--backend", type=click.Choice(BACKENDS), default=None,
    help="Where the cluster runs. auto: KUBETUTOR_BACKEND, else the cluster that is up, else kind "
    "where it can run, else embedded.",
)  # fmt: skip


@click.command("run")
@click.argument("lesson", nargs=-1, required=True)
@backend_option
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    help="Leave a page with all outputs: NAME.html for one lesson, or a folder for one page each.",
)
@click.option(
    "--write-minutes",
    is_flag=True,
    help="For who writes lessons: put the minutes that were measured into the header.",
)
@click.option(
    "--write-outputs",
    is_flag=True,
    help="For who writes lessons: keep the outputs of cells tagged nbval-check-output, clear all others.",
)
def run_lessons(lesson: tuple[str, ...], backend: str | None, html: Path | None, **writes: bool) -> None:
    """Run lessons from top to bottom, without a browser.

    For example all: kubetutor run lessons/*.ipynb

    Exit code 1 when a cell fails; the others go on, and a table at the end says which cell it was.
    """
    if html and html.suffix == ".html" and len(lesson) > 1:
        raise click.UsageError("--html NAME.html is for one lesson; name a folder for several.")
    from kubetutor.lab import lessons, page, summary  # noqa: PLC0415  # only this command needs it

    paths = [lessons.find(name) for name in lesson]
    runs = []
    with cluster_for_now(backend) as cluster:
        for place, path in enumerate(paths, 1):
            title = path.stem if len(paths) == 1 else f"{path.stem} ({place} of {len(paths)})"
            runs.append(done := _run_one(path, environment_of(cluster), title))
            if html is not None:
                click.echo(f"The page: {page.leave(done.notebook, path.stem, html)}")
            if not done.trouble:
                _write_back(path, done, cluster.backend, **writes)
    if len(runs) > 1:
        click.echo(summary.table(runs))
    if any(done.trouble for done in runs):
        raise click.exceptions.Exit(1)


@click.command("new-lesson")
@click.argument("slug")
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default=Path(),
    help="Where to write it. Default: the folder that you are in.",
)  # fmt: skip
def new_lesson(slug: str, folder: Path) -> None:
    """Write a lesson of your own: a notebook, its exercise with checks, and a manifest. It works as it is; then change it.

    For example: kubetutor new-lesson coffee-shop --folder my-lessons
    """
    from kubetutor.lab import new_lesson as making  # noqa: PLC0415  # only this command needs it

    for line in making.in_words(slug, making.write(slug, folder)):
        click.echo(line)


@click.command("check-course")
@click.argument("lesson", nargs=-1)
@backend_option
@click.option("--once", is_flag=True, help="Try each case once, and not all of them again in reverse order.")
@click.option("--static", is_flag=True, help="Only read the files: no cluster.")
@click.option("--online", is_flag=True, help="Ask for every page of the web that lessons link to.")
def check_course(
    lesson: tuple[str, ...], backend: str | None, once: bool, static: bool, online: bool
) -> None:
    """Check lessons as their writers need it: read their files, and prove every exercise on a cluster.

    Untouched it must not pass, every right answer must pass, every wrong one must get its own hint; all on one cluster.
    Without a LESSON the whole course is checked. A LESSON of your own is one by its name, where you are in its folder,
    by the path of its notebook, or a folder with all lessons in it. Exit code 1 when something is wrong.
    """
    from kubetutor.course import catalogue  # noqa: PLC0415  # only this command needs it
    from kubetutor.lab.check import course  # noqa: PLC0415  # as above

    chosen = [each for word in lesson for each in catalogue.chosen(word)] or list(catalogue.lessons())
    with contextlib.ExitStack() as stack:
        cluster = None if static else stack.enter_context(cluster_for_now(backend))
        if cluster:
            os.environ.update(environment_of(cluster))  # the views read KUBECONFIG
        if course.check(chosen, course.Wanted(cluster, twice=not once, online=online), said):
            raise click.exceptions.Exit(1)


def said(text: str) -> None:
    """Print. While a bar is drawn at a terminal, something stands in for the standard output that keeps the bar below."""
    click.echo(text, file=sys.stdout)


@click.command("reset")
@click.argument("lesson", required=False, default="")
@click.argument("exercise", required=False, default="")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(lesson: str, exercise: str, yes: bool) -> None:
    """Forget your progress: of one exercise, of one lesson, or of all.

    For example: kubetutor reset deployments no-outage. Your notebooks and the cluster stay as they are.
    """
    from kubetutor.course import overview  # noqa: PLC0415  # only this command needs it

    if not lesson and not yes:
        click.confirm("Forget your progress in all lessons?", abort=True)
    click.echo(f"Forgotten: {overview.reset(lesson, exercise)}.\n{overview.progress()}")


def environment_of(cluster: Cluster) -> dict[str, str]:
    """Answer an environment in which a kernel finds this cluster, also when it is one for now."""
    return {**cluster.environment, "KUBETUTOR_HOME": str(cluster.kubeconfig.parents[2])}


def cluster_for_now(backend: str | None) -> AbstractContextManager[Cluster]:
    """Take the cluster that is up; else one for this command only, in a state folder of its own."""
    from kubetutor.cluster import starting  # noqa: PLC0415  # `kubetutor env` does not need it

    chosen = starting.choice(find_home(), backend)
    try:
        cluster = connect()
    except NoClusterError:
        from kubetutor.cluster.temporary import temporary_cluster  # noqa: PLC0415  # only this needs it

        click.echo(
            f"No cluster is up: starting one on {chosen.backend} for this run; it is ended afterwards.",
            err=True,
        )
        return temporary_cluster(chosen.backend, progress=step)
    click.echo(f"Using the cluster {cluster.name!r}, which is up.", err=True)
    return contextlib.nullcontext(cluster)


def _run_one(path: Path, environment: Mapping[str, str], title: str) -> Run:
    from kubetutor.lab import progress, run  # noqa: PLC0415  # only this needs it

    with progress.shown(title) as show:
        done = run.run(path, environment, show)
    if done.trouble:
        click.echo(f"FAILED  {done.lesson} after {done.seconds:.1f} s\n{done.trouble}", err=True)
    else:
        click.echo(f"ok      {done.lesson}: {done.cells} cells in {done.seconds:.1f} s")
    return done


def _write_back(path: Path, done: Run, backend: str, *, write_minutes: bool, write_outputs: bool) -> None:
    """Put what a run measured and printed into the notebook itself."""
    from kubetutor.lab import minutes, outputs  # noqa: PLC0415  # only who writes lessons needs it

    if write_minutes:
        click.echo(f"Its header now says: {minutes.write(path, done, backend)}")
    if write_outputs:
        click.echo(f"Cells whose output is compared: {outputs.write(path, done)}")


def step(text: str) -> None:
    """Say how far something is."""
    click.echo(f"  {text}", err=True)
