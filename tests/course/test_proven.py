"""Every exercise of every lesson is proven on a live cluster, in all ways.

What the ways are is said in `kubetutor/exercises/proving.py`. A lesson has one namespace on a cluster, so its tests are a
group of their own; lessons run side by side.
"""

import pytest

from kubetutor.course import catalogue
from kubetutor.exercises.proving import prove
from kubetutor.testing.cases import Sessions, named_cases

pytestmark = [pytest.mark.kubectl, pytest.mark.both]


def parameters():
    """All cases, each in the group of its lesson."""
    for lesson in catalogue.lessons():
        marks = [pytest.mark.xdist_group(f"lesson-{lesson.slug}")]
        marks += [pytest.mark.alone] * lesson.changes_nodes
        for name, case in named_cases(lesson):
            yield pytest.param(lesson.slug, case, marks=marks, id=name)


@pytest.fixture(scope="module")
def session(request, cluster, tmp_path_factory):
    """The lesson that the test names, prepared once for all of its cases."""
    with Sessions(cluster, tmp_path_factory.mktemp("home")) as sessions:
        yield sessions.of(catalogue.find(request.param))


@pytest.mark.parametrize(
    ("session", "case"),
    list(parameters()),
    indirect=["session"],
    scope="module",  # else each case has a namespace of its own: where one argument is direct, pytest takes `function`
)
def test_it_is_judged_as_it_should_be(session, case):
    assert prove(session, case) == ""
