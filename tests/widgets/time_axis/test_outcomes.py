"""Reports of requests on the axis: placed by the fastest of them, and told when requests begin to get lost."""

import dataclasses

import pytest

from kubetutor.widgets.time_axis.outcomes import Outcomes
from tests.widgets.time_axis.recorded import START, Told


@dataclasses.dataclass(frozen=True)
class Report:
    start: float
    end: float
    answered: int = 20
    lost: int = 0
    p95_ms: float | None = 8.0


@pytest.fixture
def told():
    return Told()


def tell(outcomes, begin, *, late=0.0, **facts):
    report = Report(START + begin, START + begin + 0.5, **facts)
    outcomes.add(report, report.end + late)


def points(told, what):
    return told.history.lines[f"requests/Load/{what}"].points


def test_numbers_are_told_a_second(told):
    outcomes = Outcomes(told.history)
    tell(outcomes, 1.0)
    tell(outcomes, 1.5, answered=10, lost=10, p95_ms=None)
    assert points(told, "answered") == ((1.0, 40.0), (1.5, 20.0))
    assert points(told, "lost") == ((1.0, 0.0), (1.5, 20.0))
    assert points(told, "p95") == ((1.0, 8.0), (1.5, None))
    assert (outcomes.answered, outcomes.lost) == (30, 10)


def test_the_fastest_report_sets_the_clock_for_all(told):
    outcomes = Outcomes(told.history)
    tell(outcomes, 1.0, late=30.0)
    assert points(told, "answered")[0][0] == 31.0
    tell(outcomes, 1.5, late=0.25, answered=30)
    assert [at for at, _ in points(told, "answered")] == [1.25, 1.75]
    assert told.history.until["requests"] == 2.25
    assert told.history.in_order()[0].at == 1.75


def test_a_gap_between_reports_is_a_gap_in_the_lines(told):
    outcomes = Outcomes(told.history)
    tell(outcomes, 1.0)
    tell(outcomes, 5.0)
    assert points(told, "answered") == ((1.0, 40.0), (1.5, None), (5.0, 40.0))


def test_the_lines_end_with_the_last_report(told):
    outcomes = Outcomes(told.history)
    tell(outcomes, 1.0)
    outcomes.end()
    assert points(told, "lost")[-1] == (1.5, None)


def test_the_story_says_when_requests_get_lost_and_when_no_more(told):
    outcomes = Outcomes(told.history)
    for number, lost in enumerate((0, 0, 4, 6, 0, 0)):
        tell(outcomes, number * 0.5, lost=lost)
    assert told.story() == [
        "Requests are answered",
        "Requests get lost: 8 a second",
        "No request is lost any more; 10 were lost so far",
    ]
