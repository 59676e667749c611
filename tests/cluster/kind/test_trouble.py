"""What kind says when it fails, as it was seen or as its source has it, and what is made of it."""

import pytest

from kubetutor.cluster.kind import trouble

NO_NETWORK = (
    'ERROR: failed to create cluster: failed to pull image "kindest/node:v1.37.0@sha256:a1ed": command "docker pull '
    'kindest/node:v1.37.0@sha256:a1ed" failed with error: exit status 1\n\nCommand Output: Error response from daemon: '
    'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.53:53: no such host\n'
)
PORT = (
    'ERROR: failed to create cluster: command "docker run --name shop-control-plane" failed with error: exit status 125\n'
    "Command Output: 9f1c\ndocker: Error response from daemon: driver failed programming external connectivity on endpoint "
    "shop-control-plane (9f1c): Bind for 127.0.0.1:8080 failed: port is already allocated.\n"
)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (
            NO_NETWORK,
            "image kindest/node:v1.37.0@sha256:a1ed is not on this machine and could not be downloaded (Error",
        ),
        (NO_NETWORK, "no such host"),
        (NO_NETWORK, "docker load -i FILE"),
        (PORT, "is taken (Bind for 127.0.0.1:8080 failed: port is already allocated"),
        (
            'ERROR: node(s) already exist for a cluster with the name "shop"',
            "kind delete cluster --name NAME",
        ),
        ("inotify_add_watch: no space left on device", "sudo sysctl fs.inotify"),
        ("write /var/lib/docker/x: no space left on device", "the disk is full"),
        (
            "ERROR: unable to decode config: yaml: unmarshal errors:\n  line 4: field nodez not found",
            "line 4: field nodez",
        ),
        ("Cannot connect to the Docker daemon at unix:///x", "the engine stopped answering"),
        ("toomanyrequests: You have reached your pull rate limit", "refuses more downloads"),
    ],
)
def test_known_words_become_what_was_seen_and_what_to_do(output, words):
    assert words in trouble.explain(output, [])


def test_unknown_words_are_passed_on_with_what_the_machine_is_short_of():
    output = "Creating cluster\nERROR: failed to init node with kubeadm: exit status 1\nlast words\nStack Trace: \nmain.go"
    said = trouble.explain(output, ["only 300 MB of memory are free"])
    assert "failed to init node with kubeadm" in said
    assert "last words" in said
    assert "main.go" not in said
    assert "kubetutor doctor" in said
    assert "It may be this: only 300 MB of memory are free" in said
