"""Which objects a quota with scopes counts."""

from __future__ import annotations

import pytest

from kubetutor.api.kinds import kinds_by_resource
from kubetutor.embedded.quota_scopes import covers

PODS, SERVICES = kinds_by_resource()["pods"], kinds_by_resource()["services"]
SMALL = {"cpu": "10m"}


def pod(resources=None, **spec):
    return {"spec": {"containers": [{"name": "main", "resources": resources or {}}], **spec}}


def scopes(*names):
    return {"spec": {"scopes": list(names)}}


def classes(operator, *values):
    requirement = {"scopeName": "PriorityClass", "operator": operator, "values": list(values)}
    return {"spec": {"scopeSelector": {"matchExpressions": [requirement]}}}


def test_without_scopes_everything_counts():
    assert covers({"spec": {"hard": {"services": "1"}}}, SERVICES, {"spec": {}})


def test_scopes_are_about_pods():
    assert not covers(scopes("NotBestEffort"), SERVICES, {"spec": {}})


@pytest.mark.parametrize(
    ("resources", "is_best_effort"),
    [({}, True), ({"requests": SMALL}, False), ({"limits": SMALL}, False), ({"requests": {"cpu": "0"}}, True),
     ({"requests": {"ephemeral-storage": "1Gi"}}, True)],
)  # fmt: skip
def test_best_effort_is_who_asks_for_neither_cpu_nor_memory(resources, is_best_effort):
    assert covers(scopes("BestEffort"), PODS, pod(resources)) is is_best_effort
    assert covers(scopes("NotBestEffort"), PODS, pod(resources)) is not is_best_effort


def test_terminating_is_who_has_a_deadline():
    assert covers(scopes("Terminating"), PODS, pod(activeDeadlineSeconds=0))
    assert not covers(scopes("Terminating"), PODS, pod())
    assert covers(scopes("NotTerminating"), PODS, pod())


def test_all_scopes_must_fit():
    both = scopes("BestEffort", "Terminating")
    assert covers(both, PODS, pod(activeDeadlineSeconds=5))
    assert not covers(both, PODS, pod({"requests": SMALL}, activeDeadlineSeconds=5))


@pytest.mark.parametrize(
    ("quota", "high", "none"),
    [
        (scopes("PriorityClass"), True, False),
        (classes("Exists"), True, False),
        (classes("DoesNotExist"), False, True),
        (classes("In", "high", "higher"), True, False),
        (classes("In", "low"), False, False),
        (classes("NotIn", "high"), False, True),
    ],
)
def test_pods_are_chosen_by_their_priority(quota, high, none):
    assert covers(quota, PODS, pod(priorityClassName="high")) is high
    assert covers(quota, PODS, pod()) is none


def test_who_wants_to_be_near_pods_of_other_namespaces():
    term = {"topologyKey": "zone", "namespaceSelector": {}}
    near = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    assert covers(scopes("CrossNamespacePodAffinity"), PODS, pod(affinity=near))
    del term["namespaceSelector"]
    assert not covers(scopes("CrossNamespacePodAffinity"), PODS, pod(affinity=near))
