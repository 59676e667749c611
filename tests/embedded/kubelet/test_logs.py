"""Log files: lines, parts, rotation."""

from __future__ import annotations

import pytest

from kubetutor.embedded.clock import SystemClock
from kubetutor.embedded.kubelet.logs import ContainerLog, older, read_log, run_to_read
from kubetutor.embedded.node_api import STDERR, STDOUT, LogOptions
from kubetutor.errors import ApiError


async def read(log, **options):
    options = LogOptions("web", **options)
    return b"".join([part async for part in read_log(log.path, options, log)])


def new_log(tmp_path, **options):
    return ContainerLog(tmp_path / "log", SystemClock(), **options)


async def test_a_line_is_written_when_it_is_complete(tmp_path):
    log = new_log(tmp_path)
    log.take(STDOUT, b"on")
    log.take(STDERR, b"other\n")
    log.take(STDOUT, b"e\ntwo")
    assert await read(log) == b"other\none\n"
    log.close()
    assert await read(log) == b"other\none\ntwo"


async def test_a_line_on_disk_is_as_container_runtimes_write_it(tmp_path):
    log = new_log(tmp_path)
    log.take(STDERR, b"oops\n")
    time, stream, tag, text = log.path.read_text().rstrip().split(" ")
    assert (stream, tag, text) == ("stderr", "F", "oops")
    assert len(time) == len("2026-01-01T00:00:00.000000000Z")


async def test_a_long_line_comes_back_whole(tmp_path):
    log = new_log(tmp_path)
    text = b"x" * 100_000 + b"\n"
    log.take(STDOUT, text[:50_000])
    log.take(STDOUT, text[50_000:])
    assert await read(log) == text


async def test_a_full_log_is_set_aside_and_bounded(tmp_path):
    log = new_log(tmp_path, most_bytes=10_000)
    for number in range(1000):
        log.take(STDOUT, b"line %d\n" % number)
    assert log.path.stat().st_size <= 10_000
    assert older(log.path).stat().st_size <= 10_000
    lines = (await read(log)).splitlines()
    assert lines[-1] == b"line 999"
    assert len(lines) > 200


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"state": {"waiting": {"reason": "ContainerCreating"}}}, "is waiting to start: ContainerCreating"),
        ({"state": {"waiting": {"reason": "ErrImagePull"}}}, "is waiting to start: image can't be pulled"),
        (
            {"state": {"waiting": {"reason": "ImagePullBackOff"}}},
            "is waiting to start: trying and failing to pull image",
        ),
        (None, "is not available"),
    ],
)
def test_what_cannot_be_read_is_said_in_upstreams_words(status, words):
    statuses = [{"name": "web", **status}] if status else []
    pod = {"metadata": {"name": "x"}, "status": {"containerStatuses": statuses}}
    with pytest.raises(ApiError) as refused:
        run_to_read(pod, LogOptions("web"))
    assert (refused.value.code, refused.value.message) == (400, f'container "web" in pod "x" {words}')
