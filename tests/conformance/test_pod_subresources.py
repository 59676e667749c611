"""What hangs below a pod: binding, eviction, status, containers for debugging, new resources."""

import pytest

from . import bodies
from .conftest import eventually
from .manifests import NOWHERE
from .raw import MERGE, STRATEGIC

GUARDED = {"app": "till"}
LIMIT = {"cpu": "200m", "memory": "64Mi"}


def unplaced(api, name="lost"):
    return api.made("pods", bodies.pod(name, "sleep", "1000", nodeSelector=NOWHERE))


def running(api, name="till", **labels):
    pod = bodies.pod(name, "sleep", "1000")
    pod["metadata"]["labels"] = labels
    pod["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "50m"}, "limits": LIMIT}
    api.made("pods", pod)
    eventually(lambda: is_ready(api.read(f"pods/{name}")))
    return name


def is_ready(pod):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", ()))


def binding(name, node, kind="Node"):
    target = {"kind": kind, "name": node} if node else {}
    return {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": target}


def a_node(api):
    return api.read("/api/v1/nodes", labelSelector="!node-role.kubernetes.io/control-plane")["items"][0][
        "metadata"
    ]["name"]


@pytest.mark.parametrize("path", ["pods/lost/binding", "bindings"])
def test_a_binding_puts_a_pod_on_a_node_that_the_scheduler_would_not_choose(api, path):
    unplaced(api)
    node = a_node(api)
    assert api("POST", path, binding("lost", node), dryRun="All").code == 201
    assert "nodeName" not in api.read("pods/lost")["spec"]
    answer = api("POST", path, binding("lost", node))
    assert (answer.code, answer.object["status"]) == (201, "Success")
    pod = api.read("pods/lost")
    assert pod["spec"]["nodeName"] == node
    assert [(c["type"], c["status"]) for c in pod["status"]["conditions"]].count(("PodScheduled", "True"))


def test_a_pod_is_bound_once(api):
    unplaced(api)
    node = a_node(api)
    api("POST", "pods/lost/binding", binding("lost", node))
    message = (
        f'Operation cannot be fulfilled on pods/binding "lost": pod lost is already assigned to node "{node}"'
    )
    assert api("POST", "pods/lost/binding", binding("lost", node)).refusal == (409, "Conflict", message)


@pytest.mark.parametrize(
    ("pod", "body", "code", "message"),
    [
        ("none", binding("none", "here"), 404, 'pods "none" not found'),
        ("lost", binding("other", "here"), 400, "name in URL does not match name in Binding object"),
    ],
)
def test_a_binding_that_makes_no_sense_is_refused(api, pod, body, code, message):
    unplaced(api)
    answer = api("POST", f"pods/{pod}/binding", body)
    assert (answer.code, answer.message) == (code, message)


NO_TARGET = [
    (binding("lost", ""), "target.name: Required value"),
    (
        binding("lost", "here", "Pod"),
        'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
    ),
]


@pytest.mark.parametrize(("body", "message"), NO_TARGET)
def test_a_binding_without_a_node_is_refused(api, body, message):
    unplaced(api)
    answer = api("POST", "pods/lost/binding", body)
    assert answer.code >= 400
    assert answer.message == message


@pytest.mark.parametrize("body", [body for body, _ in NO_TARGET])
def test_a_binding_without_a_node_is_an_error_of_the_server(api, body):
    unplaced(api)
    assert api("POST", "pods/lost/binding", body).code == 500


def test_a_binding_and_an_eviction_can_only_be_created(api):
    unplaced(api)
    for name in ("binding", "eviction"):
        assert api("GET", f"pods/lost/{name}").code == 405


def eviction(name, **more):
    return {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}, **more}


def budget(name="till", labels=GUARDED, **spec):
    selector = {"matchLabels": labels}
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"selector": selector, **(spec or {"minAvailable": 1})},
    }


def test_an_eviction_deletes_a_pod(api):
    running(api)
    assert api("POST", "pods/till/eviction", eviction("till"), dryRun="All").code == 201
    assert "deletionTimestamp" not in api.read("pods/till")["metadata"]
    answer = api("POST", "pods/till/eviction", eviction("till"))
    assert (answer.code, answer.object["status"]) == (201, "Success")
    eventually(lambda: api("GET", "pods/till").code == 404)


