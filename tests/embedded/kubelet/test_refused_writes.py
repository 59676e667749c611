"""The API server cannot store anything for a while: the node lives on, and tells everything afterwards."""

import errno
import os
from pathlib import Path

import pytest

from kubetutor.embedded.clock import SystemClock
from kubetutor.embedded.kubelet import container, pod_worker
from kubetutor.embedded.kubelet.logs import ContainerLog
from kubetutor.errors import ApiError


@pytest.fixture
def full(node, monkeypatch):
    """Answer a switch: as long as it is on, every write is refused."""
    monkeypatch.setattr(pod_worker, "TRY_AGAIN", 0.05)
    switch = {"on": False}

    def refusing(write):
        def refuse_or_write(*args, **options):
            if switch["on"]:
                raise ApiError(500, "InternalError", "the database cannot be written")
            return write(*args, **options)

        return refuse_or_write

    for verb in ("create", "patch", "delete"):
        monkeypatch.setattr(node.client, verb, refusing(getattr(node.client, verb)))
    return switch


async def test_a_restart_is_told_once_it_can_be_stored(node, full, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    old = node.process()
    full["on"] = True
    old.kill()
    await eventually(lambda: node.process() not in (None, old))
    assert node.container()["restartCount"] == 0
    full["on"] = False
    await eventually(lambda: node.container()["restartCount"] == 1)
    await eventually(node.is_ready)


async def test_a_deleted_pod_goes_once_that_can_be_stored(node, full, eventually):
    node.run_pod()
    await eventually(node.is_ready)
    node.client.delete("pods", "web", namespace="shop")
    full["on"] = True
    await eventually(lambda: node.process() is None)
    assert not node.is_gone()
    full["on"] = False
    await eventually(node.is_gone)


async def test_a_folder_that_cannot_be_made_is_told_and_tried_again(node, eventually, monkeypatch):
    real, failures = container.prepare, iter(range(2))

    def prepare(*args, **options):
        if next(failures, None) is not None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*args, **options)

    monkeypatch.setattr(container, "prepare", prepare)
    node.run_pod()
    await eventually(node.is_ready)
    told = "Error: failed to create containerd container: No space left on device"
    assert ("Warning", "Failed", told) in node.events()
    assert ("Pending", "waiting", "CreateContainerError", False) in node.history()


def test_a_log_that_cannot_be_written_loses_lines_and_nothing_else(tmp_path, caplog):
    log = ContainerLog(tmp_path / "web.log", SystemClock())
    log._file.close()
    log._file = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115  # the log closes it
    for _ in range(3):
        log.take(1, b"sold\n")
    log.close()
    assert sum("is lost: [Errno 28]" in record.message for record in caplog.records) == 1
