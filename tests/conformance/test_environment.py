"""What a program sees of its pod: variables, command, folder, name and neighbours."""

import pytest

from .manifests import config_map, once, pod, python, service, shell
from .workloads import apply, ended, printed

pytestmark = pytest.mark.kubectl


def field(path):
    return {"fieldRef": {"fieldPath": path}}


def run(kubectl, script, *variables, **container):
    """Run a script once with these variables; answer the lines that it printed."""
    whole = shell(script, env=list(variables), **container)
    apply(kubectl, pod("job", whole, labels={"team": "checkout"}, restartPolicy="Never"))
    return printed(kubectl, "job")


def test_variables_come_from_config_maps_and_secrets(kubectl):
    apply(kubectl, config_map("settings", {"colour": "red"}))
    kubectl.ok("create", "secret", "generic", "keys", "--from-literal=password=s3cret")
    lines = run(
        kubectl,
        'echo "$COLOUR $PASSWORD ${SIZE-unset}"',
        {"name": "COLOUR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "colour"}}},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "password"}}},
        {
            "name": "SIZE",
            "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "size", "optional": True}},
        },
    )
    assert lines == ["red s3cret unset"]


def test_a_whole_config_map_becomes_variables_and_single_ones_win(kubectl):
    apply(kubectl, config_map("settings", {"COLOUR": "red", "SIZE": "large"}))
    sources = [
        {"configMapRef": {"name": "settings"}},
        {"prefix": "SHOP_", "configMapRef": {"name": "settings"}},
    ]
    lines = run(
        kubectl,
        'echo "$COLOUR $SIZE $SHOP_SIZE"',
        {"name": "COLOUR", "value": "blue"},
        envFrom=sources,
    )
    assert lines == ["blue large large"]


def test_variables_are_expanded_where_they_are_known(kubectl):
    lines = run(
        kubectl,
        'echo "$GREETING|$ESCAPED|$UNKNOWN"',
        {"name": "NAME", "value": "Ada"},
        {"name": "GREETING", "value": "hello $(NAME)"},
        {"name": "ESCAPED", "value": "$$(NAME)"},
        {"name": "UNKNOWN", "value": "$(NOBODY)"},
    )
    assert lines == ["hello Ada|$(NAME)|$(NOBODY)"]


def test_the_command_and_its_arguments_are_expanded_too(kubectl):
    lines = run(
        kubectl,
        "",
        {"name": "NAME", "value": "Ada"},
        command=["echo"],
        args=["hello", "$(NAME)", "$$(NAME)", "$(NOBODY)"],
    )
    assert lines == ["hello Ada $(NAME) $(NOBODY)"]


def test_a_pod_can_tell_its_program_who_it_is(kubectl):
    lines = run(
        kubectl,
        'echo "$NAME $SPACE $TEAM $ACCOUNT"; echo "$ADDRESS $NODE $HOST $UID_"',
        {"name": "NAME", "valueFrom": field("metadata.name")},
        {"name": "SPACE", "valueFrom": field("metadata.namespace")},
        {"name": "TEAM", "valueFrom": field("metadata.labels['team']")},
        {"name": "ACCOUNT", "valueFrom": field("spec.serviceAccountName")},
        {"name": "ADDRESS", "valueFrom": field("status.podIP")},
        {"name": "NODE", "valueFrom": field("spec.nodeName")},
        {"name": "HOST", "valueFrom": field("status.hostIP")},
        {"name": "UID_", "valueFrom": field("metadata.uid")},
    )
    assert lines[0] == f"job {kubectl.namespace} checkout default"
    item = kubectl.read("pod", "job")
    address = item["status"].get("podIP") or lines[1].split()[0]
    assert lines[1] == " ".join(
        (address, item["spec"]["nodeName"], item["status"]["hostIP"], item["metadata"]["uid"])
    )


def test_a_program_can_be_told_its_requests_and_limits(kubectl):
    def resource(name, divisor):
        return {"resourceFieldRef": {"resource": name, "divisor": divisor}}

    lines = run(
        kubectl,
        'echo "$CPU $MEMORY"',
        {"name": "CPU", "valueFrom": resource("requests.cpu", "1m")},
        {"name": "MEMORY", "valueFrom": resource("limits.memory", "1Mi")},
        resources={"requests": {"cpu": "20m"}, "limits": {"memory": "64Mi"}},
    )
    assert lines == ["20 64"]


def test_services_that_were_there_first_are_variables(kubectl):
    apply(kubectl, service("my-shop"))
    address = kubectl.read("service", "my-shop")["spec"]["clusterIP"]
    lines = run(
        kubectl,
        'echo "$MY_SHOP_SERVICE_HOST $MY_SHOP_SERVICE_PORT $MY_SHOP_PORT ${KUBERNETES_SERVICE_HOST:+api}"',
    )
    assert lines[0].split()[:2] == [address, "80"]
    assert lines[0].split()[2:] == [f"tcp://{address}:80", "api"]


def test_service_variables_can_be_left_out(kubectl):
    apply(kubectl, service("my-shop"))
    script = 'echo "${MY_SHOP_SERVICE_HOST-none} ${KUBERNETES_SERVICE_HOST:+api}"'
    apply(kubectl, once("job", script, enableServiceLinks=False))
    assert printed(kubectl, "job") == ["none api"]


def test_the_host_name_is_the_pods_name_unless_it_has_one(kubectl):
    script = 'echo "$HOSTNAME"'
    apply(kubectl, once("plain", script), once("named", script, hostname="till"))
    assert printed(kubectl, "plain") == ["plain"]
    assert printed(kubectl, "named") == ["till"]


def test_the_working_folder_can_be_chosen(kubectl):
    assert run(kubectl, "pwd", workingDir="/usr") == ["/usr"]


def test_arguments_go_to_the_command(kubectl):
    assert run(kubectl, "", command=["sh", "-c"], args=["echo $0 $1", "one", "two"]) == ["one two"]


def test_standard_error_is_in_the_log_too(kubectl):
    # Two pipes, read by two readers: which line comes first is not promised.
    assert sorted(run(kubectl, "echo out; echo wrong >&2")) == ["out", "wrong"]


def test_containers_of_one_pod_reach_each_other_at_its_address(kubectl):
    asks = (
        "import os, time, urllib.request\n"
        "for _ in range(100):\n"
        "    try:\n"
        "        print(urllib.request.urlopen(f\"http://{os.environ['ADDRESS']}:3000/healthz\").read().decode())\n"
        "        break\n"
        "    except OSError:\n"
        "        time.sleep(0.1)\n"
    )
    variable = {"name": "ADDRESS", "valueFrom": field("status.podIP")}
    web = {"name": "web", "image": "my-app:1.0", "restartPolicy": "Always"}
    container = python(asks, env=[variable])
    apply(kubectl, pod("job", container, restartPolicy="Never", initContainers=[web]))
    assert ended(kubectl, "job")["status"]["phase"] == "Succeeded"
    assert kubectl.ok("logs", "job", "-c", "main").strip() == "ok"
