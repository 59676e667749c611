import pytest

from kubetutor.api import wait


def test_it_answers_what_the_probe_answered():
    answers = iter([None, "", "ready"])
    assert wait.until(lambda: next(answers), what="an answer", interval=0) == "ready"


def test_when_the_time_is_over_it_says_what_for():
    with pytest.raises(wait.TimedOutError, match=r"Waited 0\.05 s for a pod"):
        wait.until(lambda: None, what="a pod", timeout=0.05, interval=0.01)


def test_it_asks_at_least_once():
    assert wait.until(lambda: True, what="a pod", timeout=0)
