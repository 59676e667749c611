"""What is said while a bar shows how far something is."""

import io
import re
import sys

import pytest

from kubetutor.lab import command_line, progress

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
ERASED = "\x1b[2K"  # the line, from its beginning


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    return Terminal()


def shown_and_said(out):
    with progress.shown("shop", out, noun="case") as show:
        show(0, 2, "the first")
        command_line.said("wrong   shop: [it] passes")
        show(1, 2, "the second")
    return COLOURS.sub("", out.getvalue())


def test_at_a_terminal_it_takes_the_place_of_the_bar_which_goes_on_below(terminal, monkeypatch):
    monkeypatch.setattr(sys, "stdout", terminal)
    said = shown_and_said(terminal)
    assert f"{ERASED}wrong   shop: [it] passes\n" in said
    assert said.index("wrong") < said.index("1/2 the second")


def test_what_goes_into_a_file_stays_there(terminal, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert "wrong" not in shown_and_said(terminal)
    assert sys.stdout.getvalue() == "wrong   shop: [it] passes\n"


def test_without_a_terminal_each_case_is_a_line():
    assert shown_and_said(io.StringIO()) == "shop: case 1 of 2: the first\nshop: case 2 of 2: the second\n"
