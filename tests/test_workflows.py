"""The GitHub workflows: linted, pinned, and true to what the kit says of itself."""

import importlib.util
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

from kubetutor.cluster.kind.node_images import NODE_IMAGES

ROOT = pathlib.Path(__file__).parents[1]
FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def read(name):
    return yaml.load((FOLDER / name).read_text(), Loader=yaml.BaseLoader)  # noqa: S506  # BaseLoader: text only, `on` stays `on`


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def go_run(*arguments):
    command = ["go", "run", ACTIONLINT, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def test_actionlint_finds_nothing():
    if shutil.which("go") is None:
        pytest.skip("NO GO: the workflows were not linted. Install go")
    there = go_run("-version")
    if there.returncode != 0:
        pytest.skip(
            f"NO ACTIONLINT: the workflows were not linted. Go could not make it: {there.stderr[-300:]}"
        )
    done = go_run(*map(str, FILES))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_runs_weekly_and_on_each_pull_request_and_may_only_read(file):
    workflow = read(file.name)
    assert "pull_request" in workflow["on"]
    assert re.fullmatch(r"\d+ \d+ \* \* \d", workflow["on"]["schedule"][0]["cron"])
    assert workflow["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_actions_are_pinned_by_commit_with_the_release_beside_it(file):
    used = [each for each in re.findall(r"uses: (.*)", file.read_text()) if not each.startswith("./")]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in used), used


def test_embedded_is_tried_on_linux_and_macos_with_every_python_that_is_supported():
    jobs = read("embedded.yml")["jobs"]
    for name, system in {"linux": "ubuntu-", "macos": "macos-"}.items():
        assert jobs[name]["runs-on"].startswith(system)
        assert jobs[name]["strategy"]["matrix"]["python"] == PYTHONS


def test_kind_is_tried_with_the_images_that_the_kit_pins():
    job = read("kind.yml")["jobs"]["kind"]
    assert job["strategy"]["matrix"]["release"] == "${{ fromJSON(needs.releases.outputs.releases) }}"
    assert job["env"]["KUBETUTOR_KIND_NODE_IMAGE"] == "${{ matrix.release.image }}"
    assert "sha256" not in (FOLDER / "kind.yml").read_text(), "digests stand in one place: node_images.py"
    spec = importlib.util.spec_from_file_location("kind_releases", ROOT / ".github" / "kind-releases.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert {each["kubernetes"]: each["image"] for each in module.RELEASES} == NODE_IMAGES
    assert len(NODE_IMAGES) == 3


def test_every_file_that_a_step_names_is_there():
    for file in FILES:
        said = " ".join(step.get("run", "") for step in steps(read(file.name)))
        named = re.findall(r"(?<![\w/$])(?:\.ci|\.github|tests|clusters)/[\w./-]+", said)
        assert named
        assert all((ROOT / each).exists() for each in named), named
