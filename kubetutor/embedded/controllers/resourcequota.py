"""Says in the status of each ResourceQuota what it allows and how much of it is used.

1. Look at a quota; note which resources it counts, and look again when an object of one of them changes.
2. Add up what the objects of its namespace use.
3. Write `hard` and `used` if they are not what the status says.

Unlike upstream: admission counts for itself, so it does not wait for this status.
Models: pkg/controller/resourcequota/resource_quota_controller.go.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from kubetutor.api.kinds import Kind, kinds_by_resource
from kubetutor.api.objects import key_of, name_of, namespace_of
from kubetutor.embedded.controllers.custom_resources import CustomResources
from kubetutor.embedded.quota_scopes import covers
from kubetutor.embedded.quota_usage import resource_behind, show, sum_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Change
    from kubetutor.embedded.controllers.base import Context
    from kubetutor.embedded.workqueue import WorkQueue


class ResourceQuotaController:
    name = "resourcequota-controller"

    def __init__(self, context: Context) -> None:
        self._client, self._informers = context.client, context.informers
        self._quotas = context.informers["resourcequotas"]
        self._custom = CustomResources(context.informers)
        self._watched: set[str] = set()
        self._queue: WorkQueue | None = None

    def start(self, queue: WorkQueue) -> None:
        self._queue = queue
        self._quotas.on_change(lambda change: queue.add(key_of(change.object)))

    def reconcile(self, key: str) -> float | None:
        quota = self._quotas.get(key)
        if quota is None:
            return None
        hard: dict[str, str] = quota["spec"].get("hard") or {}
        resources = {resource for counted in hard if (resource := resource_behind(counted))}
        custom = {each.resource for each in self._custom.served()}
        known = sorted(resources & (kinds_by_resource().keys() | custom))
        self._watch(known)
        status = {"hard": hard, "used": self._used(quota, hard, known)}
        if change := _change(quota.get("status") or {}, status):
            self._client.patch(
                "resourcequotas",
                name_of(quota),
                {"status": change},
                namespace=namespace_of(quota),
                subresource="status",
            )
        return None

    def _used(self, quota: Object, hard: dict[str, str], resources: Iterable[str]) -> dict[str, str]:
        kinds, used = kinds_by_resource(), dict.fromkeys(hard, Fraction())
        for resource in resources:
            plural, _, group = resource.partition(".")
            kind = kinds.get(resource) or Kind(group, "", "", plural)
            objects = self._informers[resource].list(namespace_of(quota))
            covered = [obj for obj in objects if covers(quota, kind, obj)]
            for counted, amount in sum_of(kind, covered).items():
                if counted in used:
                    used[counted] += amount
        return {counted: show(amount, hard[counted]) for counted, amount in used.items()}

    def _watch(self, resources: Iterable[str]) -> None:
        """Look again at the quotas of a namespace when something in it changes that they count."""
        for resource in resources:
            if resource not in self._watched:
                self._watched.add(resource)
                self._informers[resource].on_change(self._on_counted)

    def _on_counted(self, change: Change) -> None:
        if self._queue is None:
            return
        for quota in self._quotas.list(namespace_of(change.object)):
            self._queue.add(key_of(quota))


def _change(old: Object, new: Object) -> Object:
    """Answer the merge patch from one status to the other, None for a resource that is counted no more."""
    return {
        field: {**dict.fromkeys(old.get(field) or {}), **amounts}
        for field, amounts in new.items()
        if old.get(field) != amounts
    }
