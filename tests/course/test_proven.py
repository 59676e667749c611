"""Every exercise of every lesson is proven on a live cluster, in all ways.

What the ways are is said in `kubetutor/exercises/proving.py`. A lesson has one namespace on a cluster, so its tests are a
group of their own; lessons run side by side.
"""

import pytest

from kubetutor.course import catalogue
from kubetutor.exercises.lesson import LessonSession
from kubetutor.exercises.progress import Progress
from kubetutor.exercises.proving import Way, cases, prove
from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.live.source import ApiSource

pytestmark = [pytest.mark.kubectl, pytest.mark.both]

AGAIN = {Way.SOLUTION}  # after all that the learner may have done; `kubetutor check-course` repeats all


def parameters(ways=tuple(Way), suffix=""):
    """All cases of these ways, each in the group of its lesson."""
    for lesson in catalogue.lessons():
        marks = [pytest.mark.xdist_group(f"lesson-{lesson.slug}")]
        marks += [pytest.mark.alone] * lesson.changes_nodes
        for exercise in lesson.exercises:
            for case in cases(exercise):
                if case.way in ways:
                    name = f"{catalogue.stem(lesson.slug)}: {case}{suffix}"
                    yield pytest.param(lesson.slug, case, marks=marks, id=name)


@pytest.fixture(scope="module")
def session(request, cluster, tmp_path_factory):
    """The lesson that the test names, prepared once for all of its cases."""
    lesson = catalogue.find(request.param)
    progress = Progress(lesson.slug, path=tmp_path_factory.mktemp("home") / "progress.json")
    session = LessonSession(lesson, cluster, feed=Feed(ApiSource()), progress=progress)
    session.prepare()
    yield session
    session.clean_up()


@pytest.mark.parametrize(
    ("session", "case"),
    [*parameters(), *parameters(AGAIN, suffix=", again")],
    indirect=["session"],
    scope="module",  # else each case has a namespace of its own: where one argument is direct, pytest takes `function`
)
def test_it_is_judged_as_it_should_be(session, case):
    assert prove(session, case) == ""
