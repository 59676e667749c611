"""What a kind does differently from all others, as a row of functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from kubetutor.api.formats import dns_subdomain
from kubetutor.api.objects import Object
from kubetutor.embedded.apiserver.field import FieldError

Change: TypeAlias = Callable[[Object], None]
Compare: TypeAlias = Callable[[Object, Object], None]
Check: TypeAlias = Callable[[Object], list[FieldError]]
CheckUpdate: TypeAlias = Callable[[Object, Object], list[FieldError]]
NameRule: TypeAlias = Callable[[str], tuple[str, ...]]


def _change_nothing(_: Object) -> None:
    pass


def _compare_nothing(_new: Object, _old: Object) -> None:
    pass


def _find_nothing(_: Object) -> list[FieldError]:
    return []


def _find_no_change(_new: Object, _old: Object) -> list[FieldError]:
    return []


@dataclass(frozen=True)
class Strategy:
    """The steps of a create and of an update that depend on the kind.

    The functions of step two and three take a private copy and change it in place. On an update both `validate`
    and `validate_update` are asked, in this order, unless `change_first` says that it is the other way round, or
    `change_alone` that only the second is.
    """

    defaults: Change = _change_nothing
    prepare_create: Change = _change_nothing
    prepare_update: Compare = _compare_nothing
    validate: Check = _find_nothing
    validate_update: CheckUpdate = _find_no_change
    name_rule: NameRule = dns_subdomain
    has_generation: bool = False
    change_first: bool = False
    change_alone: bool = False
    generation_follows: tuple[str, ...] = ("spec",)  # a change of these fields makes a new generation
