"""Progress is kept, shared between lessons, and never in the way."""

import json

from kubetutor.exercises.progress import Progress, progress_file


def test_entries_survive_and_lessons_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "deep" / "progress.json"
    Progress("deployments", path=path).keep("passed", "no-outage", "2026-01-01T00:00:00Z")
    Progress("services", path=path).keep("predictions", "who", "pod")
    again = Progress("deployments", path=path)
    assert again.get("passed", "no-outage") == "2026-01-01T00:00:00Z"
    assert again.get("passed", "other") is None
    assert set(json.loads(path.read_text())) == {"deployments", "services"}
    assert path.stat().st_mode & 0o077 == 0


def test_a_group_can_be_forgotten(tmp_path):
    progress = Progress("deployments", path=tmp_path / "p.json")
    progress.keep("predictions", "wait", 2.0)
    progress.forget("predictions")
    assert Progress("deployments", path=progress.path).get("predictions", "wait") is None


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
