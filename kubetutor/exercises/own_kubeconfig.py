"""The kubeconfig that a lesson may write: it lies beside the cluster's own, and goes with it.

So contexts can be made, changed and lost, and neither the learner's ~/.kube/config nor the cluster's own file is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.exercises.exercise import Cluster

OWN_KUBECONFIG = (
    "--kubeconfig={kubeconfig}"  # as a learner writes it in a cell, where `kubeconfig` is the path
)


def lesson_kubeconfig(cluster: Cluster) -> Path:
    return cluster.kubeconfig.with_name("lesson.kubeconfig")
