"""Commands at once, Ctrl-C, kills: the true cluster, with the real kubectl."""

import json
import os
import signal
import socket

import psutil
import pytest

from kubetutor.cluster import main_process
from tests.cluster.machine import KUBETUTOR, ROOT, Machine

pytestmark = pytest.mark.kubectl
RESTARTS = "jsonpath={range .items[*]}{.status.containerStatuses[0].restartCount} {end}"
READY = "jsonpath={.items[*].status.containerStatuses[0].ready}"


@pytest.fixture
def machine(tmp_path):
    made = Machine(tmp_path / "home")
    yield made
    made.run("down", "--all")


def finish(process):
    out, err = process.communicate(timeout=90)
    assert "Traceback" not in out + err
    return process.returncode, out + err


def run_three_pods(machine):
    machine.kubectl("create", "deployment", "web", "--image=my-app:1.0", "--replicas=3")
    machine.kubectl("rollout", "status", "deployment/web", "--timeout=60s")


def test_up_three_times_at_once_makes_one_cluster(machine):
    answers = [finish(process) for process in [machine.start("up") for _ in range(3)]]
    assert [code for code, _ in answers] == [0, 0, 0]
    assert sum("already up" in said for _, said in answers) == 2
    assert len(list(main_process._main_processes(machine.folder))) == 1


def test_up_waits_for_a_down_that_removes_the_folder(machine, eventually):
    """The lock that `up` waits for goes with the folder."""
    machine.run("up")
    os.kill(machine.pid(), signal.SIGSTOP)  # so that `down` takes as long as we like
    stopped = machine.pid()
    down = machine.start("down")
    eventually(lambda: held(machine))
    up = machine.start("up")
    assert "waiting" in up.stderr.readline()
    os.kill(stopped, signal.SIGCONT)
    assert [finish(down)[0], finish(up)[0]] == [0, 0]
    assert json.loads(machine.run("status", "--json"))["pid"] != stopped


def held(machine):
    from kubetutor.cluster import lock

    return lock.is_held(machine.folder.up_lock)


def test_down_while_up_runs_ends_what_up_made(machine, eventually):
    up = machine.start("up")
    eventually(machine.folder.spec.exists)
    down = machine.start("down")
    assert [finish(up)[0], finish(down)[0]] == [0, 0]
    assert not machine.folder.path.exists()
    assert not list(main_process._main_processes(machine.folder))


@pytest.mark.parametrize("step", ["store", "API server", "controllers", "nodes"])
def test_ctrl_c_at_each_step_of_up_leaves_nothing_half_made(machine, eventually, step):
    process = machine.start("up")
    for line in process.stderr:
        if step in line:
            break
    process.send_signal(signal.SIGINT)
    code, _ = finish(process)
    if code:
        eventually(lambda: not machine.processes())
        machine.run("status", code=1)
    machine.run("up")
    assert json.loads(machine.run("status", "--json"))["ready"]


def test_ctrl_c_while_the_command_line_is_loaded_shows_no_traceback(machine):
    """Run by hand, since the moment must be right: importing the command line is what is interrupted."""
    import subprocess

    program = (
        "import sys, runpy\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'kubetutor.cli': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "runpy.run_module('kubetutor', run_name='__main__')\n"
    )
    done = subprocess.run(
        [KUBETUTOR[0], "-c", program],
        cwd=ROOT,
        env=machine.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "\nInterrupted.\n")


def test_sigterm_ends_the_cluster_and_the_next_up_brings_it_back(machine, eventually):
    machine.run("up")
    run_three_pods(machine)
    before = machine.processes()
    os.kill(machine.pid(), signal.SIGTERM)
    eventually(lambda: not any(psutil.pid_exists(pid) for pid in before))
    assert not machine.folder.description.exists()
    machine.run("up")
    machine.kubectl("wait", "--for=condition=Available", "deployment/web", "--timeout=30s")


def test_pods_come_back_after_a_kill_of_the_fork_server(machine, eventually):
    machine.run("up")
    run_three_pods(machine)
    machine.fork_server().kill()
    eventually(lambda: machine.kubectl("get", "pods", "-o", RESTARTS) == "1 1 1 ")
    eventually(lambda: machine.kubectl("get", "pods", "-o", READY) == "true true true")


def test_a_kill_of_a_pods_process_restarts_the_container_in_place(machine, eventually):
    machine.run("up")
    run_three_pods(machine)
    names = machine.kubectl("get", "pods", "-o", "name").split()
    pid = int(machine.kubectl("exec", names[0], "--", "sh", "-c", "echo $KUBETUTOR_PID"))
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: machine.kubectl("get", "pods", "-o", RESTARTS) == "1 0 0 ")
    assert machine.kubectl("get", "pods", "-o", "name").split() == names


def test_a_kill_of_the_main_process_ends_all_others_exec_too(machine, eventually):
    machine.run("up")
    run_three_pods(machine)
    before = machine.processes()
    execution = machine.start(
        "kubectl", "--", "exec", "-i", "deployment/web", "--", "sh", "-c", "echo in; sleep 300"
    )
    assert execution.stdout.readline() == "in\n"
    eventually(lambda: len(machine.processes()) > len(before))
    everything = machine.processes()
    os.kill(machine.pid(), signal.SIGKILL)
    eventually(lambda: not any(psutil.pid_exists(pid) for pid in everything), 3)
    assert execution.wait(timeout=30) != 0
    execution.communicate()


def test_an_address_that_another_program_took_meanwhile_is_told_and_nothing_is_lost(machine, eventually):
    machine.run("up")
    machine.kubectl("create", "configmap", "till", "--from-literal=coins=7")
    pid = machine.pid()
    server = main_process.describe(machine.folder)["server"].removeprefix("https://")
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not psutil.pid_exists(pid))
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind((server.partition(":")[0], 6443))
        squatter.listen()
        said = machine.run("up", code=1)
        assert server in said
        assert "nothing is lost" in said
    machine.run("up")
    assert machine.kubectl("get", "configmap", "till", "-o", "jsonpath={.data.coins}") == "7"


def test_a_node_port_that_is_taken_is_told_and_served_once_it_is_free(machine, eventually):
    machine.run("up")
    run_three_pods(machine)
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("0.0.0.0", 0))  # on all addresses is the point
        squatter.listen()
        port = squatter.getsockname()[1]
        service = {
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
            "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": port, "targetPort": 3000}]},
        }  # fmt: skip
        path = machine.home.path / "service.json"
        path.write_text(json.dumps(service))
        machine.kubectl("apply", "-f", str(path))
        eventually(lambda: "another program already listens there" in machine.kubectl("get", "events"))
        shown = "jsonpath={.status.loadBalancer.ingress[0].hostname}"
        place = eventually(lambda: machine.kubectl("get", "service", "web", "-o", shown))
        host, _, moved = place.partition(":")
        assert moved != str(port)
        with socket.create_connection((host, int(moved)), timeout=10):
            pass
