"""Numbers that may be given as a share: `3` or `25%`.

Models: ValidatePositiveIntOrPercent in pkg/apis/apps/validation.
"""

from __future__ import annotations

import re

from kubetutor.api.formats import percent
from kubetutor.embedded.apiserver.field import FieldError, invalid, malformed, non_negative

_PERCENT = re.compile("([0-9]+)%", re.ASCII)


def validate_int_or_percent(value: int | str, path: str) -> list[FieldError]:
    if isinstance(value, int):
        return non_negative(path, value)
    return malformed(path, value, percent(value))


def at_most_100_percent(value: int | str, path: str) -> list[FieldError]:
    share = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if share is None or int(share[1][:9]) <= 100:
        return []
    return [invalid(path, value, "must not be greater than 100%")]


def is_zero(value: int | str) -> bool:
    """Say whether it is 0, or 0 %. A text that is no share counts as zero."""
    if isinstance(value, int):
        return value == 0
    share = _PERCENT.fullmatch(value)
    return share is None or not share[1].strip("0")
