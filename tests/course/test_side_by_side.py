"""The table of the six tools is read from their files."""

import pathlib
import shutil

import pytest

from kubetutor.course import side_by_side

FOLDER = pathlib.Path(__file__).parents[2] / "lessons" / side_by_side.FOLDER


def test_all_six_run_the_same_image_at_the_same_port():
    rows = side_by_side.table(FOLDER).rows
    assert [row[0] for row in rows][::5] == ["Docker Compose", "Kubernetes"]
    assert {row[3] for row in rows} == {"my-app:2.0"}
    assert {row[5] for row in rows} == {"3000"}


@pytest.mark.parametrize("tool", side_by_side.TOOLS, ids=lambda tool: tool.name)
def test_what_the_learner_changes_in_a_file_shows(tool, tmp_path):
    copy = shutil.copytree(FOLDER, tmp_path / "files")
    file = copy / tool.file
    file.write_text(file.read_text(encoding="utf-8").replace("my-app:2.0", "my-app:3.0"), encoding="utf-8")
    row = next(row for row in side_by_side.table(copy).rows if row[0] == tool.name)
    assert row[3] == "my-app:3.0"


def test_it_is_text_and_html():
    shown = side_by_side.table(FOLDER)
    assert "Cloud Run" in str(shown)
    assert shown._repr_html_().count("<tr") == 7
