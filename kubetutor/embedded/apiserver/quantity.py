"""Amounts: `500m`, `64Mi`, `1e3`. Read exactly, and written in the one canonical way.

Models: k8s.io/apimachinery/pkg/api/resource/quantity.go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

FORMAT_WORDS = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
NUMBER_WORDS = "unable to parse numeric part of quantity"
SUFFIX_WORDS = "unable to parse quantity's suffix"

_SHAPE = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)", re.ASCII)
_EXPONENT = re.compile(r"[eE]([-+]?[0-9]+)", re.ASCII)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL_SUFFIXES = {power: suffix for suffix, power in _DECIMAL.items()}
_BINARY_SUFFIXES = {power: suffix for suffix, power in _BINARY.items()}
_MOST = Fraction(2**63 - 1)
_NANO = Fraction(1, 10**9)
_MAX_DIGITS = 4000  # beyond any sense, and below Python's own limit for turning text into numbers


class QuantityError(ValueError):
    """The text is no quantity; the message is upstream's."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount, and how it was written: `decimal`, `binary` or `exponent`."""

    amount: Fraction
    form: str

    def __str__(self) -> str:
        if self.form == "binary" and self.amount.denominator == 1 and abs(self.amount) >= 1024:
            return _in_powers(self.amount.numerator, 1024, _BINARY_SUFFIXES)
        if self.amount == 0:
            return "0"
        power = -9
        number = int(self.amount * 10**9)
        while number % 1000 == 0 and power < 18:
            number, power = number // 1000, power + 3
        if self.form == "exponent":
            return f"{number}e{power}" if power else str(number)
        return f"{number}{_DECIMAL_SUFFIXES[power]}"


@lru_cache(maxsize=1024)
def parse_quantity(text: str) -> Quantity:
    """Read an amount, or raise `QuantityError`."""
    text = text.strip()
    match = _SHAPE.fullmatch(text)
    if not text or match is None or len(text) > _MAX_DIGITS:
        raise QuantityError(FORMAT_WORDS)
    sign, whole, fraction, suffix = match[1], match[2], match[3] or "", match[4]
    if not whole and not fraction:
        raise QuantityError(NUMBER_WORDS)
    factor, form = _factor(suffix)
    amount = Fraction(int(f"{whole}{fraction}" or "0"), 10 ** len(fraction)) * factor
    return Quantity(_rounded(-amount if sign == "-" else amount), form)


def canonical(text: str) -> str:
    """Write an amount as the API server stores it: `1000m` becomes `1`."""
    return str(parse_quantity(text))


def amount_of(text: str) -> Fraction:
    return parse_quantity(text).amount


def _factor(suffix: str) -> tuple[Fraction, str]:
    if suffix in _DECIMAL:
        return Fraction(10) ** _DECIMAL[suffix], "decimal"
    if suffix in _BINARY:
        return Fraction(1024) ** _BINARY[suffix], "binary"
    exponent = _EXPONENT.fullmatch(suffix)
    if exponent is None or len(exponent[1]) > 4:
        raise QuantityError(SUFFIX_WORDS)
    power = max(-1000, min(1000, int(exponent[1])))
    return Fraction(10) ** power, "exponent"


def _rounded(amount: Fraction) -> Fraction:
    """Keep to 2^63-1, and round up, away from zero, to nano units."""
    if abs(amount) > _MOST:
        return _MOST if amount > 0 else -_MOST
    nanos = amount / _NANO
    if nanos.denominator == 1:
        return amount
    away = -((-abs(nanos.numerator)) // nanos.denominator)
    return (away if amount > 0 else -away) * _NANO


def _in_powers(number: int, base: int, suffixes: dict[int, str]) -> str:
    power = 0
    while number % base == 0 and power < max(suffixes):
        number, power = number // base, power + 1
    return f"{number}{suffixes.get(power, '')}"
