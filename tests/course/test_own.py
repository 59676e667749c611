"""Lessons of one's own: how they are found, run and told apart."""

import sys

import pytest

from kubetutor.course import catalogue, overview, own
from kubetutor.errors import LessonError
from kubetutor.exercises.progress import Progress, Standing

MODULE = """
from dataclasses import dataclass
from kubetutor.exercises.lesson import Lesson

@dataclass(frozen=True)
class Facts:
    copies: "int" = 0

LESSON = Lesson(slug="{slug}", title="{title}", needs=(), namespace="lesson-{slug}", manifests="manifests/{slug}")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder that the user stands in, with a state folder elsewhere."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path / "home"))
    return here


def write(folder, slug, *, text=MODULE, title="Coffee"):
    folder.mkdir(exist_ok=True)
    path = folder / f"{own.module_name(slug)}.py"
    path.write_text(text.format(slug=slug, title=title))
    return path


def test_a_lesson_is_found_in_the_folder_that_one_stands_in(folder):
    write(folder, "coffee-shop")
    lesson = catalogue.find("coffee-shop")
    assert (lesson.title, lesson.folder, lesson.files) == ("Coffee", folder, folder)
    assert catalogue.stem("coffee-shop") == "coffee-shop"
    assert own.slugs_in(folder) == ("coffee-shop",)


def test_it_is_found_by_its_files_and_with_all_of_its_folder(folder, tmp_path):
    away = tmp_path / "away"
    write(away, "coffee-shop")
    write(away, "tea")
    for word in (away / "coffee-shop.ipynb", away / "lesson_coffee_shop.py"):
        word.touch()
        assert [lesson.slug for lesson in catalogue.chosen(str(word))] == ["coffee-shop"]
    assert [lesson.slug for lesson in catalogue.chosen(str(away))] == ["coffee-shop", "tea"]
    assert [lesson.slug for lesson in catalogue.chosen("04")] == ["deployments"]
    with pytest.raises(LessonError, match=r"no lesson called 'tea'.* Of your own, in .*here: none"):
        catalogue.find("tea")
    with pytest.raises(
        LessonError, match=r"none of its files is called lesson_NAME.py. `kubetutor new-lesson"
    ):
        catalogue.chosen(str(folder))


def test_what_its_author_edits_counts_at_once(folder):
    write(folder, "tea", title="Tea")
    first = catalogue.find("tea")
    write(folder, "tea", title="Pot")  # within the same second, and of the same size
    assert (first.title, catalogue.find("tea").title) == ("Tea", "Pot")
    assert not (folder / "__pycache__").exists()


def test_a_lesson_may_be_called_as_a_module_of_python(folder):
    write(folder, "secrets")
    assert catalogue.find("secrets").slug == "secrets"
    assert hasattr(sys.modules.get("secrets") or __import__("secrets"), "token_hex")


def test_a_lesson_of_several_files_is_a_folder_and_is_read_anew_as_well(folder):
    place = folder / "lesson_tea"
    place.mkdir()
    (place / "__init__.py").write_text("from .said import LESSON\n")
    (place / "said.py").write_text(MODULE.format(slug="tea", title="Tea"))
    assert catalogue.find("tea").title == "Tea"
    (place / "said.py").write_text(MODULE.format(slug="tea", title="A longer title"))
    assert catalogue.find("tea").title == "A longer title"
    assert {path.name for path in own.sources("tea", folder)} == {"__init__.py", "said.py"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\nLESSON = Leson()\n", r"lesson_tea.py, line 2:\n    LESSON = Leson\(\)\nNameError: name 'Leson'"),
        ("x = 1\nif x\n    y = 2\n", r"lesson_tea.py, line 2:\n    if x\nSyntaxError: expected ':'"),
        ("import nowhere_at_all\n", r"line 1:\n    import nowhere_at_all\nModuleNotFoundError"),
        ("import prices\n", r"A lesson of several files is a folder: lesson_tea/__init__.py .*\n?.*`from .prices import"),
        ("raise SystemExit(3)\n", r"line 1:\n    raise SystemExit\(3\)\nSystemExit: 3\nMend it"),
        ("x = 1\n", r'lesson_tea.py has no LESSON. It must end with LESSON = Lesson\(slug="tea"'),
        ("LESSON = 'tea'\n", "has a LESSON that is a str"),
        (MODULE.replace("{slug}", "pot"), r"slug 'pot', and its name says 'tea'.* call the file lesson_pot.py"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_module_is_told_with_its_place(folder, text, told):
    write(folder, "tea", text=text)
    (folder / "prices.py").write_text("")
    with pytest.raises(LessonError, match=told):
        catalogue.find("tea")
    assert "lesson_tea" not in sys.modules or not told.startswith("lesson_tea.py, line")


def test_the_name_of_a_lesson_of_the_course_is_refused(folder):
    write(folder, "pods")
    for look in (lambda: catalogue.find("pods"), lambda: catalogue.in_folder(folder)):
        with pytest.raises(LessonError, match=r"lesson_pods.py is called as a lesson of the course, 03-pods"):
            look()
    assert catalogue.find("03").folder is None


def test_only_a_name_that_can_be_one_is_looked_for(folder):
    (folder / "lesson_").mkdir()
    for name in ("", "..", "../tea", "Tea", "tea-", "t" * 41):
        assert own.module_path(name, folder) is None


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package that offers a lesson."""
    site = tmp_path / "site"
    (site / "tea_lessons").mkdir(parents=True)
    (site / "tea_lessons" / "__init__.py").write_text(
        "raise SystemExit('a package is not run to be looked into')"
    )
    write(site / "tea_lessons", "tea", title="Tea")
    info = site / "tea_lessons-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tea-lessons\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[kubetutor.lessons]\ntea-time = tea_lessons\n")
    monkeypatch.syspath_prepend(site)
    return site / "tea_lessons"


def test_an_installed_package_offers_its_lessons_after_those_of_the_folder(package, folder):
    assert own.packages() == {"tea-time": package}
    assert catalogue.find("tea").folder == package
    write(folder, "tea", title="Mine")
    assert catalogue.find("tea").title == "Mine"


def test_a_package_that_is_not_there_is_told(package):
    (package.parent / "tea_lessons-1.dist-info" / "entry_points.txt").write_text(
        "[kubetutor.lessons]\ntea = nowhere\n"
    )
    with pytest.raises(LessonError, match="'tea-lessons' says that its lessons are in 'nowhere'"):
        own.packages()


def test_progress_shows_and_forgets_own_lessons_too(folder):
    write(folder, "tea", title="Tea")
    Progress("tea").keep("passed", "pour", "now")
    shown = overview.progress()
    assert [row.name for row in shown.rows][-2:] == ["13", "own"]
    assert "own  Tea" in str(shown)
    assert "own" not in overview.course_line()
    assert overview.reset("tea") == "tea, with its predictions"
    Progress("tea").keep("passed", "pour", "now")
    assert overview.reset() == "the whole course, tea"
    assert Progress("tea").standing("pour") is Standing.OPEN
