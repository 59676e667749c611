"""What a watch tells while its streams break; the streams are played back."""

import json

import pytest
from urllib3.exceptions import ProtocolError

from kubetutor.api.watch import Watch
from kubetutor.errors import ApiError, ClusterError


def pod(name, version):
    return {"metadata": {"name": name, "uid": name, "resourceVersion": str(version)}}


def change(kind, obj):
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"


class Stream:
    def __init__(self, *chunks):
        self.chunks = chunks

    def stream(self, **_options):
        for chunk in self.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def close(self):
        """Nothing is open."""


def told(lists, streams, *, count):
    """Play the lists and streams, and answer the first changes told, and the versions that were asked for."""
    versions, lists, streams = [], iter(lists), iter(streams)

    def connect(version, _seconds):
        versions.append(version)
        stream = next(streams)
        if isinstance(stream, Exception):
            raise stream
        return Stream(*stream)

    changes = []
    with Watch(list_at=lambda: next(lists), connect=connect, timeout=20) as watch:
        for event in watch:
            changes.append(f"{event.type} {event.object['metadata']['name']}")
            if len(changes) == count:
                break
    return changes, versions


def test_first_comes_everything_there_is_then_each_change():
    changes, versions = told(
        [([pod("a", 1), pod("b", 2)], "2")],
        [[change("MODIFIED", pod("a", 3)), change("DELETED", pod("b", 4))]],
        count=4,
    )
    assert changes == ["ADDED a", "ADDED b", "MODIFIED a", "DELETED b"]
    assert versions == ["2"]


def test_lines_may_arrive_in_pieces():
    line = change("ADDED", pod("a", 3)) + change("ADDED", pod("b", 4))
    changes, _versions = told([([], "2")], [[line[:10], line[10:70], line[70:]]], count=2)
    assert changes == ["ADDED a", "ADDED b"]


def test_a_stream_that_ends_goes_on_at_the_newest_version():
    bookmark = change("BOOKMARK", {"metadata": {"resourceVersion": "9"}})
    changes, versions = told(
        [([], "2")], [[change("ADDED", pod("a", 3))], [bookmark], [change("DELETED", pod("a", 10))]], count=2
    )
    assert changes == ["ADDED a", "DELETED a"]
    assert versions == ["2", "3", "9"]


@pytest.mark.parametrize("broken", [ProtocolError("cut off"), ConnectionResetError("reset")])
def test_a_lost_connection_is_opened_again(broken):
    changes, versions = told(
        [([], "2")],
        [[change("ADDED", pod("a", 3)), broken], ClusterError("refused"), [change("ADDED", pod("b", 4))]],
        count=2,
    )
    assert changes == ["ADDED a", "ADDED b"]
    assert versions == ["2", "3", "3"]


@pytest.mark.parametrize(
    "gone",
    [
        ApiError(410, "Expired", "too old resource version"),
        [change("ERROR", {"code": 410, "reason": "Expired"})],
    ],
)
def test_a_version_that_is_too_old_means_list_again_and_tell_the_difference(gone):
    changes, versions = told(
        [([pod("a", 1), pod("b", 2)], "2"), ([pod("b", 5), pod("c", 6)], "6")],
        [gone, [change("DELETED", pod("c", 7))]],
        count=6,
    )
    assert changes == ["ADDED a", "ADDED b", "DELETED a", "MODIFIED b", "ADDED c", "DELETED c"]
    assert versions == ["2", "6"]


def test_another_refusal_is_raised():
    with pytest.raises(ApiError, match="forbidden"):
        told([([], "2")], [ApiError(403, "Forbidden", "forbidden")], count=1)


def test_it_ends_after_its_time():
    watch = Watch(list_at=lambda: ([], "1"), connect=lambda *_: Stream(), timeout=0.05)
    assert list(watch) == []
