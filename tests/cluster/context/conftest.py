"""A learner with a home folder of their own, and the cluster of the test session as the cluster of somebody else."""

import pytest

from kubetutor.api import kubeconfig
from tests.cluster.context.person import Learner


@pytest.fixture
def learner(tmp_path):
    return Learner(tmp_path / "person")


@pytest.fixture
def document(cluster):
    """The kubeconfig of the session's cluster: one context, called `classroom`."""
    found = kubeconfig.load(cluster.kubeconfig)
    context = {**found["contexts"][0]["context"], "namespace": "default"}
    return {**found, "current-context": "classroom", "contexts": [{"name": "classroom", "context": context}]}


@pytest.fixture
def changed(document, tmp_path):
    """Write the kubeconfig of the session's cluster with a changed cluster or user."""

    def write(*, cluster=None, user=None):
        there = {**document["clusters"][0]["cluster"], **(cluster or {})}
        entry = {**document["clusters"][0], "cluster": {key: value for key, value in there.items() if value}}
        person = {**document["users"][0], "user": user or document["users"][0]["user"]}
        path = tmp_path / "kubeconfig"
        kubeconfig.write(path, {**document, "clusters": [entry], "users": [person]})
        return path

    return write
