"""Events: what controllers, scheduler and kubelets tell people. Repeats are counted, not stored again.

Models: k8s.io/client-go/tools/record.
"""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING

from kubetutor.api.objects import name_of, namespace_of, uid_of
from kubetutor.embedded.clock import timestamp
from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.api.objects import Object
    from kubetutor.embedded.client import Client
    from kubetutor.embedded.clock import Clock

log = logging.getLogger(__name__)

MOST_REMEMBERED = 4096


class EventRecorder:
    """Writes Events about objects, in the name of one component (and, for a kubelet, of its node)."""

    def __init__(self, client: Client, clock: Clock, component: str, host: str = "") -> None:
        self._client, self._clock = client, clock
        self._component, self._host = component, host
        self._seen: dict[tuple[str, ...], tuple[str, int]] = {}
        self._serial = itertools.count()

    def as_component(self, component: str, host: str = "") -> EventRecorder:
        """Answer a recorder that speaks for another component."""
        return EventRecorder(self._client, self._clock, component, host)

    def normal(self, about: Object, reason: str, message: str, *, field_path: str = "") -> None:
        self._record("Normal", about, reason, message, field_path)

    def warning(self, about: Object, reason: str, message: str, *, field_path: str = "") -> None:
        self._record("Warning", about, reason, message, field_path)

    def _record(self, level: str, about: Object, reason: str, message: str, field_path: str) -> None:
        namespace = namespace_of(about) or "default"
        key = (uid_of(about), level, reason, message, field_path)
        try:
            if key in self._seen:
                self._count_again(key, namespace)
            else:
                self._create(key, about, namespace)
        except ApiError as error:
            self._seen.pop(key, None)
            # An event about an object of a namespace that is going away is refused; upstream logs it too.
            log.debug("event %s about %s not recorded: %s", reason, name_of(about), error)

    def _count_again(self, key: tuple[str, ...], namespace: str) -> None:
        name, count = self._seen[key]
        body = {"count": count + 1, "lastTimestamp": timestamp(self._clock.now())}
        self._client.patch("events", name, body, namespace=namespace)
        self._seen[key] = (name, count + 1)

    def _create(self, key: tuple[str, ...], about: Object, namespace: str) -> None:
        _, level, reason, message, field_path = key
        now = self._clock.now()
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": f"{name_of(about)}.{int(now.timestamp() * 1e9) + next(self._serial) % 1000:x}",
                "namespace": namespace,
            },
            "involvedObject": _reference(about, field_path),
            "reason": reason,
            "message": message,
            "source": _without_empty({"component": self._component, "host": self._host}),
            "firstTimestamp": timestamp(now),
            "lastTimestamp": timestamp(now),
            "count": 1,
            "type": level,
            "eventTime": None,
            "reportingComponent": self._component,
            "reportingInstance": self._host,
        }
        self._client.create("events", event, namespace=namespace)
        if len(self._seen) >= MOST_REMEMBERED:
            self._seen.clear()
        self._seen[key] = (name_of(event), 1)


def _reference(about: Object, field_path: str) -> Object:
    return _without_empty(
        {
            "kind": about.get("kind"),
            "namespace": namespace_of(about),
            "name": name_of(about),
            "uid": uid_of(about),
            "apiVersion": about.get("apiVersion"),
            "resourceVersion": about["metadata"].get("resourceVersion"),
            "fieldPath": field_path,
        }
    )


def _without_empty(values: Object) -> Object:
    return {name: value for name, value in values.items() if value}
