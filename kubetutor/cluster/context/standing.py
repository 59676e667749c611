"""How we stand with a cluster of somebody else: who we are there, what we may do, and where lessons work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kubetutor.api import kubeconfig
from kubetutor.cluster.asking import node_status
from kubetutor.cluster.backend import Status
from kubetutor.cluster.context import contact, rights
from kubetutor.errors import ApiError, ClusterError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kubetutor.api.client import Client
    from kubetutor.api.objects import Object
    from kubetutor.cluster.backend import Progress, Wanted, Workspace
    from kubetutor.cluster.context.record import Record
    from kubetutor.cluster.context.rights import Rights

SAMPLES = ("my-app:1.0", "my-app:2.0", "my-app:3.0", "my-app:broken")


def meet(copy: Path, wanted: Wanted, before: Record, progress: Progress) -> Record:
    """Ask the cluster, choose where lessons work, and set that in the copy. Raise ClusterError where they cannot."""
    from kubetutor.api.client import Client  # noqa: PLC0415  # slow to import

    access = kubeconfig.read(copy)
    progress(
        f"the context {access.context!r} of your kubeconfig: {access.server}, namespace {access.namespace}"
    )
    version = contact.version_of(copy, access)
    user = contact.user_of(copy, access)
    progress(f"it is Kubernetes {version}, and takes you for {user or 'a user whose name it does not tell'}")
    api = Client(copy)
    try:
        namespace, found = where(api, wanted.namespace or before.namespace, access.namespace)
        nodes = api.list("nodes") if found.may(rights.LIST_NODES) else []
    except ApiError as error:
        raise ClusterError(
            f"{access.server} does not tell what you may do there, so lessons cannot start. "
            f"Ask whoever runs it. (Seen: {error})"
        ) from error
    finally:
        api.close()
    refuse_too_few(found, access.context)
    for sentence in (place_of(namespace), *rights.sentences(found), about_images(nodes)):
        progress(f"note: {sentence}")
    if namespace and (wanted.namespace or not before.namespace):
        set_namespace(copy, namespace)
    return replace(before, context=access.context, namespace=namespace)


def where(api: Client, given: str, own: str) -> tuple[str, Rights]:
    """Choose the only namespace that lessons use, empty for one each. `given` was asked for, `own` is the context's."""
    if not given:
        everywhere = rights.ask(api)
        if everywhere.may_make_namespaces and everywhere.are_enough:
            return "", everywhere
    return given or own, rights.ask(api, given or own)


def refuse_too_few(found: Rights, context: str) -> None:
    if found.are_enough:
        return
    missing = " ".join(rights.sentences(found))
    raise ClusterError(
        f"Lessons cannot run in the namespace {found.namespace!r} of the context {context!r}. {missing} "
        "Ask whoever runs the cluster for a namespace in which you have the role `edit`, and name it with --namespace."
    )


def place_of(namespace: str) -> str:
    return (
        f"All lessons work in the namespace {namespace}."
        if namespace
        else "Each lesson makes a namespace of its own."
    )


def about_images(nodes: Sequence[Object]) -> str:
    """Say whether lessons find their images there. A node names 50 of its images at most, so silence is no proof."""
    if nodes and all(set(SAMPLES) <= images_of(node) for node in nodes):
        return "The nodes have the sample images of the lessons."
    return (
        f"Images cannot be loaded into these nodes from here. Lessons ask for {', '.join(SAMPLES)}: whoever runs the "
        "cluster must bring them into the nodes (the README says how). Without them pods stay in ErrImagePull."
    )


def images_of(node: Object) -> set[str]:
    """Answer the images that the node says it has, as a manifest names them."""
    entries = node.get("status", {}).get("images") or ()
    return {name.removeprefix("docker.io/library/") for entry in entries for name in entry.get("names") or ()}


def set_namespace(copy: Path, namespace: str) -> None:
    """Make it the namespace that kubectl means when none is named."""
    document = kubeconfig.load(copy)
    document["contexts"][0]["context"]["namespace"] = namespace
    kubeconfig.write(copy, document)


def status(name: str, path: Path, workspace: Workspace) -> Status:
    """Ask the cluster how it is for us. What goes wrong stands in `trouble`, and nothing is raised for it."""
    access = kubeconfig.read(path)
    known = Status("context", name, access.context, str(path), access.server, "", ready=False)
    known = replace(known, namespace=workspace.namespace or access.namespace)
    try:
        known = replace(known, version=contact.version_of(path, access), user=contact.user_of(path, access))
        return _asked(known, path, workspace)
    except (ApiError, ClusterError) as error:
        return replace(known, trouble=str(error))


def _asked(known: Status, path: Path, workspace: Workspace) -> Status:
    from kubetutor.api.client import Client  # noqa: PLC0415  # slow to import

    api = Client(path)
    try:
        found = rights.ask(api, workspace.namespace)
        nodes = api.list("nodes") if found.may(rights.LIST_NODES) else []
    finally:
        api.close()
    return replace(
        known,
        ready=found.are_enough,
        nodes=tuple(node_status(node) for node in nodes),
        notes=(place_of(workspace.namespace), *rights.sentences(found)),
    )
