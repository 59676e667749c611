"""The course as a whole: its order, and how lessons are found."""

import pytest

from kubetutor.course import catalogue
from kubetutor.course.deployments import LESSON
from kubetutor.errors import LessonError


def test_the_course_has_fourteen_lessons_in_this_order():
    assert len(set(catalogue.ORDER)) == 14
    assert [catalogue.stem(catalogue.ORDER[place]) for place in (0, 4, 13)] == [
        "00-start-here",
        "04-deployments",
        "13-capstone",
    ]
    assert list(catalogue.slugs()) == [slug for slug in catalogue.ORDER if slug in catalogue.slugs()]


@pytest.mark.parametrize("name", ["deployments", "04-deployments", "04", "4"])
def test_a_lesson_is_found_by_number_and_by_name(name):
    assert catalogue.find(name) is LESSON


def test_a_lesson_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(LessonError, match=r"no lesson called 'nonsense'. There are: .*04 deployments"):
        catalogue.find("nonsense")


def test_each_lesson_is_called_as_its_module_and_its_files():
    for lesson in catalogue.lessons():
        assert catalogue.find(lesson.slug) is lesson
        assert lesson.namespace == f"lesson-{lesson.slug}"
        assert lesson.manifests == f"manifests/{catalogue.stem(lesson.slug)}"


def test_no_question_is_written_in_markdown():
    """It is shown as it is."""
    questions = [question for lesson in catalogue.lessons() for question in lesson.questions]
    assert [
        question.slug for question in questions if "`" in " ".join((question.text, *question.choices))
    ] == []
