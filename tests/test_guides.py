"""The guides for authors and for instructors say what is there."""

import pathlib
import re
import shlex
import tomllib

import click
import pytest
import yaml

from kubetutor.cli import cli
from kubetutor.lab.new_lesson import TEMPLATE

ROOT = pathlib.Path(__file__).parents[1]
GUIDES = sorted((ROOT / "docs").glob("*.md"))
AUTHORS = (ROOT / "docs" / "authors.md").read_text()
OF_JUPYTERLAB = {"--no-browser", "--port"}


def text_of(guide):
    return re.sub(r"<!--.*?-->", "", guide.read_text(), flags=re.DOTALL)


def commands_in(text):
    """Answer the words after each `kubetutor`, in code of a line of its own and in code within prose."""
    blocks = [
        block for language, block in re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL) if language == "sh"
    ]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for line in [*"\n".join(blocks).splitlines(), *inline]:
        if found := re.match(r"(?:\w+=\S+ )*kubetutor (.*)", line.partition("  #")[0]):
            yield shlex.split(found[1])


def parse(words):
    """Parse a command as the command line would, and run nothing. A command that is only named needs no arguments."""
    command, rest = cli, list(words)
    context = click.Context(cli, info_name="kubetutor")
    while isinstance(command, click.Group):
        name, command, rest = command.resolve_command(context, rest)
        context = click.Context(command, parent=context, info_name=name)
        if not rest:
            return
    options = {word.partition("=")[0] for word in rest if word.startswith("--")}
    assert options <= OF_JUPYTERLAB | {each for option in command.params for each in option.opts}
    command.make_context(context.info_name, rest, parent=context.parent)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_command_that_a_guide_names_exists_with_its_options(guide):
    found = list(commands_in(text_of(guide)))
    assert len(found) > 10
    for words in found:
        parse(words)


@pytest.mark.parametrize(
    "words", [["new-lesso"], ["check-course", "--statik"], ["workshop", "create", "--hours", "x"]]
)
def test_a_command_that_does_not_exist_would_be_found(words):
    with pytest.raises((click.UsageError, AssertionError)):
        parse(words)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_file_and_section_that_a_guide_links_to_is_there(guide):
    for target in re.findall(r"\]\(([^)]+)\)", text_of(guide)):
        if target.startswith("https:"):
            continue
        name, _, anchor = target.partition("#")
        path = guide.parent / name if name else guide
        assert path.exists(), target
        headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
        assert not anchor or anchor in anchors, target


def test_the_readme_leads_to_each_guide():
    readme = (ROOT / "README.md").read_text()
    assert all(f"](docs/{guide.name})" in readme for guide in GUIDES)


def test_the_code_of_the_authors_guide_is_that_of_a_new_lesson():
    wanted = {"lesson_your_lesson.py": 1, "test_lessons.py": 1}
    blocks = re.findall(r"```python\n(.*?)```", AUTHORS, re.DOTALL)
    for name, number in wanted.items():
        text = " ".join((TEMPLATE / name).read_text().split())
        assert sum(" ".join(block.split()) in text for block in blocks) == number, name
    assert len(blocks) == sum(wanted.values())


def test_the_messages_that_the_authors_guide_explains_are_those_of_the_kit():
    source = "\n".join(path.read_text() for path in (ROOT / "kubetutor").rglob("*.py"))
    rows = re.findall(r"^\| `([^|]+)` \|", AUTHORS.partition("## Common mistakes")[2], re.MULTILINE)
    assert len(rows) > 6
    for message in rows:
        for part in filter(None, (each.strip(" ,") for each in message.split("..."))):
            assert part in source, part


def test_what_it_installs_and_the_action_it_uses_exist():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(re.findall(r"kubetutor\[(\w+)\]", AUTHORS)) <= set(extras)
    (workflow,) = re.findall(r"```yaml\n(.*?)```", AUTHORS, re.DOTALL)
    step = yaml.safe_load(workflow)["jobs"]["lessons"]["steps"][-1]
    folder = ROOT / step["uses"].removeprefix("OWNER/kubetutor/").removesuffix("@COMMIT")
    action = yaml.safe_load((folder / "action.yml").read_text())
    assert set(step["with"]) <= set(action["inputs"])
    (point,) = re.findall(r'entry-points\."([\w.]+)"', AUTHORS)
    assert point in (ROOT / "kubetutor" / "course" / "own.py").read_text()
