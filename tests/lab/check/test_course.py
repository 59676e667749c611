"""What `kubetutor check-course` says."""

import dataclasses

import pytest

from kubetutor.course import catalogue
from kubetutor.course.deployments import LESSON
from kubetutor.lab.check import course, links, proof


@pytest.fixture
def said():
    return []


def test_a_lesson_that_is_well_is_one_line(said):
    assert course.check([LESSON], course.Wanted(), said.append) == 0
    assert said[0].startswith("ok      04-deployments: 1 exercise, 1 measured; ")
    assert said[-1] == "All is well."
    assert any("https://blog.cloudflare.com" in line for line in said)


def test_what_is_wrong_is_said_with_its_lesson_and_the_lesson_counts_it(said):
    broken = dataclasses.replace(LESSON, questions=())
    assert course.check([broken], course.Wanted(), said.append) == 1
    assert said[0] == "wrong   04-deployments: has no prediction: add a Question"
    assert said[1].startswith("FAILED  04-deployments: ")
    assert said[1].endswith("; 1 trouble, above")
    assert said[-1].startswith("1 trouble")


def test_what_a_cluster_does_not_prove_is_said_as_soon_as_it_is_found(said, monkeypatch):
    seen = []

    def prove(lesson, cluster, *, twice, show, tell):
        seen.append((lesson.slug, cluster, twice))
        show(0, 1, "untouched")
        tell("no-outage: untouched: it is wrong and passes:\nPassed")
        seen.append(said[-1])  # what was said while the other cases were still to be tried
        return proof.Proof(34, 70.4)

    monkeypatch.setattr(proof, "prove_lesson", prove)
    assert course.check([LESSON], course.Wanted("a cluster", twice=False), said.append) == 1
    assert seen[0] == ("deployments", "a cluster", False)
    assert seen[1] == (
        "wrong   04-deployments: no-outage: untouched: it is wrong and passes:\n            Passed"
    )
    assert "34 cases proven in 70 s; 1 trouble, above" in said[1]


def test_pages_of_the_web_are_asked_for_only_when_wanted(said, monkeypatch):
    monkeypatch.setattr(links, "trouble_online", lambda page: f"the link to {page} is dead: HTTP 404")
    assert course.check([LESSON], course.Wanted(online=True), said.append) == 1
    assert "is dead: HTTP 404" in said[0]


def test_the_whole_course_must_measure_half_of_its_exercises(said, monkeypatch):
    stated = dataclasses.replace(
        LESSON, exercises=tuple(dataclasses.replace(each, measured=()) for each in LESSON.exercises)
    )
    monkeypatch.setattr(catalogue, "slugs", lambda: ("deployments",))
    course.check([stated], course.Wanted(), said.append)
    assert "0 of 1 exercises are judged by measured behaviour: it must be half" in "\n".join(said)
