"""Amounts: read exactly, written as upstream writes them."""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubetutor.api import quantities
from kubetutor.errors import ApiError


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("0", 0),
        ("500m", Fraction(1, 2)),
        ("64Mi", 64 * 2**20),
        ("1.5Gi", 3 * 2**29),
        ("2k", 2000),
        ("1E", 10**18),
        ("1e3", 1000),
        ("12E-1", Fraction(6, 5)),
        ("-3", -3),
        ("+3", 3),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        (2, 2),
        (0.5, Fraction(1, 2)),
        ("100n", Fraction(1, 10**7)),
        ("8Ei", 2**63 - 1),
    ],
)
def test_amounts_are_read_exactly(written, amount):
    assert quantities.parse(written) == amount


def test_anything_finer_than_nano_is_rounded_away_from_zero():
    assert quantities.parse("0.9n") == Fraction(1, 10**9)
    assert quantities.parse("-0.1n") == Fraction(-1, 10**9)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("0.5", "500m"),
        ("1.5", "1500m"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("1000m", "1"),
        ("1000k", "1M"),
        ("1000E", "1e21"),
        ("1500e3", "1500e3"),
        ("1000e3", "1e6"),
        ("0Mi", "0"),
        ("0.5Mi", "512Ki"),
        ("1.1Ki", "1126400m"),
        ("-1500", "-1500"),
        (".5", "500m"),
        ("5.", "5"),
        ("1000", "1k"),
        ("1e3", "1e3"),
        ("12e6", "12e6"),
        ("0.1m", "100u"),
        ("0.0001n", "1n"),
        ("512Ki", "512Ki"),
        ("9E", "9E"),
    ],
)
def test_amounts_are_written_as_the_api_server_would(written, canonical):
    assert quantities.canonical(written) == canonical


@pytest.mark.parametrize("written", ["", "lots", "half", "1.1.M", "1+1.0M", "0.1am", "1 Gi", "1Kb", "१"])
def test_text_that_is_no_quantity_is_refused_in_upstreams_words(written):
    with pytest.raises(ApiError) as refusal:
        quantities.parse(written)
    assert refusal.value.code == 400
    assert (
        refusal.value.message
        == "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    )


@pytest.mark.parametrize("written", ["1i", "1KK", "1KiKi", "3mM", "1e", "1e99999999999"])
def test_an_unknown_suffix_is_refused_in_upstreams_words(written):
    with pytest.raises(ApiError, match="unable to parse quantity's suffix"):
        quantities.parse(written)


@pytest.mark.parametrize("written", ["Gi", ".", "+", "-m"])
def test_a_suffix_without_a_number_is_refused(written):
    with pytest.raises(ApiError, match="unable to parse numeric part of quantity"):
        quantities.parse(written)


def test_only_binary_amounts_are_capped():
    assert quantities.parse("16Ei") == 2**63 - 1
    assert quantities.parse("-16Ei") == -(2**63 - 1)
    assert quantities.parse("1e999") == 10**999


def test_a_number_without_end_is_refused_quickly():
    with pytest.raises(ApiError, match="unable to parse numeric part"):
        quantities.parse("9" * 100_000)


def test_whole_numbers_and_thousandths_are_rounded_up():
    assert quantities.parse_int("1500m") == 2
    assert quantities.parse_milli("0.0001") == 1


suffixes = st.sampled_from([*quantities.DECIMAL, *quantities.BINARY])


@given(st.integers(-(10**6), 10**6), st.integers(0, 999), suffixes)
def test_the_canonical_form_means_the_same_amount(whole, fraction, suffix):
    written = f"{whole}.{fraction}{suffix}"
    assert quantities.parse(quantities.canonical(written)) == quantities.parse(written)


@given(st.integers(-(10**6), 10**6), suffixes)
def test_the_canonical_form_of_a_canonical_form_is_itself(whole, suffix):
    once = quantities.canonical(f"{whole}{suffix}")
    assert quantities.canonical(once) == once


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text):
    with suppress(ApiError):
        quantities.parse(text)
