"""The manifests of what runs in kube-system."""

import yaml

from kubetutor.cluster.kind import add_ons
from tests.kind import versions

OBJECTS = list(yaml.safe_load_all(add_ons.manifests("shop/load-balancer:7")))


def one(kind, name):
    return next(each for each in OBJECTS if (each["kind"], each["metadata"]["name"]) == (kind, name))


def container(name):
    return one("Deployment", name)["spec"]["template"]["spec"]["containers"][0]


def test_the_images_are_those_that_are_loaded_and_pinned():
    assert container("load-balancer")["image"] == "shop/load-balancer:7"
    assert container("metrics-server")["image"] == add_ons.METRICS_SERVER


def test_the_version_of_metrics_server_is_the_one_in_the_test_nodes():
    assert add_ons.METRICS_SERVER.endswith(f":{versions.METRICS_SERVER.version}")


def test_the_load_balancer_may_read_services_and_write_their_status_and_nothing_else():
    rules = one("ClusterRole", "kubetutor:load-balancer")["rules"]
    assert [(rule["resources"], rule["verbs"]) for rule in rules] == [
        (["services"], ["list", "watch"]),
        (["services/status"], ["patch"]),
    ]
    assert container("load-balancer")["securityContext"]["capabilities"] == {
        "drop": ["ALL"],
        "add": ["NET_ADMIN", "NET_RAW"],
    }


def test_metrics_server_takes_the_certificates_of_kinds_kubelets():
    assert "--kubelet-insecure-tls" in container("metrics-server")["args"]
    assert one("APIService", "v1beta1.metrics.k8s.io")["spec"]["service"]["name"] == "metrics-server"
