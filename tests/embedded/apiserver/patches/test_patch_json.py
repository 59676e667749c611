"""JSON patches: the examples of RFC 6902, and where upstream differs from it."""

import pytest

from kubetutor.embedded.apiserver.json_patch import MAX_COPIED_BYTES, PatchDoesNotApplyError, apply_operations
from kubetutor.embedded.apiserver.patch import JSON_PATCH, apply_patch
from kubetutor.errors import ApiError

RFC_EXAMPLES = [
    ({"a": "b"}, [{"op": "add", "path": "/c", "value": "d"}], {"a": "b", "c": "d"}),
    ({"a": ["b", "d"]}, [{"op": "add", "path": "/a/1", "value": "c"}], {"a": ["b", "c", "d"]}),
    ({"a": "b", "c": "d"}, [{"op": "remove", "path": "/c"}], {"a": "b"}),
    ({"a": ["b", "c", "d"]}, [{"op": "remove", "path": "/a/1"}], {"a": ["b", "d"]}),
    ({"a": "b"}, [{"op": "replace", "path": "/a", "value": "c"}], {"a": "c"}),
    (
        {"a": {"b": 1, "c": 2}, "d": {"e": 3}},
        [{"op": "move", "from": "/a/c", "path": "/d/f"}],
        {"a": {"b": 1}, "d": {"e": 3, "f": 2}},
    ),
    ({"a": ["b", "c", "d"]}, [{"op": "move", "from": "/a/0", "path": "/a/2"}], {"a": ["c", "d", "b"]}),
    ({"a": ["b", 2]}, [{"op": "test", "path": "/a/1", "value": 2}], {"a": ["b", 2]}),
    ({"a": "b"}, [{"op": "add", "path": "/c", "value": {"d": {}}}], {"a": "b", "c": {"d": {}}}),
    ({"a": "b"}, [{"op": "add", "path": "/c", "value": "d", "xyz": 1}], {"a": "b", "c": "d"}),
    ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
    ({"a": ["b"]}, [{"op": "add", "path": "/a/-", "value": ["c", "d"]}], {"a": ["b", ["c", "d"]]}),
    ({"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": [1], "b": [1]}),
]


@pytest.mark.parametrize(("document", "operations", "result"), RFC_EXAMPLES)
def test_the_examples_of_the_rfc(document, operations, result):
    assert apply_operations(document, operations) == result


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/none/child", "value": 1},
        {"op": "add", "path": "/list/9", "value": 1},
        {"op": "add", "path": "/list/one", "value": 1},
        {"op": "add", "path": "/list/99999999999999999999", "value": 1},
        {"op": "add", "path": "/text/child", "value": 1},
        {"op": "add", "path": "", "value": {}},
        {"op": "add", "value": 1},
        {"op": "remove", "path": "/none"},
        {"op": "remove", "path": "/list/4"},
        {"op": "remove", "path": ""},
        {"op": "replace", "path": "/list/4", "value": 1},
        {"op": "replace", "path": "", "value": "text"},
        {"op": "move", "from": "/none", "path": "/a"},
        {"op": "move", "path": "/a"},
        {"op": "copy", "from": "/none/child", "path": "/a"},
        {"op": "test", "path": "/text", "value": "other"},
        {"op": "test", "path": "/true", "value": 1},
        {"op": "test", "path": "/none", "value": "x"},
        {"op": "jump", "path": "/text"},
        {"path": "/text"},
    ],
)
def test_what_does_not_apply_is_refused(operation):
    with pytest.raises(PatchDoesNotApplyError):
        apply_operations({"list": [1, 2], "text": "x", "true": True}, [operation])


def test_replace_adds_a_missing_member_as_upstream_does():
    assert apply_operations({}, [{"op": "replace", "path": "/a", "value": 1}]) == {"a": 1}


def test_negative_indices_count_from_the_end():
    assert apply_operations({"a": [1, 2]}, [{"op": "remove", "path": "/a/-1"}]) == {"a": [1]}


def test_copies_do_not_share():
    operations = [{"op": "copy", "from": "/a", "path": "/b"}, {"op": "add", "path": "/b/x", "value": 1}]
    assert apply_operations({"a": {}}, operations) == {"a": {}, "b": {"x": 1}}


def test_copies_may_not_grow_without_measure():
    doubling = [{"op": "copy", "from": "/a", "path": "/a/-"}] * 40
    with pytest.raises(PatchDoesNotApplyError, match=str(MAX_COPIED_BYTES)):
        apply_operations({"a": ["x" * 100]}, doubling)


@pytest.fixture
def patched(type_of):
    def run(body, current=None):
        config = current or {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "kube-root-ca.crt"},
        }
        return apply_patch(
            JSON_PATCH, body, config, type_of("v1", "ConfigMap"), api_version="v1", kind="ConfigMap"
        )

    return run


@pytest.mark.parametrize("name", ["patch-json-bad-op", "patch-json-missing-path", "patch-json-test-fails"])
def test_refusals_are_upstreams(name, refusals, patched):
    with pytest.raises(ApiError) as refused:
        patched(refusals[name]["rawBody"].encode())
    assert refused.value.status() == refusals[name]["response"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "error decoding patch: unexpected end of JSON input"),
        (
            b"{}",
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
        ),
        (
            b'["x"]',
            "error decoding patch: json: cannot unmarshal string into Go value of type handlers.jsonPatchOp",
        ),
        (
            b'[{"op":1}]',
            "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string",
        ),
        (b"[{]", "error decoding patch: invalid character ']' looking for beginning of object key string"),
    ],
)
def test_malformed_bodies_are_bad_requests(patched, body, message):
    with pytest.raises(ApiError) as refused:
        patched(body)
    assert (refused.value.code, refused.value.reason, refused.value.message) == (400, "BadRequest", message)


def test_too_many_operations_are_refused(patched):
    with pytest.raises(ApiError) as refused:
        patched(b"[" + b",".join([b"{}"] * 10_001) + b"]")
    assert (refused.value.code, refused.value.reason, refused.value.message) == (
        413,
        "RequestEntityTooLarge",
        "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
    )


def test_nesting_without_end_is_refused(patched):
    nest = b'{"op":"move","from":"/a","path":"/b"},{"op":"add","path":"/a","value":{}},'
    nest += b'{"op":"copy","from":"/b","path":"/a/x"}'
    body = b'[{"op":"add","path":"/a","value":{}},' + b",".join([nest] * 400) + b"]"
    with pytest.raises(ApiError) as refused:
        patched(body)
    assert refused.value.code == 422


def test_the_current_object_stays_as_it_is(patched):
    current = {"data": {"a": "1"}}
    assert patched(b'[{"op":"replace","path":"/data/a","value":"2"}]', current) == {"data": {"a": "2"}}
    assert current == {"data": {"a": "1"}}
