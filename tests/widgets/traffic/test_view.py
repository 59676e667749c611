"""The widget without a browser, with a live load pod: start, steer, stop, and letting go."""

import json
import pathlib
import threading
import time

import pytest

from kubetutor.cluster.load.pod import Load
from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.live.source import ApiSource
from kubetutor.widgets.traffic.view import Traffic

pytestmark = pytest.mark.kubectl

EXAMPLE = pathlib.Path(__file__).parents[3] / "lessons" / "manifests" / "04-deployments" / "deployment.yaml"


def eventually(holds, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture
def kubectl(cluster, namespace):
    return lambda *args: cluster.kubectl("-n", namespace, *args)


@pytest.fixture
def view_of(cluster, namespace):
    made = []

    def view(service="web-service"):
        made.append(Traffic(service, namespace, feed=Feed(ApiSource()), api=cluster.api))
        return made[-1]

    yield view
    for each in made:
        each.close()


def load_pods(kubectl):
    pods = json.loads(kubectl("get", "pods", "-l", "kubetutor.io/role=load", "-o", "json"))["items"]
    return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]


def test_from_start_to_stop(view_of, kubectl):
    kubectl("apply", "-f", str(EXAMPLE))
    kubectl("rollout", "status", "deployment/web-app", "--timeout=60s")
    view = view_of()
    controls = view.controls()
    start, stop, slider = controls
    assert (start.disabled, stop.disabled, slider.disabled) == (False, True, False)
    assert view.frame["empty"].startswith("Nobody has asked yet.")
    start.click()
    eventually(lambda: view.frame["tone"] == "kept", f"nothing was answered: {view.frame['notes']}")
    assert (start.disabled, stop.disabled) == (True, False)
    eventually(lambda: view.snapshot().by_version, "nobody is known to answer")
    assert {share.name for share in view.snapshot().by_version} == {"1.0"}
    slider.value = 100
    eventually(lambda: view.snapshot().intervals[-1].rate == 100, "the pod did not hear of the new rate")
    assert "0 of" in str(view)
    stop.click()
    eventually(lambda: not load_pods(kubectl), "the load pod is still there")
    eventually(lambda: not start.disabled, "it cannot be started again")
    assert view.snapshot().tally.sent > 0, "what was measured stays"


def test_nobody_looks_so_the_traffic_ends(view_of, kubectl):
    kubectl("apply", "-f", str(EXAMPLE))
    view = view_of()
    view._heard(view, {"view": "one", "is": "open"}, [])
    view.start().join(60)
    assert load_pods(kubectl)
    view._heard(view, {"view": "one", "is": "closed"}, [])
    eventually(lambda: not load_pods(kubectl), "the load pod is still there")
    eventually(
        lambda: not any(thread.name == "traffic-log" for thread in threading.enumerate()),
        "a thread still reads the log",
    )


def test_traffic_of_others_is_drawn_and_left_alone(view_of, kubectl, cluster, namespace):
    kubectl("apply", "-f", str(EXAMPLE))
    kubectl("rollout", "status", "deployment/web-app", "--timeout=60s")
    load = Load(cluster.api, namespace)
    load.start("web-service", rate=20)
    try:
        view = view_of()
        start, stop, slider = view.controls()
        eventually(lambda: view.frame["tone"] == "kept", "it is not drawn")
        assert (start.disabled, stop.disabled, slider.disabled) == (True, True, True)
        assert any("Something else started this traffic" in note for note in view.frame["notes"])
        assert ["Asked for", "20 requests/s"] in view.frame["facts"]
        view.stop().join(30)
        assert load_pods(kubectl)
    finally:
        load.stop()


def test_a_service_that_is_not_there_is_a_sentence(view_of):
    view = view_of("nowhere")
    start, *_ = view.controls()
    view.start().join(60)
    assert view.frame["notes"] == ['The service nowhere cannot be asked: services "nowhere" not found']
    assert not start.disabled


def test_a_saved_notebook_has_the_facts(view_of):
    data, _ = view_of()._repr_mimebundle_()
    for kind in ("text/plain", "text/html"):
        assert "0 of 0 requests lost" in data[kind]
    assert "application/vnd.jupyter.widget-view+json" in data
