"""What is wrong with a field, in upstream's words.

Models: k8s.io/apimachinery/pkg/util/validation/field.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One cause of a 422. `reason` is `FieldValueInvalid` and the like, `message` the text after the path."""

    reason: str
    path: str
    message: str
