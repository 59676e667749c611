"""`kubectl debug`: a container more in a pod that runs, a copy of the pod, a pod that sees its whole node."""

import subprocess

import pytest

from .conftest import PATIENCE, eventually
from .manifests import FOREVER, pod, shell, web
from .terminal import Terminal
from .workloads import apply, container_status, ended, event_messages, wait_for

pytestmark = pytest.mark.kubectl

IMAGE = "--image=busybox:1.36"
GENERAL = "--profile=general"  # the default of newer releases of kubectl


@pytest.fixture
def shop(kubectl):
    """A kubectl in a namespace with a pod, `shop`, that answers requests."""
    apply(kubectl, pod("shop", web()))
    wait_for(kubectl, "Ready", "pod/shop")
    return kubectl


def ephemeral_status(kubectl, name="helper", of="shop"):
    statuses = kubectl.read("pod", of)["status"].get("ephemeralContainerStatuses", ())
    return next((status for status in statuses if status["name"] == name), {"state": {}})


def debug(kubectl, *arguments, name="helper"):
    """Add a container to the pod, and wait until it runs or has run."""
    kubectl.ok("debug", "shop", "-q", GENERAL, IMAGE, "-c", name, *arguments)
    eventually(lambda: {"running", "terminated"} & ephemeral_status(kubectl, name)["state"].keys())


def test_a_name_is_made_up_and_told(shop):
    answer = shop("debug", "shop", GENERAL, IMAGE, "--", "sh", "-c", FOREVER)
    assert answer.code == 0, answer.text
    (container,) = shop.read("pod", "shop")["spec"]["ephemeralContainers"]
    assert container["name"].startswith("debugger-")
    assert answer.out == f"Defaulting debug container name to {container['name']}.\n"
    assert container["command"] == ["sh", "-c", FOREVER]


