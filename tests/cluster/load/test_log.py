"""Following a load pod's log: a stand-in for the API hands out streams that end, break and tell lines twice."""

import json

import pytest

from kubetutor.cluster.load.log import GONE, OVERLAP, UNREACHABLE, LoadLog
from kubetutor.cluster.load.manifest import Target, pod_of
from kubetutor.errors import ApiError, ClusterError

from .test_interval import LINE

RUNNING = {**pod_of(Target("10.96.0.7:80"), namespace="shop"), "status": {"phase": "Running"}}
ENDED = {**RUNNING, "status": {"phase": "Failed", "reason": "Evicted"}}


def line(number, run="a"):
    return json.dumps({**LINE, "run": run, "number": number}).encode() + b"\n"


class Stream:
    """A response whose chunks are bytes, or an error that breaks it off."""

    def __init__(self, chunks):
        self.chunks = chunks

    def stream(self, **_options):
        for chunk in self.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def close(self):
        pass


class Server:
    """Answers what the test prepared, one after the other: streams for the log, pods for a look at the pod."""

    def __init__(self, logs, pods):
        self.logs, self.pods, self.asked = list(logs), list(pods), []

    def open_log(self, name, *, namespace, since_seconds, timeout):
        assert (name, namespace, timeout) == ("load", "shop", 30)
        self.asked.append(since_seconds)
        return self._next(self.logs)

    def list(self, resource, *, namespace, field_selector):
        assert (resource, namespace, field_selector) == ("pods", "shop", "metadata.name=load")
        pod = self._next(self.pods)
        return [] if pod is None else [pod]

    def _next(self, prepared):
        found = prepared.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def follow(monkeypatch):
    monkeypatch.setattr("kubetutor.cluster.load.log.FIRST_PAUSE", 0.001)

    def follow(logs, pods):
        server = Server([log if isinstance(log, Exception) else Stream(log) for log in logs], pods)
        log = LoadLog(server, "shop", clock=lambda: 100.0)
        seen, troubles = [], []
        log._changed = lambda: troubles.append(log.trouble)
        seen.extend((interval.run, interval.number) for interval in log)
        assert log.is_over
        return seen, troubles, server

    return follow


def test_each_interval_comes_once_over_connections_that_end_and_break(follow):
    logs = [[line(0) + line(1)[:20], line(1)[20:]], [line(1), line(2), OSError("broken")], [line(2), line(3)]]
    seen, troubles, server = follow(logs, [RUNNING, RUNNING, ENDED])
    assert seen == [("a", 0), ("a", 1), ("a", 2), ("a", 3)]
    assert server.asked == [None, OVERLAP, OVERLAP]
    assert "evicted" in troubles[-1]


def test_a_container_that_began_anew_counts_from_zero(follow):
    seen, *_ = follow([[line(0), line(1)], [line(1), line(0, "b")]], [RUNNING, ENDED])
    assert seen == [("a", 0), ("a", 1), ("b", 0)]


def test_what_the_program_says_to_people_is_no_interval(follow):
    seen, *_ = follow([[b"Traceback\n", line(0)]], [ENDED])
    assert seen == [("a", 0)]


def test_a_container_that_has_not_started_is_waited_for(follow):
    creating = {**RUNNING, "status": {"phase": "Pending"}}
    refused = ApiError(
        400, "BadRequest", 'container "load" in pod "load" is waiting to start: ContainerCreating'
    )
    seen, troubles, server = follow([refused, [line(0)]], [creating, ENDED])
    assert (seen, server.asked) == ([("a", 0)], [None, None])
    assert all("evicted" in words for words in troubles)


def test_a_pod_that_is_gone_is_the_end(follow):
    _, troubles, _ = follow([[line(0)]], [None])
    assert troubles[0] == GONE.format(name="load")


def test_a_pod_that_is_going_is_the_end(follow):
    going = {**RUNNING, "metadata": {**RUNNING["metadata"], "deletionTimestamp": "now"}}
    _, troubles, _ = follow([[line(0)]], [going])
    assert troubles[0] == GONE.format(name="load")


def test_a_cluster_that_does_not_answer_is_said_until_it_does(follow):
    away = ClusterError("refused")
    seen, troubles, _ = follow([[line(0)], away, [line(1)]], [RUNNING, ENDED])
    assert seen == [("a", 0), ("a", 1)]
    assert troubles[:2] == [UNREACHABLE, ""]


def test_a_trouble_of_the_kubelets_is_said(follow):
    lost = ApiError(500, "InternalError", "dial tcp 10.0.0.9:10250: connect: no route to host")
    _, troubles, _ = follow([lost, [line(0)]], [ENDED])
    assert "no route to host" in troubles[0]


@pytest.mark.parametrize("code", [401, 403])
def test_whoever_may_not_read_logs_is_told(follow, code):
    _, troubles, _ = follow([ApiError(code, "Forbidden", "pods is forbidden")], [])
    assert "may not read logs of pods in the namespace shop" in troubles[0]


def test_it_ends_when_it_is_closed():
    log = LoadLog(Server([Stream([line(0), line(1)])], []), "shop")
    with log:
        seen = []
        for interval in log:
            seen.append(interval.number)
            log.close()
    assert seen == [0]
