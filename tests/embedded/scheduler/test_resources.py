"""What pods ask for."""

from kubetutor.embedded.scheduler.resources import assumed_requests, pod_requests


def container(cpu=None, **rest):
    return {"resources": {"requests": {"cpu": cpu}} if cpu else {}, **rest}


def test_containers_add_up():
    pod = {"spec": {"containers": [container("250m"), container("1")]}}
    assert pod_requests(pod) == {"cpu": 1250}


def test_the_largest_init_container_counts_if_it_asks_for_more():
    pod = {"spec": {"containers": [container("1")], "initContainers": [container("3"), container("2")]}}
    assert pod_requests(pod) == {"cpu": 3000}


def test_a_sidecar_runs_beside_the_containers_and_later_init_containers():
    sidecar = container("500m", restartPolicy="Always")
    pod = {"spec": {"containers": [container("1")], "initContainers": [sidecar, container("2")]}}
    assert pod_requests(pod) == {"cpu": 2500}


def test_overhead_is_added_and_requests_of_the_pod_win():
    spec = {"containers": [container("1")], "overhead": {"cpu": "100m"}}
    assert pod_requests({"spec": spec}) == {"cpu": 1100}
    assert pod_requests({"spec": {**spec, "resources": {"requests": {"cpu": "4"}}}}) == {"cpu": 4100}


def test_a_silent_container_is_taken_to_need_a_little():
    assert assumed_requests({"spec": {"containers": [container()]}}) == {"cpu": 100, "memory": 200 * 2**20}
