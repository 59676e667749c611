"""What a schema finds wrong; the words are compared with a real cluster's in tests/conformance."""

import pytest

from kubetutor.embedded.apiserver.custom.formats import fits_format, is_known_format
from kubetutor.embedded.apiserver.custom.list_types import duplicates
from kubetutor.embedded.apiserver.custom.validation import validate

TEXT, NUMBER = {"type": "string"}, {"type": "integer", "minimum": 3}


def of(**properties):
    return {"type": "object", "properties": properties}


def paths(value, schema, *old):
    return [error.path for error in validate(value, schema, *old)]


def test_what_is_well_formed_is_not_complained_of():
    assert validate({"a": "x", "b": 3}, of(a=TEXT, b=NUMBER)) == []


def test_paths_lead_through_lists_and_maps():
    schema = of(a={"type": "array", "items": of(b={"type": "object", "additionalProperties": NUMBER})})
    assert paths({"a": [{}, {"b": {"x": 1, "y": 5}}]}, schema) == ["a[1].b.x"]


def test_what_an_update_leaves_alone_is_not_looked_at():
    schema = of(spec=of(a=NUMBER, b=NUMBER, c={"type": "object", "required": ["d"]}))
    old = {"spec": {"a": 1, "b": 5, "c": {}}}
    assert paths({"spec": {"a": 1, "b": 6, "c": {}}}, schema, old) == []
    assert paths({"spec": {"a": 2, "b": 5, "c": {}}}, schema, old) == ["spec.a"]
    assert paths({"spec": {"a": 1, "b": 5, "c": {"x": 1}}}, schema, old) == ["spec.c.d"]


def test_entries_of_a_keyed_list_are_compared_with_their_former_selves():
    entry = of(name=TEXT, size=NUMBER)
    keyed = {
        "type": "array",
        "items": entry,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
    }
    old = {"a": [{"name": "x", "size": 1}, {"name": "y", "size": 4}]}
    new = {"a": [{"name": "y", "size": 1}, {"name": "x", "size": 1}]}
    assert paths(new, of(a=keyed), old) == ["a[0].size"]
    plain = {"type": "array", "items": entry}
    assert paths(new, of(a=plain), old) == ["a[0].size", "a[1].size"]


def test_a_status_is_named_where_it_stands():
    assert paths({"seen": 1}, of(seen=NUMBER)) == ["seen"]
    [error] = validate({"seen": 1}, of(seen=NUMBER), path="status")
    assert error.path == "status.seen"


def test_the_alternative_that_fits_best_is_explained():
    schema = {
        **of(a=TEXT, b=TEXT),
        "oneOf": [{"required": ["a", "b"]}, {"required": ["b"], "maxProperties": 0}],
    }
    assert len(validate({"a": "x"}, schema)) > 1


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", "2026-01-02", "2026-13-02"),
        ("date-time", "2026-01-02T03:04:05.6+01:00", "2026-01-02"),
        ("duration", "1h30m", "soon"),
        ("ipv4", "127.0.0.1", "127.0.0.256"),
        ("ipv6", "::1", "127.0.0.1"),
        ("cidr", "10.0.0.0/8", "10.0.0.0"),
        ("byte", "aGk=", "hi!"),
        ("uuid", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3f2504e0"),
        ("uuid4", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3f2504e0-4f89-31d3-9a0c-0305e82c3301"),
        ("uri", "https://shop.example/a", "shop"),
        ("email", "ann@shop.example", "ann"),
        ("hostname", "shop.example", "-shop"),
        ("mac", "00:11:22:33:44:55", "00:11"),
        ("k8s-short-name", "shop", "Shop"),
        ("k8s-long-name", "shop.example", "shop..example"),
    ],
)
def test_formats(name, good, bad):
    assert fits_format(name, good)
    assert not fits_format(name, bad)
    assert is_known_format(name, "string")


def test_a_format_that_nobody_knows_has_no_effect():
    assert fits_format("colour", "anything")
    assert not is_known_format("colour", "string")
    assert is_known_format("int64", "integer")
    assert not is_known_format("int64", "string")


def test_entries_that_must_differ():
    listed = {"type": "array", "x-kubernetes-list-type": "set"}
    assert [error.path for error in duplicates({"a": [1, "1", 1, 1]}, of(a=listed))] == ["a[2]"]
    keyed = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        "items": of(k=TEXT, l=listed),
    }
    found = duplicates({"a": [{"k": "x"}, {"k": "y", "l": [1, 1]}, {"k": "x"}]}, of(a=keyed))
    assert [error.path for error in found] == ["a[2]", "a[1].l[1]"]
