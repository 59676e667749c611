"""Which account a learner is: none that could be somebody else's."""

import pytest

from kubetutor.classroom.server.accounts import account_name


def test_a_plain_name_is_kept():
    assert account_name("ana") == "kt-ana"


def test_no_name_is_an_account_of_the_machine():
    assert account_name("root") == "kt-root"


@pytest.mark.parametrize("name", ["Ana", "ana maria", "ana@school.example", "a" * 60, "../root", "Ñandú", ""])
def test_any_other_name_is_made_plain_and_stays_its_own(name):
    made = account_name(name)
    assert len(made) <= 32
    assert made.isascii()
    assert not set(made) & set("/:@ .")
    assert made != account_name(made.removeprefix("kt-"))
    assert made != account_name(name + "x")
