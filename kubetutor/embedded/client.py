"""What controllers, scheduler, kubelets and the proxy know of the API server.

Unlike upstream: the client works in the API server's own process, so a call is a plain function call,
and a watch is told of a change before the write that made it returns. A cache built on it is never
behind, which is why nothing here needs upstream's "expectations".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.api.objects import Object

EventType: TypeAlias = Literal["ADDED", "MODIFIED", "DELETED"]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a watch. `old` is what a cache held before, None for ADDED. Treat both as read-only."""

    type: EventType
    object: Object
    old: Object | None = None


class Subscription(Protocol):
    def close(self) -> None:
        """End the watch; nothing is called back afterwards."""


class Client(Protocol):
    """The API server, from inside. `resource` is `plural` or `plural.group`: `pods`, `deployments.apps`.

    Objects that come back are shared: never change one, build a new dict instead. Every method raises
    `kubetutor.errors.ApiError` with the `code` and `reason` that an outside client would get.
    """

    def get(self, resource: str, name: str, *, namespace: str | None = None, subresource: str = "") -> Object:
        """Read the object, or with `subresource="scale"` its Scale."""

    def list(
        self,
        resource: str,
        *,
        namespace: str | None = None,
        label_selector: str = "",
        field_selector: str = "",
    ) -> list[Object]: ...

    def create(
        self, resource: str, obj: Object, *, namespace: str | None = None, subresource: str = ""
    ) -> Object:
        """Create the object, or what hangs below the object of its name.

        The one such thing is the `token` of `serviceaccounts`: the object is a TokenRequest whose metadata names the
        account, and the answer's `status` has `token` and `expirationTimestamp`.
        """

    def update(self, resource: str, obj: Object, *, subresource: str = "") -> Object:
        """Replace the object of the same name; 409 Conflict when `resourceVersion` is set and stale."""

    def patch(
        self, resource: str, name: str, body: Object, *, namespace: str | None = None, subresource: str = ""
    ) -> Object:
        """Apply a JSON merge patch (RFC 7386): None removes a key, a list replaces a list. `scale` takes a Scale's."""

    def delete(
        self, resource: str, name: str, *, namespace: str | None = None, options: Object | None = None
    ) -> Object:
        """Delete with `DeleteOptions` (gracePeriodSeconds, propagationPolicy, preconditions)."""

    def watch(
        self, resource: str, on_change: Callable[[Change], None], *, namespace: str | None = None
    ) -> Subscription:
        """Call back with ADDED for everything there is, at once, then with each change as it happens.

        The callback must be quick: note what changed, queue a key, return.
        """
