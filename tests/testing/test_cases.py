"""Exercises of one's own as tests of pytest: which tests there are, and what is said when there can be none."""

import pytest

from kubetutor.course.deployments import LESSON
from kubetutor.lab import new_lesson
from kubetutor.testing import cases
from tests.testing.test_plugin import pytest_in


def test_each_case_is_a_test_and_the_solution_comes_again():
    names = [name for name, _case in cases.named_cases(LESSON)]
    assert names[:2] == [
        "04-deployments: no-outage: untouched",
        "04-deployments: no-outage: solution: set the image",
    ]
    assert [name for name in names if name.endswith(", again")] == [f"{names[1]}, again"]
    assert len(names) == len(set(names))


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """What one pytest says of five folders: with two lessons, with tests elsewhere, with a typo, and with no lesson."""
    root = tmp_path_factory.mktemp("root")
    for folder, slugs in {
        "shop": ("coffee-shop", "tea"),
        "lessons": ("tea",),
        "typo": ("tea",),
        "none": ("tea",),
    }.items():
        for slug in slugs:
            new_lesson.write(slug, root / folder)
        (root / folder / "test_lessons.py").rename(root / folder / f"test_{folder}.py")
    (root / "checks").mkdir()
    elsewhere = root / "lessons" / "test_lessons.py"
    text = elsewhere.read_text()
    elsewhere.unlink()
    mark = 'import pytest\n\n@pytest.mark.kubetutor_lessons("../lessons")\n'
    (root / "checks" / "test_checks.py").write_text(text.replace("def test", f"{mark}def test"))
    (root / "typo" / "lesson_tea.py").write_text("LESSON = Leson()")
    (root / "none" / "lesson_tea.py").unlink()
    return pytest_in(root, "--collect-only", "--strict-markers")


def test_the_file_that_new_lesson_writes_collects_all_lessons_of_its_folder(collected):
    said = collected.stdout
    assert "test_shop.py::test_exercises[coffee-shop: more-copies: untouched]" in said
    assert "test_shop.py::test_exercises[tea: more-copies: wrong: two copies]" in said
    assert "test_shop.py::test_exercises[tea: more-copies: solution: scale, again]" in said
    assert said.count("test_shop.py::") == 22


def test_a_test_elsewhere_names_the_folder(collected):
    assert collected.stdout.count("test_checks.py::test_exercises[tea: ") == 11


@pytest.mark.parametrize(
    "told", ["NameError: name 'Leson' is not defined", "none of its files is called lesson_NAME.py"]
)
def test_lessons_that_cannot_be_loaded_are_an_error_and_not_a_silence(collected, told):
    assert collected.returncode == 2
    assert told in collected.stdout
    assert "Traceback" not in collected.stdout


def test_a_case_that_is_not_judged_as_it_should_be_fails_with_what_was_seen(monkeypatch):
    monkeypatch.setattr(cases.proving, "prove", lambda _session, _case: "it is wrong and passes:\nPassed")
    (_name, case), *_ = cases.named_cases(LESSON)
    with pytest.raises(pytest.fail.Exception, match="no-outage: untouched: it is wrong and passes:\nPassed"):
        cases.ExerciseCase(None, case).prove()
