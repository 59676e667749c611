"""What the traffic view draws: totals, the newest seconds, shares; and the figure that plotly draws."""

import pytest

from kubetutor.cluster.load.tally import tally_of
from kubetutor.widgets.traffic.figure import MOST_PODS, few, figure_of, narrow_layout, short
from kubetutor.widgets.traffic.snapshot import OFF, RUNNING, Share, Subject, now_of, snapshot_of
from kubetutor.widgets.traffic.text import html_of, text_of


def drawn(intervals, state=RUNNING, notes=()):
    return snapshot_of(Subject("web-service", "shop", state, 50, notes), tally_of(intervals), intervals)


def test_the_charts_hold_the_last_minute_and_the_totals_all(interval):
    intervals = [interval(number) for number in range(200)]
    found = drawn(intervals)
    assert len(found.intervals) == 120
    assert found.tally.sent == 5000


def test_shares_are_those_of_the_newest_ten_seconds(interval):
    old = [interval(number, sources=[("a", "1.0", 25)]) for number in range(20)]
    new = [interval(number, sources=[("b", "2.0", 20), ("c", "2.0", 5)]) for number in range(20, 40)]
    found = drawn(old + new)
    assert [(share.name, share.answers, share.part) for share in found.by_version] == [("2.0", 500, 1.0)]
    assert [(share.name, share.part) for share in found.by_pod] == [("b", 0.8), ("c", 0.2)]


def test_now_is_counted_by_the_second(interval):
    now = now_of([interval(0, answered=20, lost=5), interval(1, answered=30, lost=0)])
    assert (now.answered, now.lost, now.p50_ms, now.p95_ms) == (50, 5, 3.0, 8.0)


def test_without_answers_there_is_no_latency(interval):
    now = now_of([interval(0, answered=0, lost=25, sources=[])])
    assert (now.answered, now.lost, now.p50_ms) == (0, 50, None)
    assert now_of([]).p95_ms is None


FACTS = [
    "Traffic through Service web-service in namespace shop: 12 of 3,000 requests lost.",
    "State: the load pod asks",
    "Latency: p50 3.0 ms, p95 8.0 ms",
    "Why lost: connection refused (12)",
    "Longest silence: 0.1 s",
    "Share by version, last 10 s",
    "web-app-h2-ccccc",
]


@pytest.mark.parametrize("fact", FACTS)
def test_text_and_html_hold_each_fact(rolling, fact):
    assert fact in text_of(drawn(rolling))
    assert fact in html_of(drawn(rolling))


def test_nothing_yet_is_plain(interval):
    found = drawn([], OFF, notes=("The cluster does not answer.",))
    assert "0 of 0 requests lost" in text_of(found)
    assert "State: nobody asks now" in text_of(found)
    assert "Note: The cluster does not answer." in html_of(found)
    assert figure_of(found)["data"][0]["x"] == []
    assert "unknown" in text_of(drawn([interval(0, sources=[("", "", 25)])]))


def test_html_escapes(interval):
    page = html_of(drawn([interval(0, sources=[("<b>", "<script>", 25)])]))
    assert "<b>" not in page
    assert "<script" not in page


@pytest.mark.filterwarnings("ignore")  # plotly warns of its own parts
def test_the_figure_is_one_that_plotly_knows(rolling):
    from plotly.graph_objects import Figure

    found = drawn(rolling)
    named = {
        f"--kt-{name}": "#123456"
        for name in ("ready", "failing", "paper", "ink", "quiet", "edge", "starting", "idle")
    }
    named |= {f"--kt-band-{number}": "#654321" for number in range(6)}

    def coloured(value):
        if isinstance(value, str):
            return named.get(value, value)
        if isinstance(value, list):
            return [coloured(item) for item in value]
        return {key: coloured(item) for key, item in value.items()} if isinstance(value, dict) else value

    figure = coloured(figure_of(found))
    Figure(figure)
    Figure({"data": figure["data"], "layout": coloured(narrow_layout(found))})
    assert "--kt" not in str(figure)


def test_requests_are_stacked_by_the_second(interval):
    answered, lost, *_ = figure_of(drawn([interval(0, answered=20, lost=5), interval(1)]))["data"]
    assert (answered["y"], lost["y"]) == ([40.0, 50.0], [10.0, 0.0])
    assert answered["x"] == [-0.75, -0.25], "seconds before now"
    assert lost["marker"]["pattern"]["shape"] == "x", "not by colour alone"


def test_a_version_keeps_its_colour(rolling):
    *_, versions, pods = figure_of(drawn(rolling))["data"]
    assert versions["marker"]["color"] == ["--kt-band-0", "--kt-band-1"][-len(versions["y"]) :]
    assert set(pods["marker"]["color"]) == set(versions["marker"]["color"])


def test_many_pods_share_the_last_bar():
    shares = [Share(f"pod-{number}", "1.0", 40 - number, (40 - number) / 820) for number in range(40)]
    shown = few(shares)
    assert len(shown) == MOST_PODS
    assert shown[-1].name == "33 others"
    assert sum(share.answers for share in shown) == sum(share.answers for share in shares)


def test_a_long_name_keeps_its_end():
    assert short("a" * 58 + "-x7k2p") == "…aaaaaaaaa-x7k2p"
    assert short("web-7-x7k2p") == "web-7-x7k2p"
