"""Reading the list of learners: every name gets a slug of its own, and a bad list is said with what is wrong."""

import pytest

from kubetutor.classroom.learners import MOST, Learner, named, read, slug_of
from kubetutor.errors import ClassroomError


@pytest.fixture
def listed(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "names.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Ana López", "ana-lopez"),
        ("  O'Brien,  Zoë ", "o-brien-zoe"),
        ("李雷", ""),
        ("a" * 60, "a" * 30),
        ("Jean-Luc " + "x" * 21 + " y", "jean-luc-" + "x" * 21),
        ("3PO", "3po"),
    ],
)
def test_a_name_in_the_letters_of_a_cluster(name, slug):
    assert slug_of(name) == slug


def test_names_alike_and_names_without_letters_are_numbered():
    assert named(["Ana", "ana", "李雷"]) == (
        Learner("Ana", "ana"),
        Learner("ana", "ana-2"),
        Learner("李雷", "learner-3"),
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ana\nBen\n", ["Ana", "Ben"]),
        ("name\nAna\n\n  \nBen", ["Ana", "Ben"]),
        ("mail,Name\na@x.org,Ana\nb@x.org,Ben\n", ["Ana", "Ben"]),
        ("﻿name\r\nAna\r\n", ["Ana"]),
        ("mail,name\na@x.org,Ana\nonly@x.org\n", ["Ana"]),
    ],
)
def test_a_list(listed, text, names):
    assert [learner.name for learner in read(listed(text))] == names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names nobody"),
        ("name\n", "names nobody"),
        ("mail,first\na@x.org,Ana\n", "the columns mail, first, and none is called 'name'"),
        ("Ana\nBen\nAna\n", "has Ana more than once"),
        ("\n".join(f"n{place}" for place in range(MOST + 1)), f"a workshop takes {MOST}"),
    ],
)
def test_a_bad_list_is_said(listed, text, said):
    with pytest.raises(ClassroomError, match=said):
        read(listed(text))


def test_a_list_that_is_not_there_or_no_text_is_said(listed, tmp_path):
    with pytest.raises(ClassroomError, match="cannot be read"):
        read(tmp_path / "nobody.csv")
    with pytest.raises(ClassroomError, match="UTF-8"):
        read(listed("Zoë\n", encoding="latin-1"))
