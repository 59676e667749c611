"""The official client, logged in as a kubeconfig says: token, client certificate, login command, proxy.

What the official package lets pass with a line in a log is refused here: a login command that gave nothing would
otherwise end as an anonymous user's "Forbidden". It does not know client certificates from a login command that
expire, nor acting as somebody else.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

from kubetutor.api import kubeconfig, official
from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path


def log_in(path: Path, *, context: str | None = None) -> Any:
    """Answer the official `ApiClient`. Raise ClusterError when the kubeconfig or its login command cannot be used."""
    kubernetes = official.load()
    several = os.pathsep in str(path)  # as KUBECONFIG may name them; then a login command goes unchecked
    command = "" if several else kubeconfig.read(path, context).login_command
    if command and shutil.which(command) is None:
        raise ClusterError(
            f"The kubeconfig {path} logs in with the command {command!r}, which is not on this machine. Install it."
        )
    try:
        api = kubernetes.config.new_client_from_config(
            config_file=str(path), context=context, persist_config=False
        )
    except (kubernetes.config.ConfigException, OSError) as error:
        raise ClusterError(f"The kubeconfig {path} cannot be used: {error}") from error
    settings = api.configuration
    if command and not settings.api_key.get("BearerToken") and not settings.cert_file:
        raise ClusterError(
            f"The command {command!r}, with which the kubeconfig {path} logs in, gave no credentials. "
            "Run it in a terminal, or log in again with your provider's own command."
        )
    return api
