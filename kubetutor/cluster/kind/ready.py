"""What a lesson needs in a kind cluster beyond Kubernetes itself: images, usage of pods, addresses of load balancers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kubetutor.cluster.kind import add_ons, brought, load_images, samples

if TYPE_CHECKING:
    from kubetutor.cluster.backend import Progress
    from kubetutor.cluster.kind.nodes import KindNodes


def make_ready(cluster: KindNodes, *, progress: Progress) -> None:
    """Bring it into the nodes. Nothing is done again that is done already."""
    home = brought.home_of(cluster)
    builds = brought.builds(cluster.engine, home, os.environ)
    missing = samples.missing(cluster.engine, builds)
    if missing:
        progress(f"building {len(missing)} sample images on {missing[0].base}")
        for build in missing:
            samples.build(cluster.engine, build)
    references = [*(build.reference for build in builds), *brought.for_nodes(cluster.engine, home)]
    load_images.load(cluster, references, progress=progress)
    progress("adding metrics-server and addresses for load balancers")
    add_ons.apply(cluster, load_balancer=builds[-1].reference)
