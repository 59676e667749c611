"""What is forked for a learner: it goes into a network of its own, becomes their account, and forks what they need.

1. As root: a new network, and the ways into and out of it.
2. Become the learner: groups, user, environment, home. From here on nothing is root's.
3. Fork the first process, which makes the copy of the lessons, starts the cluster, and becomes JupyterLab.
4. Fork kernels and the cluster for it, until it ends or JupyterHub ends us. Then all of them end.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import runpy
import sys
from typing import TYPE_CHECKING, Any

from kubetutor.classroom.server import forking, relay
from kubetutor.classroom.server.namespace import leave_network

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

PATIENCE = 20.0  # seconds for the cluster, JupyterLab and kernels to end
UMASK = 0o077
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38
LEFT_OUT = (  # of JupyterLab: what no lesson needs, and what would cost each learner memory
    "--ServerApp.jpserver_extensions={'jupyter_lsp': False, 'notebook_shim': False}",
    "--LabApp.extension_manager=readonly",
)


def become(order: socket.socket, to_relay: socket.socket) -> None:
    """Be a learner, to the end; then, in each process that is forked from it, be that."""
    wanted = forking.told(order)
    forking.set_title(["kubetutor-learner", wanted["user"]])
    os.setsid()
    leave_network()
    alive = relay.announce(to_relay, port=wanted["port"], hub_port=wanted["hub_port"])
    to_relay.close()
    be_user(pwd.getpwnam(wanted["user"]))
    os.environ.clear()
    os.environ.update(wanted["env"])
    ours, labs = forking.pair()
    server = forking.ForkServer(ours, patience=PATIENCE)
    if os.fork() == 0:
        ours.close()
        alive.close()
        forking.end_with_parent()
        serve_lab(labs, wanted["argv"])
        return
    labs.close()
    wanted.clear()
    order_of_child = server.serve()
    if order_of_child is not None:
        alive.close()
        run(forking.told(order_of_child))


def be_user(account: pwd.struct_passwd) -> None:
    """Give up being root, for good."""
    os.initgroups(account.pw_name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.umask(UMASK)
    os.chdir(account.pw_dir)
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else what is in /proc of these processes would not be theirs
    forking.end_with_parent()


def serve_lab(launcher: socket.socket, argv: list[str]) -> None:
    """Make the lessons, the cluster and the settings ready, and become JupyterLab."""
    from kubetutor.classroom.server import kernels  # noqa: PLC0415  # only this process needs it
    from kubetutor.classroom.server.own_cluster import start_cluster  # noqa: PLC0415  # as above
    from kubetutor.cluster.home import find_home  # noqa: PLC0415  # as above
    from kubetutor.lab import jupyter, lessons  # noqa: PLC0415  # as above

    home = find_home()
    for line in lessons.copied_in_words(home.lessons, None):
        say(line)
    jupyter.write_settings(home)
    cluster = start_cluster(home, launcher, say)
    os.environ.update(jupyter.environment(cluster, home))
    os.chdir(home.lessons)
    kernels.fork_them(launcher)
    run_module([*argv, *jupyter.options(home.lessons), *LEFT_OUT])


def say(text: str) -> None:
    """Write into JupyterHub's log."""
    print(f"{pwd.getpwuid(os.getuid()).pw_name}: {text}", file=sys.stderr, flush=True)  # noqa: T201  # a log


def run(wanted: dict[str, Any]) -> None:
    """In a forked process: be the Python process that was asked for, with its descriptors, folder, environment and arguments."""
    os.setsid()
    for number, fd in zip(wanted["numbers"], _out_of_the_way(wanted["fds"], wanted["numbers"]), strict=True):
        os.dup2(fd, number)
        os.close(fd)
    os.umask(wanted["umask"])
    os.environ.clear()
    os.environ.update(wanted["env"])
    os.chdir(wanted["cwd"])
    run_module(wanted["argv"])


def run_module(argv: Sequence[str]) -> None:
    """Do what `python OPTIONS -m MODULE ARGUMENTS` does, in this process."""
    forking.set_title(argv)
    place = argv.index("-m") + 1
    sys.argv = [argv[place], *argv[place + 1 :]]
    runpy.run_module(argv[place], run_name="__main__", alter_sys=True)


def _out_of_the_way(fds: Sequence[int], numbers: Sequence[int]) -> list[int]:
    """Move descriptors to where none of the wanted numbers is."""
    import fcntl  # noqa: PLC0415  # only a forked process needs it

    moved = []
    for fd in fds:
        moved.append(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, max(numbers, default=0) + 1))
        with contextlib.suppress(OSError):
            os.close(fd)
    return moved
