"""Can this machine run kind? Advice only: without kind the embedded cluster works, so no check here is a failure."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kubetutor.cluster import lock
from kubetutor.cluster.doctor import Check
from kubetutor.cluster.kind import brought, cluster_file, command, engine, machine, node_images, record
from kubetutor.errors import CommandFailedError, KubetutorError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubetutor.cluster.home import Home
    from kubetutor.cluster.kind.engine import Engine

REGISTRY = ("registry-1.docker.io", 443)
CONNECT_SECONDS = 3.0


def examine(home: Home) -> Iterator[Check]:
    """Yield the checks for kind. Without an engine that answers, the other checks have nobody to ask."""
    for check in _checks(home):
        yield replace(check, purpose="kind")


def _checks(home: Home) -> Iterator[Check]:
    found, answer = engine.find_answering(os.environ)
    yield Check("engine", answer.ok, answer.why, "Docker or Podman that answers", answer.fix)
    kind = command.check(home, os.environ)
    oldest = ".".join(map(str, command.OLDEST))
    yield Check("kind", kind.ok, kind.why, f"kind v{oldest} or newer", kind.fix)
    if found is None:
        return
    try:
        seen = machine.look(found)
        yield from check_machine(seen)
        yield _check_image(home, found)
        yield _check_name(home, found)
        yield from _check_clusters(home, found)
    except (KubetutorError, OSError) as error:
        yield Check(
            "kind's machine", False, str(error), "checks that can be made", "Mend what the message says."
        )


def check_machine(seen: machine.Machine) -> Iterator[Check]:
    """Compare what the machine has with what kind needs. What cannot be seen is not mentioned."""
    if seen.memory_mb is not None:
        found = f"{seen.memory_mb} MB free"
        yield Check("kind memory", not seen.few_memory(), found, f"{machine.MEMORY_MB} MB", machine.CLOSE)
    if seen.disk_mb is not None:
        found = f"{seen.disk_mb} MB free in {seen.disk_folder}"
        yield Check("kind disk", not seen.few_disk(), found, f"{machine.DISK_MB} MB", machine.ROOM)
    if seen.inotify:
        found = ", ".join(f"{name} {value}" for name, value in seen.inotify)
        wanted = ", ".join(f"{name} {value}" for name, value in machine.INOTIFY.items())
        yield Check("inotify", not seen.few_inotify(), found, f"at least {wanted}", machine.raise_inotify())
    if seen.cgroup is not None:
        found = f"cgroup v{seen.cgroup}"
        yield Check(
            "cgroup", seen.cgroup >= 2, found, "cgroup v2, for Kubernetes 1.35 and newer", machine.CGROUP
        )


def _check_image(home: Home, found: Engine) -> Check:
    """Look for the node image in the engine; without it, whether the registry can be reached."""
    image = brought.preferred(home, node_images.choose(None, os.environ)) or ""
    wanted = f"the image {image.partition('@')[0]}, or a network to download it (about {node_images.DOWNLOAD_MB} MB)"
    if (stand_in := brought.known_as(found, home, image)) != image:
        return Check("node image", True, f"{image.partition('@')[0]} is here, brought as {stand_in}", wanted)
    try:
        found.run("image", "inspect", "--format", "{{.Id}}", image)
    except CommandFailedError:
        if image not in node_images.NODE_IMAGES.values():
            return Check(
                "node image",
                False,
                f"{image} is not here",
                wanted,
                f"Load it, or mend {node_images.VARIABLE}.",
            )
        try:
            socket.create_connection(REGISTRY, timeout=CONNECT_SECONDS).close()
        except OSError as error:
            why = f"it is not here, and {REGISTRY[0]} cannot be reached: {error}"
            fix = f"Connect to the network; or `docker load -i FILE`; or set {node_images.VARIABLE} to a mirror's image."
            return Check("node image", False, why, wanted, fix)
        return Check("node image", True, "not here yet; the registry can be reached", wanted)
    return Check("node image", True, f"{image.partition('@')[0]} is here", wanted)


def _check_name(home: Home, found: Engine) -> Check:
    """Look for a cluster that has the name we would use by default, and is not from here."""
    from kubetutor.cluster.kind.nodes import KindNodes  # noqa: PLC0415  # only this check needs it
    from kubetutor.cluster.spec import DEFAULT_NAME  # noqa: PLC0415  # only this check needs it

    folder = home.cluster(DEFAULT_NAME)
    ids = KindNodes(DEFAULT_NAME, folder.kubeconfig, found, found.command).ids()
    known = record.read(folder) if folder.backend == "kind" else None
    foreign = bool(ids) and not (known and known.is_ours(ids)) and not record.is_half_made(folder)
    fix = f"Use another --name, or delete it: kind delete cluster --name {DEFAULT_NAME}"
    seen = f"{DEFAULT_NAME!r} is another kind cluster's" if foreign else f"{DEFAULT_NAME!r} is free or ours"
    return Check("kind name", not foreign, seen, f"the name {DEFAULT_NAME!r} for our cluster", fix)


def _check_clusters(home: Home, found: Engine) -> Iterator[Check]:
    """Look at the clusters that are here: one left half-made, one whose port another program took while it slept."""
    from kubetutor.cluster.kind.nodes import KindNodes  # noqa: PLC0415  # only this check needs it

    for folder in home.clusters():
        if folder.backend != "kind":
            continue
        if record.is_half_made(folder) and not lock.is_held(folder.up_lock):
            fix = f"Run `kubetutor down --name {folder.name}`."
            yield Check(
                "kind cluster", False, f"{folder.name!r} was left half-made", "clusters that are whole", fix
            )
        elif known := record.read(folder):
            place = urlsplit(known.server)
            host, port = place.hostname or "", place.port or 443
            states = KindNodes(folder.name, folder.kubeconfig, found, found.command).containers()
            if "running" not in states.values() and cluster_file.taken(host, port):
                seen = f"{folder.name!r} is stopped, and another program has its port {port}"
                fix = f"End that program: ss -ltnp | grep :{port}"
                yield Check("kind cluster", False, seen, "its port free", fix)
