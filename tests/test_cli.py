"""The command line, with the stand-in for the cluster's main process; the true one is met in tests/cluster."""

import contextlib
import json
import os
import pathlib
import re
import shlex
import stat
import subprocess
import sys
from types import SimpleNamespace

import nbformat
import pytest

from kubetutor import cli
from kubetutor.cluster import choose, commands, spec
from kubetutor.cluster.backend import Availability
from kubetutor.cluster.backends.embedded import EmbeddedBackend
from kubetutor.cluster.backends.kind import KindBackend
from kubetutor.cluster.home import Home
from kubetutor.course import catalogue, overview
from kubetutor.exercises.progress import Progress
from kubetutor.lab import command_line, minutes, run

HERE = pathlib.Path(__file__).parent
STAND_IN = HERE / "cluster" / "stand_in.py"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path / "home"))
    for name in ("KUBECONFIG", "KUBETUTOR_BACKEND", "STAND_IN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(EmbeddedBackend, "command", (str(STAND_IN),))
    monkeypatch.setattr(KindBackend, "available", lambda _backend: Availability(False, "not here"))
    made = Home(tmp_path / "home")
    yield made
    for folder in made.clusters():
        EmbeddedBackend(made).down(folder.name, keep=False, progress=print)


@pytest.fixture
def kubetutor(home, capsys):
    """Run one command; answer exit code, output and error output."""

    def run(*words):
        assert home.path
        code = cli._guarded(lambda: cli.cli.main(list(words), standalone_mode=False, prog_name="kubetutor"))
        return code, *capsys.readouterr()

    return run


def test_up_says_which_backend_and_why_and_what_comes_next(kubetutor):
    code, out, err = kubetutor("up")
    assert code == 0, err
    assert "Using embedded: it needs no Docker, no root and no network (kind: not here)." in out
    assert "The cluster 'kubetutor' is up: 3 nodes Ready after" in out
    assert "kubetutor env" in out
    assert "opening the store" in err


def test_up_with_a_name_leads_to_that_cluster_and_no_other(kubetutor):
    kubetutor("up")
    _code, out, _err = kubetutor("up", "--name", "staging")
    command = re.search(r'"\$\(kubetutor (env .+?)\)"', out)[1]
    assert "/staging/" in kubetutor(*command.split())[1]
    assert "kubetutor kubectl" not in out, "it has no --name, so it means the other cluster"


def test_up_twice_says_that_it_is_up(kubetutor):
    kubetutor("up")
    code, out, _err = kubetutor("up")
    assert code == 0
    assert "Using embedded: the cluster 'kubetutor' is up." in out
    assert "is already up" in out


def test_up_that_fails_says_why_without_a_traceback(kubetutor, monkeypatch):
    monkeypatch.setenv("STAND_IN", "fail")
    code, _out, err = kubetutor("up")
    assert code == 1
    assert "Error: The cluster 'kubetutor' did not start: The database is damaged." in err
    assert "Traceback" not in err


def test_up_with_a_config_makes_its_nodes(kubetutor, tmp_path):
    path = tmp_path / "one.yaml"
    path.write_text("kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: small\n")
    assert "The cluster 'small' is up: 1 node Ready" in kubetutor("up", "--config", str(path))[1]


def test_a_cluster_that_was_kept_comes_back_with_its_own_nodes(kubetutor, tmp_path, home):
    path = tmp_path / "one.yaml"
    path.write_text("kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n")
    kubetutor("up", "--config", str(path))
    assert "is kept" in kubetutor("down", "--keep")[1]
    assert "1 node Ready" in kubetutor("up")[1]
    assert len(json.loads(home.cluster("kubetutor").spec.read_text())["nodes"]) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("up", "--backend", "docker"),
        ("up", "--context", "shop"),
        ("up", "--timings", "fast"),
        ("fly",),
        ("run",),
        ("run", "a", "b", "--html", "page.html"),
        ("image", "add", "tool"),
    ],
)
def test_wrong_usage_ends_with_two(kubetutor, words):
    code, _out, err = kubetutor(*words)
    assert code == 2
    assert "Usage:" in err


def test_status_as_json_has_every_key(kubetutor, home):
    kubetutor("up")
    code, out, _err = kubetutor("status", "--json")
    document = json.loads(out)
    assert code == 0
    assert set(document) == {
        "backend", "name", "context", "kubeconfig", "server", "version", "ready", "nodes", "pid",
    }  # fmt: skip
    assert document["kubeconfig"] == str(home.cluster("kubetutor").kubeconfig)


