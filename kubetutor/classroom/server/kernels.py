"""How a learner's JupyterLab gets its kernels: those of this Python are forked, all others are started as always.

Models: jupyter_client.provisioning.LocalProvisioner, of which only the starting is changed.
"""

from __future__ import annotations

import os
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any, ClassVar

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from kubetutor.classroom.server import own_cluster

if TYPE_CHECKING:
    import socket

    from jupyter_client.connect import KernelConnectionInfo

NAME = "kubetutor-forked"
KERNEL = "ipykernel_launcher"


class ForkedProvisioner(LocalProvisioner):
    """Asks the learner's fork server for the kernel's process."""

    launcher: ClassVar[socket.socket]

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        if not own_cluster.is_ours(cmd, KERNEL):
            return await super().launch_kernel(cmd, **kwargs)
        env = {**(kwargs.get("env") or os.environ), "JPY_PARENT_PID": str(os.getppid())}
        self.process = own_cluster.popen(
            self.launcher, cmd, env=env, cwd=kwargs.get("cwd"), stdin=-3
        )
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd")
        return self.connection_info


def fork_them(launcher: socket.socket) -> None:
    """From now on, in this process, fork kernels."""
    ForkedProvisioner.launcher = launcher
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = EntryPoint(
        NAME, f"{__name__}:{ForkedProvisioner.__name__}", KernelProvisionerFactory.GROUP_NAME
    )
    factory.default_provisioner_name = NAME
