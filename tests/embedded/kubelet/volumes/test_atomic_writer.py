"""Files that change all at once."""

import datetime as dt
import os
import stat

import pytest

from kubetutor.embedded.kubelet.volumes.atomic_writer import write_atomically
from kubetutor.embedded.kubelet.volumes.contents import File

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


@pytest.fixture
def write(tmp_path):
    return lambda files: write_atomically(
        tmp_path / "volume", {path: File(text.encode()) for path, text in files.items()}, NOW
    )


def visible(folder):
    return sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith(".."))


def test_what_is_seen_are_links_into_the_present_files(write, tmp_path):
    assert write({"soup": "tomato", "today/first": "salad"})
    folder = tmp_path / "volume"
    assert visible(folder) == ["soup", "today"]
    assert (folder / "soup").readlink().as_posix() == "..data/soup"
    assert (folder / "..data").readlink().name.startswith("..2026_05_04_12_00_00.")
    assert (folder / "today" / "first").read_text() == "salad"


def test_an_update_replaces_all_and_leaves_nothing_behind(write, tmp_path):
    write({"soup": "tomato", "old/one": "x"})
    folder = tmp_path / "volume"
    with (folder / "soup").open() as held:
        assert write({"soup": "onion", "new": "y"})
        assert held.read() == "tomato"
    assert visible(folder) == ["new", "soup"]
    assert (folder / "soup").read_text() == "onion"
    assert len(list(folder.iterdir())) == 4  # two links, ..data and what it leads to


def test_what_is_the_same_is_not_written_again(write, tmp_path):
    write({"soup": "tomato"})
    before = (tmp_path / "volume" / "..data").readlink()
    assert not write({"soup": "tomato"})
    assert (tmp_path / "volume" / "..data").readlink() == before


def test_a_write_that_was_interrupted_is_done_again(write, tmp_path):
    write({"soup": "tomato"})
    (tmp_path / "volume" / "..data_tmp").symlink_to("nowhere")
    assert write({"soup": "onion"})
    assert (tmp_path / "volume" / "soup").read_text() == "onion"


def test_modes_are_as_they_are_wanted_whatever_the_owner_grants_new_files(tmp_path):
    before = os.umask(0o077)
    try:
        write_atomically(tmp_path / "volume", {"a/b": File(b"", 0o640)}, NOW)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / "volume" / path).stat().st_mode) for path in ("", "a", "a/b")]
    assert modes == [0o777, 0o755, 0o640]