def test_status_for_people_lists_the_nodes(kubetutor):
    kubetutor("up")
    assert "trial-worker  NotReady  worker" in kubetutor("status")[1]


def test_status_without_a_cluster_says_what_to_do(kubetutor):
    code, _out, err = kubetutor("status")
    assert code == 1
    assert err == "Error: No cluster is up. Start one with `kubetutor up`.\n"


def test_status_as_json_without_a_cluster_is_json_too(kubetutor):
    code, out, _err = kubetutor("status", "--json")
    assert code == 1
    assert json.loads(out)["ready"] is False


def test_env_prints_one_line_for_the_shell(kubetutor, home):
    kubetutor("up")
    _code, out, _err = kubetutor("env")
    assert out == f"export KUBECONFIG={shlex.quote(str(home.cluster('kubetutor').kubeconfig))}\n"


def test_down_ends_it_and_removes_what_it_stored(kubetutor, home):
    kubetutor("up")
    assert "has ended; what it stored is removed" in kubetutor("down")[1]
    assert home.clusters() == []
    assert kubetutor("down")[0] == 0


def test_down_all_ends_every_cluster(kubetutor, home):
    kubetutor("up", "--name", "shop")
    kubetutor("up", "--name", "till")
    assert kubetutor("down", "--all")[0] == 0
    assert home.clusters() == []


def test_which_of_several_clusters_must_be_said(kubetutor):
    kubetutor("up", "--name", "shop")
    kubetutor("up", "--name", "till")
    code, _out, err = kubetutor("env")
    assert code == 1
    assert "Several clusters are up: shop, till" in err
    assert kubetutor("env", "--name", "till")[0] == 0


def test_a_name_cannot_lead_out_of_the_state_folder(kubetutor, tmp_path):
    (tmp_path / "precious").mkdir()
    code, _out, err = kubetutor("down", "--name", "../../precious")
    assert code == 2
    assert "cannot be a cluster's name" in err
    assert (tmp_path / "precious").is_dir()


def test_kubectl_gets_its_arguments_as_they_are(kubetutor, home, monkeypatch):
    kubetutor("up")
    calls = []
    monkeypatch.setattr(os, "execve", lambda *call: calls.append(call))
    kubetutor("kubectl", "--", "exec", "-it", "web", "--", "bash", "-c", "a b")
    kubetutor("kubectl", "get", "pods", "-o", "wide", "--help")
    assert [call[1][1:] for call in calls] == [
        ["exec", "-it", "web", "--", "bash", "-c", "a b"],
        ["get", "pods", "-o", "wide", "--help"],
    ]
    environment = calls[0][2]
    assert environment["KUBECONFIG"] == str(home.cluster("kubetutor").kubeconfig)
    assert environment["PATH"].split(os.pathsep)[0] == str(commands.scripts_folder())


def test_doctor_as_json_says_found_wanted_and_fix(kubetutor):
    _code, out, _err = kubetutor("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(out) if "for" not in check}
    assert set(checks) == {
        "python", "state folder", "disk space", "memory", "open files", "processes", "loopback", "clock",
        "jupyterlab", "kubectl", "leftovers", "volumes",
    }  # fmt: skip
    assert all({"ok", "found", "wanted", "fix"} <= set(check) for check in checks.values())


def test_doctor_fails_when_the_state_folder_cannot_be_used(kubetutor, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path / "file" / "home"))
    code, out, _err = kubetutor("doctor")
    assert code == 1
    assert "FAIL  state folder" in out


@pytest.fixture
def run_of_shop(tmp_path, monkeypatch):
    """Lessons that need no cluster and no kernel: what is run only says so. The second one fails."""

    def stand_in(path, _env, show):
        show(0, 2, "open")
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"# {path.stem}")])
        return run.Run(path.stem, 2, 1.5, notebook, "Cell 2 of 2, sell, failed:\n" * ("02" in path.stem))

    for name in ("01-shop", "02-till"):
        (tmp_path / f"{name}.ipynb").write_text("")
    monkeypatch.setattr(run, "run", stand_in)
    cluster = SimpleNamespace(
        environment={}, backend="embedded", kubeconfig=tmp_path / "clusters" / "a" / "kubeconfig"
    )
    monkeypatch.setattr(command_line, "cluster_for_now", lambda _backend: contextlib.nullcontext(cluster))
    return tmp_path


