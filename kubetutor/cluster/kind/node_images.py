"""kind's node images, pinned: one for each of the newest three Kubernetes minors.

Built for kind v0.33.0; digests from its release notes:
https://github.com/kubernetes-sigs/kind/releases/tag/v0.33.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "KUBETUTOR_KIND_NODE_IMAGE"  # overrules the table: a mirror, or an image that was brought along
NODE_IMAGES = {  # by Kubernetes minor, the newest first
    "1.37": "kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5",
    "1.36": "kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed",
    "1.35": "kindest/node:v1.35.8@sha256:07b2536e30b803ed61d1677a79df6115f798ce64c80f9e22f6ed45afd09323c0",
}
NEWEST = next(iter(NODE_IMAGES))
DOWNLOAD_MB = 500  # about what one weighs, compressed


def choose(kubernetes: str | None, environ: Mapping[str, str], *, named_in_file: bool = False) -> str | None:
    """Answer the image of every node; None when the cluster file names images and nobody overrules them."""
    if image := environ.get(VARIABLE):
        return image
    if kubernetes is None:
        return None if named_in_file else NODE_IMAGES[NEWEST]
    minor = kubernetes.strip().removeprefix("v")
    if minor not in NODE_IMAGES:
        raise ClusterError(
            f"There is no node image for Kubernetes {kubernetes!r}. There are images for {', '.join(NODE_IMAGES)}; "
            f"for another one set {VARIABLE}."
        )
    return NODE_IMAGES[minor]
