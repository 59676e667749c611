import os
from pathlib import Path

import pytest

from kubetutor.cluster.home import find_home, make_private
from kubetutor.errors import StateError


def test_home_is_what_the_variable_says():
    assert find_home({"KUBETUTOR_HOME": "/tmp/shop"}).path == Path("/tmp/shop")  # noqa: S108  # only a name here


def test_else_it_is_in_the_xdg_state_folder():
    assert find_home({"XDG_STATE_HOME": "/state"}).path == Path("/state/kubetutor")


def test_a_relative_xdg_folder_counts_as_unset():
    assert find_home({"XDG_STATE_HOME": "state"}).path == Path.home() / ".local/state/kubetutor"


def test_new_folders_are_private_and_old_ones_stay_as_they_are(tmp_path):
    tmp_path.chmod(0o755)
    make_private(tmp_path / "a" / "b")
    modes = [path.stat().st_mode & 0o777 for path in (tmp_path, tmp_path / "a", tmp_path / "a" / "b")]
    assert modes == [0o755, 0o700, 0o700]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StateError, match="Permission denied"):
        make_private(tmp_path / "home")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(tmp_path):
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(StateError, match="belongs to another user"):
        make_private(tmp_path)
