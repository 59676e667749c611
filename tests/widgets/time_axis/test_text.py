"""The recording in words: a story, lanes of characters, a table, and HTML without scripts."""

import csv
import io

import pytest

from kubetutor.widgets.time_axis import text
from kubetutor.widgets.time_axis.moments import laid_out, marked
from tests.widgets.time_axis.recorded import CRASHED, Told, rollout

PAGE = {"label": "Time axis of namespace shop", "notes": ["This account may not list nodes."]}


@pytest.fixture
def history():
    return rollout().history


def test_the_story_has_a_line_for_each_change_in_order(history):
    lines = text.story_of(history)
    times = [float(line.split(" s ")[0]) for line in lines]
    assert times == sorted(times)
    assert "      8.0 s  Deployment web-app: wanted 3 → 5" in lines


def test_the_lanes_are_characters_a_second_each(history):
    lanes = {line[:26].strip(): line[28:] for line in text.blocks_of(history, 40.0)}
    assert lanes["Deployment web-app wanted"].startswith("3333333" + "5")
    assert lanes["web-app-h1-a"] == "●" * 33 + "↓↓" + " " * 5
    assert lanes["web-app-h1-e"][13:15] == "✕✕"
    assert lanes["Events"][13] == "W"


def test_the_text_says_all_and_what_is_missing(history):
    mark = marked("scaled to 5", 7.9)
    moments = [
        mark,
        laid_out("expected", "your prediction", 3.0, mark),
        laid_out("measured", "measured", 4.2, mark),
    ]
    said = text.text_of(history, moments, 40.0, PAGE)
    assert said.startswith("Time axis of namespace shop. Deployment web-app wants 5: 5 pods, 5 ready.")
    for line in (
        "Note: This account may not list nodes.",
        "1.2 s later than expected",
        "What happened, in order:",
    ):
        assert line in said


def test_an_empty_namespace_says_so():
    said = text.text_of(Told().history, [], 3.0, {**PAGE, "notes": []})
    assert "No pods yet." in said
    assert "nothing yet" in said


def test_the_table_is_tidy_and_in_order(history):
    rows = list(csv.DictReader(io.StringIO(text.csv_of(history))))
    assert list(rows[0]) == ["time_s", "lane", "subject", "what", "value", "detail"]
    assert [float(row["time_s"]) for row in rows] == sorted(float(row["time_s"]) for row in rows)
    scaled = [row for row in rows if (row["what"], row["value"]) == ("wanted", "5")]
    assert [(row["time_s"], row["lane"], row["subject"]) for row in scaled] == [
        ("8.000", "replicas", "Deployment web-app")
    ]


def test_two_hundred_pods_are_some_rows_and_the_rest_per_owner_in_words():
    told = Told().replica_set()
    for number in range(200):
        told.pod(f"web-app-h1-{number:03}", **({"ready": False, "state": CRASHED} if number > 197 else {}))
    said = text.text_of(told.history, [], 5.0, PAGE)
    assert said.count("●●●") < 30
    assert "and 176 more of Deployment web-app: 174 ready, 2 failing" in said
    assert "and 176 more of Deployment web-app" in text.html_of(told.history, [], 5.0, PAGE)


def test_more_than_three_workloads_are_told_in_words():
    told = Told()
    for name in ("cart", "shop", "stock", "till", "web"):
        told.deployment(name, wanted=2, ready=2)
    assert text.asides(told.history) == [
        "And 2 more workloads: Deployment till 2 ready, Deployment web 2 ready."
    ]


def test_more_than_three_services_are_told_in_words():
    told = Told()
    for service in ("cart", "shop", "stock", "till"):
        told.endpoints(True, True, service=service)
    assert text.asides(told.history) == ["And 1 more Service: Service till 2 ready endpoints."]


def test_the_html_has_the_same_facts_and_names_are_no_markup(history):
    page = text.html_of(history, [], 40.0, PAGE)
    for fact in (
        "wants 5: 5 pods, 5 ready",
        "Ready from 12.5 s",
        "Deployment web-app: wanted 3 → 5",
        "3 at 0.1 s, 5 at 8.0 s",
    ):
        assert fact in page
    assert "<script" not in page
    evil = Told().pod("<img src=x>")
    assert "<img" not in text.html_of(evil.history, [], 5.0, PAGE)
