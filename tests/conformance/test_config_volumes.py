"""ConfigMaps and Secrets as files: which, with what content and mode, and what happens when they change."""

import base64
import json

import pytest

from .conftest import eventually
from .manifests import config_map, once, pod, shell
from .volumes import from_config_map, from_secret, mount
from .workloads import apply, ended, event, printed, wait_for, waiting_with

pytestmark = [pytest.mark.kubectl, pytest.mark.usefixtures("mounts")]

MENU = {"soup": "tomato\n", "dessert": "cake\n"}


def run(kubectl, script, volume, **more):
    """Run a script once that sees a volume at /menu; answer the lines that it printed."""
    container = shell(script, volumeMounts=[mount(volume["name"], "/menu")], **more)
    apply(kubectl, pod("reader", container, restartPolicy="Never", volumes=[volume]))
    return printed(kubectl, "reader")


def secret(name, data):
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": encoded}


def test_each_key_of_a_config_map_is_a_file(kubectl):
    apply(kubectl, config_map("menu", MENU))
    assert run(kubectl, "ls /menu; cat /menu/soup", from_config_map("menu")) == ["dessert", "soup", "tomato"]


def test_a_secret_is_decoded(kubectl):
    apply(kubectl, secret("keys", {"password": "s3cret"}))
    assert run(kubectl, "cat /menu/password; echo", from_secret("keys")) == ["s3cret"]


def test_binary_data_arrives_byte_for_byte(kubectl):
    sent = base64.b64encode(bytes(range(256))).decode()
    apply(kubectl, {**config_map("menu"), "binaryData": {"picture": sent}})
    lines = run(kubectl, "base64 /menu/picture | tr -d '\\n'; echo", from_config_map("menu"))
    assert lines == [sent]


def test_items_say_which_keys_are_files_and_where(kubectl):
    apply(kubectl, config_map("menu", MENU))
    items = [{"key": "soup", "path": "today/first"}]
    lines = run(kubectl, "ls /menu /menu/today; cat /menu/today/first", from_config_map("menu", items=items))
    assert lines == ["/menu:", "today", "", "/menu/today:", "first", "tomato"]


def test_files_have_the_mode_of_their_volume_or_their_own(kubectl):
    apply(kubectl, config_map("menu", MENU))
    items = [{"key": "soup", "path": "soup"}, {"key": "dessert", "path": "dessert", "mode": 0o400}]
    volume = from_config_map("menu", items=items, defaultMode=0o640)
    assert run(kubectl, "stat -L -c %a /menu/soup /menu/dessert", volume) == ["640", "400"]


def test_without_a_mode_everybody_may_read(kubectl):
    apply(kubectl, config_map("menu", MENU))
    assert run(kubectl, "stat -L -c %a /menu /menu/soup", from_config_map("menu")) == ["777", "644"]


def test_files_are_links_that_can_be_changed_all_at_once(kubectl):
    apply(kubectl, config_map("menu", MENU))
    script = (
        "readlink /menu/soup; readlink /menu/..data | sed 's/[0-9]/9/g' | cut -c1-21; ls -A /menu | wc -l"
    )
    lines = run(kubectl, script, from_config_map("menu"))
    assert lines == ["..data/soup", "..9999_99_99_99_99_99", "4"]


def test_files_of_a_config_map_cannot_be_written(kubectl):
    apply(kubectl, config_map("menu", MENU))
    script = "touch /menu/new 2>&1 | grep -o 'Read-only file system'"
    assert run(kubectl, script, from_config_map("menu")) == ["Read-only file system"]


def test_an_optional_config_map_may_be_missing(kubectl):
    lines = run(
        kubectl, "ls /menu | wc -l; test -e /menu/..data && echo data", from_config_map("none", optional=True)
    )
    assert lines == ["0", "data"]


def test_an_optional_key_may_be_missing(kubectl):
    apply(kubectl, config_map("menu", MENU))
    items = [{"key": "soup", "path": "soup"}, {"key": "fish", "path": "fish"}]
    assert run(kubectl, "ls /menu", from_config_map("menu", items=items, optional=True)) == ["soup"]


def test_a_script_in_a_config_map_can_be_the_command(kubectl):
    apply(kubectl, config_map("scripts", {"greet": '#!/bin/sh\necho "hello $1"\n'}))
    volume = from_config_map("scripts", defaultMode=0o755)
    assert run(kubectl, "", volume, command=["/menu/greet", "Ada"]) == ["hello Ada"]


def test_a_script_that_may_not_be_executed_does_not_start(kubectl):
    apply(kubectl, config_map("scripts", {"greet": "#!/bin/sh\n"}))
    container = shell("", command=["/menu/greet"], volumeMounts=[mount("scripts", "/menu")])
    apply(kubectl, pod("reader", container, restartPolicy="Never", volumes=[from_config_map("scripts")]))
    terminated = ended(kubectl, "reader")["status"]["containerStatuses"][0]["state"]["terminated"]
    assert (terminated["exitCode"], terminated["reason"]) == (128, "StartError")
    assert 'exec: "/menu/greet": permission denied' in terminated["message"]


