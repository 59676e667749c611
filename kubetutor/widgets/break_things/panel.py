"""The buttons and the choices, as ipywidgets. The view's script puts each beside its command."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets

from kubetutor.widgets.break_things.snapshot import Choice, pods_to_break
from kubetutor.widgets.live.busy import hear_while_busy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kubetutor.widgets.break_things.plan import Plan, Step
    from kubetutor.widgets.break_things.snapshot import Scene

BUTTONS = ("crash", "delete", "stop", "start", "flood", "calm", "ship", "undo")
CHOICES = {"deployment": "Deployment", "pod": "Pod", "node": "Node"}


class Panel:
    """Eight buttons and three lists to choose from. `pressed` gets a button's name, `chosen` what the lists say."""

    def __init__(self, pressed: Callable[[str], None], chosen: Callable[[Choice], None]) -> None:
        self.buttons = {name: ipywidgets.Button(description=name, disabled=True) for name in BUTTONS}
        self.lists = {
            name: ipywidgets.Dropdown(options=(), description=words) for name, words in CHOICES.items()
        }
        self._chosen = chosen
        self._showing = threading.RLock()
        self._shower: int | None = None  # the thread that sets the lists now: what it sets nobody chose
        for name, button in self.buttons.items():
            button.on_click(partial(_press, pressed, name))
        for one in self.lists.values():
            one.observe(self._on_choice, "value")
        for widget in self.widgets().values():
            hear_while_busy(widget)

    def widgets(self) -> dict[str, ipywidgets.Widget]:
        return {**self.buttons, **self.lists}

    def show(self, scene: Scene, choice: Choice, plans: Sequence[Plan]) -> None:
        """Bring buttons and lists up to date. What stays as it is sends nothing."""
        steps = [step for plan in plans for step in (plan.step, plan.back) if step is not None]
        options = {
            "deployment": [deployment.name for deployment in scene.map.deployments],
            "pod": sorted(pods_to_break(scene, choice.deployment)),
            "node": [node.name for node in scene.workers],
        }
        with self._showing:
            self._shower = threading.get_ident()
            try:
                for step in steps:
                    _show_button(self.buttons[step.name], step)
                for name, names in options.items():
                    _show_list(self.lists[name], names, getattr(choice, name))
            finally:
                self._shower = None

    def close(self) -> None:
        for widget in self.widgets().values():
            widget.close()

    def _on_choice(self, _change: object) -> None:
        if self._shower != threading.get_ident():
            self._chosen(Choice(**{name: one.value or "" for name, one in self.lists.items()}))


def _press(pressed: Callable[[str], None], name: str, _button: ipywidgets.Button) -> None:
    pressed(name)


def _show_button(button: ipywidgets.Button, step: Step) -> None:
    wanted = {
        "description": step.title,
        "disabled": bool(step.why_not),
        "tooltip": step.why_not or step.command,
    }
    for trait, value in wanted.items():
        if getattr(button, trait) != value:
            setattr(button, trait, value)


def _show_list(one: ipywidgets.Dropdown, names: Sequence[str], chosen: str) -> None:
    with one.hold_sync():
        if list(one.options) != list(names):
            one.options = tuple(names)
        if one.value != (chosen or None) and (chosen in names or not chosen):
            one.value = chosen or None
        one.disabled = not names
