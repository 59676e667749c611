"""Amounts as manifests write them (`500m`, `64Mi`), as far as a kubelet reads them."""

from __future__ import annotations

import math
import re
from fractions import Fraction

QUANTITY = re.compile(r"([+-]?[0-9.]+)([numkMGTPE]|[KMGTPE]i)?(?:[eE]([+-]?[0-9]+))?")
FACTORS = {
    **{unit: Fraction(1000) ** power for power, unit in enumerate(("n", "u", "m", "", "k", "M", "G", "T", "P", "E"), -3)},
    **{f"{unit}i": Fraction(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}  # fmt: skip


def parse(text: str) -> Fraction:
    """Answer the amount, exactly. Raises ValueError for what is no quantity."""
    match = QUANTITY.fullmatch(str(text))
    if match is None:
        raise ValueError(f"no quantity: {text!r}")
    return Fraction(match[1]) * FACTORS[match[2] or ""] * Fraction(10) ** int(match[3] or 0)


def in_units(text: str, divisor: str) -> str:
    """Answer the amount in units of the divisor (0: of one), rounded up, as the downward API does."""
    return str(math.ceil(parse(text) / (parse(divisor) or 1)))
