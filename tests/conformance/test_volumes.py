"""Folders of a pod and of its node: shared, kept, mounted in part, and protected."""

import pytest

from .conftest import eventually
from .manifests import config_map, pod, shell
from .volumes import empty_dir, from_config_map, host_path, mount
from .workloads import apply, container_status, ended, event, printed, wait_for, waiting_with

pytestmark = [pytest.mark.kubectl, pytest.mark.usefixtures("mounts")]

WORK = [mount("work", "/work")]


def run(kubectl, script, *volumes, mounts=WORK, name="job", **spec):
    """Run a script once with these volumes; answer the lines that it printed."""
    container = shell(script, volumeMounts=mounts)
    apply(kubectl, pod(name, container, restartPolicy="Never", volumes=list(volumes), **spec))
    return printed(kubectl, name)


def test_containers_of_a_pod_share_an_empty_folder(kubectl):
    writer = shell("echo bread > /out/loaf; sleep 1000", "baker", volumeMounts=[mount("work", "/out")])
    reader = shell(
        "until cat /in/loaf 2>/dev/null; do sleep 0.1; done", "eater", volumeMounts=[mount("work", "/in")]
    )
    apply(kubectl, pod("bakery", writer, reader, volumes=[empty_dir()], restartPolicy="Never"))
    eventually(lambda: "terminated" in container_status(kubectl.read("pod", "bakery"), "eater")["state"])
    assert kubectl.ok("logs", "bakery", "-c", "eater") == "bread\n"


def test_an_init_container_prepares_a_folder(kubectl):
    first = shell("echo dough > /work/bowl", "mix", volumeMounts=WORK)
    assert run(kubectl, "cat /work/bowl", empty_dir(), initContainers=[first]) == ["dough"]


def test_everybody_may_write_into_an_empty_folder(kubectl):
    assert run(kubectl, "stat -c %a /work; ls -A /work | wc -l", empty_dir()) == ["777", "0"]


def test_an_empty_folder_outlives_its_container(kubectl):
    script = "echo start >> /work/starts; test $(wc -l < /work/starts) -ge 2 && cat /work/starts"
    container = shell(script, volumeMounts=WORK)
    apply(kubectl, pod("job", container, restartPolicy="OnFailure", volumes=[empty_dir()]))
    assert printed(kubectl, "job") == ["start", "start"]


def test_what_else_a_container_wrote_goes_with_it(kubectl):
    script = "ls /scratch; mkdir -p /scratch; touch /scratch/note; date >> /work/starts; test $(wc -l < /work/starts) -ge 2"
    mounts = [*WORK, mount("work", "/scratch/deep")]
    container = shell(script, volumeMounts=mounts)
    apply(kubectl, pod("job", container, restartPolicy="OnFailure", volumes=[empty_dir()]))
    assert printed(kubectl, "job") == ["deep"]


def test_a_pod_that_writes_more_than_its_folder_may_hold_is_evicted(kubectl):
    container = shell("head -c 2000000 /dev/zero > /work/heap; sleep 1000", volumeMounts=WORK)
    apply(kubectl, pod("hoarder", container, volumes=[empty_dir(sizeLimit="1Mi")]))
    status = eventually(lambda: failed(kubectl, "hoarder"), within=150)
    assert status["reason"] == "Evicted"
    assert status["message"].strip() == 'Usage of EmptyDir volume "work" exceeds the limit "1Mi".'
    assert event(kubectl, "hoarder", "Evicted").strip() == status["message"].strip()
    assert container_status(kubectl.read("pod", "hoarder"))["state"]["terminated"]["exitCode"] in {137, 143}


def failed(kubectl, name):
    status = kubectl.read("pod", name)["status"]
    return status["phase"] == "Failed" and status


def test_an_empty_folder_goes_with_its_pod(kubectl):
    assert run(kubectl, "touch /work/note", empty_dir()) == []
    kubectl.ok("delete", "pod", "job")
    assert run(kubectl, "ls -A /work | wc -l", empty_dir()) == ["0"]


def test_a_mount_hides_what_was_there(kubectl):
    script = "ls -A /usr/share | wc -l; ls -d /usr/bin"
    assert run(kubectl, script, empty_dir(), mounts=[mount("work", "/usr/share")]) == ["0", "/usr/bin"]


