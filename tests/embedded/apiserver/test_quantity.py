"""Amounts, read exactly and written canonically."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubetutor.embedded.apiserver.quantity import QuantityError, amount_of, canonical


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("1000m", "1"), ("0.5", "500m"), (".5", "500m"), ("5.", "5"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("1000", "1k"),
        ("1500", "1500"), ("1e3", "1e3"), ("12e6", "12e6"), ("0.1m", "100u"), ("0Mi", "0"), ("-1", "-1"), ("0.0001n", "1n"),
        ("512Ki", "512Ki"), ("0.5Ki", "512"), ("9E", "9E"),
    ],
)  # fmt: skip
def test_amounts_are_stored_in_one_form(text, stored):
    assert canonical(text) == stored


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("half", "quantities must match"), ("", "quantities must match"), ("1 Gi", "quantities must match"),
        ("1Kb", "quantities must match"), ("1KK", "unable to parse quantity's suffix"),
        ("Gi", "unable to parse numeric part of quantity"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(text, words):
    with pytest.raises(QuantityError, match=words):
        canonical(text)


@given(st.integers(0, 10**12), st.sampled_from(["", "m", "k", "M", "Ki", "Mi", "u"]))
def test_the_canonical_form_says_the_same(number, suffix):
    text = f"{number}{suffix}"
    assert amount_of(canonical(text)) == amount_of(text)
    assert canonical(canonical(text)) == canonical(text)


def test_huge_amounts_are_capped():
    assert amount_of("1e999") == Fraction(2**63 - 1)
