"""Lists show what was asked for, a page at a time."""

import pytest

from kubetutor.api.kinds import kinds_by_resource
from kubetutor.embedded.apiserver.listing import Cut, page, predicate, read_token, write_token
from kubetutor.errors import ApiError

POD = kinds_by_resource()["pods"]
CONFIG_MAP = kinds_by_resource()["configmaps"]


def pod(name, phase="Running", **labels):
    return {
        "metadata": {"name": name, "namespace": "shop", "labels": labels},
        "spec": {"nodeName": "one"},
        "status": {"phase": phase},
    }


def test_labels_and_fields_must_both_match():
    chosen = predicate(POD, "app=web", "status.phase!=Running")
    assert chosen(pod("a", "Pending", app="web"))
    assert not chosen(pod("b", "Running", app="web"))
    assert not chosen(pod("c", "Pending", app="db"))


def test_no_selector_needs_no_predicate():
    assert predicate(POD, "", "") is None


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (POD, "spec.color=red", "field label not supported: spec.color"),
        (
            CONFIG_MAP,
            "data.a=b",
            '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
    ],
)
def test_an_unknown_field_is_refused(kind, text, message):
    with pytest.raises(ApiError) as error:
        predicate(kind, "", text)
    assert (error.value.code, error.value.message) == (400, message)


def test_pages_follow_each_other_without_gap_or_repeat():
    objects, start, seen = [pod(name) for name in "abcde"], "", []
    while True:
        part = page(objects, Cut(2, start, 9))
        seen += [obj["metadata"]["name"] for obj in part.items]
        if not part.continue_token:
            break
        start, _ = read_token(part.continue_token)
    assert seen == list("abcde")


def test_the_rest_is_counted_unless_a_selector_hides_it():
    objects = [pod(name) for name in "abc"]
    assert page(objects, Cut(2, "", 1)).remaining == 1
    assert page(objects, Cut(2, "", 1, filtered=True)).remaining is None


def test_a_token_round_trips_and_garbage_is_refused():
    assert read_token(write_token("shop/a\0", 7)) == ("shop/a\0", 7)
    for garbage in ("abc", "!!!!", "", "e30", "bnVsbA"):
        with pytest.raises(ApiError) as error:
            read_token(garbage)
        assert error.value.code == 400
