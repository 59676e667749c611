"""What the README says is true."""

import pathlib
import re

import pytest

from kubetutor.cli import cli
from kubetutor.cluster import doctor

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PROSE = re.sub(r"```.*?```", "", README, flags=re.DOTALL)


def test_the_two_commands_stand_on_the_first_screen():
    first_screen = "\n".join(README.splitlines()[:24])
    assert "make lab" in first_screen
    assert "make test" in first_screen


def test_every_command_it_names_exists():
    words = " ".join(re.findall(r"`([^`]+)`", PROSE))
    assert set(re.findall(r"kubetutor ([a-z-]+)", words)) == set(cli.commands)


def test_every_make_target_it_names_exists():
    targets = set(re.findall(r"^([a-z-]+|\.venv):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {"lab", "test", "bench", "conformance", "test-kind"}
    assert named == set(re.findall(r"`make ([a-z-]+)", README)) <= targets
    assert ".venv" in targets


def test_the_layers_it_draws_are_those_that_are_checked():
    drawn = re.findall(r"`(\w+)`", README.partition("points down: ")[2].partition("; `.importlinter`")[0])
    text = (ROOT / ".importlinter").read_text().partition("layers =")[2].partition("[")[0]
    assert drawn == re.findall(r"kubetutor\.(\w+)", text)


def test_doctor_makes_as_many_checks_as_it_has():
    checks = [name for name in vars(doctor) if name.startswith("check_")]
    assert len(checks) == 12


@pytest.mark.kubectl
def test_its_example_of_a_test_passes(cluster, namespace):
    scope = {}
    exec(README.partition("```python\n")[2].partition("```")[0], scope)  # noqa: S102  # our own README
    scope["test_a_deployment_gets_its_pods"](cluster, namespace)
