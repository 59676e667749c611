"""What a write needs besides its verb: rights to give away, and signers to speak for.

The cluster's own parts, which write as nobody, need neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.apiserver import certificate_requests
from kubetutor.embedded.apiserver.rbac import escalation

if TYPE_CHECKING:
    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.rbac.authorizer import Authorizer
    from kubetutor.embedded.apiserver.users import User


def on_create(authorizer: Authorizer, user: User | None, kind: Kind, obj: Object) -> None:
    """Raise ApiError 403 for what this user may not write; write down who asks for a certificate."""
    if user is None:
        return
    if kind.resource == certificate_requests.RESOURCE:
        certificate_requests.stamp(kind, obj, user)
    escalation.check(authorizer, user, kind, obj, None)


def on_update(authorizer: Authorizer, user: User | None, kind: Kind, new: Object, old: Object) -> None:
    """Raise ApiError 403 for a change that this user may not make."""
    if user is not None:
        escalation.check(authorizer, user, kind, new, old)
