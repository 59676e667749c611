"""A rollout with a prediction beside what was measured."""

from kubetutor.widgets.time_axis.frame import Frames
from kubetutor.widgets.time_axis.moments import laid_out, marked
from kubetutor.widgets.time_axis.view import TimeAxis
from tests.widgets.time_axis.recorded import rollout

VIEW = TimeAxis


def frame():
    mark = marked("scaled to 5", 7.9)
    moments = [
        mark,
        laid_out("expected", "your prediction", 12.0, mark),
        laid_out("measured", "measured", 18.1, mark),
    ]
    page = {
        "label": "Time axis of namespace shop", "title": "Namespace shop", "loaded": True, "keep": 600.0, "now": 42.0,
        "notes": ["The cluster does not answer."], "file": "time-axis-shop", "spoken": "Time axis: 5 pods, 5 ready.",
    }  # fmt: skip
    return Frames().frame_of(rollout().history, moments, page)
