"""The kubeconfigs of lessons: they lie beside the cluster's own, and go with it. The learner's ~/.kube/config is never touched.

One is what `!kubectl` reads in a lesson's notebook, before the cluster's own: it has the lesson's namespace. So two notebooks
that are open at once do not change what `kubectl` means in the other. The other one is for a lesson to play with: contexts
can be made, changed and lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from kubetutor.exercises.exercise import Cluster

OWN_KUBECONFIG = (
    "--kubeconfig={kubeconfig}"  # as a learner writes it in a cell, where `kubeconfig` is the path
)


def notebook_kubeconfig(cluster: Cluster, slug: str) -> Path:
    """Answer where the kubeconfig of a lesson's notebook is."""
    return cluster.kubeconfig.with_name(f"notebook-{slug}.kubeconfig")


def lesson_kubeconfig(cluster: Cluster) -> Path:
    """Answer where the kubeconfig is that a lesson may write."""
    return cluster.kubeconfig.with_name("lesson.kubeconfig")
