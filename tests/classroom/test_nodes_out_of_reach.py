"""A learner on a shared cluster cannot get at a node, and so not at what other learners have there."""

import secrets

import pytest

from kubetutor.classroom.learners import named
from kubetutor.classroom.workshop import Workshop
from kubetutor.cluster.cluster import Cluster
from kubetutor.errors import ApiError

pytestmark = pytest.mark.kind  # the embedded cluster does not enforce pod security, and says so
WAYS = {
    "privileged": {
        "containers": [{"name": "c", "image": "my-app:1.0", "securityContext": {"privileged": True}}]
    },
    "hostPath": {
        "containers": [{"name": "c", "image": "my-app:1.0"}],
        "volumes": [{"name": "node", "hostPath": {"path": "/"}}],
    },
    "hostNetwork": {"containers": [{"name": "c", "image": "my-app:1.0"}], "hostNetwork": True},
}


def test_pods_that_would_reach_a_node_are_refused(cluster, tmp_path):
    workshop = Workshop(f"w{secrets.token_hex(3)}", cluster, tmp_path / "class")
    try:
        room = workshop.create(named(["Ana"]), hours=1, progress=lambda _line: None)[0]
        learner = Cluster("ana", "context", room.kubeconfig)
        for way, spec in WAYS.items():
            pod = {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": way.lower(), "namespace": room.namespace},
            }
            with pytest.raises(ApiError, match="violates PodSecurity"):
                learner.api.create("pods", {**pod, "spec": spec})
        learner.api.close()
    finally:
        workshop.remove(progress=lambda _line: None)
