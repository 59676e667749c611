"""What `kubetutor new-lesson` writes, without a cluster."""

import json
import pathlib

import pytest
from click.testing import CliRunner

from kubetutor.cli import cli
from kubetutor.course import catalogue, own
from kubetutor.errors import LessonError
from kubetutor.lab import lessons, new_lesson, run
from kubetutor.lab.check import course

FILES = ("coffee-shop.ipynb", "lesson_coffee_shop.py", "manifests/coffee-shop/shop.yaml", "test_lessons.py")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "my-lessons"


def read(lesson):
    said = []
    return course.check([lesson], course.Wanted(), said.append), said


def test_it_is_whole_and_reads_well_untouched(folder):
    made = new_lesson.write("coffee-shop", folder)
    assert (made.written, made.kept) == (FILES, ())
    assert sorted(lessons.hashes(folder)) == sorted(FILES)
    (lesson,) = catalogue.in_folder(folder)
    assert (lesson.title, lesson.namespace) == ("Coffee shop: one copy, or three", "lesson-coffee-shop")
    count, said = read(lesson)
    assert count == 0, said
    assert said[0].startswith("ok      coffee-shop: 1 exercise, 1 measured; 1 concepts taught; 1 links; ")
    for name in FILES:
        assert "your-lesson" not in (folder / name).read_text()
        assert "your_lesson" not in (folder / name).read_text()


def test_the_template_is_a_lesson_itself():
    (lesson,) = catalogue.in_folder(new_lesson.TEMPLATE)
    count, said = read(lesson)
    assert count == 0, said


def test_a_second_lesson_of_a_folder_shares_its_test_file(folder):
    new_lesson.write("coffee-shop", folder)
    (folder / "test_lessons.py").write_text("# mine\n")
    assert new_lesson.write("tea", folder).kept == ("test_lessons.py",)
    assert (folder / "test_lessons.py").read_text() == "# mine\n"
    assert own.slugs_in(folder) == ("coffee-shop", "tea")


@pytest.mark.parametrize("name", FILES[:3])
def test_where_a_file_is_there_nothing_is_written(folder, name):
    path = folder / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(LessonError, match=f"there is already {name}. Nothing was written"):
        new_lesson.write("coffee-shop", folder)
    assert list(lessons.hashes(folder)) == [name]
    assert path.read_text() == "mine"


def test_where_the_lesson_is_a_folder_nothing_is_written(folder):
    (folder / "lesson_coffee_shop").mkdir(parents=True)
    (folder / "lesson_coffee_shop" / "__init__.py").write_text("")
    with pytest.raises(LessonError, match="already a lesson 'coffee-shop'"):
        new_lesson.write("coffee-shop", folder)


def test_a_folder_that_cannot_be_made_is_told(folder):
    folder.write_text("")
    with pytest.raises(LessonError, match=r"cannot be written into .*my-lessons: "):
        new_lesson.write("coffee-shop", folder)


@pytest.mark.parametrize(
    ("slug", "told"),
    [
        ("Coffee Shop", "small letters, digits and dashes.* For example: coffee-shop"),
        ("café_", "For example: cafe"),
        ("04-coffee", "For example: coffee"),
        ("x" * 41, "40 characters at most"),
        ("", "small letters"),
        ("../coffee", "For example: coffee"),
        ("pods", "'pods' in the course.* our-pods"),
        ("your-lesson", "is taken"),
    ],
)
def test_a_name_that_cannot_be_is_told_with_one_that_can(folder, slug, told):
    with pytest.raises(LessonError, match=told):
        new_lesson.write(slug, folder)
    assert not folder.exists()


def test_the_command_says_what_there_is_and_what_to_do_next(folder):
    said = CliRunner().invoke(cli, ["new-lesson", "coffee-shop", "--folder", "my-lessons"])
    assert said.exit_code == 0
    lines = [line.strip() for line in said.output.splitlines()]
    assert lines[1:5] == list(FILES)
    assert "cd my-lessons" in lines
    assert any(line.startswith("kubetutor check-course coffee-shop ") for line in lines)
    assert (folder / "coffee-shop.ipynb").exists()


