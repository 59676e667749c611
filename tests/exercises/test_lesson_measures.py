"""What a lesson measures outside of its exercises, on a live cluster: Ready pods over time, answers, counted requests."""

import dataclasses

import pytest

from kubetutor.course.deployments import LESSON
from kubetutor.errors import LessonError
from kubetutor.exercises.lesson import LessonSession
from kubetutor.exercises.progress import Progress
from kubetutor.exercises.waiting import eventually
from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.live.source import ApiSource

pytestmark = [pytest.mark.kubectl, pytest.mark.xdist_group("lesson-measured")]

PODS = 5
FILE = "lessons/manifests/04-deployments/exercise.yaml"


@pytest.fixture(scope="module")
def session(cluster, tmp_path_factory, request):
    """A lesson with five Ready pods, which its watch has seen."""
    progress = Progress(LESSON.slug, path=tmp_path_factory.mktemp("home") / "progress.json")
    lesson = dataclasses.replace(LESSON, namespace="lesson-measured")
    session = LessonSession(lesson, cluster, feed=Feed(ApiSource()), progress=progress)
    session.prepare()
    cluster.kubectl("-n", session.namespace, "apply", "-f", str(request.config.rootpath / FILE))
    assert f"{PODS} Ready after" in str(session.until_ready(PODS))
    assert eventually(lambda: session.moments()[-1].ready == PODS)
    yield session
    session.clean_up()


def test_pods_that_do_not_come_are_said(session):
    said = str(session.until_ready(PODS + 1, timeout=0.1))
    assert f"{PODS} Ready after" in said
    assert f"{PODS + 1} were expected. Look at them." in said


def test_a_fall_is_measured_from_where_the_lesson_says(session):
    session.measure_from_here()
    assert session.fewest_ready() == PODS
    assert session.seconds_until_restored(within=0.1) is None, "nothing has fallen yet"
    victim = session.view.snapshot().pods[0].name
    session.cluster.kubectl("-n", session.namespace, "delete", "pod", victim, "--wait=false")
    seconds = session.seconds_until_restored(within=60)
    assert 0 < seconds < 60
    assert session.fewest_ready() < PODS
    session.measure_from_here()
    assert session.fewest_ready() == PODS


def test_answers_come_through_a_service_or_from_an_address(session):
    by_name = session.ask("web-service", 3)
    assert (by_name.lost, by_name.versions) == (0, {"1.0": 3})
    assert session.ask(by_name.url, 2).versions == {"1.0": 2}


def test_requests_are_counted_between_two_cells(session):
    counting = session.requests.start("web-service")
    assert eventually(lambda: counting.tally.sent >= 50)
    first = counting.began
    sent = counting.again().tally.sent
    assert sent < 50
    assert eventually(lambda: counting.tally.sent > sent)
    session.requests.end()
    assert first < counting.began < counting.ended
    assert "requests to web-service were lost" in str(counting)
    assert "from version 1.0" in str(counting)


def test_shares_are_found_again_by_the_lesson(session):
    shares = session.shares("web-service", 60)
    assert shares.tally.sent >= 60
    assert session.found["shares"] is shares
    with pytest.raises(LessonError, match="cannot be asked"):
        session.shares("nobody", 5)
