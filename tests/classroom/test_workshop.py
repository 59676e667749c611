"""A workshop on a live cluster: rooms that are apart, and a removal that takes exactly what was made."""

import secrets
import stat

import pytest
from click.testing import CliRunner

from kubetutor.classroom import rooms
from kubetutor.classroom.learners import named
from kubetutor.classroom.workshop import Workshop, valid_name
from kubetutor.cli import cli
from kubetutor.cluster.cluster import Cluster
from kubetutor.errors import ApiError, ClassroomError, CommandFailedError

pytestmark = [pytest.mark.both, pytest.mark.xdist_group("workshop")]

LEARNERS = named(["Ana López", "Ben", "李雷"])


def quiet(_line):
    """Nobody looks at the progress."""


@pytest.fixture(scope="module")
def workshop(cluster, tmp_path_factory):
    name = f"w{secrets.token_hex(3)}"
    made = Workshop(name, cluster, tmp_path_factory.mktemp("class") / "kubeconfigs")
    yield made
    made.remove(progress=quiet)


@pytest.fixture(scope="module")
def made(workshop):
    return workshop.create(LEARNERS, hours=1, progress=quiet)


@pytest.fixture(scope="module")
def learners(made):
    """The clusters as the learners see them."""
    found = [Cluster(room.name, "context", room.kubeconfig) for room in made]
    yield found
    for each in found:
        each.api.close()


def may(cluster, *words):
    try:
        return cluster.kubectl("auth", "can-i", *words).strip() == "yes"
    except CommandFailedError as error:
        if "no" not in error.output.splitlines():
            raise
        return False


def test_each_learner_has_a_namespace_and_a_private_kubeconfig(workshop, made):
    assert [(room.name, room.namespace) for room in made] == [
        ("Ana López", f"{workshop.name}-ana-lopez"),
        ("Ben", f"{workshop.name}-ben"),
        ("李雷", f"{workshop.name}-learner-3"),
    ]
    for room in made:
        assert stat.S_IMODE(room.kubeconfig.stat().st_mode) == 0o600


def test_a_learner_works_in_the_own_namespace_without_naming_it(learners, made):
    ana, room = learners[0], made[0]
    ana.kubectl("create", "deployment", "web", "--image=my-app:1.0")
    ana.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    assert ana.api.list("pods", namespace=room.namespace)


def test_a_learner_sees_nothing_of_others(learners, made):
    ana, ben = learners[0], made[1].namespace
    for kind in ("pods", "secrets", "configmaps", "deployments.apps"):
        with pytest.raises(ApiError, match="forbidden"):
            ana.api.list(kind, namespace=ben)
    for kind in ("namespaces", "nodes", "pods"):
        with pytest.raises(ApiError, match="forbidden"):
            ana.api.list(kind)
    assert not may(ana, "create", "namespaces")
    assert not may(ana, "get", "secrets", "--all-namespaces")
    assert not may(ana, "delete", "nodes")


def test_a_learner_cannot_widen_what_is_given(learners, made):
    ana, room = learners[0], made[0].namespace
    assert not may(ana, "create", "rolebindings", "--namespace", room)
    assert not may(ana, "update", "resourcequotas", "--namespace", room)
    assert not may(ana, "patch", "namespaces", "--namespace", room)


def test_the_quota_bounds_a_learner(learners, made):
    ben, room = learners[1], made[1].namespace
    with pytest.raises(CommandFailedError, match="forbidden"):
        ben.kubectl("create", "quota", "mine", "--hard=pods=500")
    greedy = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "greedy", "namespace": room},
        "spec": {
            "containers": [
                {
                    "name": "c",
                    "image": "my-app:1.0",
                    "resources": {"requests": {"cpu": "3"}, "limits": {"cpu": "3"}},
                }
            ]
        },
    }
    with pytest.raises(ApiError, match="exceeded quota: room"):
        ben.api.create("pods", greedy)


