"""How a learner's JupyterLab gets its kernels: those of this Python are forked, all others are started as always.

Models: jupyter_client.provisioning.LocalProvisioner, of which only the starting is changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from kubetutor.classroom.server import forking

if TYPE_CHECKING:
    import socket

    from jupyter_client.connect import KernelConnectionInfo

NAME = "kubetutor-forked"
KERNEL = "ipykernel_launcher"
COMPLETE_FROM_OBJECTS = (
    "--IPCompleter.use_jedi=False"  # jedi reads source too, and takes 32 MB for the first Tab
)


class ForkedProvisioner(LocalProvisioner):
    """Asks the learner's fork server for the kernel's process."""

    launcher: ClassVar[socket.socket]

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        if not _is_ours(cmd):
            return await super().launch_kernel(cmd, **kwargs)
        env = {**(kwargs.get("env") or os.environ), "JPY_PARENT_PID": str(os.getppid())}
        words = [*cmd, COMPLETE_FROM_OBJECTS]
        kernel = forking.popen(self.launcher, words, env=env, cwd=kwargs.get("cwd"), stdin=subprocess.DEVNULL)
        self.process = kernel  # type: ignore[assignment]  # it does what is asked of a Popen
        self.pid = self.pgid = kernel.pid
        self.cwd = kwargs.get("cwd")
        return self.connection_info


def _is_ours(cmd: list[str]) -> bool:
    """Say whether this is a kernel of this very Python, so that a fork is the same."""
    return cmd[:1] == [sys.executable] and "-m" in cmd and cmd[cmd.index("-m") + 1] == KERNEL


def fork_them(launcher: socket.socket) -> None:
    """From now on, in this process, fork kernels."""
    ForkedProvisioner.launcher = launcher
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = EntryPoint(
        NAME, f"{__name__}:{ForkedProvisioner.__name__}", KernelProvisionerFactory.GROUP_NAME
    )
    factory.default_provisioner_name = NAME
