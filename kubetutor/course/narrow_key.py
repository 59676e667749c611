"""A kubeconfig with little in it: one account's token for one namespace, and nothing of ours.

What lesson `managed` gives to somebody else. The token is one of the TokenRequest API, as `kubectl create token` gets it.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from kubetutor.api import kubeconfig
from kubetutor.api.client import Client
from kubetutor.api.objects import name_of
from kubetutor.errors import ApiError
from kubetutor.exercises.own_kubeconfig import lesson_kubeconfig

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kubetutor.api.objects import Object
    from kubetutor.exercises.exercise import Cluster
    from kubetutor.exercises.lesson import LessonSession

BINDINGS, WIDE_BINDINGS = (
    "rolebindings.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
)
REVIEWS = "selfsubjectaccessreviews.authorization.k8s.io"
VALID = "1h"


def key_for(session: LessonSession, account: str) -> Path:
    """Write a kubeconfig that logs in as this account of the lesson's namespace. Answer where it is."""
    return make_key(session.cluster, session.namespace, account)


def make_key(cluster: Cluster, namespace: str, account: str) -> Path:
    access = kubeconfig.read(cluster.kubeconfig)
    token = cluster.kubectl("--namespace", namespace, "create", "token", account, f"--duration={VALID}")
    document = kubeconfig.compose(
        account, server=access.server, ca=access.ca or b"", token=token.strip(), namespace=namespace
    )
    path = lesson_kubeconfig(cluster)
    kubeconfig.write(path, document)
    return path


def home_of(key: Path) -> Path:
    """Answer a state folder for whoever holds the key, apart from ours: as if it was another machine."""
    return key.with_name("student-home")


def refused(key: Path, questions: Sequence[tuple[str, str, str]]) -> set[tuple[str, str, str]] | None:
    """Ask the API server with the key itself, and answer which of these (verb, resource, namespace) it may not do.

    None where the key is not let in at all.
    """
    api = Client(key)
    try:
        answers = {each: api.create(REVIEWS, review(*each)) for each in questions}
    except ApiError as error:
        if error.code != 401:
            raise
        return None
    finally:
        api.close()
    return {each for each, answer in answers.items() if not answer["status"].get("allowed")}


def review(verb: str, what: str, namespace: str) -> Object:
    """Write the question as the API takes it. `what` is a resource: `pods`, `deployments.apps/web-app`, `pods:exec`."""
    place, _, name = what.partition("/")
    resource, _, group = place.partition(".")
    resource, _, subresource = resource.partition(":")
    asked = {
        "verb": verb, "group": group, "resource": resource, "subresource": subresource, "name": name, "namespace": namespace,
    }  # fmt: skip
    attributes = {key: value for key, value in asked.items() if value}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }


def bindings_of(api: Any, account: str, namespace: str) -> tuple[list[Object], list[Object]]:
    """Answer what is bound to an account alone: in its namespace, and for the whole cluster."""

    def is_its_own(binding: Object) -> bool:
        subjects = [
            (each.get("kind"), each.get("namespace"), each.get("name"))
            for each in binding.get("subjects") or ()
        ]
        return subjects == [("ServiceAccount", namespace, account)]

    here = [each for each in api.list(BINDINGS, namespace=namespace) if is_its_own(each)]
    return here, [each for each in api.list(WIDE_BINDINGS) if is_its_own(each)]


def unbind(cluster: Cluster, namespace: str, account: str) -> list[str]:
    """Take every right from an account, and answer the names of what was bound to it."""
    here, wide = bindings_of(cluster.api, account, namespace)
    for binding in here:
        cluster.kubectl(
            "--namespace", namespace, "delete", "rolebinding", name_of(binding), "--ignore-not-found"
        )
    for binding in wide:  # outlives the namespace: a new account of this name would have the old one's rights
        cluster.kubectl("delete", "clusterrolebinding", name_of(binding), "--ignore-not-found")
    return [name_of(binding) for binding in (*here, *wide)]


def forget(cluster: Cluster) -> None:
    """Remove the key and what was made with it on this machine."""
    key = lesson_kubeconfig(cluster)
    shutil.rmtree(home_of(key), ignore_errors=True)
    key.unlink(missing_ok=True)