def test_again_it_brings_new_learners_and_leaves_what_the_others_have(workshop, made, learners):
    learners[1].kubectl("create", "configmap", "kept")
    again = workshop.create(named(["Ana López", "Ben", "李雷", "Dora"]), hours=1, progress=quiet)
    assert [room.namespace for room in again[:3]] == [room.namespace for room in made]
    assert workshop.cluster.api.get("configmaps", "kept", namespace=made[1].namespace)


@pytest.mark.usefixtures("made")
def test_a_list_in_another_order_does_not_give_a_room_to_somebody_else(workshop):
    with pytest.raises(ClassroomError, match=r"belongs to 李雷, and 王芳 would get it"):
        workshop.create(named(["Ana López", "Ben", "王芳"]), hours=1, progress=quiet)


def test_somebody_elses_namespace_is_left_alone(cluster, tmp_path):
    name = f"w{secrets.token_hex(3)}"
    cluster.kubectl("create", "namespace", f"{name}-ben")
    try:
        other = Workshop(name, cluster, tmp_path / "none")
        with pytest.raises(ClassroomError, match="this workshop did not make"):
            other.create(named(["Ana", "Ben"]), hours=1, progress=quiet)
        assert other.namespaces() == []
        assert other.remove(progress=quiet) == []
        cluster.kubectl("get", "namespace", f"{name}-ben")
    finally:
        cluster.kubectl("delete", "namespace", f"{name}-ben", "--wait=false")


def test_who_has_few_rights_is_told_before_anything_is_made(learners, tmp_path):
    with pytest.raises(ClassroomError, match="You may not create namespaces"):
        Workshop("mine", learners[0], tmp_path / "none").create(named(["Eve"]), hours=1, progress=quiet)
    assert not (tmp_path / "none").exists()


def test_removing_takes_exactly_what_was_made(cluster, tmp_path):
    stays, goes = (
        Workshop(f"w{secrets.token_hex(3)}", cluster, tmp_path / name) for name in ("stays", "goes")
    )
    stays.create(named(["Ana"]), hours=1, progress=quiet)
    room = goes.create(named(["Ana"]), hours=1, progress=quiet)[0]
    note = goes.folder / "notes.txt"
    note.write_text("the instructor's own")
    try:
        assert goes.remove(progress=quiet) == [room.namespace]
        assert goes.namespaces() == []
        assert [path.name for path in goes.folder.iterdir()] == ["notes.txt"]
        assert len(stays.namespaces()) == 1
    finally:
        stays.remove(progress=quiet)
    assert not stays.folder.exists()


def test_by_command_on_a_context(cluster, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    copy = tmp_path / "admin.kubeconfig"
    copy.write_text(cluster.kubeconfig.read_text())
    monkeypatch.setenv("KUBECONFIG", str(copy))
    context = cluster.kubectl("config", "current-context").strip()
    (tmp_path / "names.csv").write_text("name\nAna\nBen\n")
    name = f"w{secrets.token_hex(3)}"
    said = CliRunner().invoke(
        cli, ["workshop", "create", "--learners", "names.csv", "--workshop", name, "--context", context]
    )
    assert said.exit_code == 0, said.output
    assert f"{name}-ben" in said.output
    assert "2 learners." in said.output
    assert (tmp_path / name / "ben.kubeconfig").exists()
    gone = CliRunner().invoke(cli, ["workshop", "remove", "--workshop", name, "--context", context, "--yes"])
    assert "2 namespaces" in gone.output
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["", "Big", "1st", "a b", "a" * 21, "ends-"])
def test_a_name_that_namespaces_cannot_begin_with_is_said(name):
    with pytest.raises(ClassroomError, match="cannot be called"):
        valid_name(name)


def test_names_of_rooms_fit_in_a_namespace():
    longest = named(["x" * 99, "x" * 98])[1]
    assert len(rooms.namespace_of("w" * 20, longest)) <= 63