def test_what_is_typed_reaches_the_program_and_its_answer_comes_back(shop):
    script = 'read word; echo "heard $word"; read end'
    argv = shop.argv("debug", "shop", "-i", "-q", GENERAL, IMAGE, "-c", "helper", "--", "sh", "-c", script)
    with subprocess.Popen(
        argv, env=shop.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as typed:
        typed.stdin.write("hello\n")
        typed.stdin.flush()  # and not closed: with the input the connection ends, whatever is still to be said
        assert typed.stdout.readline() == "heard hello\n"
        typed.communicate("that is all\n", timeout=PATIENCE)
    assert typed.returncode == 0
    assert eventually(lambda: ephemeral_status(shop)["state"].get("terminated"))["exitCode"] == 0


@pytest.fixture
def terminal(shop):
    opened = Terminal(shop, "debug", "shop", "-it", "-q", GENERAL, IMAGE, "-c", "helper", "--", "sh")
    yield opened
    opened.close()


def test_a_shell_in_a_terminal_ends_with_its_session(shop, terminal):
    eventually(lambda: "running" in ephemeral_status(shop)["state"])
    terminal.type("tty && echo at${HOSTNAME}home\n")
    terminal.read_until("/dev/pts/[0-9]+\r\natshophome")
    terminal.type("exit\n")
    assert terminal.process.wait(timeout=30) == 0
    eventually(lambda: "terminated" in ephemeral_status(shop)["state"])


def test_its_log_can_be_read(shop):
    debug(shop, "--", "sh", "-c", "echo looking around; echo found nothing >&2")
    eventually(lambda: shop("logs", "shop", "-c", "helper").out == "looking around\nfound nothing\n")


def test_commands_can_be_run_in_it(shop):
    debug(shop, "--env=TOOL=magnifier", "--", "sh", "-c", FOREVER)
    out = shop.ok("exec", "shop", "-c", "helper", "--", "sh", "-c", "echo $TOOL")
    assert out == "magnifier\n"


def test_events_tell_of_it_as_of_any_container(shop):
    debug(shop, "--", "true")
    eventually(lambda: event_messages(shop, "shop", "Started") == ["Container started"] * 2)
    paths = {each["involvedObject"].get("fieldPath") for each in shop.all("events", fields="reason=Started")}
    assert paths == {"spec.containers{web}", "spec.ephemeralContainers{helper}"}


def test_its_end_with_the_pod_is_told(shop):
    debug(shop, "--", "sh", "-c", FOREVER)
    shop.ok("delete", "pod", "shop")
    told = ["Stopping container helper", "Stopping container web"]
    eventually(lambda: sorted(event_messages(shop, "shop", "Killing")) == told)


def test_it_has_the_network_of_its_pod(kubectl):
    apply(kubectl, pod("shop", shell(image="python:3.13-slim")))
    wait_for(kubectl, "Ready", "pod/shop")
    address = kubectl.read("pod", "shop")["status"]["podIP"]
    kubectl.ok("debug", "shop", "-q", GENERAL, "--image=my-app:1.0", "-c", "helper")
    ask = f"import urllib.request; print(urllib.request.urlopen('http://{address}:3000/').read().decode())"
    answer = eventually(lambda: kubectl("exec", "shop", "--", "python3", "-c", ask).out)
    assert answer.startswith("my-app 1.0 on pod shop")


PROCESSES = "for file in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $file; echo; done 2> /dev/null"


def test_it_sees_the_processes_of_its_target(kubectl):
    apply(kubectl, pod("shop", shell("exec sleep 54321")))
    wait_for(kubectl, "Ready", "pod/shop")
    search = f"({PROCESSES}) | grep '^sleep 5432[1]'"
    answer = kubectl(
        "debug", "shop", GENERAL, IMAGE, "-c", "helper", "--target=main", "--", "sh", "-c", search
    )
    assert answer.code == 0, answer.text
    assert answer.out.startswith('Targeting container "main".')
    (container,) = kubectl.read("pod", "shop")["spec"]["ephemeralContainers"]
    assert container["targetContainerName"] == "main"
    assert eventually(lambda: ephemeral_status(kubectl)["state"].get("terminated"))["exitCode"] == 0
    assert kubectl.ok("logs", "shop", "-c", "helper") == "sleep 54321 \n"


def test_the_pod_stays_ready_and_describes_it(shop):
    debug(shop, "--", "sh", "-c", "exit 7")
    eventually(lambda: "terminated" in ephemeral_status(shop)["state"])
    assert shop.ok("get", "pod", "shop", "--no-headers").split()[1:3] == ["1/1", "Running"]
    described = shop.ok("describe", "pod", "shop")
    assert "Ephemeral Containers:\n  helper:\n" in described
    assert "Exit Code:    7" in described


def test_a_copy_has_a_container_more_and_is_on_its_own(shop):
    script = 'read word; echo "heard $word"'
    answer = shop(
        *("debug", "shop", "-i", "-q", GENERAL, IMAGE, "-c", "helper", "--copy-to=copy"),
        *("--", "sh", "-c", script),
        stdin="hello\n",
    )
    assert answer.code == 0, answer.text
    copy = shop.read("pod", "copy")
    assert [each["name"] for each in copy["spec"]["containers"]] == ["web", "helper"]
    assert "labels" not in copy["metadata"]  # no service sends it requests
    assert "ephemeralContainers" not in shop.read("pod", "shop")["spec"]


def test_a_copy_can_have_other_images(shop):
    shop.ok("debug", "shop", "-q", GENERAL, "--copy-to=copy", "--set-image=*=my-app:2.0")
    wait_for(shop, "Ready", "pod/copy")
    assert container_status(shop.read("pod", "copy"), "web")["image"].endswith("my-app:2.0")
    assert container_status(shop.read("pod", "shop"), "web")["image"].endswith("my-app:1.0")


def test_a_copy_can_have_another_command(kubectl):
    apply(kubectl, pod("broken", shell("exit 1"), restartPolicy="Never"))
    ended(kubectl, "broken")
    kubectl.ok(
        *("debug", "broken", "-q", GENERAL, "--copy-to=copy", "--container=main", "--share-processes"),
        *("--", "sh", "-c", "echo better; exit 0"),
    )
    assert ended(kubectl, "copy")["status"]["phase"] == "Succeeded"
    assert kubectl.read("pod", "copy")["spec"]["shareProcessNamespace"] is True
    assert kubectl.ok("logs", "copy") == "better\n"


def test_a_copy_can_take_the_place_of_the_pod_on_its_node(shop):
    node = shop.read("pod", "shop")["spec"]["nodeName"]
    shop.ok("debug", "shop", "-q", GENERAL, IMAGE, "--copy-to=copy", "--same-node", "--replace", "--", "true")
    assert shop.read("pod", "copy")["spec"]["nodeName"] == node
    eventually(lambda: shop.lacks("pod", "shop"))


def test_a_node_is_looked_at_from_a_pod_on_it(kubectl):
    node = next(each["metadata"]["name"] for each in kubectl.all("nodes") if not each["spec"].get("taints"))
    script = "ls -d /host/etc && echo looked at the node"
    made = kubectl.ok("debug", f"node/{node}", GENERAL, IMAGE, "--", "sh", "-c", script)
    (name,) = [each["metadata"]["name"] for each in kubectl.all("pods")]
    assert made == f"Creating debugging pod {name} with container debugger on node {node}.\n"
    item = ended(kubectl, name)
    assert name.startswith(f"node-debugger-{node}-")
    assert (item["spec"]["nodeName"], item["spec"]["hostPID"], item["spec"]["hostNetwork"]) == (
        node,
        True,
        True,
    )
    assert item["status"]["podIP"] == item["status"]["hostIP"]
    assert kubectl.ok("logs", name) == "/host/etc\nlooked at the node\n"


def test_a_pod_that_is_not_there_cannot_be_debugged(kubectl):
    answer = kubectl("debug", "ghost", GENERAL, IMAGE)
    assert (answer.code, answer.err) == (1, 'Error from server (NotFound): pods "ghost" not found\n')
