"""What runs pods: deployments and their like, jobs, autoscalers, disruption budgets.

Models: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubetutor.api.objects import controller_of, is_being_deleted, is_true
from kubetutor.api.selectors import write_selector
from kubetutor.embedded.apiserver.tables.autoscaling import format_metrics
from kubetutor.embedded.apiserver.tables.durations import human_duration, since
from kubetutor.embedded.apiserver.tables.layout import (
    AGE,
    CONTAINERS_IMAGES,
    CONTAINERS_IMAGES_SELECTOR,
    NAME,
    NONE,
    UNSET,
    Column,
    Layout,
    age,
    at,
    containers_and_images,
    format_labels,
    integer,
    name,
)
from kubetutor.embedded.clock import parse_timestamp

if TYPE_CHECKING:
    import datetime as dt

    from kubetutor.api.objects import Object

JOB_STATES = (
    ("Complete", "Complete"),
    ("Failed", "Failed"),
    ("", "Terminating"),  # no condition: the job is being deleted
    ("Suspended", "Suspended"),
    ("FailureTarget", "FailureTarget"),
    ("SuccessCriteriaMet", "SuccessCriteriaMet"),
)


def _template(obj: Object) -> tuple[str, str]:
    return containers_and_images(at(obj, "spec.template.spec.containers", ()))


def _deployment(obj: Object, now: dt.datetime) -> list[Any]:
    return [
        name(obj),
        f"{at(obj, 'status.readyReplicas', 0)}/{at(obj, 'spec.replicas', 0)}",
        at(obj, "status.updatedReplicas", 0),
        at(obj, "status.availableReplicas", 0),
        age(obj, now),
        *_template(obj),
        write_selector(at(obj, "spec.selector")),
    ]


def _replicas(obj: Object, now: dt.datetime) -> list[Any]:
    return [
        name(obj),
        at(obj, "spec.replicas", 0),
        at(obj, "status.replicas", 0),
        at(obj, "status.readyReplicas", 0),
        age(obj, now),
        *_template(obj),
    ]


def _replica_set(obj: Object, now: dt.datetime) -> list[Any]:
    return [*_replicas(obj, now), write_selector(at(obj, "spec.selector")) or NONE]


def _replication_controller(obj: Object, now: dt.datetime) -> list[Any]:
    return [*_replicas(obj, now), format_labels(at(obj, "spec.selector", {}))]


def _stateful_set(obj: Object, now: dt.datetime) -> list[Any]:
    ready = f"{at(obj, 'status.readyReplicas', 0)}/{at(obj, 'spec.replicas', 0)}"
    return [name(obj), ready, age(obj, now), *_template(obj)]


def _daemon_set(obj: Object, now: dt.datetime) -> list[Any]:
    counts = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberAvailable",
    )
    return [
        name(obj),
        *(at(obj, f"status.{count}", 0) for count in counts),
        format_labels(at(obj, "spec.template.spec.nodeSelector", {})),
        age(obj, now),
        *_template(obj),
        write_selector(at(obj, "spec.selector")) or NONE,
    ]


def _controller_revision(obj: Object, now: dt.datetime) -> list[Any]:
    owner, controller = controller_of(obj), NONE
    if owner is not None:
        group, slash, _ = owner["apiVersion"].rpartition("/")
        kind = f"{owner['kind']}.{group}" if slash else owner["kind"]
        controller = f"{kind.lower()}/{owner['name']}"
    return [name(obj), controller, obj.get("revision", 0), age(obj, now)]


def _job_completions(obj: Object) -> str:
    succeeded, completions = at(obj, "status.succeeded", 0), at(obj, "spec.completions")
    if completions is not None:
        return f"{succeeded}/{completions}"
    parallelism = at(obj, "spec.parallelism", 0)
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def _job_duration(obj: Object, now: dt.datetime) -> str:
    start, end = at(obj, "status.startTime"), at(obj, "status.completionTime")
    if not start:
        return ""
    return human_duration((parse_timestamp(end) if end else now) - parse_timestamp(start))


def _job_state(obj: Object) -> str:
    for condition, word in JOB_STATES:
        if is_true(obj, condition) if condition else is_being_deleted(obj):
            return word
    return "Running"


def _job(obj: Object, now: dt.datetime) -> list[Any]:
    return [
        name(obj),
        _job_state(obj),
        _job_completions(obj),
        _job_duration(obj, now),
        age(obj, now),
        *_template(obj),
        write_selector(at(obj, "spec.selector")) or NONE,
    ]


def _cron_job(obj: Object, now: dt.datetime) -> list[Any]:
    last, suspend = at(obj, "status.lastScheduleTime"), at(obj, "spec.suspend")
    return [
        name(obj),
        at(obj, "spec.schedule", ""),
        at(obj, "spec.timeZone", NONE),
        UNSET if suspend is None else str(suspend),
        len(at(obj, "status.active", ())),
        since(last, now) if last else NONE,
        age(obj, now),
        *containers_and_images(at(obj, "spec.jobTemplate.spec.template.spec.containers", ())),
        write_selector(at(obj, "spec.jobTemplate.spec.selector")) or NONE,
    ]


def _autoscaler(obj: Object, now: dt.datetime) -> list[Any]:
    return [
        name(obj),
        f"{at(obj, 'spec.scaleTargetRef.kind', '')}/{at(obj, 'spec.scaleTargetRef.name', '')}",
        format_metrics(at(obj, "spec.metrics", ()), at(obj, "status.currentMetrics", ())),
        str(at(obj, "spec.minReplicas", UNSET)),
        at(obj, "spec.maxReplicas", 0),
        at(obj, "status.currentReplicas", 0),
        age(obj, now),
    ]


def _disruption_budget(obj: Object, now: dt.datetime) -> list[Any]:
    return [
        name(obj),
        str(at(obj, "spec.minAvailable", "N/A")),
        str(at(obj, "spec.maxUnavailable", "N/A")),
        at(obj, "status.disruptionsAllowed", 0),
        age(obj, now),
    ]


REPLICAS = (NAME, integer("Desired"), integer("Current"), integer("Ready"), AGE, *CONTAINERS_IMAGES_SELECTOR)

LAYOUTS = {
    "deployments.apps": Layout(
        (
            NAME,
            Column("Ready"),
            Column("Up-to-date"),
            Column("Available"),
            AGE,
            *CONTAINERS_IMAGES_SELECTOR,
        ),
        _deployment,
    ),
    "replicasets.apps": Layout(REPLICAS, _replica_set),
    "replicationcontrollers": Layout(REPLICAS, _replication_controller),
    "statefulsets.apps": Layout((NAME, Column("Ready"), AGE, *CONTAINERS_IMAGES), _stateful_set),
    "daemonsets.apps": Layout(
        (
            NAME,
            integer("Desired"),
            integer("Current"),
            integer("Ready"),
            integer("Up-to-date"),
            integer("Available"),
            Column("Node Selector"),
            AGE,
            *CONTAINERS_IMAGES_SELECTOR,
        ),
        _daemon_set,
    ),
    "controllerrevisions.apps": Layout(
        (NAME, Column("Controller"), Column("Revision"), AGE), _controller_revision
    ),
    "jobs.batch": Layout(
        (
            NAME,
            Column("Status"),
            Column("Completions"),
            Column("Duration"),
            AGE,
            *CONTAINERS_IMAGES_SELECTOR,
        ),
        _job,
    ),
    "cronjobs.batch": Layout(
        (
            NAME,
            Column("Schedule"),
            Column("Timezone"),
            Column("Suspend", "boolean"),
            integer("Active"),
            Column("Last Schedule"),
            AGE,
            *CONTAINERS_IMAGES_SELECTOR,
        ),
        _cron_job,
    ),
    "horizontalpodautoscalers.autoscaling": Layout(
        (
            NAME,
            *(Column(n) for n in ("Reference", "Targets", "MinPods", "MaxPods", "Replicas")),
            AGE,
        ),
        _autoscaler,
    ),
    "poddisruptionbudgets.policy": Layout(
        (NAME, Column("Min Available"), Column("Max Unavailable"), integer("Allowed Disruptions"), AGE),
        _disruption_budget,
    ),
}
