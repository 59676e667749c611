"""A chart in a real browser: plotly comes from the kernel, colours from the theme."""

import pytest

from kubetutor.widgets.live.chart import ChartView, plotly_script
from kubetutor.widgets.live.view import look
from tests.widgets.drawn import DARK, show

pytestmark = pytest.mark.browser

FRAME = {
    "label": "Chart", "title": "Chart", "summary": "One line.", "spoken": "One line.", "notes": [],
    "figure": {"data": [{"y": [1, 3, 2], "line": {"color": "--kt-ready"}, "name": "ready"}], "layout": {"height": 200}},
}  # fmt: skip
HAND_OVER = """async (script) => {
  const bytes = new TextEncoder().encode(script);
  window.hearers["msg:custom"].forEach((call) => call({ is: "plotly" }, [bytes]));
  await window.kubetutorPlotly;
}"""


class Line(ChartView):
    _esm, _css = look(__file__.replace("test_chart.py", "chart/view.py"), chart=True)


@pytest.fixture
def page(drawn):
    return drawn(Line)


def stroke(page):
    page.wait_for_selector(".ktv-plot .js-line")
    return page.eval_on_selector(".ktv-plot .js-line", "line => getComputedStyle(line).stroke")


def test_the_first_chart_asks_for_plotly_and_draws_when_it_comes(page):
    show(page, FRAME)
    show(page, FRAME)
    assert [message["is"] for message in page.evaluate("window.sent")] == ["open", "plotly"], "once a page"
    page.evaluate(HAND_OVER, plotly_script().decode())
    light = stroke(page)
    page.evaluate(DARK)
    page.wait_for_function(
        "light => getComputedStyle(document.querySelector('.ktv-plot .js-line')).stroke !== light", arg=light
    )
