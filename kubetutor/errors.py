"""Every error that kubetutor raises on purpose.

KubetutorError                 what happened, what was seen, what to do
├── ClusterError               a cluster could not be made, found or ended
│   ├── NoClusterError         nothing is up
│   ├── ClusterBusyError       another command is working on the same cluster
│   ├── StartFailedError       the cluster's process did not come up
│   ├── NotPossibleError       this kind of cluster cannot do it
│   ├── LoadError              no requests can be sent from inside the cluster, or counted
│   ├── StateError             the state folder or the database cannot be used
│   └── CommandFailedError     an outside command failed; holds argv, exit code and output
├── SpecError                  a cluster file or a manifest does not say what it must
├── LessonError                a lesson is missing, or it failed
├── ClassroomError             a class cannot be set up, or something of it is not allowed
└── ApiError                   what the API server answered: a Kubernetes Status
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class KubetutorError(Exception):
    """The root of the tree. Its text is complete: it can be shown as it is."""

    def _render_traceback_(self) -> list[str]:
        """Answer what a notebook shows under the cell. IPython looks for this name: a learner needs no traceback."""
        return [str(self)]


class ClusterError(KubetutorError):
    """A cluster could not be made, found or ended."""


class NoClusterError(ClusterError):
    """Nothing is up."""


class ClusterBusyError(ClusterError):
    """Another command is working on the same cluster."""


class StartFailedError(ClusterError):
    """The cluster's process did not come up."""


class NotPossibleError(ClusterError):
    """This kind of cluster cannot do it; the text says why."""


class LoadError(ClusterError):
    """No requests can be sent from inside the cluster, or counted."""


class StateError(ClusterError):
    """The state folder or the database cannot be used."""


class CommandFailedError(ClusterError):
    """An outside command failed. The text has a line that can be pasted into a shell."""

    def __init__(self, argv: Sequence[str], code: int, output: str) -> None:
        self.argv, self.code, self.output = tuple(argv), code, output
        tail = "\n".join(output.strip().splitlines()[-20:])
        super().__init__(f"`{shlex.join(argv)}` ended with exit code {code}.\n{tail}".rstrip())


class SpecError(KubetutorError):
    """A cluster file or a manifest does not say what it must."""


class LessonError(KubetutorError):
    """A lesson is missing, or it failed."""


class ClassroomError(KubetutorError):
    """A class cannot be set up, or something of it is not allowed."""


class ApiError(KubetutorError):
    """What the API server answered: a Kubernetes `Status` of kind Failure.

    `code` is the HTTP status, `reason` the CamelCase word, `details` the dict of the same name
    (`name`, `group`, `kind`, `causes`, `retryAfterSeconds`) or None.
    """

    def __init__(
        self, code: int, reason: str | None, message: str, details: dict[str, Any] | None = None
    ) -> None:
        self.code, self.reason, self.message, self.details = code, reason, message, details
        super().__init__(message)

    def status(self) -> dict[str, Any]:
        """Answer the `Status` object, its keys in upstream's order."""
        body: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason is not None:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = self.details
        return {**body, "code": self.code}