def test_every_command_takes_a_lesson_of_ones_own(folder, monkeypatch):
    new_lesson.write("coffee-shop", folder)
    assert lessons.find("my-lessons/coffee-shop.ipynb") == pathlib.Path("my-lessons/coffee-shop.ipynb")
    said = CliRunner().invoke(cli, ["check-course", "--static", "my-lessons"])
    assert said.exit_code == 0, said.output
    monkeypatch.chdir(folder)
    assert lessons.find("coffee-shop") == folder / "coffee-shop.ipynb"
    said = CliRunner().invoke(cli, ["check-course", "--static", "coffee-shop"])
    assert said.exit_code == 0, said.output


def test_a_run_takes_along_what_the_lesson_needs_and_nothing_else(folder, tmp_path):
    new_lesson.write("coffee-shop", folder)
    (folder / "diary.txt").write_text("mine")
    copy = tmp_path / "copy"
    copy.mkdir()
    run.copy_what_it_needs(folder / "coffee-shop.ipynb", copy)
    assert sorted(lessons.hashes(copy)) == ["lesson_coffee_shop.py", "manifests/coffee-shop/shop.yaml"]


def break_module(folder, old, new):
    path = folder / "lesson_coffee_shop.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return read(catalogue.in_folder(folder)[0])[1]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('hint="replicas"', 'hint="gone"', "the hint 'replicas' is unreachable: no typical wrong answer gets it"),
        ('hint="closed"', 'hint="shut"', "wants the hint 'shut', which no rule has"),
        ("Set the number of replicas to", "kubectl scale deployment/shop", "the hint 'replicas' holds a command"),
        ('after=("start-here",)', 'after=("strat-here",)', "comes after strat-here: There is no lesson called"),
        ('teaches=("scale",)', 'teaches=("scales",)', "no concept of course/concepts.py. Called nearly so: scale"),
        ('teaches=("scale",)', "teaches=()", "uses 'scale', which no lesson before has taught"),
        ('namespace="lesson-coffee-shop"', 'namespace="shop"', "its namespace is 'shop', and must be 'lesson-coffee-shop'"),
        ('title="Coffee shop: ', 'title="Tea: ', "its first heading is 'Coffee shop: one copy, or three'"),
        ('slug="more-copies"', 'slug="copies"', 'no cell of the notebook has lesson.exercise("copies")'),
        ('"who-answers"', '"who"', 'no cell of the notebook has lesson.predict("who")'),
    ],
)  # fmt: skip
def test_what_an_author_may_do_wrong_is_found_by_reading(folder, old, new, told):
    new_lesson.write("coffee-shop", folder)
    said = break_module(folder, old, new)
    assert any(told in line for line in said), said


def test_without_after_the_whole_course_counts_as_taught(folder):
    new_lesson.write("coffee-shop", folder)
    said = break_module(
        folder,
        '    teaches=("scale",),  # concepts that the course has words for; this lesson explains them\n',
        "",
    )
    assert any("uses 'scale'" in line for line in said)
    said = break_module(folder, 'after=("start-here",)', "after=()")
    assert said[-1] == "All is well."


def test_a_lesson_may_come_after_another_of_its_folder_even_in_a_circle(folder):
    new_lesson.write("coffee-shop", folder)
    new_lesson.write("tea", folder)
    path = folder / "lesson_tea.py"
    path.write_text(
        path.read_text()
        .replace('("start-here",)', '("coffee-shop",)')
        .replace('teaches=("scale",)', "teaches=()")
    )
    assert read(catalogue.find_in(folder, "tea"))[0] == 0
    break_module(folder, 'after=("start-here",)', 'after=("tea",)')
    assert read(catalogue.find_in(folder, "tea"))[0] > 0


def test_a_stray_output_and_a_stray_file_are_found(folder):
    new_lesson.write("coffee-shop", folder)
    path = folder / "coffee-shop.ipynb"
    notebook = json.loads(path.read_text())
    cell = next(each for each in notebook["cells"] if each["id"] == "view")
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "a picture"}]
    path.write_text(json.dumps(notebook))
    (folder / "manifests" / "coffee-shop" / "old.bin").write_bytes(b"\xff\x00")
    said = read(catalogue.in_folder(folder)[0])[1]
    assert any("cell view has an output and is not tagged" in line for line in said)
    assert any("coffee-shop: manifests/coffee-shop/old.bin is a stray file" in line for line in said)
