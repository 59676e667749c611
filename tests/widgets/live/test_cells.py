"""What a kernel hears while it runs a cell."""

from kubetutor.widgets.live.cells import Cells


class Events(dict):
    """IPython's events, as far as cells need them."""

    def register(self, name, call):
        self[name] = call


class Shell:
    def __init__(self):
        self.events = Events()


def test_a_view_is_made_by_a_cell_and_knows_when_the_next_one_runs():
    shell = Shell()
    cells = Cells(shell)
    assert cells.run
    shell.events["post_run_cell"](None)
    assert not cells.run
    shell.events["pre_run_cell"](None)
    assert cells.run


def test_outside_of_a_notebook_no_cell_runs():
    assert not Cells(None).run
