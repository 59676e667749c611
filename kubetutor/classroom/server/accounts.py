"""The learners' accounts on this machine: one each, whose home nobody else may enter. Needs root.

A name that somebody logs in with never is an account by itself: `root` becomes `kt-root`, which is a learner.
"""

from __future__ import annotations

import hashlib
import pwd
import re
import subprocess
from pathlib import Path

PREFIX = "kt-"
COMMENT = "kubetutor learner"
MOST = 24  # characters of a name; Linux allows 32 in all


class AccountError(RuntimeError):
    """An account cannot be had."""


def account_name(learner: str) -> str:
    """Answer the account's name: the learner's where it is plain, else what is plain in it and a hash of the whole.

    No plain name has the `_` before a hash, so two learners never are one account.
    """
    plain = re.sub(r"[^a-z0-9-]", "", learner.lower())[:MOST]
    if plain == learner and plain:
        return PREFIX + plain
    return f"{PREFIX}{plain[: MOST - 7]}_{hashlib.sha256(learner.encode()).hexdigest()[:6]}"


def ensure(learner: str) -> pwd.struct_passwd:
    """Answer a learner's account; make it if need be. Raise AccountError."""
    name = account_name(learner)
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        _make(name)
        found = pwd.getpwnam(name)
    if found.pw_gecos != COMMENT or found.pw_uid == 0:
        raise AccountError(
            f"There is an account {name!r} on this machine that is no learner's. Remove or rename it."
        )
    Path(found.pw_dir).chmod(0o700)
    return found


def _make(name: str) -> None:
    argv = ["useradd", "--create-home", "--user-group", "--shell", "/bin/bash", "--comment", COMMENT, name]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AccountError(f"The account {name!r} cannot be made: {done.stderr.strip()}")
