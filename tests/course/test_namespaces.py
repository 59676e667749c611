"""The rules of the lesson on namespaces, on facts; `test_proven.py` proves them on a live cluster."""

import dataclasses

import pytest

from kubetutor.cluster.load.tally import Newest, Tally
from kubetutor.course.namespace_access import ACCESS, AccessFacts, unbind_everywhere
from kubetutor.course.namespace_access import observe as observe_access
from kubetutor.course.namespace_room import HARD, QUOTA, ROOM, RoomFacts, asks_for_all, has_defaults
from kubetutor.course.namespace_room import observe as observe_room
from kubetutor.course.namespaces import BOTH, CHANGED, PRODUCTION, REFUSED, STAGING, after_second_apply
from kubetutor.exercises.exercise import Evidence
from kubetutor.exercises.expect import judge
from kubetutor.exercises.result import NOT_STARTED, NOT_YET, PASSED

FITS = RoomFacts(
    replicas=3, quota_kept=True, asks=True, ready=3, answering=3, newest=("1.0",), sent=200, lost=80
)
ENOUGH = AccessFacts(exists=True, rules=2, allowed=("get pods", "list pods", "get pods/log"))


def judged(exercise, facts):
    return judge(exercise.rules, facts, untouched=exercise.untouched, passed=exercise.passed).result


def test_what_is_asked_for_passes_with_its_numbers():
    result = judged(ROOM, FITS)
    assert result.verdict == PASSED
    assert "80 of 200 requests were lost before" in result.seen
    assert judged(ACCESS, ENOUGH).verdict == PASSED


def test_untouched_is_not_started():
    assert judged(ROOM, dataclasses.replace(FITS, untouched=True)).verdict == NOT_STARTED
    assert judged(ACCESS, AccessFacts(exists=True)).verdict == NOT_STARTED


@pytest.mark.parametrize(
    ("exercise", "change", "slug"),
    [
        (ROOM, {"quota_kept": False}, "quota"),
        (ROOM, {"replicas": 1}, "replicas"),
        (ROOM, {"asks": False, "ready": 0}, "requests"),
        (ROOM, {"ready": 2, "answering": 2}, "too-much"),
        (ROOM, {"answering": 2}, "too-much"),
        (ROOM, {"newest": ("1.0", "no answer")}, "too-much"),
        (ROOM, {"newest": ()}, "too-much"),
        (ACCESS, {"exists": False}, "account"),
        (ACCESS, {"too_much": ("delete pods",)}, "too-much"),
        (ACCESS, {"allowed": ("get pods",)}, "too-little"),
    ],
)
def test_each_state_gets_the_hint_meant_for_it(exercise, change, slug):
    result = judged(exercise, dataclasses.replace(FITS if exercise is ROOM else ENOUGH, **change))
    assert (result.verdict, result.hint.slug) == (NOT_YET, slug)
    assert result.seen


def deployment(**resources):
    container = {"name": "web", "image": "my-app:1.0", **({"resources": resources} if resources else {})}
    template = {"spec": {"containers": [container]}}
    return {"metadata": {"name": "web-app", "generation": 1}, "spec": {"replicas": 3, "template": template}}


@pytest.mark.parametrize(
    ("resources", "asks"),
    [
        ({}, False),
        ({"requests": {"cpu": "50m"}}, False),
        ({"requests": {"cpu": "50m", "memory": "64Mi"}}, True),
        ({"limits": {"cpu": "100m", "memory": "96Mi"}}, True),
        ({"requests": {"cpu": "50m"}, "limits": {"memory": "96Mi"}}, True),
    ],
)
def test_a_container_asks_by_its_requests_or_its_limits(resources, asks):
    assert asks_for_all(deployment(**resources)) == asks


@pytest.mark.parametrize(
    ("entry", "gives"),
    [
        ({"type": "Container", "defaultRequest": {"cpu": "50m", "memory": "64Mi"}}, True),
        ({"type": "Container", "default": {"cpu": "50m", "memory": "64Mi"}}, True),
        ({"type": "Container", "defaultRequest": {"cpu": "50m"}}, False),
        ({"type": "Container", "max": {"cpu": "1", "memory": "1Gi"}}, False),
        ({"type": "Pod", "max": {"cpu": "1", "memory": "1Gi"}}, False),
    ],
)
def test_a_limit_range_gives_defaults_to_containers(entry, gives):
    assert has_defaults({"spec": {"limits": [entry]}}) == gives


