"""Objects as a cluster would hold them, and a page that draws frames in a real browser."""

import dataclasses
import shutil

import pytest

from kubetutor.widgets.live.feed import Objects
from tests.widgets.drawn import SWITCHES, draw_view


@dataclasses.dataclass
class Shop:
    """A small cluster's objects, built step by step."""

    nodes: list = dataclasses.field(default_factory=list)
    pods: list = dataclasses.field(default_factory=list)
    sets: list = dataclasses.field(default_factory=list)
    deployments: list = dataclasses.field(default_factory=list)
    troubles: dict = dataclasses.field(default_factory=dict)

    def node(self, name, *, ready=True, control_plane=False, cordoned=False):
        role = {"node-role.kubernetes.io/control-plane": ""} if control_plane else {}
        taints = (
            [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
            if control_plane
            else []
        )
        self.nodes.append({
            "metadata": {"name": name, "uid": f"node-{name}", "labels": role},
            "spec": {"taints": taints, "unschedulable": cordoned},
            "status": {
                "conditions": [{"type": "Ready", "status": "True" if ready else "Unknown"}],
                "capacity": {"pods": "110", "cpu": "2", "memory": "4011240Ki"},
            },
        })  # fmt: skip
        return self

    def replica_set(self, name="web-app-h1", revision="1", owner="web-app"):
        self.sets.append({
            "metadata": {
                "name": name, "uid": name, "annotations": {"deployment.kubernetes.io/revision": revision},
                "ownerReferences": [{"kind": "Deployment", "name": owner, "uid": owner, "controller": True}],
            },
        })  # fmt: skip
        return self

    def deployment(self, name="web-app", *, wanted=3, ready=3, updated=3, image="my-app:1.0", revision="1"):
        self.deployments.append({
            "metadata": {
                "name": name, "uid": name, "generation": 1,
                "annotations": {"deployment.kubernetes.io/revision": revision},
            },
            "spec": {"replicas": wanted, "template": {"spec": {"containers": [{"name": "web", "image": image}]}}},
            "status": {
                "observedGeneration": 1, "replicas": max(wanted, updated), "updatedReplicas": updated,
                "readyReplicas": ready, "availableReplicas": ready,
            },
        })  # fmt: skip
        return self

    def pod(
        self, name, node="worker", *, state=None, ready=True, phase="Running", image="my-app:1.0", **more
    ):
        """Add a pod. `more`: set_name, restarts, deleted, reason, message, scheduled."""
        waits = phase == "Pending" and state is None
        status = {
            "name": "web",
            "ready": ready and phase == "Running",
            "restartCount": more.get("restarts", 0),
        }
        statuses = [] if waits else [{**status, "state": state or {"running": {}}}]
        conditions = [{"type": "Ready", "status": str(ready and phase == "Running")}]
        if "unschedulable" in more:
            conditions.append({"type": "PodScheduled", "status": "False", "message": more["unschedulable"]})
        owner = more.get("set_name", "web-app-h1")
        metadata = {"name": name, "uid": more.get("uid", name), "namespace": "shop"}
        if owner:
            reference = {"kind": "ReplicaSet", "name": owner, "uid": owner, "controller": True}
            metadata["ownerReferences"] = [reference]
        if more.get("deleted"):
            metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        self.pods.append({
            "metadata": metadata,
            "spec": {"nodeName": node, "containers": [{"name": "web", "image": image}]},
            "status": {
                "phase": phase, "podIP": "127.1.0.9", "conditions": conditions, "containerStatuses": statuses,
                **({"reason": more["reason"]} if "reason" in more else {}),
            },
        })  # fmt: skip
        return self

    def objects(self):
        by_kind = {
            "nodes": tuple(self.nodes), "pods": tuple(self.pods),
            "replicasets.apps": tuple(self.sets), "deployments.apps": tuple(self.deployments),
        }  # fmt: skip
        return Objects(by_kind, self.troubles, loaded=True)


@pytest.fixture
def shop():
    return (
        Shop()
        .node("lab-control-plane", control_plane=True)
        .node("lab-worker")
        .node("lab-worker2")
        .replica_set()
    )


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("NO BROWSER: install chromium (apt-get install chromium) to draw the view for real")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield launched
        launched.close()


def pytest_generate_tests(metafunc):
    """Where things move, a test is marked `motion` and runs again for people who asked for less of it."""
    if "motion" in metafunc.fixturenames:
        moves = metafunc.definition.get_closest_marker("motion") is not None
        metafunc.parametrize("motion", ["no-preference", *["reduce"] * moves])


@pytest.fixture
def drawn(browser, motion):
    """Open a page that draws a view: `drawn(ClusterMap)`."""
    contexts = []

    def opened(view):
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion=motion))
        page = contexts[-1].new_page()
        draw_view(page, view)
        return page

    yield opened
    for context in contexts:
        assert all(page.errors == [] for page in context.pages)
        context.close()
