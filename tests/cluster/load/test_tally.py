"""Totals over intervals."""

from kubetutor.cluster.load.interval import Interval, Source
from kubetutor.cluster.load.tally import Tally, tally_of


def interval(number, *, v1=0, v2=0, lost=0, silence=0.0, run="a"):
    sources = (Source("web-1", "1.0", "worker", v1), Source("web-2", "2.0", "", v2))
    return Interval(
        run, number, start=number / 2, end=number / 2 + 0.5, rate=50, sent=25, answered=v1 + v2, lost=lost, waiting=0,
        errors=(("HTTP 503", lost),) if lost else (), sources=tuple(each for each in sources if each.answers),
        silence=silence, longest_silence=9,
    )  # fmt: skip


def test_all_is_added_up():
    tally = tally_of(
        [interval(0, v1=20, lost=5, silence=0.2), interval(1, v1=10, v2=13, lost=2, silence=0.1)]
    )
    assert (tally.sent, tally.lost, tally.longest_silence) == (50, 7, 0.2)
    assert tally.errors == (("HTTP 503", 7),)
    assert tally.versions == (("1.0", 30), ("2.0", 13))
    assert tally.pods == (("web-1", 30), ("web-2", 13))
    assert tally.nodes == (("worker", 30), ("", 13))
    assert tally.runs == ("a",)


def test_silence_before_the_first_interval_does_not_count():
    assert tally_of([interval(7, v1=25)]).longest_silence == 0


def test_a_program_that_began_anew_shows():
    assert tally_of([interval(5, v1=1), interval(0, v1=1, run="b")]).runs == ("a", "b")


def test_the_newest_answers_are_those_of_the_last_intervals():
    tally = tally_of([interval(0, v1=25), interval(1, v1=5, v2=20), interval(2, v2=25)])
    assert tally.newest_versions(20) == ("2.0",)
    assert tally.newest_versions(26) == ("1.0", "2.0")
    assert tally_of([interval(0, v2=20, lost=5)]).newest_versions(20) == ("2.0", "no answer")
    assert Tally().newest_versions(20) == ()


def test_only_as_many_are_kept_as_make_fifty_requests():
    tally = tally_of([interval(number, v1=25) for number in range(100)])
    assert len(tally.newest) == 2
    quiet = tally_of([interval(0, v1=25), *(interval(number) for number in range(1, 100))])
    assert len(quiet.newest) == 1
    assert quiet.newest_versions(20) == ("1.0",)
