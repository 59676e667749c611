"""The corpus' files are read and written without loss."""

import pytest

from .transcript import Answer, Line, parse, write

TEXT = """\
# A pod that is not there.
$ kubectl get pods ghost
! Error from server (NotFound): pods "ghost" not found
= 1
until: kubectl get pods
$ kubectl get pods -o name
pod/cart

pod/till
= 0
"""


def test_a_transcript_is_read_into_prose_waits_and_answered_commands():
    prose, command, wait, other = parse(TEXT)
    assert prose == Line("# A pod that is not there.")
    assert (command.command, command.answer.code, command.answer.out) == ("kubectl get pods ghost", 1, "")
    assert command.answer.err == 'Error from server (NotFound): pods "ghost" not found\n'
    assert wait.condition == "kubectl get pods"
    assert other.answer == Answer("pod/cart\n\npod/till\n")


def test_what_is_read_is_written_as_it_was():
    assert write(parse(TEXT)) == TEXT


@pytest.mark.parametrize(
    "out", ["", "\n", "blue", "# a title\n", "= 0\n", "$ x\n! y\n", "\\ x\n", "until: z\n", "a\n\nb"]
)
def test_no_output_is_taken_for_a_mark(out):
    line = Line("$ echo", Answer(out, "", 3))
    assert parse(write([line])) == [line]


def test_a_command_may_wait_for_its_first_record():
    assert [line.answer for line in parse("$ kubectl version\nuntil: true\n$ kubectl get pods\n")] == [
        None
    ] * 3


def test_an_answer_without_an_end_is_refused():
    with pytest.raises(ValueError, match="An answer has no end"):
        parse("$ kubectl version\nv1\n")
