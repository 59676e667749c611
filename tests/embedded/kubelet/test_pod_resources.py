"""What a pod as a whole may use, as a real kubelet said it."""

from kubetutor.embedded.kubelet.pod_resources import pod_resources


def container(requests=None, limits=None, **more):
    return {"name": "cart", "resources": {"requests": requests or {}, "limits": limits or {}}, **more}


def test_a_pod_that_asks_for_nothing_has_nothing():
    assert pod_resources({"containers": [{"name": "cart"}]}) == {}


def test_containers_are_added_up_and_an_init_container_counts_where_it_needs_more():
    spec = {
        "initContainers": [container({"cpu": "50m"}, {"cpu": "60m"})],
        "containers": [
            container({"cpu": "10m", "memory": "100Mi"}, {"memory": "100Mi"}),
            container({"cpu": "20m", "memory": "5Mi"}),
        ],
    }
    assert pod_resources(spec) == {
        "limits": {"cpu": "60m", "memory": "100Mi"},
        "requests": {"cpu": "50m", "memory": "105Mi"},
    }


def test_a_sidecar_counts_beside_the_others():
    sidecar = container({"cpu": "1"}, restartPolicy="Always")
    spec = {"initContainers": [sidecar, container({"cpu": "2"})], "containers": [container({"cpu": "500m"})]}
    assert pod_resources(spec) == {"requests": {"cpu": "3"}}


def test_what_the_pod_itself_says_comes_first():
    spec = {"resources": {"requests": {"cpu": "2"}}, "containers": [container({"cpu": "1"})]}
    assert pod_resources(spec) == {"requests": {"cpu": "2"}}
