"""Through the shared cluster: a ConfigMap in the learner's own namespace, which the learner's role lets nobody else touch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kubetutor.errors import ApiError

if TYPE_CHECKING:
    from kubetutor.exercises.report.membership import Membership
    from kubetutor.exercises.report.report import Report

NAME = "kubetutor-progress"
LABEL = "kubetutor.io/progress"
KEY = "report"


def deliver(member: Membership, report: Report) -> None:
    """Write the report. Done means: the API server has stored it. Raises ApiError or ClusterError."""
    from kubetutor.api.client import Client  # noqa: PLC0415  # only who joined a class needs it here

    labels = {"app.kubernetes.io/managed-by": "kubetutor", LABEL: "true"}
    metadata = {"name": NAME, "namespace": member.namespace, "labels": labels}
    client = Client(Path(member.kubeconfig))
    try:
        client.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {KEY: report.as_json()}},
            force=True,
        )
    finally:
        client.close()


def withdraw(member: Membership) -> None:
    """Delete the report."""
    from kubetutor.api.client import Client  # noqa: PLC0415  # as above

    client = Client(Path(member.kubeconfig))
    try:
        client.delete("configmaps", NAME, namespace=member.namespace)
    except ApiError as error:
        if error.code != 404:
            raise
    finally:
        client.close()
