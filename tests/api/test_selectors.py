"""Selectors: every form that kubectl sends, and what is said about those that make no sense."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubetutor.api.selectors import (
    Requirement,
    from_labels,
    from_selector,
    matches,
    parse_fields,
    parse_labels,
)
from kubetutor.errors import ApiError

SHOP = {"app": "shop", "tier": "front", "replicas": "3"}


@pytest.mark.parametrize(
    "selector",
    [
        "",
        "app=shop",
        "app==shop",
        "app!=queue",
        "colour!=red",
        "app in (shop, queue)",
        "app notin (queue)",
        "colour notin (red)",
        "app",
        "!colour",
        "app=shop,tier in (front),!colour",
        " app = shop , tier = front ",
        "replicas>2",
        "replicas<4",
        "tier notin ()",
        "app in (in,notin,shop)",
    ],
)
def test_selectors_that_mean_the_shop(selector):
    assert matches(parse_labels(selector), SHOP)


@pytest.mark.parametrize(
    "selector",
    [
        "app=queue",
        "app!=shop",
        "colour=red",
        "app in (queue)",
        "app notin (shop)",
        "colour",
        "!app",
        "app=",
        "app in ()",
        "replicas>3",
        "tier>3",
        "colour>1",
        "app=shop,tier=back",
    ],
)
def test_selectors_that_do_not_mean_the_shop(selector):
    assert not matches(parse_labels(selector), SHOP)


def test_an_empty_value_is_a_value():
    assert matches(parse_labels("app="), {"app": ""})
    assert parse_labels("app in (a,,b)") == (Requirement("app", "In", ("", "a", "b")),)
    assert parse_labels("app in (a,)") == parse_labels("app in (,a)")


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("a==b==c", "found '==', expected: ',' or 'end of string'"),
        (",a", "found ',', expected: !, identifier, or 'end of string'"),
        ("a,", "found '', expected: identifier after ','"),
        ("a,,b", "found ',', expected: identifier after ','"),
        ("!a=b", "found '=', expected: ',' or 'end of string'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
        ("a in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier"),
        ("a=(", "unable to parse requirement: found '(', expected: identifier"),
        (
            "a>many",
            ("unable to parse requirement: values[0]: Invalid value: \"many\": for 'Gt', 'Lt' operators, "
            "the value must be an integer"),
        ),
        (
            "a=b/c",
            ('unable to parse requirement: values[0][a]: Invalid value: "b/c": a valid label must be an empty string '
            "or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
            "character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
            "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"),
        ),
        (
            "-a=b",
            ('unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of alphanumeric '
            "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or "
            "'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"),
        ),
        (f"a={'b' * 64}", (f'unable to parse requirement: values[0][a]: Invalid value: "{"b" * 64}": must be no more '
                          "than 63 bytes")),
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_upstreams_words(selector, message):
    with pytest.raises(ApiError) as refusal:
        parse_labels(selector)
    assert (refusal.value.code, refusal.value.reason) == (400, "BadRequest")
    assert refusal.value.message == message


def test_a_label_selector_has_labels_and_expressions():
    selector = {
        "matchLabels": {"app": "shop"},
        "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["front", "back"]},
            {"key": "colour", "operator": "DoesNotExist"},
            {"key": "replicas", "operator": "Exists"},
            {"key": "app", "operator": "NotIn", "values": ["queue"]},
        ],
    }
    assert matches(from_selector(selector), SHOP)
    assert not matches(from_selector(selector), {**SHOP, "colour": "red"})


def test_no_selector_selects_nothing_and_an_empty_one_everything():
    assert not matches(from_selector(None), SHOP)
    assert matches(from_selector({}), SHOP)


def test_an_unknown_operator_is_refused():
    with pytest.raises(ApiError, match='"Is" is not a valid label selector operator'):
        from_selector({"matchExpressions": [{"key": "app", "operator": "Is"}]})


def test_field_selectors_are_paths_and_values():
    assert parse_fields("status.phase!=Running,metadata.name=web") == (
        ("metadata.name", "=", "web"),
        ("status.phase", "!=", "Running"),
    )
    assert parse_fields("spec.nodeName==") == (("spec.nodeName", "=", ""),)
    assert parse_fields("") == ()


def test_commas_in_field_values_are_escaped():
    assert parse_fields(r"reason=a\,b\=c\\d") == (("reason", "=", r"a,b=c\d"),)


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("spec.nodeName", "invalid selector: 'spec.nodeName'; can't understand 'spec.nodeName'"),
        ("a=b=c", "invalid field selector: unescaped character in value: 61"),
        (r"a=\b", r"invalid field selector: invalid escape sequence: \b"),
    ],
)
def test_nonsense_about_fields_is_refused_in_upstreams_words(selector, message):
    with pytest.raises(ApiError) as refusal:
        parse_fields(selector)
    assert refusal.value.message == message


words = st.from_regex(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?", fullmatch=True)


@given(st.dictionaries(words, words, max_size=4))
def test_labels_written_as_a_selector_select_themselves(labels):
    text = ",".join(f"{key}={value}" for key, value in labels.items())
    assert matches(parse_labels(text), labels)
    assert matches(from_labels(labels), labels)


@given(words, st.sets(words, min_size=1, max_size=4), words)
def test_in_and_notin_are_opposites_where_the_label_is_there(key, values, value):
    listed = ",".join(values)
    inside = matches(parse_labels(f"{key} in ({listed})"), {key: value})
    assert inside != matches(parse_labels(f"{key} notin ({listed})"), {key: value})


@given(st.text(alphabet="ab=!,()<> in", max_size=14))
def test_any_text_is_read_or_refused(text):
    with suppress(ApiError):
        parse_labels(text)


@given(st.text(alphabet="ab=!,\\", max_size=10))
def test_any_text_about_fields_is_read_or_refused(text):
    with suppress(ApiError):
        parse_fields(text)
