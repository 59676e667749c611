"""A view that draws a chart. The figure is plain data in plotly's own terms; `chart.js` hands it to plotly in the page."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from kubetutor.errors import LessonError
from kubetutor.widgets.live.view import LiveView


class ChartView(LiveView):
    """A view whose frames have a `figure`: `{"data": [traces], "layout": {...}}`.

    A colour may be the name of one of the theme's, `--kt-ready`, so that charts follow light and dark.
    """

    def heard(self, message: dict[str, Any]) -> None:
        if message.get("is") == "plotly":
            self.send({"is": "plotly"}, buffers=[plotly_script()])


@cache
def plotly_script() -> bytes:
    """Answer plotly's JavaScript, which came with the package: no network is needed. Importing plotly would be slow."""
    found = importlib.util.find_spec("plotly")
    if found is None or found.origin is None:
        raise LessonError(
            "The charts need the package plotly, and it is not installed. Run: pip install plotly"
        )
    return (Path(found.origin).parent / "package_data" / "plotly.min.js").read_bytes()
