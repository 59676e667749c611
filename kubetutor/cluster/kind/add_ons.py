"""What runs in kube-system so that every lesson works: metrics-server, and addresses for load balancers.

`kubectl top` and autoscaling answer some seconds later, when metrics-server has looked twice; `up` does not wait.
"""

from __future__ import annotations

import string
from importlib import resources
from typing import TYPE_CHECKING

from kubetutor.cluster import commands

if TYPE_CHECKING:
    from kubetutor.cluster.kind.nodes import KindNodes

METRICS_SERVER = "registry.k8s.io/metrics-server/metrics-server:v0.9.0"
MANIFESTS = ("metrics-server.yaml", "load-balancer.yaml")
OWNER = "kubetutor"


def manifests(load_balancer: str) -> str:
    """Answer all manifests as one text, with the names of their images in it."""
    folder = resources.files("kubetutor.cluster.kind").joinpath("manifests")
    texts = [folder.joinpath(name).read_text(encoding="utf-8") for name in MANIFESTS]
    images = {"metrics_server": METRICS_SERVER, "load_balancer": load_balancer}
    return "---\n".join(string.Template(text).substitute(images) for text in texts)


def apply(cluster: KindNodes, *, load_balancer: str) -> None:
    """Apply them on the server: what is there already stays as it is, what another changed is set right."""
    words = ("apply", "--server-side", "--force-conflicts", f"--field-manager={OWNER}", "--filename=-")
    commands.run(
        (commands.kubectl_path(), *words),
        env=commands.environment(cluster.kubeconfig),
        input=manifests(load_balancer),
    )
