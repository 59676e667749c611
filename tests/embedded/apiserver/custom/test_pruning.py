"""What a schema does not describe goes, and what is left out gets its default."""

import copy

import pytest

from kubetutor.embedded.apiserver.custom.pruning import drop_nulls, prune, set_defaults

TEXT = {"type": "string"}
KEEPS = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def of(**properties):
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(
    ("schema", "value", "left", "gone"),
    [
        (of(a=TEXT), {"a": "x", "b": 1}, {"a": "x"}, ["b"]),
        (of(a=of(b=TEXT)), {"a": {"c": {"d": 1}}}, {"a": {}}, ["a.c"]),
        (of(a={"type": "array", "items": of(b=TEXT)}), {"a": [{"b": "x", "c": 1}, {"d": 1}]}, {"a": [{"b": "x"}, {}]}, ["a[0].c", "a[1].d"]),
        (of(a={"type": "object", "additionalProperties": of(b=TEXT)}), {"a": {"x": {"b": "1", "c": 2}}}, {"a": {"x": {"b": "1"}}}, ["a.x.c"]),
        (of(a=KEEPS), {"a": {"x": {"y": [1]}}}, {"a": {"x": {"y": [1]}}}, []),
        (of(a={**KEEPS, "properties": {"b": of(c=TEXT)}}), {"a": {"x": 1, "b": {"d": 1}}}, {"a": {"x": 1, "b": {}}}, ["a.b.d"]),
        (of(a={"type": "array"}), {"a": [{"x": 1}, 2]}, {"a": [{}, 2]}, ["a[0].x"]),
        (of(), 5, 5, []),
    ],
)  # fmt: skip
def test_unknown_fields_go_and_are_named(schema, value, left, gone):
    value = copy.deepcopy(value)
    assert prune(value, schema) == gone
    assert value == left


def test_the_metadata_of_a_whole_object_stay():
    value = {"apiVersion": "a/v1", "kind": "A", "metadata": {"x": 1}, "spec": {}, "other": 1}
    assert prune(value, of(spec=of()), is_object=True) == ["other"]
    assert set(value) == {"apiVersion", "kind", "metadata", "spec"}


@pytest.mark.parametrize(
    ("field", "value", "left"),
    [
        (TEXT, None, {}),
        ({**TEXT, "nullable": True}, None, {"a": None}),
        ({**TEXT, "default": "x"}, None, {"a": None}),
        (of(b=TEXT), {"b": None}, {"a": {}}),
        ({"type": "array", "items": of(b=TEXT)}, [{"b": None}], {"a": [{}]}),
        ({"type": "array", "items": TEXT}, [None], {"a": [None]}),
    ],
)
def test_nulls_that_are_not_allowed_go(field, value, left):
    obj = {"a": value}
    drop_nulls(obj, of(a=field))
    assert obj == left


@pytest.mark.parametrize(
    ("schema", "value", "filled"),
    [
        (of(a={**TEXT, "default": "x"}), {}, {"a": "x"}),
        (of(a={**TEXT, "default": "x"}), {"a": ""}, {"a": ""}),
        (of(a={**TEXT, "default": "x"}), {"a": None}, {"a": "x"}),
        (of(a={**TEXT, "default": "x", "nullable": True}), {"a": None}, {"a": None}),
        (of(a=of(b={**TEXT, "default": "x"})), {}, {}),
        (of(a={**of(b={**TEXT, "default": "x"}), "default": {}}), {}, {"a": {"b": "x"}}),
        (of(a={"type": "array", "items": of(b={"type": "integer", "default": 1})}), {"a": [{}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 2}]}),
        (of(a={"type": "object", "additionalProperties": of(b={**TEXT, "default": "x"})}), {"a": {"k": {}}}, {"a": {"k": {"b": "x"}}}),
    ],
)  # fmt: skip
def test_defaults_are_filled_in(schema, value, filled):
    value = copy.deepcopy(value)
    set_defaults(value, schema)
    assert value == filled


def test_a_default_is_not_shared():
    schema, first, second = of(a={"type": "object", "default": {"b": []}}), {}, {}
    set_defaults(first, schema)
    first["a"]["b"].append(1)
    set_defaults(second, schema)
    assert second == {"a": {"b": []}}
