"""What `up`, `down` and `status` decide, with stand-ins for what they find."""

import json
import socket

import pytest

from kubetutor.cluster import lock
from kubetutor.cluster.backend import Capability, Wanted
from kubetutor.cluster.backends.embedded import EmbeddedBackend
from kubetutor.cluster.cluster import Cluster, connect
from kubetutor.cluster.kind import record
from kubetutor.errors import ClusterError, CommandFailedError, NoClusterError, StartFailedError

THERE = "shop-control-plane running 1234\n"


@pytest.fixture
def server():
    """Something that accepts connections, as an API server would."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        made.listen()
        yield f"https://127.0.0.1:{made.getsockname()[1]}"


@pytest.fixture
def finished(home, stand_ins, server, cluster_file):
    """A cluster that was made, as far as its files and its container tell."""
    folder = home.cluster("shop")
    folder.path.mkdir(parents=True)
    folder.claim("kind")
    file = cluster_file()
    asked = {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "name": "shop"}
    folder.spec.write_text(json.dumps(asked))
    image = "kindest/node:v1.36.4"
    record.write(folder, record.Record(server, "docker", image, 1, {"shop-control-plane": "1234"}))
    folder.kubeconfig.write_text("")
    stand_ins.containers(THERE)
    return file


def half_made(home):
    folder = home.cluster("shop")
    folder.path.mkdir(parents=True)
    folder.claim("kind")
    folder.spec.write_text("{}")
    return folder


def test_it_is_available_where_both_programs_are(kind):
    assert kind.available().why == "Docker 29.1.3 answers and kind v0.33.0 is installed"


def test_the_engine_is_asked_for_before_kind(kind, stand_ins):
    (stand_ins.folder / "kind").unlink()
    stand_ins.silent()
    assert "Docker does not answer" in kind.available().why
    assert kind.available().offer == ""


def test_one_that_fails_is_deleted_and_explained(kind, home, stand_ins, cluster_file, steps):
    stand_ins.kind_failing('ERROR: failed to pull image "kindest/node:v1.37.0@sha256:a1"')
    with pytest.raises(
        StartFailedError, match=r"could not be downloaded.*\nAll that kind said: .*kind-shop.log"
    ):
        kind.up(Wanted(config=cluster_file()), progress=steps.append)
    assert stand_ins.left() == ""
    assert home.clusters() == []
    assert any("create cluster --name shop" in call for call in stand_ins.calls("kind"))
    assert "starting the nodes' containers" in steps


def test_the_pinned_image_is_asked_for_and_another_by_its_minor(kind, stand_ins, cluster_file, steps):
    stand_ins.kind_failing("ERROR")
    for minor, tag in ((None, "v1.37.0@sha256:"), ("1.35", "v1.35.8@sha256:")):
        with pytest.raises(StartFailedError):
            kind.up(Wanted(config=cluster_file(), kubernetes=minor), progress=steps.append)
        created = [call for call in stand_ins.calls("kind") if " create cluster " in call]
        assert f"--image kindest/node:{tag}" in created[-1]


def test_a_name_that_somebody_elses_cluster_has_is_refused(kind, home, stand_ins, cluster_file, steps):
    stand_ins.containers(THERE)
    with pytest.raises(ClusterError, match=r"'shop' is taken.*not made from here.*shop-control-plane"):
        kind.up(Wanted(config=cluster_file()), progress=steps.append)
    assert stand_ins.left() == THERE
    assert home.clusters() == []


def test_a_name_that_a_cluster_of_another_backend_has_is_refused(kind, home, cluster_file, steps):
    folder = home.cluster("shop")
    folder.path.mkdir(parents=True)
    folder.spec.write_text("{}")
    with pytest.raises(ClusterError, match="backend 'embedded'"):
        kind.up(Wanted(config=cluster_file()), progress=steps.append)


@pytest.mark.usefixtures("finished")
def test_the_embedded_cluster_leaves_kinds_folder_alone(home, steps):
    with pytest.raises(ClusterError, match="backend 'kind'"):
        EmbeddedBackend(home).up(Wanted(name="shop"), progress=steps.append)


def test_a_port_that_is_taken_is_refused_before_anything_is_made(
    kind, home, stand_ins, server, cluster_file, steps
):
    port = server.rpartition(":")[2]
    with pytest.raises(ClusterError, match=f"127.0.0.1:{port} of this machine, and it is taken"):
        kind.up(
            Wanted(config=cluster_file(f"networking: {{apiServerPort: {port}}}\n")), progress=steps.append
        )
    assert not any(" create " in call for call in stand_ins.calls("kind"))
    assert home.clusters() == []


def test_one_that_runs_is_used_again(kind, finished, steps):
    assert kind.is_up("shop")
    for wanted in (Wanted(name="shop"), Wanted(config=finished)):
        started = kind.up(wanted, progress=steps.append)
        assert (started.already, started.nodes) == (True, 1)


def test_one_that_runs_is_not_used_for_other_nodes(kind, finished, cluster_file, steps):
    assert finished
    with pytest.raises(
        ClusterError, match=r"made from another cluster file \(its nodes: shop-control-plane\)"
    ):
        kind.up(Wanted(config=cluster_file("nodes: [{}, {role: worker}]\n")), progress=steps.append)
    with pytest.raises(
        ClusterError, match=r"made from the node image kindest/node:v1\.36\.4, not kindest/node:v1\.35"
    ):
        kind.up(Wanted(name="shop", kubernetes="1.35"), progress=steps.append)


@pytest.mark.usefixtures("finished")
def test_one_whose_containers_somebody_deleted_is_made_anew(kind, home, stand_ins, steps):
    stand_ins.containers("")
    stand_ins.kind_failing("ERROR")
    with pytest.raises(StartFailedError):
        kind.up(Wanted(name="shop"), progress=steps.append)
    assert any("are gone: making it anew" in step for step in steps)
    assert home.clusters() == []


@pytest.mark.usefixtures("finished")
def test_down_deletes_the_containers_and_the_folder(kind, home, stand_ins, steps):
    ended = kind.down("shop", keep=False, progress=steps.append)
    assert (ended.was_up, ended.kept) == (True, False)
    assert stand_ins.left() == ""
    assert home.clusters() == []


@pytest.mark.usefixtures("finished")
def test_down_keep_stops_the_containers(kind, home, stand_ins, steps):
    assert kind.down("shop", keep=True, progress=steps.append).kept
    assert stand_ins.left() == "shop-control-plane exited 1234\n"
    assert home.cluster("shop").description.exists()


@pytest.mark.usefixtures("finished")
def test_down_works_without_kind(kind, stand_ins, steps):
    (stand_ins.folder / "kind").unlink()
    kind.down("shop", keep=False, progress=steps.append)
    assert stand_ins.left() == ""


@pytest.mark.usefixtures("finished")
def test_down_never_deletes_containers_that_were_not_made_from_here(kind, home, stand_ins, steps):
    stand_ins.containers("shop-control-plane running 9999\n")
    kind.down("shop", keep=False, progress=steps.append)
    assert stand_ins.left() == "shop-control-plane running 9999\n"
    assert home.clusters() == []


@pytest.mark.usefixtures("finished")
def test_down_waits_for_the_engine_where_there_is_one(kind, home, stand_ins, steps):
    stand_ins.silent()
    with pytest.raises(ClusterError, match="'shop' cannot be ended now: Docker does not answer"):
        kind.down("shop", keep=False, progress=steps.append)
    assert home.cluster("shop").description.exists()
    (stand_ins.folder / "docker").unlink()
    kind.down("shop", keep=False, progress=steps.append)
    assert home.clusters() == []


def test_down_of_nothing_is_no_error(kind, steps):
    assert not kind.down("shop", keep=False, progress=steps.append).was_up


def test_what_was_left_half_made_is_cleared_by_the_next_up(kind, home, stand_ins, cluster_file, steps):
    half_made(home)
    stand_ins.containers(THERE)
    stand_ins.kind_failing("ERROR")
    with pytest.raises(StartFailedError):
        kind.up(Wanted(config=cluster_file()), progress=steps.append)
    assert steps[0] == "clearing what an interrupted run left half-made"
    assert home.clusters() == []


def test_what_was_left_half_made_is_told(kind, home):
    folder = half_made(home)
    with pytest.raises(NoClusterError, match="left half-made by an interrupted run"):
        kind.status("shop")
    with lock.held(folder.up_lock):
        assert "is being made by another" in kind.trouble("shop")


@pytest.mark.usefixtures("finished")
def test_stopped_and_deleted_containers_are_told(kind, home, stand_ins, server):
    record.write(home.cluster("shop"), record.Record("https://127.0.0.1:9", "docker", None, 1, {"x": "1234"}))
    assert server
    stand_ins.containers("shop-control-plane exited 1234\n")
    with pytest.raises(
        NoClusterError, match=r"are stopped: shop-control-plane\. Start them with `kubetutor up`"
    ):
        kind.status("shop")
    with pytest.raises(NoClusterError, match="are stopped"):
        connect(home=home, environ={})
    stand_ins.containers("")
    with pytest.raises(NoClusterError, match="somebody deleted them"):
        connect("shop", home=home)


@pytest.mark.usefixtures("finished")
def test_an_engine_that_dies_while_a_lesson_runs_is_told_by_kubectl_and_by_status(kind, home, stand_ins):
    kubeconfig = home.cluster("shop").kubeconfig
    kubeconfig.write_text(json.dumps(_nobody_there()))
    record.write(home.cluster("shop"), record.Record("https://127.0.0.1:9", "docker", None, 1, {"x": "1234"}))
    stand_ins.silent()
    lesson = Cluster("shop", "kind", kubeconfig, kind.capabilities)
    words = (
        r"their engine is gone: Docker does not answer.*kubetutor up --backend embedded --name shop-embedded"
    )
    with pytest.raises(CommandFailedError, match=rf"(?s)refused.*{words}"):
        lesson.kubectl("get", "pods")
    with pytest.raises(NoClusterError, match=words):
        lesson.status()


def _nobody_there():
    from kubetutor.api import kubeconfig

    return kubeconfig.compose("kind-shop", server="http://127.0.0.1:9", ca=b"", token="-") | {
        "clusters": [{"name": "kind-shop", "cluster": {"server": "http://127.0.0.1:9"}}]
    }


@pytest.mark.usefixtures("finished")
def test_a_damaged_description_is_told_and_down_clears_it(kind, home, stand_ins, steps):
    home.cluster("shop").description.write_text("{")
    assert not kind.is_up("shop")
    with pytest.raises(ClusterError, match=r"cluster\.json cannot be read"):
        kind.up(Wanted(name="shop"), progress=steps.append)
    kind.down("shop", keep=False, progress=steps.append)
    assert stand_ins.left() == ""
    assert home.clusters() == []


def test_what_it_cannot_do_is_said(kind):
    assert "kubetutor image load NAME" in str(kind.cannot(Capability.ADD_IMAGES, "shop"))