def test_a_folder_can_be_mounted_for_reading_only(kubectl):
    writer = shell("echo bread > /work/loaf", "baker", volumeMounts=WORK)
    script = "cat /work/loaf; touch /work/crumb 2>&1 | grep -o 'Read-only file system'"
    lines = run(
        kubectl, script, empty_dir(), mounts=[mount("work", "/work", readOnly=True)], initContainers=[writer]
    )
    assert lines == ["bread", "Read-only file system"]


def test_one_volume_can_be_mounted_inside_another(kubectl):
    apply(kubectl, config_map("menu", {"soup": "tomato\n"}))
    mounts = [mount("menu", "/work/menu"), *WORK]
    lines = run(
        kubectl,
        "cat /work/menu/soup; touch /work/note; ls /work",
        empty_dir(),
        from_config_map("menu"),
        mounts=mounts,
    )
    assert lines == ["tomato", "menu", "note"]


def test_a_single_file_is_mounted_among_others(kubectl):
    apply(kubectl, config_map("menu", {"soup": "tomato\n"}))
    mounts = [mount("menu", "/etc/soup.conf", subPath="soup")]
    lines = run(kubectl, "cat /etc/soup.conf; ls /etc/hosts", from_config_map("menu"), mounts=mounts)
    assert lines == ["tomato", "/etc/hosts"]


def test_a_single_file_can_take_the_place_of_another(kubectl):
    apply(kubectl, config_map("menu", {"soup": "tomato\n"}))
    mounts = [mount("menu", "/etc/passwd", subPath="soup")]
    assert run(kubectl, "cat /etc/passwd", from_config_map("menu"), mounts=mounts) == ["tomato"]


def test_a_part_of_a_volume_that_is_not_there_becomes_a_folder(kubectl):
    mounts = [*WORK, mount("work", "/shelf", subPath="pantry/shelf")]
    lines = run(kubectl, "touch /shelf/salt; ls /work/pantry/shelf", empty_dir(), mounts=mounts)
    assert lines == ["salt"]


