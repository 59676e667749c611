"""Whatever arrives, the answer is an object or an ApiError below 500."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubetutor.api.kinds import KINDS, kinds_by_api_version_and_kind
from kubetutor.embedded.apiserver.decode import conform, decode
from kubetutor.embedded.apiserver.strategies import strategy_of
from kubetutor.errors import ApiError
from tests.embedded.apiserver.write_path import SCHEMA, WritePath, golden

STORED = [case["input"] for case in golden("created.json") if case["code"] == 201]
WRITABLE = [kind for kind in KINDS if "update" in kind.verbs]
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
    | st.sampled_from(["", "a", "-1", "1Gi", "10%", "None", "ClusterIP", "2026-01-01T00:00:00Z", "metadata.name", "\0", "/", ".."])
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=12,
)


@st.composite
def fitting(draw, node, depth=0):
    """Draw a value that the type may take, now and then one that it may not."""
    if draw(st.integers(0, 40)) == 0:
        return draw(values)
    if node.items is not None:
        return [draw(fitting(node.items, depth + 1)) for _ in range(draw(st.integers(0, 2)))]
    if node.values is not None:
        keys = draw(
            st.lists(
                st.text("ab/.-_A0", max_size=5) | st.sampled_from(["cpu", "memory", "storage"]), max_size=2
            )
        )
        return {key: draw(fitting(node.values, depth + 1)) for key in keys}
    if node.is_struct:
        names = draw(st.lists(st.sampled_from(sorted(node.fields)), max_size=4)) if node.fields else []
        names = [*names, *node.required] if depth < 7 else list(node.required)
        return {name: draw(fitting(node.fields[name], depth + 1)) for name in names if depth < 12}
    by_scalar = {
        "boolean": st.booleans(),
        "int32": st.integers(-2, 70000),
        "int64": st.integers(-2, 2**40),
        "quantity": st.sampled_from(["1", "-1", "0", "500m", "1Gi", "1e3", 2, 0.5, "1.5Mi"]),
        "int-or-string": st.integers(-1, 70000) | st.sampled_from(["10%", "http", "", "200%", "%"]),
        "bytes": st.sampled_from(["", "YQ==", "e30="]),
        "time": st.just("2026-01-02T03:04:05Z"),
        "micro-time": st.just("2026-01-02T03:04:05.000001Z"),
        "any": values,
    }
    return draw(
        by_scalar.get(
            node.scalar, st.text("ab-./A0*", max_size=6) | scalars.filter(lambda v: isinstance(v, str))
        )
    )


def survives(act):
    try:
        act()
    except ApiError as error:
        assert 400 <= error.code < 500  # noqa: PT017  # which of both it is, is the point
        json.dumps(error.status())


@QUICK
@given(st.binary(max_size=60), st.sampled_from(["application/json", "application/yaml", "text/plain", ""]))
def test_bytes_are_read_or_refused(body, media):
    for kind in (KINDS[2], KINDS[10]):
        survives(lambda kind=kind: decode(kind, SCHEMA, body, media, "Strict"))


@QUICK
@given(values)
def test_any_json_is_read_or_refused(value):
    body = json.dumps(value).encode()
    for kind in WRITABLE[:12]:
        survives(lambda kind=kind: decode(kind, SCHEMA, body, "application/json", "Warn"))
        survives(lambda kind=kind: conform(kind, SCHEMA, value, "Ignore"))


@pytest.mark.parametrize("kind", WRITABLE, ids=lambda kind: kind.resource)
def test_objects_of_the_right_types_are_stored_or_refused(kind):
    node = SCHEMA.type_of(kind.group, kind.version, kind.kind)

    @settings(QUICK, max_examples=12)
    @given(fitting(node))
    def check(obj):
        if isinstance(obj, dict):
            obj = obj | {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": "shop"}}
        path = WritePath()
        namespace = "default" if kind.namespaced else None
        survives(lambda: path.create(kind, namespace, json.dumps(obj).encode()))

    check()


@pytest.mark.parametrize("item", STORED, ids=lambda item: f"{item['kind']}-{item['metadata']['name']}")
def test_updates_with_anything_in_any_place_are_stored_or_refused(item):
    kind = kinds_by_api_version_and_kind()[item["apiVersion"], item["kind"]]
    path = WritePath()
    stored = path.create_from(item)
    places = list(_places(stored))

    @settings(QUICK, max_examples=12)
    @given(st.sampled_from(places), values)
    def check(place, value):
        changed = copy.deepcopy(stored)
        holder = changed
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = value
        survives(
            lambda: path.update(
                kind, stored["metadata"].get("namespace"), stored["metadata"]["name"], changed
            )
        )
        path.objects.put(kind.resource, stored)

    check()


def _places(value, above=()):
    if above:
        yield above
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in steps:
        yield from _places(child, (*above, step))


def test_every_kind_has_a_strategy_that_takes_an_empty_object():
    for kind in WRITABLE:
        obj, _ = conform(kind, SCHEMA, {}, "Strict")
        strategy = strategy_of(kind.resource)
        strategy.defaults(obj)
        strategy.prepare_create(obj)
        assert any(error.path == "metadata.name" for error in strategy.validate(obj)), kind.resource
