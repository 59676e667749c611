"""What making the node image rests on, without an engine, a network or root."""

import json
import tarfile
from pathlib import Path

import pytest
import yaml

from tests.kind import archives, cluster, gomodules
from tests.kind.cache import made_once
from tests.kind.commands import CommandError, run
from tests.kind.debian import within

ROOT = Path(__file__).parents[2]
PUBLISHED = """module k8s.io/kubernetes

go 1.26.0

godebug default=go1.26

require (
\tgo.etcd.io/bbolt v1.4.3
\tk8s.io/api v0.0.0
\tgithub.com/beorn7/perks v1.0.1 // indirect
)

replace (
\tk8s.io/api => ./staging/src/k8s.io/api
)
"""


def test_parts_that_a_module_does_not_hold_are_required_as_they_are_published():
    kubernetes = gomodules.Module("k8s.io/kubernetes", "v1.36.2", ("cmd/kubelet",))
    lines = gomodules.go_mod(PUBLISHED, kubernetes).splitlines()
    assert "require k8s.io/kubernetes v1.36.2" in lines
    assert "require go.etcd.io/bbolt v1.4.3" in lines
    assert "replace k8s.io/api => k8s.io/api v0.36.2" in lines
    assert "godebug default=go1.26" in lines


def test_an_image_holds_its_files_below_folders_and_says_what_runs(tmp_path):
    program = tmp_path / "pause"
    program.write_text("waits\n")
    program.chmod(0o755)
    image = archives.Image("registry.test/pause:1", ("/bin/pause",), {"/bin/pause": program})
    with tarfile.open(archives.write(image, tmp_path / "pause.tar")) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))
        configuration = json.load(archive.extractfile("config.json"))
        with tarfile.open(fileobj=archive.extractfile("layer.tar")) as layer:
            names = layer.getnames()
            assert layer.getmember("bin/pause").mode == 0o755
    assert manifest == [
        {"Config": "config.json", "RepoTags": ["registry.test/pause:1"], "Layers": ["layer.tar"]}
    ]
    assert configuration["config"]["Entrypoint"] == ["/bin/pause"]
    assert names == ["bin", "tmp", "bin/pause"]


def test_links_lead_to_files_of_the_same_file_system(tmp_path):
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "usr/lib/libshop.so.1.2").write_text("")
    (tmp_path / "usr/lib/libshop.so.1").symlink_to("libshop.so.1.2")
    (tmp_path / "lib").symlink_to("/usr/lib")
    assert within(tmp_path, "/lib/libshop.so.1") == tmp_path / "usr/lib/libshop.so.1.2"


def test_a_thing_is_made_once(tmp_path):
    made = [made_once(tmp_path / "shop", inputs=("1",), make=lambda folder: (folder / "a").touch())]
    made.append(made_once(tmp_path / "shop", inputs=("1",), make=lambda _: pytest.fail("made again")))
    assert made[0] == made[1]
    assert made_once(tmp_path / "shop", inputs=("2",), make=lambda _: None) != made[0]


def test_a_half_made_thing_does_not_count_as_made(tmp_path):
    def fail(folder):
        (folder / "half").touch()
        raise CommandError("no network")

    with pytest.raises(CommandError):
        made_once(tmp_path / "shop", inputs=("1",), make=fail)
    folder = made_once(tmp_path / "shop", inputs=("1",), make=lambda folder: (folder / "whole").touch())
    assert [file.name for file in folder.iterdir()] == ["whole"]


def test_a_failed_command_is_a_line_for_a_shell(tmp_path):
    with pytest.raises(CommandError, match=r"exit code 3: cd \S+ && sh -c 'echo no space; exit 3'\nno space"):
        run(["sh", "-c", "echo no space; exit 3"], folder=tmp_path)


def test_the_learners_cluster_file_itself_has_no_patches():
    learners = yaml.safe_load((ROOT / "clusters" / "three-nodes.yaml").read_text())
    ours = cluster.patched(ROOT / "clusters" / "three-nodes.yaml")
    assert ours["nodes"] == learners["nodes"]
    assert set(ours) - set(learners) == {"kubeadmConfigPatches", "containerdConfigPatches"}
