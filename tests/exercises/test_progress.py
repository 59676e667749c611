"""Progress is kept, shared between lessons, and never in the way."""

import json
import threading

from kubetutor.exercises.progress import Progress, Standing, progress_file


def test_entries_survive_and_lessons_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "deep" / "progress.json"
    Progress("deployments", path=path).keep("passed", "no-outage", "2026-01-01T00:00:00Z")
    Progress("services", path=path).keep("predictions", "who", "pod")
    again = Progress("deployments", path=path)
    assert again.get("passed", "no-outage") == "2026-01-01T00:00:00Z"
    assert again.get("passed", "other") is None
    assert set(json.loads(path.read_text())) == {"deployments", "services"}
    assert path.stat().st_mode & 0o077 == 0


def test_an_exercise_is_open_then_tried_then_passed(tmp_path):
    progress = Progress("deployments", path=tmp_path / "p.json")
    assert progress.standing("no-outage") is Standing.OPEN
    progress.keep("tried", "no-outage", "now")
    assert progress.standing("no-outage") is Standing.TRIED
    progress.keep("passed", "no-outage", "now")
    assert progress.standing("no-outage") is Standing.PASSED


def test_one_exercise_can_be_forgotten_or_the_whole_lesson(tmp_path):
    progress = Progress("deployments", path=tmp_path / "p.json")
    Progress("services", path=progress.path).keep("passed", "far", "now")
    for exercise in ("near", "far"):
        progress.keep("passed", exercise, "now")
    progress.keep("predictions", "wait", 2.0)
    progress.reset("near")
    again = Progress("deployments", path=progress.path)
    assert [again.standing(exercise) for exercise in ("near", "far")] == [Standing.OPEN, Standing.PASSED]
    progress.reset()
    assert again.get("predictions", "wait") is None
    assert again.standing("far") is Standing.OPEN
    assert Progress("services", path=progress.path).standing("far") is Standing.PASSED


def test_what_another_process_forgets_is_forgotten_here_too(tmp_path):
    here = Progress("deployments", path=tmp_path / "p.json")
    here.keep("passed", "no-outage", "now")
    Progress("deployments", path=here.path).reset()
    assert here.standing("no-outage") is Standing.OPEN
    here.keep("predictions", "wait", 2.0)
    assert here.standing("no-outage") is Standing.OPEN


def test_two_who_write_at_once_lose_nothing(tmp_path):
    def keep(lesson):
        for number in range(10):
            Progress(lesson, path=tmp_path / "p.json").keep("passed", str(number), "now")

    threads = [threading.Thread(target=keep, args=(lesson,)) for lesson in ("deployments", "services")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = json.loads((tmp_path / "p.json").read_text())
    assert {lesson: len(entries["passed"]) for lesson, entries in kept.items()} == {
        "deployments": 10,
        "services": 10,
    }


def test_a_damaged_file_begins_afresh_and_says_so(tmp_path):
    path = tmp_path / "progress.json"
    path.write_text("{nonsense")
    progress = Progress("deployments", path=path)
    assert "cannot be read" in progress.trouble
    progress.keep("passed", "no-outage", "now")
    assert Progress("deployments", path=path).get("passed", "no-outage") == "now"


def test_a_place_that_cannot_be_written_is_said_and_the_lesson_goes_on(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("")
    progress = Progress("deployments", path=blocker / "progress.json")
    progress.keep("passed", "no-outage", "now")
    assert progress.get("passed", "no-outage") == "now"
    assert "cannot be kept" in progress.trouble


def test_the_file_is_in_the_state_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path))
    assert progress_file() == tmp_path / "progress.json"
    monkeypatch.delenv("KUBETUTOR_HOME")
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert str(progress_file()) == "/state/kubetutor/progress.json"
