"""A join code is read as people type it, and names one certificate."""

import time

import pytest

from kubetutor.errors import ClassroomError
from kubetutor.exercises.report import join_code


def test_it_is_read_as_people_type_it():
    code = join_code.written("1A0B2C", "DEFGHJKMNP")
    assert code == "1A0B-2CDE-FGHJ-KMNP"
    for typed in (code, code.lower(), code.replace("-", " "), code.replace("1", "l").replace("0", "o")):
        assert join_code.read(typed) == ("1A0B2C", "DEFGHJKMNP")


@pytest.mark.parametrize("typed", ["", "1234", "1A0B-2CDE-FGHJ-KMNPQ", "1A0B-2CDE-FGHJ-KMN!", "U" * 16])
def test_what_is_no_code_is_said(typed):
    with pytest.raises(ClassroomError, match="is no join code"):
        join_code.read(typed)


def test_secrets_are_of_all_letters_and_differ():
    made = {join_code.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert set("".join(made)) <= set(join_code.LETTERS)


def test_a_certificate_has_one_mark_and_making_one_is_slow_on_purpose():
    began = time.process_time()
    mark = join_code.mark_of(b"certificate")
    assert time.process_time() - began > 0.02
    assert mark == join_code.mark_of(b"certificate")
    assert mark != join_code.mark_of(b"certificate.")
    assert len(mark) == join_code.MARK
