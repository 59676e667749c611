"""Which endpoint gets a new connection: any, at random; or the client's last one, with session affinity.

Models: pkg/proxy/iptables/proxier.go (statistic mode random, and `recent` for ClientIP affinity).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.api.objects import Object
    from kubetutor.embedded.network.endpoints import Endpoint

DEFAULT_AFFINITY_SECONDS = 10800
MOST_REMEMBERED = 4096


@dataclass(slots=True)
class Last:
    endpoint: Endpoint
    at: float


class Balancer:
    """One port of one service. `pick` chooses among several, `now` answers seconds that never jump."""

    def __init__(self, pick: Callable[[Sequence[Endpoint]], Endpoint], now: Callable[[], float]) -> None:
        self._pick, self._now = pick, now
        self._endpoints: tuple[Endpoint, ...] = ()
        self._affinity_seconds: float | None = None
        self._last_by_client: dict[str, Last] = {}

    def update(self, endpoints: tuple[Endpoint, ...], affinity_seconds: float | None) -> None:
        """From now on choose among these. `affinity_seconds` None: no session affinity."""
        self._endpoints, self._affinity_seconds = endpoints, affinity_seconds
        if affinity_seconds is None:
            self._last_by_client.clear()

    def choose(self, client: str) -> Endpoint | None:
        """Answer where a new connection of this client (an address) goes, None if nowhere."""
        if not self._endpoints:
            return None
        if self._affinity_seconds is None:
            return self._pick(self._endpoints)
        return self._choose_sticky(client, self._affinity_seconds)

    def _choose_sticky(self, client: str, seconds: float) -> Endpoint:
        now = self._now()
        last = self._last_by_client.get(client)
        if last and now - last.at < seconds and last.endpoint in self._endpoints:
            last.at = now
            return last.endpoint
        if len(self._last_by_client) >= MOST_REMEMBERED:
            self._forget_old(now - seconds)
        endpoint = self._pick(self._endpoints)
        self._last_by_client[client] = Last(endpoint, now)
        return endpoint

    def _forget_old(self, before: float) -> None:
        self._last_by_client = {key: last for key, last in self._last_by_client.items() if last.at > before}


def affinity_seconds(service: Object) -> float | None:
    """Answer for how long a client stays on its endpoint, None without session affinity."""
    spec = service["spec"]
    if spec.get("sessionAffinity") != "ClientIP":
        return None
    config = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
    return float(config.get("timeoutSeconds") or DEFAULT_AFFINITY_SECONDS)
