"""The widget without a browser: frames, buttons, and what they leave enabled."""

import threading
import time

import pytest

from kubetutor.errors import ApiError, ClusterError
from kubetutor.widgets.live.feed import Feed
from kubetutor.widgets.rollout.commands import PAUSE, RESUME, UNDO, Command, carry_out
from kubetutor.widgets.rollout.view import Rollout


class Still:
    """Lists what there is; nothing changes."""

    def __init__(self, made):
        self.made = made
        self.over = threading.Event()

    def list(self, resource, _namespace):
        return list(self.made.objects().of(resource)), "1"

    def watch(self, _resource, _namespace, _version):
        return self

    def __iter__(self):
        self.over.wait(30)
        return iter(())

    def close(self):
        self.over.set()


class Refusing:
    """An API that refuses everything: its answers cannot be had from a cluster without an account for it."""

    def __init__(self, error):
        self.error = error

    def get(self, *_args, **_more):
        raise self.error

    def close(self):
        pass


@pytest.fixture
def view_of():
    made = []

    def view(rollout, api=None):
        made.append(Rollout("web-app", "shop", feed=Feed(Still(rollout)), api=api))
        return made[-1]

    yield view
    for each in made:
        each.close()


def enabled(view):
    return {verb for verb, button in view._buttons.buttons.items() if not button.disabled}


def test_a_frame_has_tables_of_sets_and_pods(view_of, halfway):
    view = view_of(halfway)
    view.objects()
    frame = view.frame_of(view.objects())
    assert list(frame["sets"]) == ["set-1", "set-2"]
    assert frame["pods"]["web-app-h2-ddddd"]["short"] == "ddddd"
    assert [part["number"] for part in frame["rule"]["segments"]] == [2, 1, 0, 1]
    assert frame["summary"] == "Rolling out revision 2, 1 of 3 new pods available."


def test_a_saved_notebook_has_the_facts(view_of, halfway):
    data, _ = view_of(halfway)._repr_mimebundle_()
    for kind in ("text/plain", "text/html"):
        assert "No old pod may end: 3 available of at least 3." in data[kind]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_buttons_are_enabled_where_they_make_sense(view_of, halfway):
    view = view_of(halfway)
    view.controls()
    assert enabled(view) == {PAUSE, UNDO}
    halfway.spec(paused=True)
    view._draw(halfway.objects())
    assert enabled(view) == {RESUME, UNDO}
    halfway.sets.pop(0)
    view._draw(halfway.objects())
    assert enabled(view) == {RESUME}, "nothing to go back to"


def test_each_button_shows_its_command(view_of, halfway):
    view = view_of(halfway)
    view.controls()
    lines = {verb: line.value for verb, line in view._buttons._lines.items()}
    assert lines[PAUSE] == "<code>kubectl rollout pause deployment/web-app -n shop</code>"
    view._buttons.revision.value = 1
    assert "--to-revision=1" in view._buttons._lines[UNDO].value
    assert [label for label, _ in view._buttons.revision.options] == [
        "the previous revision",
        "1: my-app:1.0",
    ]


def test_a_refusal_is_said_in_the_view(view_of, halfway):
    error = ApiError(403, "Forbidden", 'deployments.apps "web-app" is forbidden: User "bo" cannot patch')
    view = view_of(halfway, Refusing(error))
    view.controls()
    view.act(Command(PAUSE, "web-app", "shop")).join(10)
    said = view.frame["outcome"]["said"]
    assert said.startswith("This account may not do that in namespace shop.")
    assert 'User "bo" cannot patch' in said
    assert "pause" in str(view)
    assert enabled(view) == {PAUSE, UNDO}, "the buttons work again"


def test_a_cluster_that_is_gone_is_an_outcome_too():
    outcome = carry_out(
        Refusing(ClusterError("The cluster does not answer.")), Command(PAUSE, "web-app", "shop")
    )
    assert (outcome.went, outcome.said) == (False, "The cluster does not answer.")


def test_acting_never_blocks(view_of, halfway):
    class Slow(Refusing):
        def __init__(self):
            self.answer = threading.Event()

        def get(self, *_args, **_more):
            self.answer.wait(10)
            raise ClusterError("late")

    slow = Slow()
    view = view_of(halfway, slow)
    view.controls()
    begun = time.monotonic()
    thread = view.act(Command(PAUSE, "web-app", "shop"))
    assert time.monotonic() - begun < 1
    assert enabled(view) == set(), "no second command while one is on its way"
    slow.answer.set()
    thread.join(10)
    assert view.frame["outcome"]["said"] == "late"
