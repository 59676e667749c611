"""What the deployments lesson measures on a live cluster; that its exercise is judged rightly is in `test_proven.py`."""

import pytest

from kubetutor.course.deployments import LESSON, NO_OUTAGE
from kubetutor.exercises.lesson import LessonSession
from kubetutor.exercises.progress import Progress
from kubetutor.exercises.result import NOT_STARTED
from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.live.source import ApiSource

pytestmark = [
    pytest.mark.kubectl,
    pytest.mark.both,
    pytest.mark.xdist_group("lesson-deployments"),  # a lesson has one namespace on a cluster
]


@pytest.fixture(scope="module")
def session(cluster, tmp_path_factory):
    progress = Progress(LESSON.slug, path=tmp_path_factory.mktemp("home") / "progress.json")
    session = LessonSession(LESSON, cluster, feed=Feed(ApiSource()), progress=progress)
    session.prepare()
    yield session
    session.clean_up()


@pytest.fixture
def runner(session):
    runner = session.exercise(NO_OUTAGE.slug)
    runner.start()
    yield runner
    runner.stop()


def test_untouched_is_not_started_and_can_be_started_again(runner):
    assert runner.check().verdict == NOT_STARTED
    runner.start()
    assert runner.check().verdict == NOT_STARTED


def test_the_solution_opens_at_the_third_asking(runner):
    runner._asked = 0
    runner._last = None
    shown = [str(runner.solution()) for _ in range(3)]
    assert "kubectl" not in shown[0] + shown[1]
    assert "kubectl set image" in shown[2]


@pytest.mark.usefixtures("runner")
def test_a_lost_pod_is_measured(session):
    pod = session.view.snapshot().pods[0].name
    session.cluster.kubectl("--namespace", session.namespace, "delete", "pod", pod, "--wait=false")
    seconds = session.seconds_to_recover()
    assert seconds is not None
    assert 0 < seconds < 60


def test_the_lesson_says_how_far_the_learner_is_and_can_be_reset(session, runner):
    assert runner.check().progress == "0 of 1 passed in this lesson"
    session.progress.keep("passed", NO_OUTAGE.slug, "now")
    assert session.how_far() == "1 of 1 passed in this lesson"
    assert "0 of 1 passed" in str(session.reset(NO_OUTAGE.slug))
    session.predict("recovery").record(2.0)
    session.reset()
    assert session.predict("recovery").value is None
