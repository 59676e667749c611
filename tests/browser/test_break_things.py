"""Each button pressed in real JupyterLab: what the cluster really did, and that the way back works."""

import json
import pathlib
import time

import pytest

from tests.browser.jupyter import dark, run_in_new_cell, see

pytestmark = [pytest.mark.browser, pytest.mark.alone]

ROOT = pathlib.Path(__file__).parents[2]
MANIFEST = str(ROOT / "lessons" / "manifests" / "04-deployments" / "deployment.yaml")
SECOND = 1000  # Playwright counts milliseconds


def eventually(holds, *, seconds=60, what=""):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or holds}"
        time.sleep(0.05)
    return found


class Shop:
    """A namespace with the sample application, asked through kubectl and not through what is tested."""

    def __init__(self, cluster, namespace):
        self.cluster, self.namespace = cluster, namespace
        cluster.kubectl("apply", "-n", namespace, "-f", MANIFEST)
        cluster.kubectl(
            "wait", "-n", namespace, "--for=condition=available", "deployment/web-app", "--timeout=60s"
        )

    def get(self, *args):
        return json.loads(self.cluster.kubectl("get", "-n", self.namespace, *args, "-o", "json"))

    def pods(self):
        found = self.get("pods", "-l", "app=web")["items"]
        return {pod["metadata"]["name"]: pod for pod in found if "deletionTimestamp" not in pod["metadata"]}

    def restarts(self, pod):
        return self.pods()[pod]["status"]["containerStatuses"][0]["restartCount"]

    def ready(self):
        return self.get("deployment", "web-app")["status"].get("readyReplicas", 0)

    def image(self):
        return self.get("deployment", "web-app")["spec"]["template"]["spec"]["containers"][0]["image"]

    def is_node_ready(self, name):
        conditions = self.get("node", name)["status"]["conditions"]
        return next(one["status"] for one in conditions if one["type"] == "Ready") == "True"


@pytest.fixture
def shop(cluster, namespace):
    return Shop(cluster, namespace)


@pytest.fixture
def view(lab_page, shop):
    page = lab_page()
    run_in_new_cell(page, f'import kubetutor as kt; view = kt.break_things("{shop.namespace}"); view')
    found = page.get_by_role("region", name=f"Break things in namespace {shop.namespace}")
    button(found, "Crash a container").wait_for(timeout=60 * SECOND)
    found.scroll_into_view_if_needed()
    return found


def button(view, name):
    return view.get_by_role("button", name=name, exact=True)


def chosen(view, label):
    return view.get_by_label(label, exact=True).input_value()


def seen(view, words):
    view.get_by_role("list", name="What was done").get_by_text(words).first.wait_for(timeout=60 * SECOND)


def test_crash_a_container_restarts_it_in_the_same_pod(view, shop):
    pod = chosen(view, "Pod")
    button(view, "Crash a container").dblclick()
    eventually(lambda: shop.restarts(pod) == 1, what="the container restarted")
    seen(view, f"crashed the container of {pod}")
    seen(view, "The kubelet has started the container again: 1 restarts.")
    seen(view, f"{pod} is Ready again")
    assert shop.restarts(pod) == 1, "a double click crashes once"
    see(view.page, "break-things-1-crashed")


def test_delete_a_pod_and_another_takes_its_place(view, shop):
    before = set(shop.pods())
    pod = chosen(view, "Pod")
    button(view, "Delete a pod").dblclick()
    eventually(lambda: pod not in shop.pods() and len(shop.pods()) == 3, what="the pod was replaced")
    (new,) = set(shop.pods()) - before
    seen(view, f"A new pod takes its place: {new}.")
    seen(view, f"{new} is Ready.")
    assert len(set(shop.pods()) & before) == 2, "a double click deletes one pod"
    assert chosen(view, "Pod") != pod


def test_stop_a_node_and_start_it_again(view, shop):
    node = chosen(view, "Node")
    assert "worker" in node
    button(view, "Stop a node").click()
    eventually(lambda: not shop.is_node_ready(node), what="the node is NotReady")
    seen(view, f"The cluster has noticed: {node} is NotReady.")
    see(view.page, "break-things-2-node-stopped")
    button(view, f"Start {node} again").click()
    eventually(lambda: shop.is_node_ready(node), what="the node is Ready again")
    seen(view, f"{node} is Ready.")
    button(view, f"Start {node} again").wait_for(state="hidden")


def test_flood_with_load_and_stop_it(view, shop):
    button(view, "Flood with load").click()
    seen(view, "The pod flood asks from the node")
    pod = shop.get("pod", "flood")
    assert pod["metadata"]["annotations"]["kubetutor.io/rate"] == "200"
    eventually(
        lambda: '"answered"' in shop.cluster.kubectl("logs", "-n", shop.namespace, "flood"),
        what="requests are answered",
    )
    see(view.page, "break-things-3-flood")
    button(view, "Stop the flood").click()
    seen(view, "The pod that asked is gone.")
    assert [name for name in shop.get("pods")["items"] if name["metadata"]["name"] == "flood"] == []


def test_ship_a_broken_version_and_undo_it(view, shop):
    button(view, "Ship a broken version").click()
    eventually(lambda: shop.image() == "my-app:broken", what="the Deployment has the broken image")
    seen(view, "so the rollout waits.")
    assert shop.ready() >= 2, "the old pods go on serving"
    page = view.page
    dark(page)
    view.scroll_into_view_if_needed()
    see(page, "break-things-4-broken-version-dark")
    button(view, "Undo the rollout").click()
    eventually(lambda: shop.image() == "my-app:1.0" and shop.ready() == 3, what="the rollout was undone")
    seen(view, "3 of 3 pods are Ready, and the broken ones are gone.")


def test_buttons_work_while_a_cell_runs(view, shop):
    pod, page = chosen(view, "Pod"), view.page
    run_in_new_cell(page, 'import time; time.sleep(600); "slept to the end"')
    running = page.locator(".jp-InputPrompt").get_by_text("[*]:", exact=True)
    running.wait_for()
    button(view, "Crash a container").click()
    eventually(lambda: shop.restarts(pod) == 1, seconds=20, what="the container restarted while a cell runs")
    seen(view, f"{pod} is Ready again")
    assert running.is_visible(), "the cell still runs"
    page.get_by_role("menubar").get_by_text("Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Interrupt Kernel").click()


def test_the_command_of_each_row_can_be_copied_and_run_by_hand(view, shop, cluster):
    page = view.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    pod = chosen(view, "Pod")
    view.get_by_role("button", name="Copy the command: kubectl get --raw").click()
    command = page.evaluate("navigator.clipboard.readText()")
    assert pod in command
    cluster.kubectl(*command.split()[1:])
    eventually(lambda: shop.restarts(pod) == 1, what="the command did what the button does")
