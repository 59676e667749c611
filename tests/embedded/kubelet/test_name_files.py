"""The files about names that a pod is given, and that they follow the cluster where they hold its names."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from kubetutor.embedded.clock import SystemClock
from kubetutor.embedded.informer import Informers
from kubetutor.embedded.kubelet.name_files import NameFiles
from kubetutor.embedded.kubelet.node_context import NodeConfig
from kubetutor.embedded.kubelet.runtime import Mount
from tests.embedded import manifests
from tests.embedded.api_server import RecordingClient, make_registry

DNS = "127.96.128.10"


@pytest.fixture
def client():
    return RecordingClient(make_registry(SystemClock()))


@pytest.fixture
def files_of(client, tmp_path):
    """Make the files of a node whose name server is here."""
    made = []

    def files_of(dns):
        network = IPv4Network("127.96.1.0/24")
        config = NodeConfig("one", "worker", "127.96.0.2", network, tmp_path, "v1.36.0", cluster_dns=dns)
        made.append(NameFiles(config, Informers(client)))
        made[-1].start()
        return made[-1]

    yield files_of
    for files in made:
        files.stop()


@pytest.fixture
def pod():
    made = manifests.pod("till", node="one")
    return {**made, "metadata": {**made["metadata"], "uid": "one"}, "status": {"podIP": "127.96.1.2"}}


def texts(mounts):
    return {mount.target: mount.source.read_text() for mount in mounts}


def serve(client, name):
    made = client.create(
        "services", {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}]}}, namespace="default"
    )
    return made["spec"]["clusterIP"]


async def test_a_pod_has_three_files(files_of, pod):
    found = texts(files_of(DNS).mounts(pod, ()))
    assert set(found) == {"/etc/resolv.conf", "/etc/hosts", "/etc/hostname"}
    assert f"nameserver {DNS}\n" in found["/etc/resolv.conf"]
    assert found["/etc/hosts"].endswith("127.96.1.2\ttill\n")
    assert found["/etc/hostname"] == "till\n"


async def test_what_a_pod_mounts_itself_is_its_own(files_of, pod):
    own = Mount(Path("/dev/null"), "/etc/hosts")
    assert "/etc/hosts" not in texts(files_of(DNS).mounts(pod, [own]))


async def test_with_a_name_server_names_are_not_written_down(files_of, client, pod):
    mounts = files_of(DNS).mounts(pod, ())
    serve(client, "shop")
    await asyncio.sleep(0)
    assert "shop" not in texts(mounts)["/etc/hosts"]


async def test_without_one_the_hosts_file_follows_the_services(files_of, client, pod):
    mounts = files_of("").mounts(pod, ())
    hosts = next(mount.source for mount in mounts if mount.target == "/etc/hosts")
    same = hosts.stat().st_ino
    address = serve(client, "shop")
    await asyncio.sleep(0)
    assert (
        f"{address}\tshop.default.svc.cluster.local\tshop.default.svc\tshop.default\tshop\n"
        in hosts.read_text()
    )
    client.delete("services", "shop", namespace="default")
    await asyncio.sleep(0)
    assert "shop" not in hosts.read_text()
    assert hosts.stat().st_ino == same  # it is mounted: another file in its place would not be seen


async def test_a_pod_that_is_gone_is_forgotten(files_of, client, pod):
    mounts = files_of("").mounts(pod, ())
    hosts = next(mount.source for mount in mounts if mount.target == "/etc/hosts")
    hosts.unlink()
    serve(client, "shop")
    await asyncio.sleep(0)
    assert not hosts.exists()
