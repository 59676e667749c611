"""What a container sees of a volume, and where links stand in for mounts."""

import pytest

from kubetutor.embedded.kubelet.environment import ConfigError
from kubetutor.embedded.kubelet.runtime import Mount
from kubetutor.embedded.kubelet.volumes.mounts import container_mounts, link


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def mounts(work, *wanted, source=None, environment=None):
    pod = {"spec": {"volumes": [{"name": "work", **(source or {"emptyDir": {}})}]}}
    container = {"name": "main", "volumeMounts": [{"name": "work", **mount} for mount in wanted]}
    return container_mounts(pod, container, {"work": work}, environment or {})


def test_a_volume_is_mounted_whole(work):
    assert mounts(work, {"mountPath": "/work"}) == (Mount(work, "/work"),)


def test_a_path_begins_at_the_root(work):
    assert mounts(work, {"mountPath": "work"}) == (Mount(work, "/work"),)


@pytest.mark.parametrize(
    "source", [{"configMap": {}}, {"projected": {}}, {"secret": {}}, {"downwardAPI": {}}]
)
def test_what_is_made_of_objects_is_for_reading(work, source):
    assert mounts(work, {"mountPath": "/work"}, source=source) == (Mount(work, "/work", True),)


def test_a_part_that_is_missing_is_a_new_folder(work):
    assert mounts(work, {"mountPath": "/a", "subPath": "b/c"}) == (Mount(work / "b" / "c", "/a"),)
    assert (work / "b" / "c").is_dir()


def test_a_part_can_be_named_by_variables(work):
    found = mounts(work, {"mountPath": "/a", "subPathExpr": "$(POD)-$$x"}, environment={"POD": "web"})
    assert found == (Mount(work / "web-$x", "/a"),)


@pytest.mark.parametrize(
    ("mount", "words"),
    [
        ({"subPathExpr": "$(B)/$(A)/$(B)"}, "missing value for A, B"),
        ({"subPathExpr": "$(ROOT)"}, "error SubPath `/etc` must not be an absolute path"),
        ({"subPathExpr": "$(UP)"}, "unable to provision SubPath `../x`: must not contain '..'"),
        ({"subPath": "out"}, 'failed to prepare subPath for volumeMount "work" of container "main"'),
        (
            {"subPath": "file/below"},
            'failed to create subPath directory for volumeMount "work" of container "main"',
        ),
    ],
)
def test_what_cannot_be_mounted_is_told(work, mount, words):
    (work / "out").symlink_to("/etc")
    (work / "file").touch()
    with pytest.raises(ConfigError) as refused:
        mounts(work, {"mountPath": "/a", **mount}, environment={"ROOT": "/etc", "UP": "../x"})
    assert str(refused.value) == words


def test_links_stand_where_mounts_would(work, tmp_path):
    (work / "key").write_text("v1")
    link([Mount(work, "/etc/config", True), Mount(work / "key", "/etc/one.conf")], tmp_path / "home")
    assert (tmp_path / "home" / "etc" / "config" / "key").read_text() == "v1"
    (work / "new").write_text("v2")
    (work / "new").rename(work / "key")
    assert (tmp_path / "home" / "etc" / "config" / "key").read_text() == "v2"
    assert (tmp_path / "home" / "etc" / "one.conf").read_text() == "v1"
