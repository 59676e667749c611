import json
import pathlib

import pytest

from kubetutor.cluster.home import Home
from kubetutor.errors import LessonError
from kubetutor.lab import lessons


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    (folder / "manifests" / "04-deployments").mkdir(parents=True)
    (folder / "04-deployments.ipynb").write_text("first")
    (folder / "manifests" / "04-deployments" / "deployment.yaml").write_text("first")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "old.ipynb").write_text("old")
    return folder


@pytest.fixture
def target(tmp_path):
    return tmp_path / "target"


def test_the_first_time_everything_is_copied(source, target):
    plan = lessons.bring_up_to_date(target, source)
    assert plan.copy == ("04-deployments.ipynb", "manifests/04-deployments/deployment.yaml")
    assert (target / "manifests/04-deployments/deployment.yaml").read_text() == "first"


def test_the_second_time_nothing_is(source, target):
    lessons.bring_up_to_date(target, source)
    assert lessons.bring_up_to_date(target, source) == lessons.CopyPlan((), ())


def test_a_new_version_replaces_an_untouched_file(source, target):
    lessons.bring_up_to_date(target, source)
    (source / "04-deployments.ipynb").write_text("second")
    assert lessons.bring_up_to_date(target, source).copy == ("04-deployments.ipynb",)
    assert (target / "04-deployments.ipynb").read_text() == "second"


def test_an_edited_file_stays_and_the_newer_one_is_told_each_time(source, target):
    lessons.bring_up_to_date(target, source)
    (target / "04-deployments.ipynb").write_text("mine")
    assert lessons.bring_up_to_date(target, source).kept == ()
    (source / "04-deployments.ipynb").write_text("second")
    for _time in range(2):
        assert lessons.bring_up_to_date(target, source).kept == ("04-deployments.ipynb",)
    assert (target / "04-deployments.ipynb").read_text() == "mine"


def test_a_removed_file_is_copied_afresh(source, target):
    lessons.bring_up_to_date(target, source)
    (target / "04-deployments.ipynb").unlink()
    assert lessons.bring_up_to_date(target, source).copy == ("04-deployments.ipynb",)


def test_a_file_of_the_learner_that_we_never_copied_stays(source, target):
    target.mkdir()
    (target / "04-deployments.ipynb").write_text("mine")
    plan = lessons.bring_up_to_date(target, source)
    assert plan.kept == ("04-deployments.ipynb",)
    assert (target / "04-deployments.ipynb").read_text() == "mine"


def test_without_a_usable_manifest_nothing_is_overwritten(source, target):
    lessons.bring_up_to_date(target, source)
    (target / lessons.MANIFEST).write_text("{")
    (source / "04-deployments.ipynb").write_text("second")
    assert lessons.bring_up_to_date(target, source).copy == ()


def test_the_manifest_is_json(source, target):
    lessons.bring_up_to_date(target, source)
    assert "04-deployments.ipynb" in json.loads((target / lessons.MANIFEST).read_text())


def test_a_lesson_is_found_by_path_or_by_slug(source, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # where no file of these names lies
    monkeypatch.setattr(lessons.share, "folder", lambda _kind: source)
    ours = source / "04-deployments.ipynb"
    assert lessons.find(str(ours)) == ours
    for name in ("04-deployments", "deployments", "lessons/04-deployments.ipynb", "04", "4"):
        assert lessons.find(name) == ours
    with pytest.raises(LessonError, match="04-deployments"):
        lessons.find("99-nothing")


def test_our_lessons_are_in_the_checkout():
    assert pathlib.Path(lessons.share.folder("lessons"), "manifests/04-deployments/deployment.yaml").is_file()


def test_hidden_files_and_environments_are_no_lessons(source):
    for name in (".git/config", ".venv/pyvenv.cfg", "env/pyvenv.cfg", "env/lib/a.py", "__pycache__/a.pyc"):
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (source / "gone.txt").symlink_to("nowhere")
    assert sorted(lessons.hashes(source)) == [
        "04-deployments.ipynb",
        "manifests/04-deployments/deployment.yaml",
    ]


def test_a_folder_of_own_lessons_has_a_copy_of_its_own(source, tmp_path):
    (source / "lesson_tea.py").write_text("")
    other = tmp_path / "elsewhere" / "source"
    home = Home(tmp_path / "home")
    assert lessons.own_folder(str(source)) == source
    place = lessons.place_for_copy(source, home)
    assert place.parent == home.path / "own-lessons"
    assert place.name.startswith("source-")
    assert place != lessons.place_for_copy(other, home)
    assert "(3 files new or updated)" in lessons.copied_in_words(place, source)[0]
    (place / "lesson_tea.py").write_text("mine")
    (source / "lesson_tea.py").write_text("second")
    assert "kept as you edited it: lesson_tea.py" in lessons.copied_in_words(place, source)[1]


def test_an_author_works_in_the_folder_itself(source):
    (source / "lesson_tea.py").write_text("")
    assert lessons.copied_in_words(source, source) == [f"No copy: JupyterLab works in {source} itself."]
    assert not (source / lessons.MANIFEST).exists()
    with pytest.raises(LessonError, match="would be inside of what is copied"):
        lessons.copied_in_words(source / "copy", source)


def test_what_is_no_folder_of_lessons_is_told(source, tmp_path, monkeypatch):
    with pytest.raises(LessonError, match=r"no folder .*nowhere. Installed packages offer lessons as: none"):
        lessons.own_folder(str(tmp_path / "nowhere"))
    with pytest.raises(LessonError, match=r"none of its files is called lesson_NAME\.py"):
        lessons.own_folder(str(source))
    (source / "lesson_tea.py").write_text("")
    monkeypatch.setattr(lessons, "MOST", 2)
    with pytest.raises(LessonError, match="more than 2 files, and all of them would be copied"):
        lessons.own_folder(str(source))


def test_lessons_of_an_installed_package_are_found_by_the_name_that_it_gives_them(
    source, tmp_path, monkeypatch
):
    (source / "lesson_tea.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lessons.own, "packages", lambda: {"tea-time": source})
    assert lessons.own_folder("tea-time") == source
    assert lessons.find("tea") == source / "tea.ipynb"
