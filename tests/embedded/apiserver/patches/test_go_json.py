"""JSON errors in Go's words, and values in Go's print."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubetutor.embedded.apiserver.go_json import JsonError, decode_json, go_format, syntax_error

INVALID = [
    (b"", "unexpected end of JSON input"),
    (b"  ", "unexpected end of JSON input"),
    (b'{"a"', "unexpected end of JSON input"),
    (b'"abc', "unexpected end of JSON input"),
    (b'"\\u12', "unexpected end of JSON input"),
    (b"tru", "unexpected end of JSON input"),
    (b"1.", "unexpected end of JSON input"),
    (b"hello", "invalid character 'h' looking for beginning of value"),
    (b"'a'", "invalid character '\\'' looking for beginning of value"),
    (b"{a:1}", "invalid character 'a' looking for beginning of object key string"),
    (b'{"a" 1}', "invalid character '1' after object key"),
    (b'{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
    (b'{"a":1,}', "invalid character '}' looking for beginning of object key string"),
    (b"[1 2]", "invalid character '2' after array element"),
    (b"[1,]", "invalid character ']' looking for beginning of value"),
    (b"{}x", "invalid character 'x' after top-level value"),
    (b"trux", "invalid character 'x' in literal true (expecting 'e')"),
    (b'"a\nb"', "invalid character '\\n' in string literal"),
    (b'"\\x"', "invalid character 'x' in string escape code"),
    (b'"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"),
    (b"-x", "invalid character 'x' in numeric literal"),
    (b"1.x", "invalid character 'x' after decimal point in numeric literal"),
    (b"1e+x", "invalid character 'x' in exponent of numeric literal"),
    (b"01", "invalid character '1' after top-level value"),
    (b"NaN", "invalid character 'N' looking for beginning of value"),
    (b"[" * 100_000, "exceeded max depth"),
    (b'{"a":' * 100_000, "exceeded max depth"),
    (b"[" * 300 + b"]" * 300, "exceeded max depth"),
    (b"[1e400]", "json: cannot unmarshal number 1e400 into Go value of type float64"),
]


@pytest.mark.parametrize(("body", "message"), INVALID, ids=[body[:12].decode() for body, _ in INVALID])
def test_errors_are_gos(body, message):
    with pytest.raises(JsonError) as error:
        decode_json(body)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'"a\xffb"', "a\ufffdb"),
        (b'"\\ud800"', "?"),
        (b"-0", 0),
        (b"123456789012345678901234567890", 123456789012345678901234567890.0),
        (b'"\\u0000"', "\x00"),
        (b"[" * 200 + b"]" * 200, None),
    ],
)
def test_odd_but_valid_bodies_are_read(body, value):
    decoded = decode_json(body)
    assert value is None or decoded == value


@given(st.binary(max_size=12) | st.text('{}[]":,0123456789.eE+-tfn \\u/ab', max_size=14).map(str.encode))
def test_a_body_has_a_syntax_error_exactly_when_python_finds_one(body):
    try:
        json.loads(body.decode("latin-1"), parse_constant=lambda _: 1 / 0)
        valid = True
    except (ValueError, ZeroDivisionError):
        valid = False
    assert (syntax_error(body) is None) == valid


@given(st.binary(max_size=20))
def test_decoding_answers_or_raises_json_error(body):
    with contextlib.suppress(JsonError):
        decode_json(body)


def test_values_print_as_in_go():
    value = {"image": "my-app", "env": [{"b": None, "a": True}], "n": 3, "f": 1.5}
    assert go_format(value) == "map[env:[map[a:true b:<nil>]] f:1.5 image:my-app n:3]"
