"""Progress through a shared cluster: a learner's ConfigMap, and what the instructor sees of it."""

import json
import os
import re
import secrets
import time
import types
import urllib.request

import pytest
from click.testing import CliRunner

from kubetutor.classroom.board import sources
from kubetutor.classroom.board.sources import board_of
from kubetutor.classroom.learners import named
from kubetutor.classroom.workshop import Workshop
from kubetutor.cli import cli
from kubetutor.cluster.cluster import Cluster
from kubetutor.course import catalogue
from kubetutor.errors import ApiError, ClassroomError
from kubetutor.exercises.progress import TIME, Progress, now
from kubetutor.exercises.report import in_cluster, membership, sender
from kubetutor.exercises.report.membership import Membership
from kubetutor.exercises.waiting import eventually
from tests.classroom.running import running

pytestmark = [pytest.mark.both, pytest.mark.xdist_group("workshop")]


@pytest.fixture(scope="module")
def rooms(cluster, tmp_path_factory):
    """A workshop of three; answer its name and the rooms."""
    made = Workshop(f"w{secrets.token_hex(3)}", cluster, tmp_path_factory.mktemp("watched"))
    yield made.name, made.create(named(["Ana López", "Ben", "Cem"]), hours=1, progress=lambda _: None)
    made.remove(progress=lambda _: None)


@pytest.fixture
def joined(rooms, tmp_path, monkeypatch):
    """A learner who has joined, with a state folder of their own."""
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path))
    room = rooms[1][0]
    member = Membership("Ana", kubeconfig=str(room.kubeconfig), namespace=room.namespace)
    sender.enter(member)
    yield room
    sender.leave()


@pytest.fixture
def watched(rooms, cluster):
    return sources.Workshop(rooms[0], cluster.api)


@pytest.mark.usefixtures("joined")
def test_it_travels_in_a_configmap_and_the_instructor_sees_it(watched):
    Progress("pods").move("comes-back", {"started": now(), "hints": {"look": 2}})
    sender.raise_hand(up=True)
    member = sender.send()
    assert (member.trouble, bool(member.delivered)) == ("", True)
    board = board_of(watched)
    assert [row.name for row in board.rows] == ["Ana López", "Ben", "Cem"]
    ana = board.rows[0]
    assert (ana.exercise, ana.hints, ana.hand, ana.quiet) == ("comes-back", 2, 0, 0)
    assert board.summary == "3 learners, 1 hand raised, 0 stuck, 2 not heard of yet"
    Progress("pods").move("comes-back", {"passed": now()})
    sender.send()
    assert board_of(watched).rows[0].cell("pods", "comes-back").standing == "passed"


def test_leaving_takes_it_away(joined, watched, cluster):
    sender.send()
    sender.leave()
    assert {row.quiet for row in board_of(watched).rows} == {None}
    with pytest.raises(ApiError, match="not found"):
        cluster.api.get("configmaps", in_cluster.NAME, namespace=joined.namespace)


def test_a_learner_cannot_read_or_write_anothers(joined, rooms):
    sender.send()
    ben = Cluster("ben", "context", rooms[1][1].kubeconfig)
    try:
        with pytest.raises(ApiError, match="forbidden"):
            ben.api.get("configmaps", in_cluster.NAME, namespace=joined.namespace)
        with pytest.raises(ApiError, match="forbidden"):
            ben.api.list("configmaps")
    finally:
        ben.api.close()
    membership.keep(Membership("Ana", kubeconfig=str(rooms[1][1].kubeconfig), namespace=joined.namespace))
    assert "forbidden" in sender.send().trouble
    membership.keep(Membership("Ana", kubeconfig=str(joined.kubeconfig), namespace=joined.namespace))


def test_what_a_learner_writes_by_hand_hurts_nobody(rooms, watched, cluster):
    room = rooms[1][2]
    metadata = {"name": in_cluster.NAME, "namespace": room.namespace, "labels": {in_cluster.LABEL: "true"}}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    for data in (
        {},
        {in_cluster.KEY: "{"},
        {in_cluster.KEY: "x" * 200_000},
        {in_cluster.KEY: json.dumps({"form": 1})},
    ):
        cluster.api.apply({**body, "data": data}, force=True)
        cem = next(row for row in board_of(watched).rows if row.name == "Cem")
        assert "cannot be read" in cem.trouble
    cluster.api.delete("configmaps", in_cluster.NAME, namespace=room.namespace)


@pytest.mark.usefixtures("joined")
def test_a_learners_clock_does_not_matter(watched, monkeypatch):
    ahead = time.time() + 7200
    there = [time.strftime(TIME, time.gmtime(ahead - ago)) for ago in (90, 10)]
    Progress("pods").move("two-in-one", dict(zip(("started", "changed"), there, strict=True)))
    with monkeypatch.context() as patch:
        patch.setattr(sender, "time", types.SimpleNamespace(time=lambda: ahead))
        sender.send()
    ana = next(row for row in board_of(watched).rows if row.quiet is not None)
    assert (ana.quiet, ana.cell("pods", "two-in-one").minutes) == (0, 1)


def test_a_workshop_that_is_not_there_is_said(cluster):
    with pytest.raises(ClassroomError, match="There is no namespace of the workshop nowhere"):
        sources.Workshop("nowhere", cluster.api).seen()


def test_who_was_given_no_namespace_is_told_what_to_do(cluster):
    if cluster.workspace.namespace:
        pytest.skip("this cluster gives one namespace")
    done = CliRunner().invoke(cli, ["join", "--name", "Ana"])
    assert "is not a workshop's" in str(done.exception)


def test_by_command_the_page_is_on_loopback_and_shows_the_workshop(rooms):
    with running("workshop", "watch", "--workshop", rooms[0], "--port", "1") as command:
        page, _, token = re.search(r"http://127.0.0.1:\S+", command.said)[0].partition("#")
        request = urllib.request.Request(f"{page}frame", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert [row["name"] for row in json.load(answer)["rows"]] == ["Ana López", "Ben", "Cem"]
        assert command.end() == 0


def test_a_lesson_that_is_opened_sends_what_is_done_in_it(rooms, watched, cluster, monkeypatch):
    for name in ("KUBECONFIG", "KUBECACHEDIR", "PATH"):  # a lesson changes them, for its kernel
        monkeypatch.setenv(name, os.environ[name])
    room = rooms[1][1]
    sender.enter(Membership("Ben", kubeconfig=str(room.kubeconfig), namespace=room.namespace))
    try:
        session = catalogue.open_lesson("pods")
        session.progress.move("comes-back", {"started": now()})
        assert eventually(lambda: "comes-back" in {row.exercise for row in board_of(watched).rows})
    finally:
        Progress("pods", path=cluster.kubeconfig.parents[2] / "progress.json").reset()
        sender.leave()
