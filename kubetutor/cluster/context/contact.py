"""The first contact with a cluster that is there: it answers, and says whom it takes us for.

kubectl makes it, because it knows every way to log in and has words for what goes wrong. They are kept, and what to
do about them is added.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from kubetutor.cluster import commands
from kubetutor.errors import ClusterError, CommandFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.api.kubeconfig import Access

SECONDS = 5  # for one answer of the server
LOGIN_SECONDS = 20.0  # for all of it: a login command may ask a server of its own

REFUSED_CREDENTIALS = r"Unauthorized|must be logged in|Username:|provide credentials"
# What kubectl says, and what to do about it. Source: seen from kubectl 1.37.
ADVICE = (
    (
        REFUSED_CREDENTIALS,
        (
            "It does not accept these credentials: they have expired, were withdrawn, or are missing. "
            "Log in again with your provider's own command, or ask for a new kubeconfig."
        ),
    ),
    (
        r"executable \S+ not found",
        "The kubeconfig logs in with a command that is not on this machine. Install it, or mend PATH.",
    ),
    (
        r"getting credentials",
        (
            "The command with which the kubeconfig logs in has failed. Run it in a terminal to see why; often it is "
            "enough to log in again with your provider's own command."
        ),
    ),
    (
        r"certificate has expired|not yet valid",
        "The server's certificate is out of date, or this machine's clock is wrong. Compare the time first.",
    ),
    (
        r"x509|tls: ",
        (
            "Its certificate is not trusted. Ask for the right certificate authority (certificate-authority-data), or for "
            "the name that the certificate has (tls-server-name). Do not go on if you do not know why."
        ),
    ),
    (
        r"no such host",
        "This machine does not know that name. Is the cluster still there, and does it need a VPN?",
    ),
    (
        r"refused|timeout|Timeout|deadline|no route|unreachable|reset by peer|EOF",
        "Nobody answers there. Does the cluster run, and does it need a VPN or a proxy?",
    ),
    (
        r"[Ff]orbidden",
        "It knows you, and does not let you ask for its version. Ask whoever runs it for rights.",
    ),
)


def version_of(path: Path, access: Access) -> str:
    """Answer the server's version. Raise ClusterError with what was seen and what to do, within some seconds."""
    try:
        answer = _kubectl(path, "get", "--raw", "/version")
    except CommandFailedError as error:
        raise ClusterError(trouble_of(access, error.output)) from error
    try:
        return str(json.loads(answer)["gitVersion"])
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterError(
            f"{access.server} (context {access.context!r}) answers, and it is no Kubernetes API: {answer[:80]!r}. "
            "Mend the server's address in the kubeconfig."
        ) from error


def user_of(path: Path, access: Access) -> str:
    """Answer the name that the server has for us; an empty one where it does not tell (before Kubernetes 1.28).

    Some servers tell their version to anybody: here at the latest they refuse credentials that are no good.
    """
    try:
        answer = _kubectl(path, "auth", "whoami", "-o", "json")
    except CommandFailedError as error:
        if re.search(REFUSED_CREDENTIALS, error.output):
            raise ClusterError(trouble_of(access, error.output)) from error
        return ""
    return str(json.loads(answer)["status"]["userInfo"].get("username", ""))


def trouble_of(access: Access, output: str) -> str:
    """Say what kubectl saw, and what to do about it."""
    lines = [line.removeprefix("error: ") for line in output.strip().splitlines() if line.strip()]
    seen = " ".join(lines)[:600] or "no word"
    what = f"{access.server} (context {access.context!r}) cannot be used. "
    advice = next((text for pattern, text in ADVICE if re.search(pattern, output)), "")
    return f"{what}{advice} (Seen: {seen})".replace("  ", " ")


def _kubectl(path: Path, *words: str) -> str:
    argv = (str(commands.kubectl_path()), *words, f"--request-timeout={SECONDS}s")
    return commands.run(argv, env=commands.environment(path), timeout=LOGIN_SECONDS)
