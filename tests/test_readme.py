"""What the README says is true."""

import pathlib
import re
from xml.etree import ElementTree as ET

import pytest

from kubetutor.cli import cli
from kubetutor.cluster import doctor
from kubetutor.course import catalogue

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


def test_every_lesson_is_in_its_table_and_no_other():
    assert re.findall(r"\]\(lessons/([\w-]+)\.ipynb\)", README) == [
        catalogue.stem(slug) for slug in catalogue.slugs()
    ]


def test_doctor_makes_as_many_checks_as_it_has():
    checks = [name for name in vars(doctor) if name.startswith("check_")]
    assert len(checks) == 12


def test_its_pictures_are_there_small_and_said_in_words():
    pictures = dict(re.findall(r"!\[([^]]{20,})\]\(([^)]+)\)", README))
    assert set(pictures.values()) == {"docs/lesson.png", "docs/architecture.svg"}
    png = (ROOT / "docs" / "lesson.png").read_bytes()
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (1280, 800)
    assert len(png) < 250_000
    drawing = ET.fromstring((ROOT / "docs" / "architecture.svg").read_text())  # noqa: S314  # our own file
    assert drawing.find("{http://www.w3.org/2000/svg}title") is not None


def test_every_file_and_section_it_links_to_is_there():
    sections = {
        re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in README.splitlines()
        if line.startswith("#")
    }
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if target.startswith("#"):
            assert target[1:] in sections
        elif not target.startswith("https:"):
            assert (ROOT / target).exists(), target


@pytest.mark.kubectl
def test_its_example_of_a_test_passes(cluster, namespace):
    scope = {}
    exec(README.partition("```python\n")[2].partition("```")[0], scope)  # noqa: S102  # our own README
    scope["test_a_deployment_gets_its_pods"](cluster, namespace)
