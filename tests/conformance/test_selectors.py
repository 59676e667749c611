"""Label and field selectors: every form, and how a bad one is refused."""

import pytest

from .bodies import config_map


@pytest.fixture
def shelves(api):
    """Three config maps: 0 and 2 in the cellar, 1 in the shop."""
    for number in range(3):
        place = "shop" if number % 2 else "cellar"
        api.made("configmaps", config_map(f"shelf-{number}", labels={"place": place, "size": str(number)}))
    return api


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        ("place=shop", "1"),
        ("place==shop", "1"),
        ("place!=shop,size", "02"),
        ("place in (shop, cellar)", "012"),
        ("place notin (shop),size", "02"),
        ("size,!ghost", "012"),
        ("!place", "-"),
        ("size>0", "12"),
        ("size<1", "0"),
        ("size>0,place=cellar", "2"),
        (" place = shop ", "1"),
        ("place=", ""),
        ("place in (shop,)", "1"),
    ],
)  # fmt: skip
def test_labels_choose(shelves, selector, chosen):
    names = shelves("GET", "configmaps", labelSelector=selector).names
    assert names == (["kube-root-ca.crt"] if chosen == "-" else [f"shelf-{number}" for number in chosen])


@pytest.mark.parametrize(
    ("selector", "why"),
    [
        ("=shop", "found '=', expected: !, identifier, or 'end of string'"),
        ("place in shop", "found 'shop' expected: '('"),
        ("place shop", "unable to parse requirement: found 'shop', expected: in, notin, =, ==, !=, gt, lt"),
    ],
)  # fmt: skip
def test_a_label_selector_that_cannot_be_read_is_a_bad_request(api, selector, why):
    code, reason, message = api("GET", "configmaps", labelSelector=selector).refusal
    assert (code, reason) == (400, "BadRequest")
    assert why.removeprefix("unable to parse requirement: ") in message


def test_a_value_that_no_label_can_have_is_a_bad_request(api):
    code, reason, message = api("GET", "configmaps", labelSelector="place=-x").refusal
    assert (code, reason) == (400, "BadRequest")
    assert "a valid label must be an empty string or consist of alphanumeric characters" in message


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [("metadata.name=shelf-1", ["shelf-1"]), ("metadata.name==shelf-1", ["shelf-1"]), ("metadata.name=ghost", [])],
)  # fmt: skip
def test_fields_choose(shelves, selector, chosen):
    assert shelves("GET", "configmaps", fieldSelector=selector).names == chosen


def test_both_selectors_at_once_choose_what_both_do(shelves):
    options = {"labelSelector": "place=cellar", "fieldSelector": "metadata.name!=shelf-0"}
    assert shelves("GET", "configmaps", **options).names == ["shelf-2"]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("pods", "field label not supported: spec.shelf"),
        ("services", "field label not supported: spec.shelf"),
        ("jobs", 'field label "spec.shelf" not supported for Job'),
        ("configmaps", '"spec.shelf" is not a known field selector: only "metadata.name", "metadata.namespace"'),
        ("deployments", '"spec.shelf" is not a known field selector: only "metadata.name", "metadata.namespace"'),
    ],
)  # fmt: skip
def test_a_field_that_cannot_choose_is_a_bad_request(api, path, why):
    code, reason, message = api("GET", path, fieldSelector="spec.shelf=1").refusal
    assert (code, reason) == (400, "BadRequest")
    assert message.endswith(why)


def test_replica_sets_cannot_be_chosen_by_their_number(api):
    assert api("GET", "replicasets", fieldSelector="status.replicas=0").code == 400


def test_deletecollection_deletes_what_is_chosen(shelves):
    answer = shelves("DELETE", "configmaps", labelSelector="place=cellar")
    assert (answer.code, answer.object["kind"]) == (200, "ConfigMapList")
    assert shelves("GET", "configmaps").names == ["kube-root-ca.crt", "shelf-1"]
