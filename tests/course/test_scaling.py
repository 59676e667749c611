"""The rules of the lesson on scaling, on facts; `test_proven.py` proves them on a live cluster."""

import dataclasses
from types import SimpleNamespace

import pytest

from kubetutor.cluster.load.tally import Tally
from kubetutor.course.scaling import (
    GROWS,
    MAKES_ROOM,
    REFUSED,
    WAITS,
    Facts,
    after_giant,
    observe,
    seconds_down,
    seconds_up,
)
from kubetutor.exercises.exercise import Evidence
from kubetutor.exercises.expect import judge
from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED
from kubetutor.exercises.timeline import Moment

START = Facts(exists=True, replicas=1, most_ready=1, sent=900)
GROWN = dataclasses.replace(
    START, replicas=4, has_request=True, autoscalers=1, needs_request=True, least=1, most=4, has_scaled=True,
    most_ready=4,
)  # fmt: skip


def judged(facts):
    return judge(GROWS.rules, facts, untouched=GROWS.untouched, passed=GROWS.passed).result


def test_what_is_asked_for_passes_and_untouched_is_not_started():
    result = judged(GROWN)
    assert result.verdict == PASSED
    assert "4 pods were Ready under load" in result.seen
    assert judged(START).verdict == NOT_STARTED


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"exists": False}, "gone"),
        ({"autoscalers": 0}, "autoscaler"),
        ({"has_request": False}, "request"),
        ({"most": 2}, "room"),
        ({"least": 3}, "room"),
        ({"has_scaled": False}, "grown"),
        ({"most_ready": 2}, "grown"),
    ],
)
def test_each_state_gets_the_hint_meant_for_it(change, slug):
    result = judged(dataclasses.replace(GROWN, **change))
    assert (result.verdict, result.hint.slug) == (NOT_YET, slug)
    assert result.seen


def test_a_target_in_absolute_numbers_needs_no_request():
    assert judged(dataclasses.replace(GROWN, has_request=False, needs_request=False)).verdict == PASSED


def autoscaler(name, target, **status):
    spec = {
        "scaleTargetRef": {"kind": "Deployment", "name": name},
        "maxReplicas": 4,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": target}}}],
    }
    return {"spec": spec, "status": status}


class Shop:
    """The api of a cluster with one Deployment, or none."""

    def __init__(self, requests, *autoscalers, gone=False):
        container = {"name": "web", "resources": {"requests": requests}}
        self.deployment = {"spec": {"replicas": 2, "template": {"spec": {"containers": [container]}}}}
        self.autoscalers, self.gone = list(autoscalers), gone
        self.api = self

    def find(self, *_words, **_named):
        return None if self.gone else self.deployment

    def list(self, *_words, **_named):
        return self.autoscalers


def facts_of(shop, *ready):
    moments = tuple(Moment(float(time), number, number) for time, number in enumerate(ready))
    return observe(Evidence(shop, "shop", Tally(500, 4), 1, frozenset(), moments))


def test_facts_are_read_from_the_deployment_its_autoscalers_and_the_pods_over_time():
    active = {"type": "ScalingActive", "status": "True", "message": "all is well"}
    ours = autoscaler("web-app", "Utilization", conditions=[active], lastScaleTime="now")
    facts = facts_of(Shop({"cpu": "100m"}, autoscaler("other", "Utilization"), ours), 1, 3, 2)
    assert facts == Facts(
        exists=True, replicas=2, has_request=True, autoscalers=1, needs_request=True, least=1, most=4,
        why="all is well", has_scaled=True, most_ready=3, sent=500, lost=4,
    )  # fmt: skip


def test_an_autoscaler_that_has_done_nothing_has_not_scaled():
    facts = facts_of(Shop({}, autoscaler("web-app", "AverageValue")), 1)
    assert (facts.has_scaled, facts.needs_request, facts.has_request) == (False, False, False)
    assert facts_of(Shop({}, gone=True), 1) == Facts(sent=500, lost=4)


def session(*, began, ended, moments):
    return SimpleNamespace(
        requests=SimpleNamespace(began=began, ended=ended),
        moments=lambda: [Moment(*each) for each in moments],
    )


def test_up_and_down_are_measured_from_when_the_load_begins_and_ends():
    seen = ((1.0, 4, 4), (2.0, 1, 1), (12.0, 1, 4), (13.5, 4, 4), (40.0, 2, 2), (52.0, 1, 1))
    taken = session(began=10.0, ended=30.0, moments=seen)
    assert seconds_up(taken) == 3.5
    assert seconds_down(taken) == 22
    assert seconds_up(session(began=10.0, ended=0.0, moments=seen[:3])) is None
    assert seconds_up(session(began=0.0, ended=0.0, moments=seen)) is None
    assert seconds_down(session(began=10.0, ended=0.0, moments=seen)) is None


def pod(app, *, ready):
    conditions = [{"type": "Ready", "status": str(ready)}]
    return {"metadata": {"labels": {"app": app}}, "status": {"conditions": conditions}}


@pytest.mark.parametrize(
    ("pods", "said"),
    [
        ([pod("web", ready=True)], REFUSED),
        ([pod("web", ready=True), pod("giant", ready=False)], WAITS),
        ([pod("web", ready=False), pod("giant", ready=True)], MAKES_ROOM),
    ],
)
def test_what_becomes_of_a_pod_that_is_too_large_is_read_from_the_pods(pods, said):
    cluster = SimpleNamespace(api=SimpleNamespace(list=lambda *_, **__: pods))
    assert after_giant(SimpleNamespace(cluster=cluster, namespace="shop")) == said
