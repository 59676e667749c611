"""Where a path of a node is: in its own folder, or on the machine."""

from pathlib import Path

import pytest

from kubetutor.embedded.kubelet.volumes.contents import VolumeError
from kubetutor.embedded.kubelet.volumes.places import make_host_path


def test_what_is_on_the_machine_is_the_machines(tmp_path):
    there = tmp_path / "there"
    there.mkdir()
    assert make_host_path(tmp_path / "node", {"path": str(there), "type": "Directory"}) == there


def test_what_a_node_made_hides_nothing_of_the_machine(tmp_path):
    make_host_path(tmp_path / "node", {"path": str(tmp_path / "new" / "data")})
    assert make_host_path(tmp_path / "node", {"path": "/"}) == Path("/")
    assert make_host_path(tmp_path / "node", {"path": str(tmp_path)}) == tmp_path


def test_what_is_not_there_is_made_in_the_nodes_folder(tmp_path):
    new = tmp_path / "new"
    place = make_host_path(tmp_path / "node", {"path": str(new), "type": "DirectoryOrCreate"})
    assert place.is_relative_to(tmp_path / "node")
    assert place.is_dir()
    assert not new.exists()


def test_what_was_made_there_stays_there(tmp_path):
    new = tmp_path / "new"
    place = make_host_path(tmp_path / "node", {"path": str(new)})
    new.mkdir()
    assert make_host_path(tmp_path / "node", {"path": str(new)}) == place


def test_what_lies_in_it_is_found_from_outside_too(tmp_path):
    inner = make_host_path(tmp_path / "node", {"path": str(tmp_path / "new" / "inner")})
    outer = make_host_path(tmp_path / "node", {"path": str(tmp_path / "new") + "/"})
    assert inner == outer / "inner"


def test_a_file_is_made_where_its_folder_is_there(tmp_path):
    wanted = {"path": str(tmp_path / "note"), "type": "FileOrCreate"}
    assert make_host_path(tmp_path / "node", wanted).is_file()
    assert not (tmp_path / "note").exists()
    with pytest.raises(VolumeError, match="no such file or directory"):
        make_host_path(tmp_path / "node", {**wanted, "path": str(tmp_path / "none" / "note")})


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("Directory", "a directory"),
        ("Socket", "a socket file"),
        ("CharDevice", "a character device"),
        ("BlockDevice", "a block device"),
    ],
)
def test_the_type_is_checked(tmp_path, kind, words):
    path = tmp_path / "note"
    path.touch()
    with pytest.raises(VolumeError) as refused:
        make_host_path(tmp_path / "node", {"path": str(path), "type": kind})
    assert str(refused.value) == f"hostPath type check failed: {path} is not {words}"
