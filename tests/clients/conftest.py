"""Clients that we did not write, unmodified, against the embedded cluster.

Two clients ship their tests in the wheel that pip installs. They run from there, each module in a pytest of its own
(`foreign.py`), and what each test came to is compared with `listed/CLIENT.txt`, both ways: a test that newly fails fails
our test, and so does one that newly passes, is gone or is new. Whatever did not pass has its reason beside it.

    kr8s                         its whole suite, tests/clients/kr8s_suite.py says what it is given
    the official client          the tests of its dynamic client, plain and asynchronous: tests/clients/official_suite.py

Two clients ship no tests that could run here. They do what their users do, in tests of our own:

    kopf                         an operator for a kind of its own, `kettle_operator.py`, in `test_kopf.py`
    lightkube                    the verbs on several kinds, logs, exec, patches, `test_lightkube.py`

The suites were written for kind's own default, a cluster with one node: they get one, and no other test meets it.
The versions of kr8s and of the official client are pinned in pyproject.toml, because the lists name their tests. To take
a newer one, raise the pin and run the tests here: the lines that they print are the ones to put into the lists.
"""

from __future__ import annotations

import pytest

from kubetutor.cluster import backends
from kubetutor.cluster.backend import Wanted
from kubetutor.cluster.home import Home
from kubetutor.cluster.temporary import temporary_cluster

from .certified_user import write_kubeconfig

ONE_NODE = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes: [{role: control-plane}]\n"
IMAGES = ("gcr.io/google_containers/pause", "nginx:latest", "ubuntu:latest")


@pytest.fixture(scope="session")
def one_node(tmp_path_factory):
    """An embedded cluster of one node, on which the images that the suites name are processes that stay."""
    config = tmp_path_factory.mktemp("one-node") / "cluster.yaml"
    config.write_text(ONE_NODE)
    with temporary_cluster("embedded", Wanted(config=config)) as made:
        backend = backends.get(made.backend, Home(made.kubeconfig.parents[2]))
        for image in IMAGES:
            backend.add_image(made.name, image, ["sleep", "100000"])
        yield made


@pytest.fixture(scope="session")
def certified_kubeconfig(one_node, tmp_path_factory):
    """The kubeconfig of an administrator of that cluster who has a certificate."""
    path = tmp_path_factory.mktemp("certified") / "kubeconfig"
    write_kubeconfig(one_node, path)
    return path
