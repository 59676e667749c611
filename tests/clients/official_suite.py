"""What the tests of the official client take from `kubernetes.e2e_test`, which is not in its wheel: where the cluster is.

A plugin of the pytest that runs them. KUBECONFIG names the cluster. A module of that name is there before they import it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from types import ModuleType

from kubernetes import aio, client, config


def configuration() -> client.Configuration:
    made = client.Configuration()
    config.load_kube_config(os.environ["KUBECONFIG"], client_configuration=made)
    return made


def asynchronous_configuration() -> aio.client.Configuration:
    made = aio.client.Configuration()
    asyncio.run(aio.config.load_kube_config(os.environ["KUBECONFIG"], client_configuration=made))
    return made


def offer(package: str, get_e2e_configuration: object) -> None:
    """Let `from PACKAGE import base` answer a module with this function."""
    base = ModuleType(f"{package}.base")
    base.get_e2e_configuration = get_e2e_configuration
    parent = ModuleType(package)
    parent.base = base
    sys.modules |= {package: parent, base.__name__: base}


offer("kubernetes.e2e_test", configuration)
offer("kubernetes.aio.e2e_test", asynchronous_configuration)
