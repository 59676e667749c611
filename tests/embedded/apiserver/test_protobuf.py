"""Bodies in protobuf, as Go's own encoder wrote them (see tests/upstream/protobuf_table.py)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubetutor.embedded.apiserver.protobuf import MAGIC, decode
from kubetutor.errors import ApiError

GOLDEN = Path(__file__).parent / "protobuf"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.pb"))


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list):
        return [without_nulls(entry) for entry in value]
    return value


def body(name: str) -> bytes:
    return (GOLDEN / f"{name}.pb").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_decodes_to_what_go_writes_as_json(name):
    expected = without_nulls(json.loads((GOLDEN / f"{name}.json").read_text()))
    assert decode(body(name)) == expected


@pytest.mark.parametrize("name", ["deployment", "pod"])
def test_keeps_the_order_of_fields_that_go_writes(name):
    expected = without_nulls(json.loads((GOLDEN / f"{name}.json").read_text()))
    assert json.dumps(decode(body(name))) == json.dumps(expected)


def test_a_zero_that_was_asked_for_stays():
    assert decode(body("deployment"))["spec"]["replicas"] == 0


def test_refuses_a_body_without_the_prefix():
    with pytest.raises(ApiError, match="expected prefix") as caught:
        decode(b'{"kind": "Pod"}')
    assert (caught.value.code, caught.value.reason) == (400, "BadRequest")


def test_refuses_a_kind_that_it_does_not_know():
    with pytest.raises(ApiError, match='no kind "Pizza" is registered for version "shop/v1"'):
        decode(MAGIC + b"\x0a\x10\x0a\x07shop/v1\x12\x05Pizza")


@pytest.mark.parametrize("length", range(5, 200, 13))
def test_refuses_a_body_that_is_cut_off(length):
    with pytest.raises(ApiError) as caught:
        decode(body("pod")[:length])
    assert caught.value.code == 400


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_garbage_is_refused_or_read_but_never_crashes(data):
    whole = bytearray(body("deployment"))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(decode(bytes(whole)), dict)
    except ApiError as error:
        assert error.code == 400  # noqa: PT017  # both outcomes are right, a crash is not


def test_the_table_is_read_only_when_a_body_comes():
    """Starting the server must not pay for it."""
    script = (
        "from kubetutor.embedded.apiserver import protobuf as p; "
        "assert p._table.cache_info().currsize == 0; "
        f"p.decode(open({str(GOLDEN / 'pod.pb')!r}, 'rb').read()); "
        "assert p._table.cache_info().currsize == 1"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
