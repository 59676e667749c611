"""What must look at other objects before an object is stored.

A pod gets its service account, its priority and the tolerations that everybody gets; a service gets its addresses;
a quota may say no.

Models: plugin/pkg/admission/{serviceaccount,priority,defaulttolerationseconds,resourcequota,limitranger,storage},
apiserver/pkg/admission/plugin/namespace/lifecycle, pkg/registry/core/service/storage/alloc.go.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Protocol

from kubetutor.embedded.apiserver.field import FieldError, forbidden
from kubetutor.embedded.apiserver.limit_ranges import limit_complaint, set_defaults
from kubetutor.embedded.apiserver.pod_admission import (
    add_default_tolerations,
    mount_service_account,
    resolve_priority,
)
from kubetutor.embedded.apiserver.quota import check_quotas
from kubetutor.embedded.apiserver.service_addresses import keep_addresses
from kubetutor.embedded.apiserver.strategies import invalid_error
from kubetutor.embedded.apiserver.strategies.storage import set_default_class
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kubetutor.api.kinds import Kind
    from kubetutor.api.objects import Object
    from kubetutor.embedded.apiserver.service_addresses import ServiceAddresses

PROTECTED_NAMESPACES = ("default", "kube-system", "kube-public")


class Reader(Protocol):
    """Reads the objects that there are. `resource` is `pods` or `deployments.apps`."""

    def get(self, resource: str, namespace: str | None, name: str) -> Object | None: ...

    def list(self, resource: str, namespace: str | None) -> Iterable[Object]: ...


class Admission:
    """Asked once for each create, update and delete. `not_ready_toleration` is in seconds: upstream's is 300."""

    def __init__(self, reader: Reader, addresses: ServiceAddresses, *, not_ready_toleration: int) -> None:
        self._reader, self._addresses = reader, addresses
        self._not_ready_toleration = not_ready_toleration
        self._random = random.Random()  # noqa: S311  # names of volumes are no secret
        self._on_create: dict[str, Callable[[Kind, Object], list[FieldError]]] = {
            "pods": self._create_pod,
            "services": self._create_service,
            "persistentvolumeclaims": self._create_claim,
        }

    def create(self, kind: Kind, obj: Object) -> list[FieldError]:
        """Change the object in place, and answer what a 422 must add to the strategy's own findings.

        Raises ApiError: 403 where upstream says Forbidden, 422 where a service asks for what it cannot have.
        """
        act = self._on_create.get(kind.resource)
        errors = act(kind, obj) if act else []
        if kind.namespaced:
            check_quotas(kind, obj, self._reader)
        return errors

    def update(self, kind: Kind, new: Object, old: Object) -> list[FieldError]:
        if kind.resource == "services":
            self._update_service(kind, new, old)
        elif kind.resource == "pods" and "priorityClassName" not in new["spec"]:
            for name in ("priority", "preemptionPolicy"):
                if name in old["spec"]:
                    new["spec"].setdefault(name, old["spec"][name])
        return []

    def delete(self, kind: Kind, obj: Object) -> None:
        name = obj["metadata"].get("name", "")
        if kind.resource == "namespaces" and name in PROTECTED_NAMESPACES:
            raise forbidden_error(kind, name, "this namespace may not be deleted")

    def _create_pod(self, kind: Kind, pod: Object) -> list[FieldError]:
        name, namespace = pod["metadata"].get("name", ""), pod["metadata"].get("namespace")
        ranges = list(self._reader.list("limitranges", namespace))
        set_defaults(pod, ranges)
        classes = self._reader.list("priorityclasses.scheduling.k8s.io", None)
        complaint = resolve_priority(pod, classes) or limit_complaint(pod["spec"], ranges)
        if complaint:
            raise forbidden_error(kind, name, complaint)
        account_name = pod["spec"].get("serviceAccountName") or "default"
        account = self._reader.get("serviceaccounts", namespace, account_name)
        if account is None:
            reason = f'serviceaccount "{account_name}" not found'
            complaint = f"error looking up service account {namespace}/{account_name}: {reason}"
            raise forbidden_error(kind, name, complaint)
        mount_service_account(pod, account, self._random)
        add_default_tolerations(pod["spec"], self._not_ready_toleration)
        if pod["spec"].get("ephemeralContainers"):
            return [forbidden("spec.ephemeralContainers", "cannot be set on create")]
        return []

    def _create_service(self, kind: Kind, service: Object) -> list[FieldError]:
        errors = self._addresses.assign(service, self._reader.list("services", None))
        if errors:
            raise invalid_error(kind, service["metadata"].get("name", ""), errors)
        return []

    def _create_claim(self, _kind: Kind, claim: Object) -> list[FieldError]:
        set_default_class(claim, self._reader.list("storageclasses.storage.k8s.io", None))
        return []

    def _update_service(self, kind: Kind, new: Object, old: Object) -> None:
        keep_addresses(new, old)
        after, before = new["spec"], old["spec"]
        stays = after.get("clusterIPs") == before.get("clusterIPs")
        if (
            before.get("clusterIPs")
            and not stays
            and "ExternalName" not in {after.get("type"), before.get("type")}
        ):
            return  # `validate_update` refuses it
        identity = (old["metadata"].get("namespace"), old["metadata"].get("name"))
        others = (
            service
            for service in self._reader.list("services", None)
            if (service["metadata"].get("namespace"), service["metadata"].get("name")) != identity
        )
        errors = self._addresses.assign(new, others)
        if errors:
            raise invalid_error(kind, new["metadata"].get("name", ""), errors)


def forbidden_error(kind: Kind, name: str, complaint: str) -> ApiError:
    """Make a 403 in upstream's words: `pods "shop" is forbidden: ...`."""
    details = {"name": name, "group": kind.group, "kind": kind.plural}
    shown = {key: value for key, value in details.items() if value}
    return ApiError(403, "Forbidden", f'{kind.resource} "{name}" is forbidden: {complaint}', shown)
