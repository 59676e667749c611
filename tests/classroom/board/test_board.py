"""What the board shows, of what was seen: pure, so that a test says it all."""

import csv
import io

import pytest

from kubetutor.classroom.board.board import MOST_OTHERS, Lesson, board
from kubetutor.classroom.board.seen import Seen
from kubetutor.classroom.board.sources import course
from kubetutor.classroom.board.text import csv_of, text_of
from kubetutor.exercises.report.report import Exercise, Report

NOW = 1_800_000_000.0
COURSE = (
    Lesson("pods", "Pods", (("comes-back", 4.0), ("two-in-one", 4.0))),
    Lesson("services", "Services", (("switch", 2.0),)),
)


def seen(name, *exercises, hand=None, heard=0):
    return Seen(name, NOW - heard, Report(name, exercises, hand))


def passed(exercise, *, lesson="pods", took=60, ago=600, hints=0):
    return Exercise(lesson, exercise, "passed", took + ago, ago, hints)


def trying(exercise, *, lesson="pods", for_seconds=60, ago=5, hints=0):
    return Exercise(lesson, exercise, "trying", for_seconds, ago, hints)


def made(*all_seen):
    return board(COURSE, all_seen, NOW)


def row(*exercises, **more):
    return made(seen("Ana", *exercises, **more)).rows[0]


def test_a_learner_is_at_what_was_changed_last_and_stuck_from_the_minutes_on_that_it_gives():
    assert row(trying("two-in-one", for_seconds=230)).stuck is None
    late = row(passed("comes-back"), trying("two-in-one", for_seconds=250, hints=2))
    assert (late.lesson, late.exercise, late.stuck, late.hints) == ("pods", "two-in-one", 4, 2)
    assert late.cell("pods", "two-in-one").is_stuck
    assert row(trying("switch", lesson="services", for_seconds=130)).stuck == 2


def test_time_goes_on_after_the_report_came():
    later = row(trying("two-in-one", for_seconds=60), hand=30, heard=600)
    assert (later.stuck, later.hand, later.quiet) == (11, 10, 10)


def test_who_went_on_is_not_stuck_where_the_rest_was_left():
    went_on = row(trying("comes-back", for_seconds=3000, ago=2400), trying("two-in-one"))
    assert went_on.stuck is None
    assert went_on.cell("pods", "comes-back").minutes == 10
    assert row(trying("comes-back", for_seconds=3000, ago=900), passed("two-in-one", ago=60)).stuck is None


def test_a_pass_says_how_long_it_took():
    cell = row(passed("comes-back", took=185, ago=9000, hints=3)).cell("pods", "comes-back")
    assert (cell.standing, cell.minutes, cell.hints) == ("passed", 3, 3)


def test_hands_first_then_stuck_then_names():
    shown = made(
        seen("Zoe", trying("comes-back")),
        seen("ben", trying("comes-back")),
        seen("Stuck", trying("comes-back", for_seconds=400)),
        seen("Longer stuck", trying("comes-back", for_seconds=900)),
        seen("Hand", trying("comes-back", for_seconds=400), hand=60),
        seen("Longer hand", hand=300),
        Seen("Nobody yet"),
    )
    names = ["Longer hand", "Hand", "Longer stuck", "Stuck", "ben", "Nobody yet", "Zoe"]
    assert [each.name for each in shown.rows] == names
    assert shown.summary == "7 learners, 2 hands raised, 3 stuck, 1 not heard of yet"


def test_totals_of_each_exercise_and_where_most_are():
    shown = made(
        seen("A", passed("comes-back"), trying("switch", lesson="services")),
        seen("B", trying("switch", lesson="services", for_seconds=500)),
        seen("C", trying("comes-back")),
    )
    assert shown.at == "services"
    assert [dict(each) for each in shown.totals(COURSE[0])] == [
        {"passed": 1, "open": 1, "trying": 1},
        {"open": 3},
    ]
    frame = shown.frame()
    assert frame["lessons"][0]["totals"] == [[1, 1, 1], [0, 0, 3]]
    assert frame["rows"][0]["cells"] == {"services": [["trying", 8, 0, True]]}


def test_an_empty_class_is_shown_too():
    shown = made()
    assert shown.summary == "0 learners, 0 hands raised, 0 stuck"
    assert shown.at == "pods"
    assert "Learner" in text_of(shown)
    assert len(csv_of(shown).splitlines()) == 1


def test_lessons_of_ones_own_get_columns_and_inventions_do_not_flood():
    many = tuple(Exercise(f"own-{n}", f"e-{n}", "trying", 9, n, 0) for n in range(60))
    ours = Exercise("our-lesson", "mine", "passed", 60, 10, 0)
    shown = made(seen("Flood", *many), seen("A", ours), seen("B", ours))
    others = shown.lessons[len(COURSE) :]
    assert len(others) == MOST_OTHERS
    assert "our-lesson" in {lesson.slug for lesson in others}
    wide = tuple(Exercise("own", f"e-{n:02}", "trying", 9, n, 0) for n in range(60))
    assert len(made(seen("Flood", *wide)).lessons[-1].exercises) == MOST_OTHERS


def test_in_words_and_as_csv():
    shown = made(
        seen("Ana", trying("comes-back", for_seconds=400, hints=1), hand=130),
        seen("=HYPERLINK(1)", passed("comes-back", took=120)),
        Seen("Ben", trouble="cannot be read: x"),
    )
    text = text_of(shown)
    for words in (
        "raised 2 min",
        "pods: comes-back, stuck 6 min",
        "◐ trying 6 min, 1 hint",
        "✓ passed 2 min",
        "cannot be read",
    ):
        assert words in text
    assert text_of(shown, "services").startswith("Services:")
    rows = list(csv.DictReader(io.StringIO(csv_of(shown))))
    assert len(rows) == 9
    assert (
        rows[0] | {"learner": "Ana", "exercise": "comes-back", "standing": "trying", "minutes": "6"}
        == rows[0]
    )
    assert (rows[0]["hand raised for minutes"], rows[0]["stuck for minutes"]) == ("2", "6")
    assert {each["learner"] for each in rows} == {"Ana", "Ben", "'=HYPERLINK(1)"}, (
        "no formula in a spreadsheet"
    )


@pytest.mark.parametrize("lesson", course(), ids=lambda lesson: lesson.slug)
def test_the_course_has_columns_with_minutes(lesson):
    assert all(minutes > 0 for _, minutes in lesson.exercises)
