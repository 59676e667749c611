"""Warnings travel in headers, which bear neither control characters nor endless length."""

import pytest

from kubetutor.embedded.apiserver.rendering import MOST_WARNINGS, warning_headers


@pytest.mark.parametrize(
    ("warning", "header"),
    [
        ('unknown field "spec.x"', rb'299 - "unknown field \"spec.x\""'),
        ("two\nlines\x00", b'299 - "two lines "'),
        ("größer", '299 - "größer"'.encode()),
        ("\ud800", b'299 - " "'),
    ],
)
def test_a_warning_becomes_a_header(warning, header):
    assert warning_headers([warning]) == [header]


def test_many_warnings_are_cut():
    headers = warning_headers(["x" * 300] * 100)
    assert sum(map(len, headers)) < MOST_WARNINGS + 20 * len(headers)
    assert all(len(header) < 300 for header in headers)
