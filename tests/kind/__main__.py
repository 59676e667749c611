"""Makes kind's node image where none can be pulled, and runs commands that use it.

tests/kind/make-node-image                   start an engine if none answers; make the image unless it is there
tests/kind/make-node-image --run COMMAND...  the same, then run a command for which this image and this kind are kind's
tests/kind/make-node-image --check           exit 0 if the image has been made on this machine, else 1; makes nothing
tests/kind/make-node-image --down            stop the engine that was started from here; its images stay
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.kind import engine, node_image
from tests.kind.cache import cache_folder
from tests.kind.commands import CommandError

THREE_NODES = Path(__file__).parents[2] / "clusters" / "three-nodes.yaml"


def main() -> int:
    """Do what the command line asks; answer the exit code."""
    parser = argparse.ArgumentParser(
        prog="make-node-image", description="Make kind's node image where none can be pulled."
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="say whether it has been made on this machine")
    choice.add_argument("--down", action="store_true", help="stop the engine that was started from here")
    choice.add_argument("--run", nargs=argparse.REMAINDER, help="then run this command with it")
    wanted = parser.parse_args()
    cache = cache_folder()
    if wanted.check:
        made = node_image.is_made(cache)
        print(f"kind: {node_image.tag()} has {'' if made else 'not '}been made on this machine")
        return 0 if made else 1
    try:
        if wanted.down:
            engine.stop(cache)
            return 0
        engine.start(cache)
        node_image.make(cache)
        if wanted.run:
            run_with_it(wanted.run, cache)
    except CommandError as error:
        print(f"kind: {error}", file=sys.stderr)
        return 1
    return 0


def run_with_it(command: list[str], cache: Path) -> None:
    """Let a command take our place, in an environment of which this image is part."""
    from tests.kind.cluster import surroundings  # needs PyYAML, so: not before there is an environment

    environment = surroundings(cache, THREE_NODES)
    sys.stdout.flush()
    os.execvpe(command[0], command, environment)  # noqa: S606  # the command takes our place, with our exit code


sys.exit(main())
