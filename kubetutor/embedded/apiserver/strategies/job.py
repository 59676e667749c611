"""Jobs and CronJobs.

Models: pkg/apis/batch/validation, pkg/apis/batch/v1/defaults.go, pkg/registry/batch/job/strategy.go.
"""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING, Any

from kubetutor.api.cron_schedule import schedule_complaint
from kubetutor.api.selectors import from_selector, matches
from kubetutor.embedded.apiserver.field import (
    FieldError,
    immutable,
    invalid,
    non_negative,
    not_supported,
    required,
)
from kubetutor.embedded.apiserver.strategies.job_policies import set_policy_defaults, validate_policies
from kubetutor.embedded.apiserver.strategies.labels import MISMATCH, validate_selector
from kubetutor.embedded.apiserver.strategies.pod_defaults import set_template_defaults
from kubetutor.embedded.apiserver.strategies.pod_spec import validate_template
from kubetutor.embedded.apiserver.strategies.strategy import Strategy

if TYPE_CHECKING:
    from kubetutor.api.objects import Object

_UID, _NAME = "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"
_LEGACY_UID, _LEGACY_NAME = "controller-uid", "job-name"
_COUNTS = (
    "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished",
    "backoffLimitPerIndex", "maxFailedIndexes",
)  # fmt: skip
_NEEDS_INDEXES = ("backoffLimitPerIndex", "maxFailedIndexes")
_CONCURRENCY = ("Allow", "Forbid", "Replace")
_IMMUTABLE = ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy")
_MUTABLE_WHILE_SUSPENDED = ("affinity", "nodeSelector", "tolerations", "schedulingGates")
MAX_CRON_NAME = 52


def set_job_defaults(job: Object) -> None:
    spec = job.setdefault("spec", {})
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("backoffLimit", 2**31 - 1 if "backoffLimitPerIndex" in spec else 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    policy = "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed"
    spec.setdefault("podReplacementPolicy", policy)
    spec.setdefault("manualSelector", False)
    set_policy_defaults(spec)
    set_template_defaults(spec)
    labels = spec["template"]["metadata"].get("labels")
    if labels and not job["metadata"].get("labels"):
        job["metadata"]["labels"] = dict(labels)


def set_cron_job_defaults(cron_job: Object) -> None:
    spec = cron_job.setdefault("spec", {})
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("suspend", False)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)
    template = spec.setdefault("jobTemplate", {})
    template.setdefault("metadata", {})
    set_policy_defaults(template.setdefault("spec", {}))
    set_template_defaults(template["spec"])


def prepare_job(job: Object) -> None:
    """Choose the job's own pods by its uid, unless the author does it by hand."""
    job["status"] = {}
    spec = job["spec"]
    if spec.get("manualSelector"):
        return
    uid, name = job["metadata"].get("uid", ""), job["metadata"].get("name", "")
    labels = {_UID: uid, _NAME: name, _LEGACY_UID: uid, _LEGACY_NAME: name}
    metadata = spec["template"]["metadata"]
    templates = metadata.get("labels") or {}
    metadata["labels"] = {**labels, **templates}
    if (job["metadata"].get("labels") or {}) == templates:  # it has none of its own: see `set_job_defaults`
        job["metadata"]["labels"] = dict(metadata["labels"])
    selector = spec.setdefault("selector", {})
    selector["matchLabels"] = {_UID: uid, **selector.get("matchLabels", {})}


def validate_job(job: Object) -> list[FieldError]:
    spec = job["spec"]
    errors = _validate_generated_selector(job)
    errors += _validate_job_spec(spec, "spec")
    selector = spec.get("selector")
    if selector is None:
        return [*errors, required("spec.selector")]
    wrong = validate_selector(selector, "spec.selector")
    labels = spec["template"].get("metadata", {}).get("labels")
    if not wrong and not matches(from_selector(selector), labels or {}):
        wrong = [invalid("spec.template.metadata.labels", labels, MISMATCH)]
    return errors + wrong


def validate_job_update(new: Object, old: Object) -> list[FieldError]:
    after, before = new["spec"], old["spec"]
    errors = _validate_completions(after, before)
    errors += immutable("spec.selector", after.get("selector"), before.get("selector"))
    old_template = before.get("template")
    if before.get("suspend") and not old.get("status", {}).get("startTime"):
        old_template = _with_placement_of(after.get("template", {}), before.get("template", {}))
    errors += immutable("spec.template", after.get("template"), old_template)
    for name in _IMMUTABLE:
        errors += immutable(f"spec.{name}", after.get(name), before.get(name))
    return errors


def validate_cron_job(cron_job: Object) -> list[FieldError]:
    spec = cron_job["spec"]
    errors: list[FieldError] = []
    schedule = spec.get("schedule", "")
    if not schedule:
        errors.append(required("spec.schedule"))
    else:
        errors += _validate_schedule(schedule)
    errors += non_negative("spec.startingDeadlineSeconds", spec.get("startingDeadlineSeconds"))
    if "timeZone" in spec:
        errors += _validate_time_zone(spec["timeZone"], "spec.timeZone")
    policy = spec.get("concurrencyPolicy", "")
    if policy not in _CONCURRENCY:
        errors.append(not_supported("spec.concurrencyPolicy", policy, _CONCURRENCY))
    errors += _validate_job_template(spec.get("jobTemplate", {}).get("spec", {}), "spec.jobTemplate.spec")
    for name in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        errors += non_negative(f"spec.{name}", spec.get(name))
    name = cron_job["metadata"].get("name", "")
    if len(name) > MAX_CRON_NAME:
        errors.append(invalid("metadata.name", name, "must be no more than 52 characters"))
    return errors


