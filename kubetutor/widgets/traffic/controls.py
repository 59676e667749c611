"""Start, Stop and the slider under the traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets

from kubetutor.widgets.traffic.snapshot import OFF

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 200  # requests a second


class Controls:
    """What stands under the view. Each of the three is called when the learner asks for it."""

    def __init__(
        self,
        rate: float,
        start: Callable[[], object],
        stop: Callable[[], object],
        change: Callable[[float], object],
    ) -> None:
        self.start = ipywidgets.Button(description="Start", icon="play", layout={"width": "96px"})
        self.stop = ipywidgets.Button(
            description="Stop", icon="stop", layout={"width": "96px"}, disabled=True
        )
        self.slider = ipywidgets.IntSlider(
            value=round(rate), min=0, max=MOST, step=5, description="Requests per second", continuous_update=False,
            style={"description_width": "initial"}, layout={"width": "min(420px, 100%)"},
        )  # fmt: skip
        self.start.on_click(lambda _button: start())
        self.stop.on_click(lambda _button: stop())
        self.slider.observe(lambda told: self._changed(told, change), "value")

    def widgets(self) -> tuple[ipywidgets.Widget, ...]:
        return (self.start, self.stop, self.slider)

    def follow(self, state: str, *, is_ours: bool, busy: bool) -> None:
        """Leave enabled what makes sense now. What an exercise measures is not ours to change."""
        self.start.disabled = busy or state != OFF
        self.stop.disabled = busy or state == OFF or not is_ours
        self.slider.disabled = state != OFF and not is_ours

    @staticmethod
    def _changed(told: Any, change: Callable[[float], object]) -> None:
        change(float(told["new"]))
