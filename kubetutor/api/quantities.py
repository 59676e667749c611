"""Amounts such as `500m` and `64Mi`, exactly: what containers ask for and what nodes have.

Models: k8s.io/apimachinery/pkg/api/resource/quantity.go.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from kubetutor.errors import ApiError

Written: TypeAlias = "str | int | float"

WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
WRONG_NUMBER = "unable to parse numeric part of quantity"
WRONG_SUFFIX = "unable to parse quantity's suffix"

DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
DECIMAL_SUFFIXES = {exponent: suffix for suffix, exponent in DECIMAL.items()}
BINARY_SUFFIXES = {exponent: suffix for suffix, exponent in BINARY.items()}

PARTS = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)", re.ASCII)
EXPONENT = re.compile(r"[eE]([-+]?[0-9]+)", re.ASCII)
FINEST = 10**9  # nothing finer than a nano unit is kept
LARGEST_BINARY = 2**63 - 1
MOST_DIGITS = 1000  # unlike upstream: a number nobody can mean is refused, so that it cannot keep us busy


@lru_cache(maxsize=4096)
def parse(written: Written) -> Fraction:
    """Answer the amount in base units: cores, bytes, pieces. Raises `ApiError` 400 in upstream's words."""
    return _split(str(written))[0]


def parse_int(written: Written) -> int:
    """Answer the amount in base units, rounded up to a whole number: `1500m` is 2."""
    return _ceil(parse(written))


def parse_milli(written: Written) -> int:
    """Answer the amount in thousandths, rounded up: `0.5` is 500."""
    return _ceil(parse(written) * 1000)


@lru_cache(maxsize=4096)
def canonical(written: Written) -> str:
    """Write the same amount as the API server would: `1024Mi` becomes `1Gi`, `0.5` becomes `500m`."""
    amount, style = _split(str(written))
    return write(amount, style)


def write(amount: Fraction | int, style: str = "decimal") -> str:
    """Write an amount. `style` is `decimal` (`500m`, `2k`), `binary` (`64Mi`) or `exponent` (`2e3`)."""
    exact = Fraction(amount)
    if exact == 0:
        return "0"
    if style == "binary" and abs(exact) >= 1024 and exact.denominator == 1:
        return _write_binary(exact.numerator)
    return _write_decimal(exact, "exponent" if style == "exponent" else "decimal")


def _split(text: str) -> tuple[Fraction, str]:
    """Answer the amount and the style in which it was written."""
    found = PARTS.fullmatch(text) if text else None
    if found is None:
        raise ApiError(400, "BadRequest", WRONG_FORMAT)
    sign, whole, fraction, suffix = found[1], found[2], found[3] or "", found[4]
    if not 0 < len(whole) + len(fraction) <= MOST_DIGITS:
        raise ApiError(400, "BadRequest", WRONG_NUMBER)
    factor, style = _factor(suffix)
    amount = Fraction(int(whole + fraction or "0"), 10 ** len(fraction)) * factor
    if style == "binary":
        amount = min(amount, Fraction(LARGEST_BINARY))
        if 0 < amount < 1:
            style = "decimal"
    if FINEST % amount.denominator:
        amount = Fraction(_ceil(amount * FINEST), FINEST)
    return (-amount if sign == "-" else amount), style


def _factor(suffix: str) -> tuple[Fraction, str]:
    if suffix in DECIMAL:
        return Fraction(10) ** DECIMAL[suffix], "decimal"
    if suffix in BINARY:
        return Fraction(2 ** BINARY[suffix]), "binary"
    found = EXPONENT.fullmatch(suffix)
    if found is None or len(found[1]) > 4 or abs(int(found[1])) > MOST_DIGITS:
        raise ApiError(400, "BadRequest", WRONG_SUFFIX)
    return Fraction(10) ** int(found[1]), "exponent"


def _ceil(amount: Fraction) -> int:
    return -(-amount.numerator // amount.denominator)


def _write_binary(amount: int) -> str:
    exponent = 0
    while amount % 1024 == 0 and exponent < 60:
        amount, exponent = amount // 1024, exponent + 10
    return f"{amount}{BINARY_SUFFIXES.get(exponent, '')}"


def _write_decimal(amount: Fraction, style: str) -> str:
    mantissa, exponent = (amount * FINEST).numerator, -9
    while mantissa % 1000 == 0:
        mantissa, exponent = mantissa // 1000, exponent + 3
    if style == "decimal" and exponent in DECIMAL_SUFFIXES:
        return f"{mantissa}{DECIMAL_SUFFIXES[exponent]}"
    return f"{mantissa}e{exponent}" if exponent else str(mantissa)
