"""Everything that comes over Debian in a node, in one folder: kind's own files, the programs, the manifests."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.kind import versions
from tests.kind.commands import CommandError, run
from tests.kind.gomodules import source
from tests.kind.images import METRICS_SERVER, Parts

HERE = Path(__file__).parent
OWN_PORT = "- --kubelet-use-node-status-port"  # the argument after which ours goes


def overlay(parts: Parts, folder: Path) -> Path:
    """Put everything that comes over Debian into one folder, each file at its place in the node."""
    kind = source(versions.KIND, versions.GO) / "images/base/files"
    shutil.copytree(kind, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    kubernetes = parts.folder(versions.KUBERNETES)
    copy([kubernetes / name for name in ("kubeadm", "kubectl", "kubelet")], folder / "usr/bin")
    copy(files(parts.folder(versions.CONTAINERD)), folder / "usr/local/bin")
    copy([parts.folder(versions.CRICTL) / "crictl"], folder / "usr/local/bin")
    copy(files(parts.folder(versions.CNI_PLUGINS)), folder / "opt/cni/bin")
    manifests = folder / "kind/manifests"
    copy([HERE / "node" / "default-cni.yaml"], manifests)
    (manifests / "metrics-server.yaml").write_text(metrics_server_manifest(kubernetes / "kubectl"))
    (folder / "kind/version").write_text(versions.KUBERNETES.version)
    return folder


def metrics_server_manifest(kubectl: Path) -> str:
    """Answer metrics-server's own manifests, with our image, and trusting kubelets whose certificates nobody signed."""
    published = source(versions.METRICS_SERVER, versions.GO) / "manifests/base"
    text = run([str(kubectl), "kustomize", str(published)])
    text, images = re.subn(r"image: \S+", f"image: {METRICS_SERVER}", text)
    text, arguments = re.subn(
        rf"^( *){OWN_PORT}$", r"\g<0>\n\1- --kubelet-insecure-tls", text, flags=re.MULTILINE
    )
    if (images, arguments) != (1, 1):
        raise CommandError(f"metrics-server's manifests in {published} are not as expected: adapt overlay.py")
    return text


def files(folder: Path) -> list[Path]:
    return [entry for entry in sorted(folder.iterdir()) if entry.is_file()]


def copy(sources: list[Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in sources:
        shutil.copyfile(file, folder / file.name)
