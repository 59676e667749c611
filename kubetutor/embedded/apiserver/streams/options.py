"""What a request for a stream asks for, read from its query, and refused in upstream's words.

Models: pkg/registry/core/pod/strategy.go (ExecLocation, AttachLocation), k8s.io/apimachinery/pkg/runtime/conversion.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

    from kubetutor.api.objects import Object

CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")


@dataclass(frozen=True, slots=True)
class RemoteCommandOptions:
    """Models `PodExecOptions` and `PodAttachOptions`."""

    container: str
    command: tuple[str, ...]
    stdin: bool
    stdout: bool
    stderr: bool
    tty: bool


def read_remote_command(pod: Object, params: QueryParams) -> RemoteCommandOptions:
    """Read the query of an exec or attach; raises `ApiError` 400."""
    container = choose_container(pod, params.get("container"))
    check_host(pod)
    tty = is_set(params, "tty")
    options = RemoteCommandOptions(
        container=container,
        command=tuple(params.getlist("command")),
        stdin=is_set(params, "stdin"),
        stdout=is_set(params, "stdout"),
        stderr=is_set(params, "stderr") and not tty,  # a terminal has one output
        tty=tty,
    )
    if not (options.stdin or options.stdout or options.stderr):
        raise bad_request("you must specify at least 1 of stdin, stdout, stderr")
    return options


def choose_container(pod: Object, asked_for: str | None) -> str:
    """Answer the container that is asked for, or the only one; raises `ApiError` 400."""
    names = [container["name"] for kind in CONTAINER_LISTS for container in pod["spec"].get(kind) or ()]
    if asked_for:
        if asked_for in names:
            return asked_for
        raise bad_request(f"container {asked_for} is not valid for pod {name_of(pod)}")
    if len(pod["spec"]["containers"]) != 1:
        raise bad_request(
            f"a container name must be specified for pod {name_of(pod)}, choose one of: [{' '.join(names)}]"
        )
    name: str = pod["spec"]["containers"][0]["name"]
    return name


def check_host(pod: Object) -> None:
    """Raise `ApiError` 400 for a pod that is on no node yet."""
    if not pod["spec"].get("nodeName"):
        raise bad_request(f"pod {name_of(pod)} does not have a host assigned")


def is_set(params: QueryParams, name: str) -> bool:
    """Read a boolean as upstream does: anything but `false` and `0` is true."""
    value = params.get(name)
    return value is not None and value.lower() not in {"false", "0"}


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)
