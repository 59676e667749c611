"""The command line of a bundle itself: `python3 kubetutor-VERSION.pyz`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kubetutor.classroom.bundle.installer.install import install
from kubetutor.cluster.interruption import one_interruption
from kubetutor.errors import KubetutorError


def main(bundle: str) -> int:
    """Install the bundle that this runs from. Exit codes: 0 done; 1 it failed, and the message says why; 2 wrong usage."""
    said = _parser(bundle).parse_args()
    try:
        with one_interruption():
            return install(Path(bundle), folder=said.folder, force=said.force, say=_say, progress=_progress)
    except KubetutorError as error:
        print(f"Error: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nInterrupted. What was half-made is removed; run the same command again.", file=sys.stderr)
    return 1


def _parser(bundle: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python3 {Path(bundle).name}",
        description="Install kubetutor, JupyterLab and all that they need from this file. No network is used.",
    )
    parser.add_argument(
        "--folder", type=Path, help="where the environment shall be; default: in KUBETUTOR_HOME"
    )
    parser.add_argument("--force", action="store_true", help="replace an environment that is there")
    return parser


def _say(text: str) -> None:
    print(text, flush=True)


def _progress(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
