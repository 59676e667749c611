"""What we must know of a cluster file that kind is handed as it is."""

import socket

import pytest

from kubetutor.cluster import share
from kubetutor.cluster.kind import cluster_file as reader
from kubetutor.errors import SpecError


def test_what_the_embedded_cluster_refuses_is_kinds_business(cluster_file):
    nodes = (
        "nodes: [{role: control-plane}, {role: control-plane}, {role: worker}]\nfeatureGates: {Some: true}\n"
    )
    file = reader.read(cluster_file(nodes))
    assert file.name == "shop"
    assert file.roles == ("control-plane", "control-plane", "worker")


def test_the_name_given_on_the_command_line_wins(cluster_file):
    assert reader.read(cluster_file(), name="till").as_document()["name"] == "till"


def test_without_nodes_there_is_one(cluster_file):
    assert reader.read(cluster_file()).roles == ("control-plane",)


def test_the_default_file_asks_for_no_port_and_names_no_image():
    file = reader.read(share.default_cluster_file())
    assert file.ports() == []
    assert not file.names_images


def test_ports_are_found_wherever_the_file_asks_for_them(cluster_file):
    file = reader.read(
        cluster_file(
            "networking: {apiServerPort: 6443}\n"
            "nodes:\n- role: control-plane\n  image: kindest/node:v1.36.4\n  extraPortMappings:\n"
            "  - {containerPort: 30080, hostPort: 8080}\n"
            "  - {containerPort: 30081, hostPort: 8081, listenAddress: 127.0.0.1}\n"
            "  - {containerPort: 30053, hostPort: 53, protocol: UDP}\n  - {containerPort: 30082}\n"
        )
    )
    assert file.ports() == [("127.0.0.1", 6443), ("0.0.0.0", 8080), ("127.0.0.1", 8081)]
    assert file.names_images


def test_a_port_that_another_program_has_is_seen():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert "in use" in reader.taken("127.0.0.1", port)
    assert reader.taken("127.0.0.1", port) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nodes: three\n", "must be a list"),
        ("kind: Pod\n", "must say `kind: Cluster`"),
        ("name: Shop!\n", "cannot be a"),
    ],
)
def test_what_is_no_cluster_file_is_refused_with_its_path(cluster_file, text, words):
    path = cluster_file(text)
    with pytest.raises(SpecError, match=words) as refused:
        reader.read(path)
    assert str(path) in str(refused.value)