def test_run_says_how_far_it_is_leaves_a_page_for_each_lesson_and_sums_up(kubetutor, run_of_shop):
    notebooks = [str(run_of_shop / name) for name in ("01-shop.ipynb", "02-till.ipynb")]
    code, out, err = kubetutor("run", *notebooks, "--html", str(run_of_shop / "pages"))
    assert code == 1
    assert "01-shop (1 of 2): cell 1 of 2: open" in err
    assert "FAILED  02-till" in err
    assert sorted(path.name for path in (run_of_shop / "pages").iterdir()) == ["01-shop.html", "02-till.html"]
    assert "FAILED: Cell 2 of 2, sell, failed" in out
    assert out.endswith("1 of 2 lessons failed, in 3.0 s.\n")


def test_run_of_one_lesson_that_is_well_ends_with_nought(kubetutor, run_of_shop):
    page = run_of_shop / "page.html"
    code, out, _err = kubetutor("run", str(run_of_shop / "01-shop.ipynb"), "--html", str(page))
    assert code == 0
    assert page.is_file()
    assert "LESSON" not in out


def test_reset_forgets_and_shows_what_is_left_and_asks_before_it_forgets_all(kubetutor, home):
    Progress("deployments", path=home.path / "progress.json").keep("passed", "no-outage", "now")
    code, _out, _err = kubetutor("reset")
    assert code == 1, "nobody said yes"
    assert "✓ no-outage passed" in str(overview.progress())
    code, out, _err = kubetutor("reset", "04", "no-outage")
    assert code == 0
    assert out.startswith("Forgotten: deployments, the exercise no-outage.\nYour progress: ")
    assert "○ no-outage open" in out
    assert kubetutor("reset", "--yes")[0] == 0


def test_run_writes_the_minutes_only_when_asked(kubetutor, run_of_shop, monkeypatch):
    written = []
    monkeypatch.setattr(minutes, "write", lambda path, *_: written.append(path.stem) or "9 minutes")
    shop, till = (str(run_of_shop / name) for name in ("01-shop.ipynb", "02-till.ipynb"))
    kubetutor("run", shop)
    assert not written
    assert "Its header now says: 9 minutes" in kubetutor("run", shop, till, "--write-minutes")[1]
    assert written == ["01-shop"], "a lesson that failed has no minutes"


def test_check_course_without_a_cluster_reads_the_lesson_that_is_named(kubetutor):
    code, out, err = kubetutor("check-course", "deployments", "--static")
    assert code == 0, out + err
    assert out.startswith("ok      04-deployments")


def test_check_course_finds_nothing_wrong_in_the_whole_course(kubetutor):
    """What a cluster must prove of each exercise beside it is proven in tests/course/test_proven.py."""
    code, out, err = kubetutor("check-course", "--static")
    assert code == 0, out + err
    assert out.count("ok      ") == len(catalogue.slugs())
    assert "All is well." in out


def test_an_unknown_lesson_is_told_with_those_that_are_there(kubetutor):
    code, _out, err = kubetutor("run", "99-nothing")
    assert code == 1
    assert "There is no lesson '99-nothing'" in err


def test_what_is_unexpected_goes_into_a_log_and_not_onto_the_screen(kubetutor, monkeypatch, home):
    monkeypatch.setattr(cli, "connect", lambda *_: 1 / 0)
    code, _out, err = kubetutor("env")
    assert code == 1
    assert "Traceback" not in err
    assert str(home.log) in err
    assert "ZeroDivisionError" in home.log.read_text()


def test_a_reader_that_has_gone_is_no_error_worth_words(home):
    assert home
    argv = f"{shlex.quote(sys.executable)} -m kubetutor doctor | true"
    done = subprocess.run(
        ["/bin/bash", "-c", argv], cwd=HERE.parent, capture_output=True, text=True, check=True
    )  # our own words
    assert "Traceback" not in done.stderr


def test_state_is_not_for_others(kubetutor, home):
    kubetutor("up")
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700


def test_nothing_slow_is_imported_for_env():
    code = (
        "import sys; import kubetutor.cli\n"
        "slow = {'kubernetes', 'yaml', 'psutil', 'rich', 'nbclient', 'nbformat', 'ssl', 'asyncio', 'urllib.request'}\n"
        "print(*slow & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=HERE.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_the_choices_of_backend_are_those_that_can_be_chosen():
    assert choose.BACKENDS == command_line.BACKENDS
    assert spec.DEFAULT_NAME == cli.DEFAULT_NAME