def test_a_pod_waits_for_its_config_map(kubectl):
    container = shell("cat /menu/soup", volumeMounts=[mount("menu", "/menu")])
    apply(kubectl, pod("reader", container, restartPolicy="Never", volumes=[from_config_map("menu")]))
    failure = 'MountVolume.SetUp failed for volume "menu" : configmap "menu" not found'
    assert event(kubectl, "reader", "FailedMount") == failure
    waiting_with(kubectl, "reader", "ContainerCreating")
    status = kubectl.read("pod", "reader")["status"]
    assert (status["phase"], "podIP" in status) == ("Pending", False)
    apply(kubectl, config_map("menu", MENU))
    assert printed(kubectl, "reader") == ["tomato"]


@pytest.mark.parametrize(
    ("volume", "words"),
    [
        (from_secret("keys"), 'secret "keys" not found'),
        (
            from_config_map("menu", items=[{"key": "fish", "path": "fish"}]),
            "configmap references non-existent config key: fish",
        ),
        (
            from_secret("there", items=[{"key": "fish", "path": "fish"}]),
            "references non-existent secret key: fish",
        ),
    ],
)
def test_what_is_missing_is_named(kubectl, volume, words):
    apply(kubectl, config_map("menu", MENU), secret("there", {"soup": "tomato"}))
    container = shell(volumeMounts=[mount(volume["name"], "/menu")])
    apply(kubectl, pod("reader", container, volumes=[volume]))
    failure = f'MountVolume.SetUp failed for volume "{volume["name"]}" : {words}'
    assert event(kubectl, "reader", "FailedMount") == failure


def test_a_volume_that_no_container_mounts_need_not_be_there(kubectl):
    volumes = [from_config_map("none"), from_secret("nothing")]
    apply(kubectl, pod("reader", shell("echo read"), restartPolicy="Never", volumes=volumes))
    assert printed(kubectl, "reader") == ["read"]


@pytest.fixture
def reader(kubectl):
    """A pod that sees a config map as /menu, and one key of it as /soup."""
    apply(kubectl, config_map("menu", MENU))
    mounts = [mount("menu", "/menu"), mount("menu", "/soup", subPath="soup")]
    apply(kubectl, pod("reader", shell(volumeMounts=mounts), volumes=[from_config_map("menu")]))
    wait_for(kubectl, "Ready", "pod/reader")
    return kubectl


def sees(kubectl, script, wanted):
    """Wait until a script prints this in the pod. A change of the pod lets the kubelet look at its volumes at once."""

    def looked():
        kubectl.ok(
            "annotate",
            "pod",
            "reader",
            f"looked={kubectl.read('pod', 'reader')['metadata']['resourceVersion']}",
            "--overwrite",
        )
        assert kubectl.ok("exec", "reader", "--", "sh", "-c", script).split() == wanted
        return True

    eventually(looked, every=0.5)


def test_a_change_of_a_config_map_arrives_in_its_files(reader):
    apply(reader, config_map("menu", {"soup": "onion\n", "fish": "trout\n"}))
    sees(reader, "ls /menu; cat /menu/soup", ["fish", "soup", "onion"])


def test_a_single_file_stays_as_it_was(reader):
    apply(reader, config_map("menu", {"soup": "onion\n"}))
    sees(reader, "cat /menu/soup", ["onion"])
    assert reader.ok("exec", "reader", "--", "cat", "/soup") == "tomato\n"


def test_a_config_map_that_goes_leaves_its_files(reader):
    reader.ok("delete", "configmap", "menu")
    message = event(reader, "reader", "FailedMount") if touched(reader) else ""
    assert message == 'MountVolume.SetUp failed for volume "menu" : configmap "menu" not found'
    assert reader.ok("exec", "reader", "--", "cat", "/menu/soup") == "tomato\n"


def touched(kubectl):
    """Change the pod, so that the kubelet looks at its volumes at once."""
    return kubectl.ok("annotate", "pod", "reader", "looked=yes")


def test_variables_and_files_of_one_config_map_go_together(kubectl):
    apply(kubectl, config_map("menu", {"SOUP": "tomato"}))
    lines = run(
        kubectl,
        'echo "$SOUP $(cat /menu/SOUP)"',
        from_config_map("menu"),
        envFrom=[{"configMapRef": {"name": "menu"}}],
    )
    assert lines == ["tomato tomato"]


def test_a_pod_without_volumes_still_knows_its_account(kubectl):
    apply(kubectl, once("plain", "ls /var/run/secrets/kubernetes.io/serviceaccount | grep -v token"))
    assert printed(kubectl, "plain") == ["ca.crt", "namespace"]
    assert json.dumps(kubectl.read("pod", "plain")["spec"]["volumes"]).count("kube-api-access-") == 1
