"""How large an emptyDir may become."""

from __future__ import annotations

import pytest

from kubetutor.embedded.kubelet.volumes.size_limits import first_exceeded, size_limits, until_exceeded
from tests.embedded.hand_moved_clock import HandMovedClock


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "drawer").mkdir()
    return tmp_path


def test_only_volumes_with_a_limit_are_looked_at():
    volumes = [
        {"name": "desk", "emptyDir": {"sizeLimit": "1Mi"}},
        {"name": "shelf", "emptyDir": {}},
        {"name": "cellar", "emptyDir": {"sizeLimit": "0"}},
        {"name": "notes", "configMap": {"name": "notes"}},
    ]
    assert size_limits({"volumes": volumes}) == {"desk": "1Mi"}


def test_all_files_of_a_volume_count(desk):
    (desk / "heap").write_bytes(b"x" * 600_000)
    assert first_exceeded({"desk": "1M"}, {"desk": desk}) is None
    (desk / "drawer" / "heap").write_bytes(b"x" * 600_000)
    assert (
        first_exceeded({"desk": "1M"}, {"desk": desk})
        == 'Usage of EmptyDir volume "desk" exceeds the limit "1M". '
    )


def test_a_volume_that_is_not_there_yet_is_within_its_limit(desk):
    assert first_exceeded({"shelf": "1"}, {"desk": desk}) is None


class FillingClock(HandMovedClock):
    """While it is waited for, somebody fills the desk."""

    def __init__(self, desk):
        super().__init__()
        self.desk = desk

    async def sleep(self, seconds):
        (self.desk / "heap").write_bytes(b"x" * 200_000)
        await super().sleep(seconds)


async def test_a_volume_is_looked_at_again_after_a_while(desk):
    clock = FillingClock(desk)
    begun = clock.monotonic()
    message = await until_exceeded({"desk": "100k"}, {"desk": desk}, clock, 60.0)
    assert '"desk" exceeds the limit "100k"' in message
    assert clock.monotonic() == begun + 60.0
