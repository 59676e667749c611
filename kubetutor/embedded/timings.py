"""Every wait that upstream has a default for, in one table: what it is here and what it is there.

`classroom` is shorter so that a lesson need not wait; whoever shows one of these says how much shorter.
Models: cmd/kube-controller-manager and pkg/kubelet/apis/config/v1beta1/defaults.go.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds. The defaults are upstream's."""

    lease_renew: float = 10.0  # kubelet: nodeLeaseDurationSeconds x 0.25
    lease_duration: float = 40.0  # kubelet: nodeLeaseDurationSeconds
    node_monitor_grace: float = 50.0  # controller manager: --node-monitor-grace-period
    node_monitor_period: float = 5.0  # controller manager: --node-monitor-period
    not_ready_toleration: int = 300  # API server: --default-not-ready-toleration-seconds
    crash_backoff_start: float = 10.0  # kubelet: container restart back-off, doubles each time
    crash_backoff_max: float = 300.0  # kubelet: MaxContainerBackOff
    image_backoff_start: float = 10.0  # kubelet: image pull back-off, doubles each time
    image_backoff_max: float = 300.0  # kubelet: MaxImageBackOff
    backoff_reset: float = 600.0  # kubelet: a container that ran this long starts over
    job_backoff_start: float = 10.0  # job controller: DefaultJobPodFailureBackOff, doubles each time
    job_backoff_max: float = 600.0  # job controller: MaxJobPodFailureBackOff
    readiness_initial: float = 0.0  # kubelet: none beyond the probe's own
    volume_sync: float = (
        60.0  # kubelet: syncFrequency, after which volumes show a changed ConfigMap or Secret
    )
    volume_stats: float = (
        60.0  # kubelet: volumeStatsAggPeriod, after which a volume over its limit is noticed
    )
    node_status_update: float = 300.0  # kubelet: nodeStatusReportFrequency
    metrics_resolution: float = (
        15.0  # metrics-server: --metric-resolution; the kubelet measures every 10 to 15 s
    )
    metrics_fresh_container: float = 10.0  # metrics-server: how long a container runs before it has metrics
    autoscaler_sync: float = 15.0  # controller manager: --horizontal-pod-autoscaler-sync-period
    autoscaler_downscale: float = 300.0  # ... --horizontal-pod-autoscaler-downscale-stabilization
    autoscaler_cpu_start: float = 300.0  # ... --horizontal-pod-autoscaler-cpu-initialization-period
    autoscaler_first_readiness: float = 30.0  # ... --horizontal-pod-autoscaler-initial-readiness-delay


REAL = Timings()

CLASSROOM = Timings(
    lease_renew=2.0,
    lease_duration=8.0,
    node_monitor_grace=8.0,
    node_monitor_period=1.0,
    not_ready_toleration=5,
    crash_backoff_start=1.0,
    crash_backoff_max=30.0,
    image_backoff_start=2.0,
    image_backoff_max=30.0,
    backoff_reset=60.0,
    metrics_resolution=2.0,
    metrics_fresh_container=3.0,
    autoscaler_sync=2.0,
    autoscaler_downscale=20.0,
    autoscaler_cpu_start=20.0,
    autoscaler_first_readiness=3.0,
    volume_sync=1.0,
    volume_stats=1.0,
    job_backoff_start=1.0,
    job_backoff_max=30.0,
)

TIMINGS = {"classroom": CLASSROOM, "real": REAL}


def differences(timings: Timings) -> list[tuple[str, Any, Any, float]]:
    """List name, value here, upstream's default, and how many times faster it is here."""
    rows = []
    for field in fields(Timings):
        here, upstream = getattr(timings, field.name), getattr(REAL, field.name)
        if here != upstream:
            rows.append((field.name, here, upstream, upstream / here))
    return rows
