"""Who looks at a view, and how far behind they are; the clock is a test's."""

import pytest

from kubetutor.widgets.live.audience import MOST_IN_FLIGHT, SLOW_SECONDS, Audience

PATIENCE = 30.0


class Kernel:
    """A clock that stands still until told, and cells that run or do not."""

    def __init__(self):
        self.now, self.runs_a_cell = 100.0, False
        self.audience = Audience(clock=lambda: self.now, is_deaf=lambda: self.runs_a_cell)

    def hear(self, kind, page="one", **more):
        return self.audience.hear(page, kind, more)

    def wait(self, seconds):
        self.now += seconds
        return self.audience.forget_the_silent(PATIENCE)


@pytest.fixture
def kernel():
    return Kernel()


def test_a_page_that_opens_needs_the_whole_and_one_that_draws_does_not(kernel):
    assert kernel.hear("open")
    assert not kernel.hear("drawn", number=1)


def test_a_silent_page_is_asked_and_then_counts_as_gone(kernel):
    kernel.hear("open")
    kernel.wait(PATIENCE / 2)
    assert kernel.audience.is_quiet(PATIENCE)
    assert kernel.audience
    assert kernel.wait(PATIENCE / 2), "nobody is left"
    assert not kernel.audience


def test_a_page_that_answers_stays(kernel):
    kernel.hear("open")
    for _ in range(5):
        kernel.wait(PATIENCE / 2)
        kernel.hear("here")
    assert kernel.audience.looks


def test_a_page_that_was_given_up_and_speaks_again_needs_the_whole(kernel):
    kernel.hear("open")
    kernel.wait(PATIENCE)
    assert kernel.hear("here")
    assert kernel.audience.looks


def test_silence_does_not_count_while_a_cell_runs(kernel):
    kernel.hear("open")
    kernel.runs_a_cell = True
    assert not kernel.wait(10 * PATIENCE)
    kernel.runs_a_cell = False
    assert not kernel.wait(PATIENCE / 2), "what pages said meanwhile is only now heard"
    assert kernel.wait(PATIENCE)


def test_only_a_page_that_is_not_hidden_looks(kernel):
    kernel.hear("open")
    kernel.hear("hidden")
    assert kernel.audience
    assert not kernel.audience.looks
    kernel.hear("here")
    assert not kernel.audience.looks, "a hidden page answers, and is still hidden"
    kernel.hear("open")
    assert kernel.audience.looks


def test_who_closes_reads_no_more(kernel):
    kernel.hear("open")
    kernel.hear("text", on=True)
    kernel.hear("open", page="two")
    kernel.hear("closed")
    assert not kernel.audience.readers
    assert kernel.audience.looks


def test_frames_wait_for_a_page_that_is_behind_but_never_for_long(kernel):
    kernel.hear("open")
    for number in range(1, MOST_IN_FLIGHT + 2):
        assert kernel.audience.takes_a_frame()
        kernel.audience.sent(number)
    assert not kernel.audience.takes_a_frame()
    kernel.wait(SLOW_SECONDS)
    assert kernel.audience.takes_a_frame(), "a kernel that runs a cell may hear no answer"
    kernel.audience.sent(MOST_IN_FLIGHT + 2)
    kernel.hear("drawn", number=MOST_IN_FLIGHT + 2)
    assert kernel.audience.takes_a_frame()


def test_before_a_page_opens_frames_are_seldom(kernel):
    kernel.wait(SLOW_SECONDS)
    assert kernel.audience.takes_a_frame()
    kernel.audience.sent(1)
    assert not kernel.audience.takes_a_frame()
