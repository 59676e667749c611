"""A bundle with a real engine's images: saved, loaded again, and enough for a kind cluster that pulls and builds nothing."""

import subprocess

import pytest
import yaml

from kubetutor.classroom.bundle import creating, loading, own_wheel
from kubetutor.classroom.bundle.installer import archive
from kubetutor.classroom.bundle.targets import wishes
from kubetutor.cluster.backends.kind import KindBackend
from kubetutor.cluster.home import Home
from kubetutor.cluster.kind import brought, node_images, releases, samples
from tests.classroom import little
from tests.cluster.machine import Machine
from tests.kind import cluster

pytestmark = pytest.mark.kind
NAME = "bundle-test"


def docker(*words, check=True):
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=check, timeout=300).stdout


@pytest.fixture(scope="module")
def patch():
    with pytest.MonkeyPatch.context() as made:
        yield made


@pytest.fixture(scope="module")
def bundle(tmp_path_factory, patch):
    """One bundle with this machine's node image and samples; of wheels it has a few, since those are tested elsewhere."""
    folder = tmp_path_factory.mktemp("instructor")
    answer = KindBackend(Home(folder / "home")).available()
    if not answer.ok:
        pytest.skip(f"{answer.why}; `make test-kind` brings what is missing")
    index = folder / "index"
    index.mkdir()
    little.wheel(index, "pip", "26.3")
    patch.setenv("PIP_NO_INDEX", "1")
    patch.setenv("PIP_FIND_LINKS", str(index))
    patch.setattr(own_wheel, "make", lambda where: little.wheel(where, "kubetutor", "0.1.0"))
    told = []
    order = creating.Order(tuple(wishes((), ())), kind=True, output=folder / "kubetutor.pyz")
    creating.create(order, Home(folder / "home"), say=told.append, progress=told.append)
    return order.path


@pytest.fixture(scope="module")
def learner(tmp_path_factory):
    """A machine where nothing was set up, and no variable says anything."""
    folder = tmp_path_factory.mktemp("learner")
    made = Machine(folder / "home")
    made.patience = 900
    for name in (node_images.VARIABLE, samples.BASE_VARIABLE, releases.VARIABLE):
        made.environ.pop(name, None)
    plain = folder / "plain.yaml"
    plain.write_text(f"kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: {NAME}\n")
    made.file = folder / "cluster.yaml"
    made.file.write_text(yaml.safe_dump(cluster.patched(plain)))
    yield made
    made.run("down", "--all")
    for tag in brought.read(made.home).nodes.values():
        docker("image", "rm", tag, check=False)


def test_it_says_what_is_in_it_and_leaves_no_tag_behind(bundle):
    with archive.opened(bundle) as opened:
        kind = opened.manifest.kind
    assert list(kind.nodes) == [node_images.NODE_IMAGES[node_images.NEWEST]]
    assert len(kind.archives[1].images) >= 6
    assert kind.version == releases.VERSION
    for tag in kind.nodes.values():
        assert tag not in docker("image", "ls", "--format", "docker.io/{{.Repository}}:{{.Tag}}")


def test_a_cluster_comes_up_from_what_it_brought_and_nothing_is_pulled_or_built(bundle, learner):
    with archive.opened(bundle) as opened:
        tags = [build for each in opened.manifest.kind.archives for build in each.images if "my-app" in build]
    docker("image", "rm", "--force", *tags)
    told = []
    loading.load(bundle, learner.home, say=told.append, progress=told.append)
    loaded = len(told)
    loading.load(bundle, learner.home, say=told.append, progress=told.append)
    assert any(line.startswith("loading 1 images into Docker") for line in told)
    assert not any(line.startswith("loading") for line in told[loaded:]), "what is there is not loaded again"
    assert told[-1].startswith("For kind: Docker has the ")
    assert releases.installed_path(learner.home).exists()
    process = learner.start("up", "--backend", "kind", "--config", str(learner.file))
    out, err = process.communicate(timeout=learner.patience)
    assert process.returncode == 0, out + err
    assert "1 node Ready after" in out
    assert "building" not in err
    learner.kubectl("run", "till", "--image=my-app:1.0", "--image-pull-policy=Never")
    learner.kubectl("wait", "--for=condition=Ready", "pod/till", "--timeout=120s")
    assert (
        "brought as docker.io/kubetutor/bundled-node:" in learner.start("doctor").communicate(timeout=120)[0]
    )
    listed = docker("exec", f"{NAME}-control-plane", "crictl", "images")
    for image in brought.read(learner.home).images:
        assert image.rpartition(":")[0] in listed
