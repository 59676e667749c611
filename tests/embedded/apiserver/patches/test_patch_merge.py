"""Merge patches: RFC 7386, and the bodies that are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubetutor.embedded.apiserver.patch import APPLY_YAML, MERGE_PATCH, STRATEGIC_MERGE, apply_patch, merge
from kubetutor.errors import ApiError

RFC_EXAMPLES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]

scalars = st.one_of(st.booleans(), st.integers(-9, 9), st.text("xy/~", max_size=2))
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=10,
)
documents = st.dictionaries(st.sampled_from("abcd"), values, max_size=4)


def patch_between(old, new):
    """Answer the merge patch that turns `old` into `new`."""
    patch = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            patch[key] = patch_between(before, value)
        elif isinstance(value, dict) or before != value or type(before) is not type(value):
            patch[key] = value
    return patch


@pytest.mark.parametrize(("current", "patch", "result"), RFC_EXAMPLES)
def test_the_examples_of_the_rfc(current, patch, result):
    assert merge(current, patch) == result


@given(documents, documents)
def test_the_patch_between_two_documents_turns_one_into_the_other(old, new):
    assert merge(old, patch_between(old, new)) == new


@given(documents, documents)
def test_a_merge_changes_neither_argument_and_is_idempotent(old, patch):
    before = repr((old, patch))
    merged = merge(old, patch)
    assert repr((old, patch)) == before
    assert merge(merged, patch) == merged


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b"[]",
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
        (
            b"7",
            "error decoding patch: json: cannot unmarshal number into Go value of type map[string]interface {}",
        ),
        (b"{", "error decoding patch: unexpected end of JSON input"),
        (b"null", "Invalid JSON Patch"),
        (b'{"a":nil}', "error decoding patch: invalid character 'i' in literal null (expecting 'u')"),
    ],
)
def test_malformed_bodies_are_bad_requests(body, message):
    with pytest.raises(ApiError) as refused:
        apply_patch(MERGE_PATCH, body, {}, None, api_version="v1", kind="ConfigMap")
    assert (refused.value.code, refused.value.reason, refused.value.message) == (400, "BadRequest", message)


def test_a_charset_beside_the_content_type_is_fine():
    patched = apply_patch(f"{MERGE_PATCH}; charset=utf-8", b'{"a":1}', {}, None, api_version="v1", kind="X")
    assert patched == {"a": 1}


def test_an_unknown_content_type_is_refused(type_of):
    with pytest.raises(ApiError) as refused:
        apply_patch("text/plain", b"", {}, type_of("v1", "Pod"), api_version="v1", kind="Pod")
    assert (refused.value.code, refused.value.reason) == (415, "UnsupportedMediaType")
    assert refused.value.message == "415: Unsupported Media Type"


def test_without_a_schema_there_is_no_strategic_merge():
    with pytest.raises(ApiError) as refused:
        apply_patch(STRATEGIC_MERGE, b"{}", {}, None, api_version="shop.example/v1", kind="Tea")
    assert refused.value.code == 415


def read(body, kind="ConfigMap"):
    return apply_patch(APPLY_YAML, body, {}, None, api_version="v1", kind=kind)


def test_an_apply_patch_is_yaml_or_json():
    expected = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "s"},
        "data": {"1": "2024-01-01", "x": "y"},
    }
    yaml = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata:\n  1: 2024-01-01\n  x: 'y'\n"
    json = b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"s"},"data":{"1":"2024-01-01","x":"y"}}'
    assert read(yaml) == read(json) == expected


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"a: [b\n", "error decoding YAML: yaml: line 1: did not find expected ',' or ']'"),
        (b"apiVersion: apps/v1\nkind: Deployment", "invalid object type: apps/v1, Kind=Deployment"),
        (b"", "invalid object type: /, Kind="),
        (
            b"apiVersion: v1\nkind: ConfigMap\nmetadata: {managedFields: []}",
            "metadata.managedFields must be nil",
        ),
    ],
)
def test_unusable_apply_patches_are_bad_requests(body, message):
    with pytest.raises(ApiError) as refused:
        read(body)
    assert (refused.value.code, refused.value.message) == (400, message)


def aliases_of_aliases():
    lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [b"a%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 12)]
    return b"\n".join(lines)


@pytest.mark.parametrize(
    "body",
    [
        aliases_of_aliases(),
        b"a: &a [*a]",
        b"\xff\xfe\xfa",
        b"[" * 100_000,
        b"{" * 100_000,
        b"a: !!python/object:os.system x",
        b"a: b: c",
        b"{a: 18446744073709551616}",
        b"? [a]\n: b",
        b"- a",
        b"---\na: 1\n---\nb: 2",
        b"{metadata: 7, apiVersion: v1, kind: ConfigMap}",
    ],
    ids=lambda body: body[:12].decode("latin-1"),
)
def test_evil_yaml_is_a_bad_request(body):
    with pytest.raises(ApiError) as refused:
        read(body)
    assert refused.value.code == 400
