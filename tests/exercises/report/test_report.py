"""What a report is: the whole state, made of the progress file; and whatever else comes from outside is refused."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubetutor.errors import ClassroomError
from kubetutor.exercises.progress import TIME, Progress, read
from kubetutor.exercises.report.collect import report_of
from kubetutor.exercises.report.membership import Membership
from kubetutor.exercises.report.report import (
    LARGEST,
    LONGEST_NAME,
    MOST_EXERCISES,
    Exercise,
    Report,
    parse,
    valid_name,
)

NOW = 1_800_000_000.0
WHOLE = Report(
    "Ana López",
    (
        Exercise("deployments", "no-outage", "passed", 600, 60, 2),
        Exercise("services", "switch", "trying", 30, 5),
    ),
    hand=12,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def ago(seconds):
    return time.strftime(TIME, time.gmtime(NOW - seconds))


def changed(**fields):
    document = json.loads(WHOLE.as_json())
    return json.dumps({**document, **fields})


def with_exercise(**fields):
    first = json.loads(WHOLE.as_json())["exercises"][0]
    return changed(exercises=[{**first, **fields}])


def test_what_is_written_is_read_again():
    assert parse(WHOLE.as_json()) == WHOLE
    assert parse(Report("Ben").as_json().encode()) == Report("Ben")


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "[" * 20000, changed(more=1), changed(form=2), changed(name=""), changed(name=3),
        changed(name="x" * (LONGEST_NAME + 1)), changed(hand=-1), changed(hand=True), changed(hand=1.5),
        changed(exercises={}), changed(exercises=[1]), with_exercise(standing="open"), with_exercise(standing=["passed"]),
        with_exercise(lesson="Big"), with_exercise(exercise="a/b"), with_exercise(exercise="x" * 61),
        with_exercise(began=-1), with_exercise(began=10**12), with_exercise(hints=1000), with_exercise(more=1),
        changed(exercises=json.loads(WHOLE.as_json())["exercises"] * 2),
        changed(exercises=[{}] * (MOST_EXERCISES + 1)), "1" * 10000, b"\xff\xfe", "\ud800",
        "x" * (LARGEST + 1),
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused(text):
    with pytest.raises(ClassroomError):
        parse(text)


@given(st.binary() | st.text() | JSON.map(json.dumps))
def test_garbage_is_refused_and_nothing_else_happens(garbage):
    with pytest.raises(ClassroomError):
        parse(garbage)


@given(
    field=st.sampled_from(
        ["form", "name", "hand", "exercises", "lesson", "exercise", "standing", "began", "hints"]
    ),
    value=JSON,
)
def test_nothing_comes_through_that_is_out_of_bounds(field, value):
    text = (
        changed(**{field: value}) if field in json.loads(WHOLE.as_json()) else with_exercise(**{field: value})
    )
    try:
        report = parse(text)
    except ClassroomError:
        return
    assert parse(report.as_json()) == report
    assert len(report.as_json().encode()) <= LARGEST
    assert report.name.isprintable()


@pytest.mark.parametrize(
    ("name", "shown"),
    [("  Ana \n López ", "Ana López"), ("李雷", "李雷"), ("a\u202eb", "a b"), ("<b>x</b>", "<b>x</b>")],
)
def test_a_name_is_one_line_without_what_cannot_be_seen(name, shown):
    assert valid_name(name) == shown


def test_the_largest_report_fits():
    exercises = tuple(
        Exercise("l" * 60, f"{'e' * 57}{number:03}", "passed", 3 * 10**7, 3 * 10**7, 999)
        for number in range(MOST_EXERCISES)
    )
    assert parse(Report("李" * LONGEST_NAME, exercises, 3 * 10**7).as_json()).exercises == exercises


def test_it_is_made_of_what_is_kept_and_holds_no_predictions():
    kept = {
        "deployments": {
            "started": {"no-outage": ago(600)}, "passed": {"no-outage": ago(60)}, "tried": {"no-outage": ago(500)},
            "changed": {"no-outage": ago(1)}, "hints": {"no-outage": {"look": 2, "more": 1}},
            "predictions": {"secret": "my answer"},
        },
        "services": {"started": {"switch": ago(30)}, "changed": {"switch": ago(5)}},
        "pods": {"passed": {"comes-back": ago(90)}},
    }  # fmt: skip
    report = report_of(kept, Membership("Ana", hand=ago(12)), NOW)
    assert report == Report(
        "Ana",
        (
            Exercise("services", "switch", "trying", 30, 5),
            Exercise("deployments", "no-outage", "passed", 600, 60, 3),
            Exercise("pods", "comes-back", "passed", 90, 90),
        ),
        hand=12,
    )
    assert "my answer" not in report.as_json()
    assert parse(report.as_json()) == report


@pytest.mark.parametrize(
    "kept",
    [
        {"deployments": 3}, {"deployments": {"passed": 3}}, {"Deploy ments": {"passed": {"a": ago(1)}}},
        {"deployments": {"passed": {"no outage": ago(1)}}}, {"deployments": {"started": {"a": "yesterday"}}},
        {"deployments": {"started": {"a": ago(-900)}}},
    ],
)  # fmt: skip
def test_what_is_odd_in_the_file_still_gives_a_report(kept):
    report = report_of(kept, Membership("Ana"), NOW)
    assert parse(report.as_json()) == report


def test_of_very_many_exercises_the_newest_are_told():
    started = {f"e{number}": ago(number) for number in range(MOST_EXERCISES + 20)}
    report = report_of({"own": {"started": started}}, Membership("Ana"), NOW)
    assert [each.exercise for each in report.exercises] == [f"e{number}" for number in range(MOST_EXERCISES)]


def test_progress_keeps_the_times_and_hints_and_tells_after_each_change(tmp_path):
    told = []
    progress = Progress(
        "pods", path=tmp_path / "progress.json", on_change=lambda: told.append(read(progress.path))
    )
    progress.move("comes-back", {"started": "2026-01-01T00:00:00Z"})
    progress.move("comes-back", {"hints": {"look": 1}})
    assert told[0]["pods"]["started"] == {"comes-back": "2026-01-01T00:00:00Z"}
    assert told[1]["pods"]["hints"] == {"comes-back": {"look": 1}}
    assert set(told[1]["pods"]["changed"]) == {"comes-back"}
    progress.reset("comes-back")
    assert not any(told[2]["pods"].values())
