"""Ten seconds of traffic: two versions answer, and a few requests get lost."""

from kubetutor.cluster.load.tally import tally_of
from kubetutor.widgets.traffic.snapshot import RUNNING, Subject, snapshot_of
from kubetutor.widgets.traffic.view import Traffic, frame_of
from tests.widgets.traffic.conftest import interval_of

VIEW = Traffic


def frame():
    both = [("web-app-h1-aaaaa", "1.0", 15), ("web-app-h2-ccccc", "2.0", 10)]
    intervals = [
        interval_of(number, answered=25, lost=4 * (number == 12), sources=both, silence=0.1 * (number == 12))
        for number in range(20)
    ]
    subject = Subject("web-service", "shop", RUNNING, 50, ("The pod load had to begin anew.",))
    return frame_of(snapshot_of(subject, tally_of(intervals), intervals))
