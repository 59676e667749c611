"""Having a container's image. Nothing is ever pulled here: an image is there, or pulling it fails.

Models: pkg/kubelet/images/image_manager.go (EnsureImageExists).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubetutor.embedded.kubelet.backoff import Backoff
from kubetutor.embedded.kubelet.images import canonical, find_image, pull_failure
from kubetutor.errors import StateError

if TYPE_CHECKING:
    from kubetutor.embedded.kubelet.container import Container
    from kubetutor.embedded.kubelet.images import Image

SHOWN = 1.0  # seconds that ErrImagePull is shown at most, before it says ImagePullBackOff


class ImagePull:
    """Reports what upstream would, until the image is there."""

    def __init__(self, container: Container) -> None:
        self._container, self._node = container, container.node
        timings = self._node.timings
        self._backoff = Backoff(self._node.clock, timings.image_backoff_start, timings.image_backoff_max)

    @property
    def _name(self) -> str:
        """The image that is wanted now: it may change while the old one cannot be had."""
        return str(self._container.spec["image"])

    async def ensure(self) -> Image:
        while True:
            try:
                image = find_image(self._node.config.data_dir, self._name)
            except StateError as error:
                message = f'Failed to inspect image "{self._name}": {error}'
                await self._refuse("ImageInspectError", "InspectFailed", message)
                continue
            if image is not None:
                present = f'Container image "{self._name}" already present on machine and can be accessed by the pod'
                self._container.event("Normal", "Pulled", present)
                return image
            await self._report_missing()

    async def _report_missing(self) -> None:
        if canonical(self._name) is None:
            why = f'couldn\'t parse image name "{self._name}": invalid reference format'
            message = f'Failed to apply default image tag "{self._name}": {why}'
            await self._refuse("InvalidImageName", "InspectFailed", message)
        elif self._container.spec.get("imagePullPolicy") == "Never":
            message = f'Container image "{self._name}" is not present with pull policy of Never'
            await self._refuse("ErrImageNeverPull", "ErrImageNeverPull", message)
        else:
            await self._fail_to_pull()

    async def _refuse(self, reason: str, event: str, message: str) -> None:
        self._container.event("Warning", event, message)
        self._container.event("Warning", "Failed", f"Error: {reason}")
        self._container.wait_for(reason, message)
        await self._container.pause(self._node.timings.image_backoff_start)

    async def _fail_to_pull(self) -> None:
        container, failure = self._container, pull_failure(self._name)
        container.event("Normal", "Pulling", f'Pulling image "{self._name}"')
        container.event("Warning", "Failed", f'Failed to pull image "{self._name}": {failure}')
        container.event("Warning", "Failed", "Error: ErrImagePull")
        container.wait_for("ErrImagePull", failure)
        self._backoff.step()
        shown = min(SHOWN, self._backoff.seconds / 2)
        await self._container.pause(shown)
        back_off = f'Back-off pulling image "{self._name}"'
        container.event("Normal", "BackOff", back_off)
        container.event("Warning", "Failed", "Error: ImagePullBackOff")
        container.wait_for("ImagePullBackOff", f"{back_off}: ErrImagePull: {failure}")
        await self._container.pause(self._backoff.seconds - shown)
