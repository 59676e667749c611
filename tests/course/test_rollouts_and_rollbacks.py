"""The rules of the lesson on rollouts, on facts; `test_proven.py` proves them on a live cluster."""

import dataclasses
from types import SimpleNamespace

import pytest

from kubetutor.cluster.load.tally import Newest, Tally
from kubetutor.course.deployments import ALL_STOP, GOES_BACK, OLD_GO_ON
from kubetutor.course.rollout_exercises import NONE_LOST, TAKE_BACK, Facts, observe
from kubetutor.course.rollouts_and_rollbacks import (
    MANY,
    NONE,
    SOME,
    after_broken_version,
    how_many_lost,
    lost_until_old_pods_have_gone,
    silence,
)
from kubetutor.exercises.exercise import Evidence
from kubetutor.exercises.expect import judge
from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED
from kubetutor.widgets.cluster_map.snapshot import DeploymentView

NEW = Facts(exists=True, image="my-app:2.0", replicas=2, complete=True, sent=1412, newest_versions=("2.0",))
OLD = dataclasses.replace(NEW, image="my-app:1.0", newest_versions=("1.0",))


def judged(exercise, facts):
    return judge(exercise.rules, facts, untouched=exercise.untouched, passed=exercise.passed).result


@pytest.mark.parametrize(("exercise", "facts"), [(NONE_LOST, NEW), (TAKE_BACK, OLD)])
def test_what_is_asked_for_passes_and_says_the_numbers(exercise, facts):
    result = judged(exercise, facts)
    assert result.verdict == PASSED
    assert "0 of 1,412 requests were lost" in result.seen


@pytest.mark.parametrize(
    ("exercise", "facts"),
    [
        (NONE_LOST, dataclasses.replace(OLD, same_pods=True)),
        (TAKE_BACK, dataclasses.replace(OLD, image="my-app:broken")),
    ],
)
def test_untouched_is_not_started(exercise, facts):
    result = judged(exercise, facts)
    assert (result.verdict, result.hint.slug) == (NOT_STARTED, "begin")


@pytest.mark.parametrize(
    ("exercise", "facts", "change", "slug"),
    [
        (NONE_LOST, NEW, {"exists": False}, "gone"),
        (NONE_LOST, NEW, {"lost": 1}, "lost"),
        (NONE_LOST, NEW, {"replicas": 3}, "replicas"),
        (NONE_LOST, NEW, {"image": "my-app:1.0"}, "version"),
        (NONE_LOST, NEW, {"complete": False}, "under-way"),
        (NONE_LOST, NEW, {"newest_versions": ("1.0", "2.0")}, "under-way"),
        (TAKE_BACK, OLD, {"exists": False}, "gone"),
        (TAKE_BACK, OLD, {"lost": 1}, "lost"),
        (TAKE_BACK, OLD, {"replicas": 3}, "replicas"),
        (TAKE_BACK, OLD, {"image": "my-app:2.0"}, "one-back"),
        (TAKE_BACK, OLD, {"image": "my-app:3.0"}, "version"),
        (TAKE_BACK, OLD, {"complete": False}, "under-way"),
        (TAKE_BACK, OLD, {"newest_versions": ("no answer",)}, "under-way"),
    ],
)
def test_each_state_gets_the_hint_meant_for_it(exercise, facts, change, slug):
    result = judged(exercise, dataclasses.replace(facts, **change))
    assert (result.verdict, result.hint.slug) == (NOT_YET, slug)
    assert result.seen


class Shop:
    """The api and the requests of a cluster, as a test says."""

    namespace = "shop"

    def __init__(self, deployment, pods, tally):
        self.deployment, self.pods, self.tally = deployment, pods, tally
        self.api = self.cluster = self.requests = self
        self.looks = 0

    def find(self, *_words, **_named):
        return self.deployment

    def list(self, *_words, **_named):
        self.looks += 1
        return self.pods.pop() if len(self.pods) > 1 else self.pods[0]

    def settle(self):
        return self.tally


def pod(uid, **metadata):
    return {"metadata": {"uid": uid, **metadata}, "status": {}}


def test_facts_are_read_from_the_deployment_its_pods_and_the_requests():
    template = {"spec": {"containers": [{"name": "web", "image": "my-app:2.0"}]}}
    deployment = {"metadata": {"name": "web-app"}, "spec": {"replicas": 2, "template": template}}
    tally = Tally(100, 3, 0.2, ((Newest("2.0", 30),),), (("connection refused", 2), ("connection reset", 1)))
    pods = [pod("a"), pod("old", deletionTimestamp="now"), pod("l", labels={"kubetutor.io/role": "load"})]
    shop = Shop(deployment, [pods], tally)
    facts = observe(Evidence(shop, "shop", tally, 2, frozenset({"a"})))
    assert (facts.image, facts.replicas, facts.same_pods) == ("my-app:2.0", 2, True)
    assert (facts.sent, facts.lost, facts.silence, facts.newest_versions) == (100, 3, 0.2, ("2.0",))
    assert facts.why_lost == "connection refused, connection reset"
    gone = observe(Evidence(Shop(None, [pods], tally), "shop", tally, 2, frozenset()))
    assert (gone.exists, gone.lost) == (False, 3)


@pytest.mark.parametrize(
    ("tally", "said"),
    [(Tally(), None), (Tally(900, 0), NONE), (Tally(900, 20), SOME), (Tally(900, 45), MANY)],
)
def test_lost_requests_are_said_in_words(tally, said):
    assert how_many_lost(tally) == said


def test_what_was_lost_is_said_only_when_the_old_pods_have_gone():
    shop = Shop(None, [[pod("new")], [pod("new"), pod("old", deletionTimestamp="now")]], Tally(900, 0))
    assert lost_until_old_pods_have_gone(shop) == NONE
    assert shop.looks == 2


@pytest.mark.parametrize(("tally", "seconds"), [(Tally(), None), (Tally(90, 40, 0.8), 0.8)])
def test_the_silence_is_what_the_requests_met(tally, seconds):
    assert silence(Shop(None, [[]], tally)) == seconds


def snapshot(deployment, *pods):
    return SimpleNamespace(deployments=(deployment,), pods=pods)


def test_what_becomes_of_a_broken_version_is_read_from_the_view():
    stuck = DeploymentView("web-app", 3, 3, 1, "5", "my-app:broken", "rolling out")
    back = dataclasses.replace(stuck, image="my-app:3.0")
    serves, asks = SimpleNamespace(mood="ready", is_load=False), SimpleNamespace(mood="ready", is_load=True)
    assert after_broken_version(snapshot(back, serves)) == GOES_BACK
    assert after_broken_version(snapshot(stuck, serves, asks)) == OLD_GO_ON
    assert after_broken_version(snapshot(stuck, asks)) == ALL_STOP