def test_the_part_of_a_volume_can_be_named_by_a_variable(kubectl):
    name = {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    mounts = [*WORK, mount("work", "/mine", subPathExpr="of/$(POD)")]
    container = shell("touch /mine/note; ls /work/of", volumeMounts=mounts, env=[name])
    apply(kubectl, pod("job", container, restartPolicy="Never", volumes=[empty_dir()]))
    assert printed(kubectl, "job") == ["job"]


def test_a_variable_that_a_part_is_named_by_must_be_there(kubectl):
    mounts = [mount("work", "/mine", subPathExpr="of/$(NOBODY)/and/$(NOTHING)")]
    apply(kubectl, pod("job", shell(volumeMounts=mounts), volumes=[empty_dir()]))
    assert waiting_with(kubectl, "job", "CreateContainerConfigError") == "missing value for NOBODY, NOTHING"


def test_a_part_of_a_volume_may_not_lead_out_of_it(kubectl):
    first = shell("ln -s /etc /work/way-out", "escape", volumeMounts=WORK)
    mounts = [mount("work", "/mine", subPath="way-out")]
    apply(kubectl, pod("job", shell(volumeMounts=mounts), volumes=[empty_dir()], initContainers=[first]))
    message = waiting_with(kubectl, "job", "CreateContainerConfigError")
    assert message == 'failed to prepare subPath for volumeMount "work" of container "main"'


def test_a_folder_cannot_be_mounted_onto_a_file(kubectl):
    container = shell("true", volumeMounts=[mount("work", "/bin/sh")])
    apply(kubectl, pod("job", container, restartPolicy="Never", volumes=[empty_dir()]))
    terminated = container_status(ended(kubectl, "job"))["state"]["terminated"]
    assert (terminated["exitCode"], terminated["reason"]) == (128, "StartError")
    assert 'to rootfs at "/bin/sh"' in terminated["message"]
    assert terminated["message"].endswith(": not a directory")


def test_mounts_are_told_in_the_status(kubectl):
    apply(
        kubectl,
        pod("shop", shell(volumeMounts=[mount("work", "/work", readOnly=True)]), volumes=[empty_dir()]),
    )
    wait_for(kubectl, "Ready", "pod/shop")
    told = container_status(kubectl.read("pod", "shop"))["volumeMounts"]
    assert told[0] == {
        "name": "work",
        "mountPath": "/work",
        "readOnly": True,
        "recursiveReadOnly": "Disabled",
    }


def test_commands_and_probes_see_the_volumes(kubectl):
    probe = {"exec": {"command": ["test", "-f", "/work/open"]}, "periodSeconds": 1}
    apply(kubectl, pod("shop", shell(volumeMounts=WORK, readinessProbe=probe), volumes=[empty_dir()]))
    wait_for(kubectl, "Ready=False", "pod/shop")
    eventually(lambda: kubectl("exec", "shop", "--", "touch", "/work/open").code == 0)
    wait_for(kubectl, "Ready", "pod/shop")


def test_files_are_copied_into_a_volume_and_out_of_it(kubectl, tmp_path):
    (tmp_path / "salt").write_text("salt\n")
    apply(kubectl, pod("shop", shell(volumeMounts=WORK), volumes=[empty_dir()]))
    wait_for(kubectl, "Ready", "pod/shop")
    kubectl.ok("cp", str(tmp_path / "salt"), "shop:/work/salt")
    assert kubectl.ok("exec", "shop", "--", "cat", "/work/salt") == "salt\n"
    kubectl.ok("exec", "shop", "--", "sh", "-c", "echo pepper > /work/pepper")
    kubectl.ok("cp", "shop:/work", str(tmp_path / "back"))
    assert (tmp_path / "back" / "pepper").read_text() == "pepper\n"


def test_a_working_folder_can_be_in_a_volume(kubectl):
    container = shell(
        "pwd; touch note; ls /work/desk",
        workingDir="/work/desk",
        volumeMounts=[*WORK, mount("work", "/work/desk", subPath="desk")],
    )
    apply(kubectl, pod("job", container, restartPolicy="Never", volumes=[empty_dir()]))
    assert printed(kubectl, "job") == ["/work/desk", "note"]


def test_a_working_folder_that_is_not_there_is_made(kubectl):
    apply(kubectl, pod("job", shell("pwd; touch note; ls", workingDir="/shop/desk"), restartPolicy="Never"))
    assert printed(kubectl, "job") == ["/shop/desk", "note"]


@pytest.fixture
def node_folder(kubectl):
    """A path on a node that is there for this test only."""
    path = f"/var/{kubectl.namespace}"
    yield path
    on_node(kubectl, f"rm -rf /machine/{kubectl.namespace}", "cleaner")


def on_node(kubectl, script, name):
    return run(kubectl, script, host_path("/var"), mounts=[mount("host", "/machine")], name=name)


def node_of(kubectl, name):
    return {"kubernetes.io/hostname": kubectl.read("pod", name)["spec"]["nodeName"]}


def test_pods_of_one_node_share_its_folders(kubectl, node_folder):
    volume, mounts = host_path(node_folder, "DirectoryOrCreate"), [mount("host", "/host")]
    assert run(kubectl, "echo bread > /host/loaf", volume, mounts=mounts, name="baker") == []
    where = node_of(kubectl, "baker")
    assert run(kubectl, "cat /host/loaf", volume, mounts=mounts, name="eater", nodeSelector=where) == [
        "bread"
    ]


@pytest.mark.parametrize(
    ("kind", "path", "words"),
    [
        ("Directory", "/no/such/folder", "/no/such/folder is not a directory"),
        ("File", "/usr", "/usr is not a file"),
        ("Socket", "/etc/passwd", "/etc/passwd is not a socket file"),
    ],
)
def test_a_path_of_the_node_must_be_what_it_is_said_to_be(kubectl, kind, path, words):
    apply(kubectl, pod("job", shell(volumeMounts=[mount("host", "/host")]), volumes=[host_path(path, kind)]))
    failure = f'MountVolume.SetUp failed for volume "host" : hostPath type check failed: {words}'
    assert event(kubectl, "job", "FailedMount") == failure