def _validate_job_spec(spec: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for name in _COUNTS:
        errors += non_negative(f"{path}.{name}", spec.get(name))
    mode = spec.get("completionMode")
    if mode not in {None, "NonIndexed", "Indexed"}:
        errors.append(not_supported(f"{path}.completionMode", mode, ("NonIndexed", "Indexed")))
    if mode == "Indexed" and "completions" not in spec:
        errors.append(required(f"{path}.completions", "when completion mode is Indexed"))
    if mode in {None, "NonIndexed"}:
        for name in _NEEDS_INDEXES:
            if name in spec:
                errors.append(invalid(f"{path}.{name}", spec[name], "requires indexed completion mode"))
    errors += validate_policies(spec, path)
    template = spec.get("template", {})
    errors += validate_template(template, f"{path}.template")
    return errors + _validate_restart(template.get("spec", {}), spec, f"{path}.template.spec.restartPolicy")


def _validate_restart(pod_spec: Object, spec: Object, path: str) -> list[FieldError]:
    policy = pod_spec.get("restartPolicy", "")
    if policy in {"Always", ""}:
        return [required(path, 'valid values: "OnFailure", "Never"')]
    if policy not in {"OnFailure", "Never"}:
        return [not_supported(path, policy, ("OnFailure", "Never"))]
    if "podFailurePolicy" in spec and policy != "Never":
        return [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    return []


def _validate_generated_selector(job: Object) -> list[FieldError]:
    spec, metadata = job["spec"], job["metadata"]
    if spec.get("manualSelector") or spec.get("selector") is None:
        return []
    labels = spec["template"].get("metadata", {}).get("labels") or {}
    uid, name = metadata.get("uid", ""), metadata.get("name", "")
    wanted = {_LEGACY_UID: uid, _LEGACY_NAME: name, _UID: uid, _NAME: name}
    errors: list[FieldError] = []
    for key, value in wanted.items():
        path = f"spec.template.metadata.labels[{key}]"
        if key not in labels:
            errors.append(required(path, f"must be '{value}'"))
        elif labels[key] != value:
            errors.append(invalid(path, labels, f"must be '{value}'"))
    if not validate_selector(spec["selector"], "") and not matches(from_selector(spec["selector"]), wanted):
        errors.append(invalid("spec.selector", spec["selector"], "`selector` not auto-generated"))
    return errors


def _validate_completions(after: Object, before: Object) -> list[FieldError]:
    new, old = after.get("completions"), before.get("completions")
    if after.get("completionMode") != "Indexed":
        return immutable("spec.completions", new, old)
    if new in {old, None} or new == after.get("parallelism"):
        return []
    return [invalid("spec.completions", new, "can only be modified in tandem with spec.parallelism")]


def _with_placement_of(new: Any, old: Any) -> Any:
    """Answer the old template with what may change while the job has never started."""
    spec = {
        name: value for name, value in old.get("spec", {}).items() if name not in _MUTABLE_WHILE_SUSPENDED
    }
    spec |= {name: value for name, value in new.get("spec", {}).items() if name in _MUTABLE_WHILE_SUSPENDED}
    return {**old, "metadata": new.get("metadata", {}), "spec": spec}


def _validate_job_template(spec: Object, path: str) -> list[FieldError]:
    errors = _validate_job_spec(spec, path)
    if "selector" in spec:
        errors.append(invalid(f"{path}.selector", spec["selector"], "`selector` will be auto-generated"))
    if spec.get("manualSelector"):
        errors.append(not_supported(f"{path}.manualSelector", True, ("nil", "false")))
    return errors


def _validate_schedule(schedule: str) -> list[FieldError]:
    complaint = schedule_complaint(schedule)
    errors = [invalid("spec.schedule", schedule, complaint)] if complaint else []
    if "TZ" in schedule:
        detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        errors.append(invalid("spec.schedule", schedule, detail))
    return errors


def _validate_time_zone(zone: str, path: str) -> list[FieldError]:
    if not zone:
        return [invalid(path, zone, "timeZone must be nil or non-empty string")]
    if zone.lower() == "local":
        detail = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        return [invalid(path, zone, detail)]
    try:
        zoneinfo.ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # a name that no file has, or that no file can have
        return [invalid(path, zone, f"unknown time zone {zone}")]
    return []


JOB = Strategy(
    defaults=set_job_defaults,
    prepare_create=prepare_job,
    validate=validate_job,
    validate_update=validate_job_update,
    has_generation=True,
)
CRON_JOB = Strategy(defaults=set_cron_job_defaults, validate=validate_cron_job, has_generation=True)
