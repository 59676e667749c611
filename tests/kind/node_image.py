"""The node image: Debian, kind's own files, Kubernetes' commands and every image that a node starts with.

1. Build the programs, make the file systems, write the images. Each is made once and kept.
2. Import Debian into the engine, copy kind's files and the programs over it, and set it up as kind does.
3. Let containerd import the images, and commit the result.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kind import versions
from tests.kind.cache import digest, only_one, step
from tests.kind.commands import require, run
from tests.kind.debian import file_system
from tests.kind.gomodules import build
from tests.kind.images import Parts, kubeadm_images, node_images
from tests.kind.overlay import overlay

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
REPOSITORY = "kubetutor/kind-node"
ENTRYPOINT = '["/usr/local/bin/entrypoint", "/sbin/init"]'
MADE_FROM = ("node_image.py", "images.py", "archives.py", "overlay.py", "versions.py")


def tag() -> str:
    """Answer the image's full name: it changes with every version, and with how the image is made."""
    files = [*(HERE / name for name in MADE_FROM), *sorted((HERE / "node").iterdir())]
    return f"{REPOSITORY}:{versions.KUBERNETES.version}-{digest(file.read_text() for file in files)}"


def is_made(cache: Path) -> bool:
    """Say whether the image has been made on this machine, without asking an engine."""
    note = cache / "node-image.json"
    return note.exists() and json.loads(note.read_text())["image"] == tag()


def make(cache: Path) -> str:
    """Make the image unless the engine has it; answer its name."""
    began = time.monotonic()
    name = tag()
    with only_one(cache):
        if subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False).returncode:
            require(("go", "debootstrap", "gcc", "docker"), "making the node image")
            parts = make_parts(cache)
            archives = node_images(parts, cache)
            with step("putting the node image together"):
                assemble(name, parts, archives, base(parts.node))
            forget_older(name)
        size = int(run(["docker", "image", "inspect", "--format", "{{.Size}}", name]))
        seconds = round(time.monotonic() - began)
        (cache / "node-image.json").write_text(json.dumps({"image": name, "bytes": size}) + "\n")
    print(f"kind: {name}, {size / 1e6:.0f} MB, is ready after {seconds} s", flush=True)
    return name


def forget_older(name: str) -> None:
    """Remove images that an older state of these files made, but for those of clusters that are there."""
    listed = run(["docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", REPOSITORY]).split()
    used = run(["docker", "ps", "--all", "--format", "{{.Image}}"]).split()
    for older in set(listed) - {name, *used}:
        run(["docker", "image", "rm", older])


def make_parts(cache: Path) -> Parts:
    """Build every program and file system that is not there yet, two at a time: one downloads while one compiles."""
    with ThreadPoolExecutor(max_workers=2) as builders:
        node = builders.submit(file_system, versions.DEBIAN, versions.NODE_PACKAGES, cache)
        built = {
            module.path: builders.submit(build, module, versions.GO, cache) for module in versions.MODULES
        }
        try:
            return Parts({path: program.result() for path, program in built.items()}, node.result())
        except BaseException:
            builders.shutdown(wait=False, cancel_futures=True)  # what has not begun need not begin
            raise


def kind_command(cache: Path) -> Path:
    """Answer the `kind` command of the pinned release."""
    return build(versions.KIND, versions.GO, cache) / "kind"


def kubectl_command(cache: Path) -> Path:
    """Answer the `kubectl` command of the cluster's own release."""
    return build(versions.KUBERNETES, versions.GO, cache) / "kubectl"


def base(root: Path) -> str:
    """Put the Debian file system into the engine; answer the image's id."""
    with subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as tar:
        return run(["docker", "import", "-"], stdin=tar.stdout).strip()


def assemble(name: str, parts: Parts, archives: list[Path], base_image: str) -> None:
    """Make the node image in a container, and commit it."""
    pause = kubeadm_images(parts)["pause"]
    with tempfile.TemporaryDirectory() as scratch, build_container(base_image) as container:
        run(["docker", "cp", f"{overlay(parts, Path(scratch))}/.", f"{container}:/"])
        with (HERE / "node" / "set-up").open("rb") as script:
            run(["docker", "exec", "-i", container, "bash", "-s", pause], stdin=script)
        import_images(container, archives)
        changes = [f"ENTRYPOINT {ENTRYPOINT}", "ENV container=docker", "CMD []"]
        flags = [word for change in changes for word in ("--change", change)]
        run(["docker", "commit", *flags, container, name])


@contextmanager
def build_container(image: str) -> Iterator[str]:
    """Yield the id of a container that only waits, and remove it and the image below it in the end."""
    options = [
        "--detach",
        "--network",
        "none",
        "--security-opt",
        "seccomp=unconfined",
        "--entrypoint",
        "sleep",
    ]
    container = run(["docker", "run", *options, image, "infinity"]).strip()
    try:
        yield container
    finally:
        run(["docker", "rm", "--force", "--volumes", container])


def import_images(container: str, archives: list[Path]) -> None:
    """Let the container's own containerd import the images; they are unpacked when a node first uses them."""
    run(["docker", "exec", "--detach", container, "containerd"])
    wait = "until [ -S /run/containerd/containerd.sock ] && ctr version; do sleep 0.1; done"
    run(["docker", "exec", container, "timeout", "30", "bash", "-c", wait])
    command = ["ctr", "--namespace", "k8s.io", "images", "import", "--no-unpack"]
    for archive in archives:
        with archive.open("rb") as content:
            label = ["--label", "io.cri-containerd.pinned=pinned", "-"]
            run(["docker", "exec", "-i", container, *command, *label], stdin=content)
    run(["docker", "exec", container, "pkill", "--exact", "containerd"])
