"""What a rule allows, which rules cover which, and how a refusal lists what is missing."""

import pytest

from kubetutor.embedded.apiserver.attributes import Attributes
from kubetutor.embedded.apiserver.rbac.rules import allows, compacted, described, missing


def wants(verb, resource, group="", name=""):
    plural, _, below = resource.partition("/")
    return Attributes(verb, is_resource=True, group=group, resource=plural, subresource=below, name=name)


def rule(verbs, resources, groups=("",), names=()):
    found = {"verbs": verbs.split(), "resources": resources.split(), "apiGroups": list(groups)}
    return {**found, "resourceNames": list(names)} if names else found


@pytest.mark.parametrize(
    ("granted", "wanted", "allowed"),
    [
        (rule("get", "pods"), wants("get", "pods"), True),
        (rule("get", "pods"), wants("list", "pods"), False),
        (rule("*", "pods"), wants("proxy", "pods"), True),
        (rule("get", "pods"), wants("get", "pods", "apps"), False),
        (rule("get", "pods", ["*"]), wants("get", "pods", "metrics.k8s.io"), True),
        (rule("get", "*"), wants("get", "pods/log"), True),
        (rule("get", "pods"), wants("get", "pods/log"), False),
        (rule("get", "pods/log"), wants("get", "pods/log"), True),
        (rule("get", "pods/log"), wants("get", "pods"), False),
        (rule("get", "*/scale", ["apps"]), wants("get", "deployments/scale", "apps"), True),
        (rule("get", "*/scale", ["apps"]), wants("get", "deployments", "apps"), False),
        (rule("get", "pods/*"), wants("get", "pods/log"), False),
        (rule("get", "pods", names=["web"]), wants("get", "pods", name="web"), True),
        (rule("get", "pods", names=["web"]), wants("get", "pods", name="db"), False),
        (rule("list", "pods", names=["web"]), wants("list", "pods"), False),
        ({"verbs": ["get"], "nonResourceURLs": ["/metrics"]}, Attributes("get", "/metrics"), True),
        ({"verbs": ["get"], "nonResourceURLs": ["/metrics"]}, Attributes("get", "/metrics/slis"), False),
        ({"verbs": ["get"], "nonResourceURLs": ["/logs/*"]}, Attributes("get", "/logs/kubelet.log"), True),
        ({"verbs": ["get"], "nonResourceURLs": ["/logs*"]}, Attributes("get", "/logs"), True),
        ({"verbs": ["get"], "nonResourceURLs": ["*"]}, Attributes("post", "/logs"), False),
        ({"verbs": ["*"], "nonResourceURLs": ["*"]}, wants("get", "pods"), False),
        (rule("*", "*", ["*"]), Attributes("get", "/metrics"), False),
    ],
)
def test_what_a_rule_allows(granted, wanted, allowed):
    assert allows(granted, wanted) is allowed


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ([rule("get list", "pods services")], rule("list", "services")),
        ([rule("get", "pods"), rule("list", "pods")], rule("get list", "pods")),
        ([rule("*", "*", ["*"])], rule("delete", "nodes/status", ["anything"], ["a"])),
        ([rule("get", "pods", names=["a", "b"])], rule("get", "pods", names=["b"])),
        ([rule("get", "pods")], rule("get", "pods", names=["b"])),
        ([rule("get", "*/scale")], rule("get", "deployments/scale")),
        (
            [{"verbs": ["get"], "nonResourceURLs": ["/logs/*"]}],
            {"verbs": ["get"], "nonResourceURLs": ["/logs/a"]},
        ),
    ],
)
def test_what_is_held_already(held, wanted):
    assert missing(held, [wanted]) == []


@pytest.mark.parametrize(
    ("held", "wanted", "lacking"),
    [
        ([], rule("get", "pods"), [rule("get", "pods")]),
        ([rule("get", "pods")], rule("get list", "pods"), [rule("list", "pods")]),
        ([rule("get", "pods")], rule("*", "pods"), [rule("*", "pods")]),
        ([rule("get", "pods", names=["a"])], rule("get", "pods"), [rule("get", "pods")]),
        (
            [rule("get", "pods", names=["a"])],
            rule("get", "pods", names=["b"]),
            [rule("get", "pods", names=["b"])],
        ),
        ([rule("get", "pods")], rule("get", "pods/log"), [rule("get", "pods/log")]),
    ],
)
def test_what_is_missing(held, wanted, lacking):
    assert missing(held, [wanted]) == lacking


def test_single_rules_that_differ_in_their_verbs_alone_are_put_together():
    singles = [rule("get", "pods"), rule("get", "nodes"), rule("list", "pods"), rule("get", "pods")]
    assert compacted(singles) == [rule("get list", "pods"), rule("get", "nodes")]


def test_rules_for_one_name_stay_apart_from_those_for_all():
    singles = [rule("get", "pods", names=["a"]), rule("list", "pods"), rule("watch", "pods", names=["a"])]
    assert compacted(singles) == [rule("get watch", "pods", names=["a"]), rule("list", "pods")]


def test_rules_for_paths_are_not_put_together():
    singles = [{"verbs": ["get"], "nonResourceURLs": ["/a"]}, {"verbs": ["head"], "nonResourceURLs": ["/a"]}]
    assert compacted(singles) == singles


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (rule("get list", "pods"), '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}'),
        (rule("get", "pods", ["", "apps"], ["a"]), '{APIGroups:["" "apps"], Resources:["pods"], ResourceNames:["a"], Verbs:["get"]}'),
        ({"verbs": ["*"], "nonResourceURLs": ["*"]}, '{NonResourceURLs:["*"], Verbs:["*"]}'),
    ],
)  # fmt: skip
def test_a_rule_in_words(shown, text):
    assert described(shown) == text
