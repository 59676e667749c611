import pytest

from kubetutor.cluster import lock
from kubetutor.errors import ClusterBusyError


def test_a_lock_is_held_only_inside_the_block(tmp_path):
    path = tmp_path / "up.lock"
    assert not lock.is_held(path)
    with lock.held(path):
        assert lock.is_held(path)
    assert not lock.is_held(path)


def test_who_waits_too_long_is_told_which_lock(tmp_path):
    path, waits = tmp_path / "up.lock", []
    with (
        lock.held(path),
        pytest.raises(ClusterBusyError, match=r"up\.lock"),
        lock.held(path, on_wait=lambda: waits.append(1), timeout=0.2),
    ):
        pytest.fail("two hold one lock")
    assert waits == [1]


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_anew(tmp_path):
    path = tmp_path / "up.lock"
    first = lock.held(path)
    first.__enter__()
    path.unlink()
    with lock.held(path):
        assert path.exists()
    first.__exit__(None, None, None)


def test_the_lock_file_is_private(tmp_path):
    with lock.held(tmp_path / "up.lock"):
        assert (tmp_path / "up.lock").stat().st_mode & 0o777 == 0o600
