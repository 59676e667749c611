"""What the page gets: a figure that plotly accepts, and rows that stay while nothing about them changes."""

import json

import plotly.graph_objects
import pytest

from kubetutor.widgets.live.frames import applied, delta_of
from kubetutor.widgets.time_axis.figure import chart_lanes, figure_of, filled
from kubetutor.widgets.time_axis.frame import Frames
from kubetutor.widgets.time_axis.moments import laid_out, marked
from kubetutor.widgets.time_axis.outcomes import Outcomes
from tests.widgets.time_axis.recorded import Told, rollout
from tests.widgets.time_axis.test_outcomes import tell

PAGE = {"label": "Time axis", "title": "Namespace shop", "notes": [], "now": 40.0}


@pytest.fixture
def told():
    told = rollout()
    outcomes = Outcomes(told.history)
    for number in range(80):
        tell(outcomes, number / 2, answered=20 + number % 3)
    return told


def coloured(value):
    if isinstance(value, dict):
        return {name: coloured(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [coloured(item) for item in value]
    return "#123456" if isinstance(value, str) and value.startswith("--kt-") else value


def test_plotly_accepts_the_figure(told):
    figure = plotly.graph_objects.Figure(coloured(filled(figure_of(chart_lanes(told.history)), told.history)))
    assert {trace.name for trace in figure.data} == {
        "wanted",
        "ready",
        "web-app",
        "answered/s",
        "lost/s",
        "p95 ms",
    }
    assert len({trace.yaxis for trace in figure.data}) == 4
    assert {trace.xaxis for trace in figure.data} == {"x"}, "one axis for all"


def test_a_figure_without_lines_is_one_too():
    plotly.graph_objects.Figure(coloured(figure_of(chart_lanes(Told().history))))


def test_a_frame_is_json_and_its_points_are_in_pieces_of_half_a_minute(told):
    frame = Frames().frame_of(told.history, [], PAGE)
    json.dumps(frame)
    pieces = [piece for piece in frame["points"].values() if piece["line"] == "requests/Load/answered"]
    assert [piece["number"] for piece in pieces] == [0, 1]
    assert pieces[0]["x"][-1] < 30 <= pieces[1]["x"][0]


def test_only_what_changed_is_sent(told):
    frames = Frames()
    before = frames.frame_of(told.history, [], PAGE)
    told.at(40.0).pod("web-app-h1-b", ready=False).deployment(wanted=5, ready=4)
    after = frames.frame_of(told.history, [], PAGE)
    delta = delta_of(before, after)
    assert applied(before, delta) == after
    assert list(delta["put"]["pods"]) == ["web-app-h1-b"]
    assert list(delta["put"]["points"]) == ["replicas/Deployment web-app/ready|1"]
    assert len(delta["put"]["story"]) == 2
    assert len(json.dumps(delta)) < 3000


def test_moments_come_with_their_words_and_their_comparison(told):
    mark = marked("scaled to 5", 7.9)
    moments = [
        mark,
        laid_out("expected", "your prediction", 3.0, mark),
        laid_out("measured", "measured", 18.1, mark),
    ]
    frame = Frames().frame_of(told.history, moments, PAGE)
    assert [(row["kind"], row["label"], row["end"]) for row in frame["moments"]] == [
        ("mark", "scaled to 5", 7.9), ("expected", "your prediction: 3.0 s", 10.9), ("measured", "measured: 18.1 s", 26.0),
    ]  # fmt: skip
    assert len(frame["comparisons"]) == 1


def test_old_revisions_stand_above_new_ones_and_older_pods_above_younger():
    told = Told().replica_set().replica_set("web-app-h2", "10")
    told.at(5.0).pod("web-app-h2-a", set_name="web-app-h2").pod("web-app-h1-z").at(6.0).pod("web-app-h1-b")
    pods = Frames().frame_of(told.history, [], PAGE)["pods"].values()
    assert [pod["name"] for pod in sorted(pods, key=lambda pod: pod["rank"])] == [
        "web-app-h1-z", "web-app-h1-b", "web-app-h2-a",
    ]  # fmt: skip