class Namespaced:
    """An API that knows these objects, by kind, and allows these verbs on kinds, by namespace."""

    def __init__(self, *, allowed=(), **objects):
        self.objects, self.allowed, self.told = objects, set(allowed), []
        self.api = self

    def list(self, resource, *, namespace=None):  # noqa: ARG002  # all of them are in one namespace
        return self.objects.get(resource.partition(".")[0], [])

    def find(self, resource, name, *, namespace):
        there = self.list(resource, namespace=namespace)
        return next((obj for obj in there if obj["metadata"]["name"] == name), None)

    def create(self, resource, review):
        assert resource == "subjectaccessreviews.authorization.k8s.io"
        asked = review["spec"]["resourceAttributes"]
        what = "/".join(filter(None, (asked["resource"], asked["subresource"])))
        return {"status": {"allowed": (asked["namespace"], asked["verb"], what) in self.allowed}}

    def kubectl(self, *args):
        self.told.append(args)


def evidence_of(cluster, tally=Tally()):  # noqa: B008  # frozen
    return Evidence(cluster, "lesson-namespaces", tally, 0, frozenset())


def pod(name, *, ready=True, role=""):
    return {
        "metadata": {"name": name, "labels": {"kubetutor.io/role": role}},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def test_facts_on_room_are_read_from_quota_deployment_pods_and_requests():
    quota = {"metadata": {"name": QUOTA}, "spec": {"hard": HARD}}
    pods = [pod("a"), pod("b"), pod("c", ready=False), pod("load", role="load")]
    tally = Tally(100, 40, 2.0, ((Newest("1.0", 60),),), pods=(("a", 45), ("gone", 15)))
    found = Namespaced(deployments=[deployment()], resourcequotas=[quota], pods=pods)
    facts = observe_room(evidence_of(found, tally))
    assert facts == RoomFacts(
        replicas=3, untouched=True, quota_kept=True, ready=2, answering=1, newest=("1.0",), sent=100, lost=40,
    )  # fmt: skip
    found.objects["limitranges"] = [{"spec": {"limits": []}}]
    quota["spec"]["hard"] = {**HARD, "pods": "9"}
    facts = observe_room(evidence_of(found))
    assert not facts.untouched
    assert not facts.quota_kept


def binding(name, *subjects):
    found = [{"kind": "ServiceAccount", "namespace": place, "name": account} for place, account in subjects]
    return {"metadata": {"name": name}, "subjects": found}


def test_facts_on_access_are_what_the_api_server_answers_here_and_elsewhere():
    here = "lesson-namespaces"
    found = Namespaced(
        allowed=[(here, "get", "pods"), (here, "get", "pods/log"), (here, "create", "pods/exec"), (STAGING, "list", "pods")],
        serviceaccounts=[{"metadata": {"name": "reporter"}}],
        rolebindings=[binding("ours", (here, "reporter")), binding("other", (here, "till"))],
    )  # fmt: skip
    facts = observe_access(evidence_of(found))
    assert (facts.exists, facts.rules) == (True, 1)
    assert facts.allowed == ("get pods", "get pods/log")
    assert facts.too_much == ("create pods/exec", "list pods in lesson-staging")


def test_only_bindings_of_the_account_alone_are_removed():
    ours, other = ("lesson-namespaces", "reporter"), ("shop", "reporter")
    found = Namespaced(
        clusterrolebindings=[binding("wide", ours), binding("both", ours, other), binding("other", other)]
    )
    assert unbind_everywhere(found).endswith("removed: wide")
    assert found.told[0] == ("delete", "clusterrolebinding", "wide", "--ignore-not-found")
    assert unbind_everywhere(Namespaced()).endswith("none")


class Session:
    def __init__(self, *places):
        self.cluster = Namespaced(
            deployments=[{"metadata": {"name": "web-app", "namespace": place}} for place in places]
        )


@pytest.mark.parametrize(
    ("places", "said"), [((STAGING, PRODUCTION), BOTH), ((PRODUCTION,), CHANGED), ((STAGING,), REFUSED)]
)
def test_what_became_of_the_second_apply_is_read_from_both_namespaces(places, said):
    assert after_second_apply(Session(*places)) == said