@pytest.mark.parametrize(
    ("name", "body", "refusal"),
    [
        ("none", eviction("none"), (404, "NotFound", 'pods "none" not found')),
        (
            "lost",
            eviction("other"),
            (400, "BadRequest", "name in URL does not match name in Eviction object"),
        ),
    ],
)
def test_an_eviction_that_makes_no_sense_is_refused(api, name, body, refusal):
    unplaced(api)
    assert api("POST", f"pods/{name}/eviction", body).refusal == refusal


def test_a_budget_forbids_evictions_that_it_cannot_afford(api):
    running(api, "till", **GUARDED)
    api.made("poddisruptionbudgets", budget())
    eventually(lambda: api.read("poddisruptionbudgets/till")["status"]["currentHealthy"] == 1)
    answer = api("POST", "pods/till/eviction", eviction("till"))
    assert answer.refusal == (
        429,
        "TooManyRequests",
        "Cannot evict pod as it would violate the pod's disruption budget.",
    )
    (cause,) = answer.object["details"]["causes"]
    assert cause == {
        "reason": "DisruptionBudget",
        "message": "The disruption budget till needs 1 healthy pods and has 1 currently",
    }
    assert api("DELETE", "pods/till").code == 200  # a plain delete asks no budget


def test_a_budget_of_one_lets_one_of_two_pods_go(api):
    for name in ("till", "spare"):
        running(api, name, **GUARDED)
    api.made("poddisruptionbudgets", budget())
    eventually(lambda: api.read("poddisruptionbudgets/till")["status"]["disruptionsAllowed"] == 1)
    assert api("POST", "pods/till/eviction", eviction("till")).code == 201
    eventually(lambda: api.read("poddisruptionbudgets/till")["status"]["disruptionsAllowed"] == 0)
    assert api("POST", "pods/spare/eviction", eviction("spare")).code == 429


def test_a_budget_does_not_guard_a_pod_that_never_ran(api):
    pod = bodies.pod("lost", nodeSelector=NOWHERE)
    pod["metadata"]["labels"] = GUARDED
    api.made("pods", pod)
    api.made("poddisruptionbudgets", budget())
    assert api("POST", "pods/lost/eviction", eviction("lost")).code == 201


@pytest.fixture
def guarded_twice(api):
    """The API in a namespace with a pod, `till`, that has two budgets."""
    running(api, "till", **GUARDED)
    for name in ("till", "again"):
        api.made("poddisruptionbudgets", budget(name))
    eventually(lambda: api.read("poddisruptionbudgets/till")["status"]["currentHealthy"] == 1)
    return api


def test_two_budgets_for_one_pod_are_too_many(guarded_twice):
    answer = guarded_twice("POST", "pods/till/eviction", eviction("till"))
    assert answer.code >= 400
    assert answer.message == (
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
    )


def test_two_budgets_for_one_pod_are_an_error_of_the_server(guarded_twice):
    assert guarded_twice("POST", "pods/till/eviction", eviction("till")).code == 500


def test_a_status_is_written_apart_from_the_rest(api):
    unplaced(api)
    change = {"status": {"message": "tired"}, "spec": {"nodeName": "elsewhere"}}
    pod = api.patched("pods/lost/status", change, MERGE)
    assert pod["status"]["message"] == "tired"
    assert "nodeName" not in pod["spec"]
    assert api.read("pods/lost/status")["status"]["message"] == "tired"


def test_a_container_for_debugging_can_be_added_to_a_pod_that_runs(api):
    running(api)
    added = {"name": "debugger", "image": "busybox:1.36", "command": ["sleep", "1000"]}
    pod = api.patched("pods/till/ephemeralcontainers", {"spec": {"ephemeralContainers": [added]}}, STRATEGIC)
    assert [c["name"] for c in pod["spec"]["ephemeralContainers"]] == ["debugger"]

    def runs():
        status = api.read("pods/till")["status"]
        return [c["name"] for c in status.get("ephemeralContainerStatuses", ()) if "running" in c["state"]]

    assert eventually(runs) == ["debugger"]


def test_the_resources_of_a_pod_can_be_changed_while_it_runs(api):
    running(api)
    wanted = {"requests": {"cpu": "60m"}}
    change = {"spec": {"containers": [{"name": "main", "resources": wanted}]}}
    pod = api.patched("pods/till/resize", change, STRATEGIC)
    assert pod["spec"]["containers"][0]["resources"]["requests"]["cpu"] == "60m"

    def allocated():
        return api.read("pods/till")["status"]["containerStatuses"][0]["allocatedResources"]["cpu"] == "60m"

    eventually(allocated)
