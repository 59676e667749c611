"""The images inside a node: what kubeadm names, the pod network, the storage class and metrics-server."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kind import versions
from tests.kind.archives import Image, write
from tests.kind.cache import made_once
from tests.kind.commands import CommandError, run
from tests.kind.debian import programs, with_libraries
from tests.kind.gomodules import source

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
POD_NETWORK = "kubetutor/pod-network:1"
PROVISIONER, PROVISIONER_HELPER = "kubetutor/local-path-provisioner:1", "kubetutor/local-path-helper:1"
METRICS_SERVER = f"registry.k8s.io/metrics-server/metrics-server:{versions.METRICS_SERVER.version}"


@dataclass(frozen=True)
class Parts:
    """What images are put together from: the programs of each Go module, and Debian's files."""

    programs: dict[str, Path]
    node: Path

    def folder(self, module: versions.Module) -> Path:
        return self.programs[module.path]


def kubeadm_images(parts: Parts) -> dict[str, str]:
    """Answer the full name of each image that kubeadm wants, by its last part: `etcd`, `pause`, `kube-proxy`."""
    kubeadm = str(parts.folder(versions.KUBERNETES) / "kubeadm")
    version = versions.KUBERNETES.version
    names = run([kubeadm, "config", "images", "list", "--kubernetes-version", version]).split()
    return {name.rsplit("/", 1)[1].split(":")[0]: name for name in names}


def node_images(parts: Parts, cache: Path) -> list[Path]:
    """Write the image files that every node holds from the start, once; answer them."""
    inputs = [*map(repr, versions.MODULES), *versions.NODE_PACKAGES]
    inputs += [
        file.read_text() for file in (Path(__file__), HERE / "archives.py", HERE / "node" / "pod-network")
    ]

    def make(folder: Path) -> None:
        for image in wanted(parts, build_pause(folder)):
            write(image, folder / f"{image.name.rsplit('/', 1)[1].replace(':', '-')}.tar")

    folder = made_once(cache / "images", inputs=inputs, make=make)
    return sorted(folder.glob("*.tar"))


def wanted(parts: Parts, pause: Path) -> Iterator[Image]:
    """Yield every image of a node."""
    names = kubeadm_images(parts)
    kubernetes = parts.folder(versions.KUBERNETES)
    for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler"):
        yield Image(names[name], (name,), {f"/usr/local/bin/{name}": kubernetes / name})
    proxy = dict(
        programs(parts.node, ("xtables-nft-multi", "xtables-legacy-multi", "nft", "conntrack", "kmod"))
    )
    proxy |= {f"/usr/sbin/{name}": parts.node / "usr/sbin/xtables-nft-multi" for name in IPTABLES}
    proxy |= extensions(parts.node)
    yield Image(
        names["kube-proxy"],
        ("kube-proxy",),
        {"/usr/local/bin/kube-proxy": kubernetes / "kube-proxy", **proxy},
    )
    yield Image(names["etcd"], ("etcd",), {"/usr/local/bin/etcd": parts.folder(versions.ETCD) / "server"})
    yield Image(names["coredns"], ("/coredns",), {"/coredns": parts.folder(versions.COREDNS) / "coredns"})
    yield Image(names["pause"], ("/pause",), {"/pause": pause})
    metrics_server = parts.folder(versions.METRICS_SERVER) / "metrics-server"
    yield Image(METRICS_SERVER, ("/metrics-server",), {"/metrics-server": metrics_server})
    provisioner = parts.folder(versions.LOCAL_PATH_PROVISIONER) / "local-path-provisioner"
    yield Image(PROVISIONER, ("/local-path-provisioner",), {"/local-path-provisioner": provisioner})
    folders = dict(programs(parts.node, ("bash", "mkdir", "rm")))
    yield Image(PROVISIONER_HELPER, ("bash",), {**folders, "/bin/sh": folders["/usr/bin/bash"]})
    shell = {**proxy, **dict(programs(parts.node, ("bash", "cat", "ip", "mv")))}
    shell |= {
        "/usr/bin/kubectl": kubernetes / "kubectl",
        "/usr/bin/pod-network": HERE / "node" / "pod-network",
    }
    yield Image(POD_NETWORK, ("bash", "/usr/bin/pod-network"), shell)


IPTABLES = tuple(
    f"{family}{what}" for family in ("iptables", "ip6tables") for what in ("", "-save", "-restore")
)  # one program that goes by its name


def extensions(root: Path) -> dict[str, Path]:
    """Answer the modules that iptables loads by itself, so that no program names them, and what they are linked to."""
    found = [f"/{file.relative_to(root)}" for file in sorted((root / "usr/lib").glob("*/xtables/*.so"))]
    return dict(with_libraries(root, found))


def build_pause(folder: Path) -> Path:
    """Build the program that holds a pod's namespaces, from the C file in Kubernetes' own module."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise CommandError("the pause program is written in C and needs gcc: install it and try again")
    code = source(versions.KUBERNETES, versions.GO) / "build/pause/linux/pause.c"
    run([compiler, "-Os", "-Wall", "-static", "-DVERSION=kubetutor", "-o", str(folder / "pause"), str(code)])
    return folder / "pause"
