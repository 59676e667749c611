"""Rights as data: the questions, and the sentences that the answers become."""

import dataclasses

import pytest

from kubetutor.cluster.context import rights, standing
from kubetutor.cluster.context.rights import Need, Rights
from kubetutor.errors import ClusterError

NO_NAMESPACES = (
    "You may not create namespaces or delete namespaces: lessons work in the namespace that you were given."
)


def refused(*words):
    chosen = frozenset(need for need in rights.NEEDS if need.words in words)
    assert len(chosen) == len(words)
    return Rights("shop", chosen)


@dataclasses.dataclass
class Answering:
    """An API that allows what `allows` says."""

    allows: object
    asked: list = dataclasses.field(default_factory=list)

    def create(self, resource, review):
        assert resource == "selfsubjectaccessreviews.authorization.k8s.io"
        self.asked.append(review["spec"]["resourceAttributes"])
        return {**review, "status": {"allowed": self.allows(self.asked[-1])}}


def test_who_may_do_all_hears_nothing():
    assert rights.sentences(Rights("", frozenset())) == ()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("create namespaces", "delete namespaces"), NO_NAMESPACES),
        (
            ("list nodes",),
            "You may not list nodes: the map names only the machines that hold a pod of yours.",
        ),
        (("use exec of pods",), "You may not use exec of pods: `kubectl exec` is refused."),
        (("create pods",), "You may not create pods: no exercise can count requests."),
        (("list events",), "You may not list events: `kubectl describe` shows no events."),
    ],
)
def test_each_refusal_says_what_follows(words, sentence):
    assert rights.sentences(refused(*words)) == (sentence,)


def test_one_consequence_is_one_sentence():
    said = rights.sentences(refused("list pods", "list deployments", "list nodes"))
    assert said[-1] == "You may not list deployments or list pods: lessons cannot see what happens."
    assert len(said) == 2


def test_the_question_is_asked_as_the_api_takes_it():
    review = rights.review_of(Need("get", "pods/log", ""), "shop")
    assert review["spec"]["resourceAttributes"] == {
        "verb": "get", "resource": "pods", "subresource": "log", "namespace": "shop",
    }  # fmt: skip
    assert rights.review_of(rights.LIST_NODES, "shop")["spec"]["resourceAttributes"] == {
        "verb": "list", "resource": "nodes",
    }  # fmt: skip
    assert rights.review_of(Need("create", "deployments.apps", ""), "")["spec"]["resourceAttributes"] == {
        "verb": "create", "group": "apps", "resource": "deployments",
    }  # fmt: skip


def test_an_administrator_gets_a_namespace_for_each_lesson():
    assert standing.where(Answering(lambda _what: True), "", "default") == ("", Rights("", frozenset()))


def test_without_a_right_to_make_namespaces_the_contexts_own_is_used():
    api = Answering(lambda what: what["resource"] != "namespaces" and what.get("namespace") == "ctx-1")
    namespace, found = standing.where(api, "", "ctx-1")
    assert (namespace, found.are_enough) == ("ctx-1", True)


def test_a_namespace_that_was_asked_for_is_used_even_by_an_administrator():
    api = Answering(lambda _what: True)
    assert standing.where(api, "ctx-2", "default")[0] == "ctx-2"
    assert {what.get("namespace") for what in api.asked} == {None, "ctx-2"}


def test_who_may_make_namespaces_and_not_use_them_stays_in_one():
    api = Answering(lambda what: what["resource"] == "namespaces" or what.get("namespace") == "ctx-1")
    assert standing.where(api, "", "ctx-1")[0] == "ctx-1"


def test_too_few_rights_are_refused_with_what_to_ask_for():
    with pytest.raises(ClusterError, match="You may not create deployments") as caught:
        standing.refuse_too_few(refused("create deployments"), "classroom")
    assert "role `edit`" in str(caught.value)
    standing.refuse_too_few(refused("list nodes", "list events"), "classroom")


def node(*images):
    return {"status": {"images": [{"names": [f"docker.io/library/{image}"]} for image in images]}}


def test_images_that_the_nodes_have_need_no_warning():
    both = [node(*standing.SAMPLES), node(*standing.SAMPLES, "busybox:1.36")]
    assert standing.about_images(both) == "The nodes have the sample images of the lessons."


@pytest.mark.parametrize(
    "nodes",
    [
        [],
        [node()],
        [node(*standing.SAMPLES), node("my-app:1.0")],
        [node("evil.example/my-app:1.0")],
        [{"status": {}}],
    ],
)
def test_images_that_may_be_missing_are_told_with_what_to_do(nodes):
    said = standing.about_images(nodes)
    assert "cannot be loaded into these nodes from here" in said
    assert "my-app:1.0, my-app:2.0, my-app:3.0, my-app:broken" in said
