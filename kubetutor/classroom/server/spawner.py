"""JupyterHub's side of one learner: an account, and a process in a network of its own that a fork server forks.

For JupyterHub it is a local process as any other: its number, its end and its signals are what `LocalProcessSpawner` expects.
Models: jupyterhub.spawner.LocalProcessSpawner.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jupyterhub.spawner import LocalProcessSpawner
from jupyterhub.utils import random_port
from traitlets import Any as AnyTrait
from traitlets import Unicode

from kubetutor.classroom.server import accounts, forking

if TYPE_CHECKING:
    import socket

# Learners can read the environment in which their fork server was started: no secret of the hub may be there.
HANDED_DOWN = {"PATH", "PYTHONPATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV"}


class LearnerSpawner(LocalProcessSpawner):  # type: ignore[misc]  # JupyterHub publishes no types
    """Starts a learner's cluster and JupyterLab."""

    python = Unicode(
        sys.executable,
        help="The Python of the learners: one that has kubetutor and JupyterHub installed, and that they may run.",
    ).tag(config=True)

    proc = AnyTrait(None, allow_none=True)
    _one_at_a_time = threading.Lock()
    _fork_server: tuple[Any, socket.socket] | None = None  # one for all learners of this hub

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Answer the environment of the account, not of the name that somebody logged in with."""
        account = self._account
        return {**env, "USER": account.pw_name, "HOME": account.pw_dir, "SHELL": account.pw_shell}

    async def start(self) -> tuple[str, int]:
        loop = asyncio.get_running_loop()
        self._account = await loop.run_in_executor(None, self._with_account)
        self.port = port = random_port()
        wanted = {
            "user": self._account.pw_name,
            "port": port,
            "hub_port": urlsplit(self.hub.api_url).port,
            "argv": [self.python, "-P", "-m", "jupyterhub.singleuser", *self.get_args()],
            "env": self.get_env(),
        }
        process = await loop.run_in_executor(None, self._forked, wanted)
        self.proc, self.pid = process, process.pid
        return "127.0.0.1", port

    def _with_account(self) -> Any:
        with self._one_at_a_time:
            return accounts.ensure(self.user.name)

    def _forked(self, wanted: dict[str, Any]) -> forking.Forked:
        with self._one_at_a_time:
            return forking.Forked(self._requests(), wanted)

    def _requests(self) -> socket.socket:
        """Answer the way to the fork server; start it if there is none."""
        kept = LearnerSpawner._fork_server
        if kept and kept[0].poll() is None:
            return kept[1]
        ours, theirs = forking.pair()
        argv = [
            self.python,
            "-P",
            "-m",
            "kubetutor.classroom.server.fork_server",
            str(theirs.fileno()),
            forking.PADDING,
        ]
        env = {name: value for name, value in os.environ.items() if name in HANDED_DOWN}
        env["MALLOC_ARENA_MAX"] = "1"  # threads share what is free, instead of keeping some each
        with theirs:
            process = subprocess.Popen(
                argv, env=env, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, start_new_session=True
            )
        LearnerSpawner._fork_server = process, ours
        return ours
