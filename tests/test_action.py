"""The GitHub action that validates other people's lessons: its form, and its script, run here with stand-ins for what is slow."""

import os
import pathlib
import re
import subprocess

import pytest
import yaml

from tests.test_guides import parse

ROOT = pathlib.Path(__file__).parents[1]
FOLDER = ROOT / ".github" / "actions" / "validate-lessons"
ACTION = yaml.safe_load((FOLDER / "action.yml").read_text())
STEPS = ACTION["runs"]["steps"]
STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$2$1" in *"$FAILS"*) exit 3 ;; esac
"""


def test_it_is_made_of_steps_as_github_wants_them():
    """As said in GitHub's metadata syntax: a composite action; a step that runs something names its shell."""
    assert ACTION["runs"]["using"] == "composite"
    assert ACTION["name"]
    assert all(("run" in step) == ("shell" in step) != ("uses" in step) for step in STEPS)
    assert all({"description", "default"} == set(each) for each in ACTION["inputs"].values())


def test_its_actions_are_pinned_and_no_input_is_pasted_into_a_shell():
    text = (FOLDER / "action.yml").read_text()
    used = re.findall(r"uses: (.*)", text)
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in used), used
    assert not any("${{" in step.get("run", "") for step in STEPS)
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])


def test_the_workflow_of_ours_that_uses_it_gives_what_it_takes():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "embedded.yml").read_text())
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    (step,) = [step for step in steps if step.get("uses", "").startswith("./")]
    assert ROOT / step["uses"] == FOLDER
    assert set(step["with"]) == set(ACTION["inputs"])


@pytest.fixture
def validate(tmp_path):
    """Run the script on a folder with two lessons; answer how it ended, what it said, and what it called."""
    commands, lessons = tmp_path / "bin", tmp_path / "my lessons"
    commands.mkdir()
    lessons.mkdir()
    (lessons / "lesson_coffee_shop.py").write_text("")
    (lessons / "lesson_tea").mkdir()
    for name in ("kubetutor", "python"):
        (commands / name).write_text(STAND_IN)
        (commands / name).chmod(0o755)

    def run(*arguments, program=FOLDER / "validate", fails="nothing", **given):
        calls = tmp_path / "calls"
        calls.unlink(missing_ok=True)
        env = {
            **os.environ, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}", "CALLS": str(calls), "FAILS": fails,
            "KUBETUTOR_BACKEND": "context", "GITHUB_ACTION_PATH": str(FOLDER), **given,
        }  # fmt: skip
        done = subprocess.run(
            [program, *arguments],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return done, calls.read_text().splitlines() if calls.exists() else []

    return run


@pytest.mark.parametrize(("backend", "more"), [((), ""), (("embedded",), ""), (("kind",), " --install-kind")])
def test_it_checks_the_lessons_and_runs_their_notebooks_on_one_cluster(validate, backend, more):
    done, calls = validate("my lessons", *backend)
    assert done.returncode == 0, done.stderr
    assert calls == [
        f"kubetutor up --backend {(*backend, 'embedded')[0]} --name lessons{more}",
        "kubetutor check-course my lessons",
        "python -m pytest --nbval --kubetutor-running lessons my lessons/coffee-shop.ipynb my lessons/tea.ipynb",
        "kubetutor down --all",
    ]
    for call in calls:
        program, *words = call.replace("my lessons", "my-lessons").split()
        if program == "kubetutor":
            parse(words)


def test_options_of_check_course_are_handed_on(validate):
    _done, calls = validate("my lessons", "embedded", "--once", "--online")
    assert calls[1] == "kubetutor check-course --once --online my lessons"


def test_the_step_that_validates_hands_on_what_the_action_was_given(validate):
    step = STEPS[-1]
    given = {"path": "my lessons", "backend": "kind", "check-options": "--once --online"}
    env = {name: given[re.search(r"inputs\.([\w-]+)", value)[1]] for name, value in step["env"].items()}
    as_github = ("--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"])
    done, calls = validate(*as_github, program="bash", **env)
    assert done.returncode == 0, done.stderr
    assert calls[0].startswith("kubetutor up --backend kind ")
    assert calls[1] == "kubetutor check-course --once --online my lessons"


@pytest.mark.parametrize("fails", ["up", "check-course", "pytest"])
def test_whatever_fails_fails_it_and_the_cluster_is_ended(validate, fails):
    done, calls = validate("my lessons", fails=fails)
    assert done.returncode != 0
    assert fails in calls[-2]
    assert calls[-1] == "kubetutor down --all"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "say which folder holds the lessons"),
        (("bin",), "there is no lesson in 'bin'"),
        (("my lessons", "context"), "there is no backend 'context' for this"),
    ],
)
def test_wrong_usage_is_told_before_a_cluster_is_made(validate, arguments, told):
    done, calls = validate(*arguments)
    assert done.returncode != 0
    assert told in done.stderr
    assert calls == []
