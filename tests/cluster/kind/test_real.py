"""The kind backend on real Kubernetes: one cluster of one node for most of it."""

import json
import stat
import subprocess

import pytest
import yaml

from kubetutor.cluster.backends.kind import KindBackend
from kubetutor.cluster.home import Home
from kubetutor.cluster.kind import node_images
from kubetutor.cluster.kind.nodes import CLUSTER_LABEL
from tests.cluster.kind.test_command_line import OFFER
from tests.cluster.machine import Machine
from tests.kind import cluster

pytestmark = pytest.mark.kind
NAME = "kc-test"


def containers(name=NAME):
    """List the containers of a cluster, as the real engine has them."""
    argv = ["docker", "ps", "--all", "--filter", f"label={CLUSTER_LABEL}={name}", "--format", "{{.Names}}"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()


def file_of(folder, text="", name=NAME):
    """Write a cluster file that works on test machines too."""
    plain = folder / "plain.yaml"
    plain.write_text(f"kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: {name}\n{text}")
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(cluster.patched(plain)))
    return path


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The command line in a state folder of its own, with the real engine, kind and node image of this machine."""
    answer = KindBackend(Home(tmp_path_factory.mktemp("nobody"))).available()
    if not answer.ok:
        pytest.skip(f"{answer.why}; `make test-kind` brings what is missing")
    folder = tmp_path_factory.mktemp("kind-backend")
    made = Machine(folder / "home")
    made.patience = 600
    made.file = file_of(folder)
    made.environ["KUBECONFIG"] = str(folder / "somebody-elses")
    yield made
    made.run("down", "--all")
    assert containers() == []


@pytest.fixture(scope="module")
def up(real):
    """The cluster, made once; whoever ends it makes it again."""
    real.run("up", "--backend", "kind", "--config", str(real.file))
    return real


def begun(real, step):
    process = real.start("up", "--backend", "kind", "--config", str(real.file))
    for line in process.stderr:
        if step in line:
            return process
    raise AssertionError(f"it never came to {step!r}")


@pytest.mark.parametrize("step", ["starting the nodes' containers", "starting the control plane"])
def test_ctrl_c_twice_leaves_no_container(real, step):
    process = begun(real, step)
    process.send_signal(2)
    process.send_signal(2)
    _out, err = process.communicate(timeout=300)
    assert process.returncode == 1
    assert "Interrupted." in err
    assert containers() == []
    assert real.home.clusters() == []


def test_a_killed_up_is_cleared_and_made_by_the_next(real):
    process = begun(real, "writing the configuration")
    process.kill()
    process.communicate()
    assert containers()
    assert "left half-made" in real.run("status", code=1)
    said = real.run("up", "--backend", "kind", "--config", str(real.file))
    assert "1 node Ready after" in said


def test_it_is_ready_at_once_and_only_our_kubeconfig_was_written(up):
    status = json.loads(up.run("status", "--json"))
    assert (status["backend"], status["ready"], len(status["nodes"])) == ("kind", True, 1)
    path = up.home.cluster(NAME).kubeconfig
    assert status["kubeconfig"] == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not (up.home.path.parent / "somebody-elses").exists()
    assert "kc-test-control-plane" in up.kubectl("get", "nodes")


def test_it_is_used_again_and_not_for_other_nodes(up, tmp_path):
    assert "is already up" in up.run("up", "--backend", "kind", "--name", NAME)
    other = file_of(tmp_path, "nodes: [{role: control-plane}, {role: worker}]\n")
    assert "made from another cluster file" in up.run(
        "up", "--backend", "kind", "--config", str(other), code=1
    )


def test_its_name_and_its_port_are_refused_to_others(up, tmp_path):
    elsewhere = Machine(tmp_path / "home")
    elsewhere.environ = {**up.environ, "KUBETUTOR_HOME": str(tmp_path / "home")}
    said = elsewhere.run("up", "--backend", "kind", "--config", str(up.file), code=1)
    assert "is taken" in said
    assert OFFER in said
    port = json.loads(up.run("status", "--json"))["server"].rpartition(":")[2]
    file = file_of(tmp_path, f"networking: {{apiServerPort: {port}}}\n", name="kc-port")
    said = elsewhere.run("up", "--backend", "kind", "--config", str(file), code=1)
    assert f"the port 127.0.0.1:{port} of this machine, and it is taken" in said
    assert elsewhere.home.clusters() == []
    assert containers("kc-port") == []


def test_an_image_that_cannot_be_downloaded_leaves_nothing(real, tmp_path):
    file = file_of(tmp_path, name="kc-image")
    environ = {**real.environ, node_images.VARIABLE: "localhost:9/nowhere/node:v1.36.4"}
    other = Machine(tmp_path / "home")
    other.environ = {**environ, "KUBETUTOR_HOME": str(tmp_path / "home")}
    said = other.run("up", "--backend", "kind", "--config", str(file), code=1)
    assert "the node image localhost:9/nowhere/node:v1.36.4 is not on this machine" in said
    assert "docker load -i FILE" in said
    assert OFFER in said
    assert other.home.clusters() == []
    assert containers("kc-image") == []


def test_an_engine_that_is_gone_is_told(up):
    environ = dict(up.environ)
    subprocess.run(
        ["docker", "stop", "--time", "0", f"{NAME}-control-plane"], capture_output=True, check=True
    )
    try:
        assert f"are stopped: {NAME}-control-plane" in up.run("status", code=1)
        up.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
        for words in (("status",), ("up", "--backend", "kind", "--name", NAME), ("down",)):
            said = up.run(*words, code=1)
            assert "unix:///nowhere/docker.sock" in said
        assert up.home.cluster(NAME).description.exists()
    finally:
        up.environ = environ
    assert "1 node Ready after" in up.run("up", "--backend", "kind", "--name", NAME)


def test_kept_it_comes_back_with_what_it_had(up):
    up.kubectl("create", "configmap", "till", "--from-literal=coins=7")
    assert "is kept" in up.run("down", "--keep")
    assert containers() == [f"{NAME}-control-plane"]
    assert "1 node Ready after" in up.run("up", "--backend", "kind", "--name", NAME)
    assert up.kubectl("get", "configmap", "till", "-o", "jsonpath={.data.coins}") == "7"


def test_down_leaves_nothing(up):
    up.run("down")
    assert containers() == []
    assert up.home.clusters() == []
