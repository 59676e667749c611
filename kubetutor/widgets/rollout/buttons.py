"""The buttons under the rollout: pause, resume, undo, each beside the kubectl command that does the same."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from kubetutor.widgets.rollout.commands import PAUSE, PREVIOUS, RESUME, UNDO, Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from kubetutor.widgets.rollout.snapshot import Snapshot

LABELS = {PAUSE: "Pause", RESUME: "Resume", UNDO: "Undo"}
ICONS = {PAUSE: "pause", RESUME: "play", UNDO: "undo"}
BACK = "the previous revision"


class Buttons:
    """What stands under the view. `act` is called with the command of the button that was pressed."""

    def __init__(self, name: str, namespace: str, act: Callable[[Command], object]) -> None:
        self._name, self._namespace, self._act = name, namespace, act
        self._busy = False
        self._snapshot: Snapshot | None = None
        self.revision = ipywidgets.Dropdown(
            options=[(BACK, PREVIOUS)],
            layout={"width": "240px"},
        )
        # A label of its own would widen the row, and a select needs a name.
        self.revision.tooltip = "The revision to go back to"
        self.buttons = {verb: self._button(verb) for verb in LABELS}
        self._lines = {verb: ipywidgets.HTML() for verb in LABELS}
        self.revision.observe(self._say_commands, "value")
        self._say_commands()

    def box(self) -> ipywidgets.Widget:
        """Answer the buttons, each beside its command."""
        tops = {verb: [self.buttons[verb]] for verb in LABELS}
        tops[UNDO].append(self.revision)
        wrap = {"flex_flow": "row wrap", "grid_gap": "0 10px"}
        return ipywidgets.VBox(
            [ipywidgets.HBox([*tops[verb], self._lines[verb]], layout=wrap) for verb in LABELS]
        )

    def follow(self, snapshot: Snapshot) -> None:
        """Leave enabled what makes sense now, and offer the revisions that there are."""
        self._snapshot = snapshot
        found = snapshot.rule is not None
        earlier = [revision for revision in snapshot.history if not revision.is_current]
        possible = {
            PAUSE: found and not snapshot.paused,
            RESUME: found and snapshot.paused,
            UNDO: found and len(snapshot.history) > 1,
        }
        for verb, button in self.buttons.items():
            button.disabled = self._busy or not possible[verb]
        options = [(BACK, PREVIOUS), *((f"{each.number}: {each.image}", each.number) for each in earlier)]
        if list(self.revision.options) != options:
            chosen = self.revision.value
            self.revision.options = options
            self.revision.value = chosen if chosen in {number for _, number in options} else PREVIOUS
        self.revision.disabled = self._busy or not possible[UNDO]

    def rest(self, *, busy: bool) -> None:
        """Take no other command while one is on its way."""
        self._busy = busy
        if self._snapshot is not None:
            self.follow(self._snapshot)

    def _button(self, verb: str) -> ipywidgets.Button:
        button = ipywidgets.Button(
            description=LABELS[verb],
            icon=ICONS[verb],
            disabled=True,
            tooltip=str(self._command(verb)),
            layout={"width": "96px"},
        )
        button.on_click(lambda _button: self._act(self._command(verb)))
        return button

    def _command(self, verb: str) -> Command:
        revision = self.revision.value if verb == UNDO else PREVIOUS
        return Command(verb, self._name, self._namespace, revision or PREVIOUS)

    def _say_commands(self, _change: Any = None) -> None:
        for verb, line in self._lines.items():
            line.value = f"<code>{escape(str(self._command(verb)))}</code>"
            self.buttons[verb].tooltip = str(self._command(verb))
