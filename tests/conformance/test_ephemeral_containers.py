"""Containers that are added to a pod while it runs: what the API server lets in, and what the kubelet makes of it."""

import pytest

from . import bodies
from .conftest import eventually
from .manifests import FOREVER as UNTIL_TOLD
from .raw import APPLY, JSON_PATCH, MERGE, STRATEGIC

FOREVER = ["sleep", "1000"]
BELOW = "pods/till/ephemeralcontainers"
NOT_ALLOWED = "Forbidden: cannot be set for an Ephemeral Container"


@pytest.fixture
def till(api):
    """The API in a namespace with a pod, `till`, that runs."""
    pod = bodies.pod("till", *FOREVER, volumes=[{"name": "desk", "emptyDir": {}}])
    pod["metadata"]["labels"] = {"app": "till"}
    api.made("pods", pod)
    eventually(lambda: api.read("pods/till")["status"]["phase"] == "Running")
    return api


def debugger(*command, **more):
    command = list(command) or FOREVER
    return {"name": "debugger", "image": "busybox:1.36", "command": command, **more}


def adding(*containers):
    return {"spec": {"ephemeralContainers": list(containers)}}


def add(api, *containers):
    return api.patched(BELOW, adding(*containers), STRATEGIC)


def refused(api, change, content_type=STRATEGIC):
    """Answer what is wrong with a change, without the words that are before it in each answer."""
    answer = api("PATCH", BELOW, change, content_type=content_type)
    assert answer.code == 422, answer.body
    return answer.message.removeprefix('Pod "till" is invalid: ')


def status_of(api, name="debugger"):
    statuses = api.read("pods/till")["status"].get("ephemeralContainerStatuses", ())
    return next((status for status in statuses if status["name"] == name), None)


def ended(api, name="debugger"):
    return eventually(lambda: (status_of(api, name) or {"state": {}})["state"].get("terminated"))


def test_the_subresource_answers_the_pod(till):
    pod = till.read(BELOW)
    assert (pod["kind"], pod["metadata"]["name"]) == ("Pod", "till")
    assert "ephemeralContainers" not in pod["spec"]


def test_an_added_container_gets_its_defaults(till):
    (container,) = add(till, debugger())["spec"]["ephemeralContainers"]
    assert container == debugger(
        imagePullPolicy="IfNotPresent",
        resources={},
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
    )


def test_the_whole_pod_can_be_put_with_one_more_container(till):
    pod = till.read("pods/till")
    pod["spec"]["ephemeralContainers"] = [debugger()]
    answer = till("PUT", BELOW, pod)
    assert answer.code == 200
    assert [each["name"] for each in answer.object["spec"]["ephemeralContainers"]] == ["debugger"]


def test_a_container_can_be_added_by_a_json_patch(till):
    change = [{"op": "add", "path": "/spec/ephemeralContainers", "value": [debugger()]}]
    pod = till.patched(BELOW, change, JSON_PATCH)
    assert [each["name"] for each in pod["spec"]["ephemeralContainers"]] == ["debugger"]


def test_a_container_can_be_applied(till):
    applied = {"apiVersion": "v1", "kind": "Pod", **adding(debugger())}
    pod = till.patched(BELOW, applied, APPLY, fieldManager="shop")
    assert [each["name"] for each in pod["spec"]["ephemeralContainers"]] == ["debugger"]
    (entry,) = [each for each in pod["metadata"]["managedFields"] if each["manager"] == "shop"]
    assert (entry["operation"], entry["subresource"]) == ("Apply", "ephemeralcontainers")


def test_a_new_container_is_a_new_generation(till):
    assert add(till, debugger())["metadata"]["generation"] == 2


def test_who_added_a_container_is_noted_with_the_subresource(till):
    pod = till.patched(BELOW, adding(debugger()), STRATEGIC, fieldManager="helper")
    (entry,) = [each for each in pod["metadata"]["managedFields"] if each["manager"] == "helper"]
    assert (entry["operation"], entry["subresource"]) == ("Update", "ephemeralcontainers")
    assert "f:ephemeralContainers" in entry["fieldsV1"]["f:spec"]


def test_nothing_else_can_be_changed_that_way(till):
    change = adding(debugger())
    change["metadata"] = {"labels": {"app": "other"}, "annotations": {"note": "hello"}}
    change["spec"]["activeDeadlineSeconds"] = 5
    pod = till.patched(BELOW, change, STRATEGIC)
    assert pod["metadata"]["labels"] == {"app": "till"}
    assert "annotations" not in pod["metadata"]
    assert "activeDeadlineSeconds" not in pod["spec"]


def test_a_container_cannot_be_taken_away_again(till):
    add(till, debugger())
    assert refused(till, {"spec": {"ephemeralContainers": []}}, MERGE) == (
        'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debugger" may not be removed\n'
    )


def test_a_container_cannot_be_changed(till):
    add(till, debugger())
    assert refused(till, adding(debugger("sleep", "2000"))).startswith(
        'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debugger" may not be changed\n'
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ports", [{"containerPort": 80}]),
        ("resources", {"requests": {"cpu": "1"}}),
        ("livenessProbe", {"exec": {"command": ["true"]}}),
        ("readinessProbe", {"tcpSocket": {"port": 80}}),
        ("startupProbe", {"tcpSocket": {"port": 80}}),
        ("lifecycle", {"preStop": {"exec": {"command": ["true"]}}}),
    ],
)
def test_a_container_cannot_have_what_services_rest_on(till, field, value):
    assert refused(till, adding(debugger(**{field: value}))) == (
        f"spec.ephemeralContainers[0].{field}: {NOT_ALLOWED}"
    )


def test_a_container_mounts_volumes_of_its_pod_but_no_part_of_one(till):
    mount = {"name": "desk", "mountPath": "/desk", "subPath": "drawer"}
    assert refused(till, adding(debugger(volumeMounts=[mount]))) == (
        f"spec.ephemeralContainers[0].volumeMounts[0].subPath: {NOT_ALLOWED}"
    )


def test_a_name_is_taken_by_any_container(till):
    assert refused(till, adding({**debugger(), "name": "main"})) == (
        'spec.ephemeralContainers[0].name: Duplicate value: "main"'
    )


def test_the_target_of_a_container_must_be_there(till):
    assert refused(till, adding(debugger(targetContainerName="ghost"))) == (
        'spec.ephemeralContainers[0].targetContainerName: Not found: "ghost"'
    )


def test_a_container_needs_an_image(till):
    container = debugger()
    del container["image"]
    assert refused(till, adding(container)) == "spec.ephemeralContainers[0].image: Required value"


def test_a_pod_that_is_not_there_gets_no_container(api):
    answer = api("PATCH", "pods/ghost/ephemeralcontainers", adding(debugger()), content_type=STRATEGIC)
    assert answer.refusal == (404, "NotFound", 'pods "ghost" not found')


def test_a_new_pod_has_none(api):
    pod = bodies.pod("till", *FOREVER)
    pod["spec"] |= adding(debugger())["spec"]
    answer = api("POST", "pods", pod)
    assert answer.refusal == (
        422,
        "Invalid",
        'Pod "till" is invalid: spec.ephemeralContainers: Forbidden: cannot be set on create',
    )


def test_an_update_of_the_pod_adds_none(till):
    answer = till("PATCH", "pods/till", adding(debugger()), content_type=STRATEGIC)
    assert answer.code == 422
    words = 'Pod "till" is invalid: spec: Forbidden: pod updates may not change fields other than '
    assert answer.message.startswith(words)


def test_a_static_pod_gets_none(api):
    names = api.read("/api/v1/namespaces/kube-system/pods", labelSelector="component=kube-scheduler")["items"]
    path = f"/api/v1/namespaces/kube-system/pods/{names[0]['metadata']['name']}/ephemeralcontainers"
    answer = api("PATCH", path, adding(debugger()), content_type=STRATEGIC)
    assert answer.code == 422
    assert answer.message.endswith("Forbidden: static pods do not support ephemeral containers")


def test_a_container_runs_beside_the_others_and_is_not_counted(till):
    add(till, debugger())
    status = eventually(lambda: (found := status_of(till)) and "running" in found["state"] and found)
    assert (status["ready"], status["restartCount"], status["lastState"]) == (False, 0, {})
    assert "started" not in status
    assert [each["name"] for each in till.read("pods/till")["status"]["containerStatuses"]] == ["main"]


def test_a_container_that_ends_is_not_started_again(till):
    add(till, debugger("sh", "-c", "exit 3"))
    terminated = ended(till)
    assert (terminated["exitCode"], terminated["reason"]) == (3, "Error")
    add(till, {**debugger("true"), "name": "second"})
    assert ended(till, "second")["exitCode"] == 0
    pod = till.read("pods/till")
    assert pod["status"]["phase"] == "Running"
    first, second = pod["status"]["ephemeralContainerStatuses"]
    assert (first["restartCount"], second["restartCount"]) == (0, 0)
    ready = next(each for each in pod["status"]["conditions"] if each["type"] == "Ready")
    assert ready["status"] == "True"


def test_a_container_shares_volumes_with_the_others(till):
    mount = [{"name": "desk", "mountPath": "/desk"}]
    add(till, debugger("sh", "-c", "echo a note > /desk/note", volumeMounts=mount))
    assert ended(till)["exitCode"] == 0
    add(till, {**debugger("grep", "a note", "/desk/note", volumeMounts=mount), "name": "reader"})
    assert ended(till, "reader")["exitCode"] == 0


def test_a_container_starts_although_the_pod_is_not_initialized(api):
    waits = {"name": "waits", "image": "busybox:1.36", "command": FOREVER}
    api.made("pods", bodies.pod("till", *FOREVER, initContainers=[waits]))
    eventually(lambda: "initContainerStatuses" in api.read("pods/till")["status"])
    add(api, debugger("true"))
    assert ended(api)["exitCode"] == 0


def test_a_container_without_its_image_waits_for_it(till):
    add(till, {**debugger(), "image": "my-app:9.9"})

    def waits():
        reason = ((status_of(till) or {"state": {}})["state"].get("waiting") or {}).get("reason")
        return reason in {"ErrImagePull", "ImagePullBackOff"}

    eventually(waits)


def test_a_container_ends_with_the_last_one_of_its_pod(api):
    pod = bodies.pod("till", "sleep", "5", restartPolicy="Never", terminationGracePeriodSeconds=10)
    api.made("pods", pod)
    eventually(lambda: api.read("pods/till")["status"]["phase"] == "Running")
    add(api, debugger("sh", "-c", UNTIL_TOLD))
    eventually(lambda: (found := status_of(api)) and "running" in found["state"])
    eventually(lambda: api.read("pods/till")["status"]["phase"] == "Succeeded")
    assert ended(api)["exitCode"] == 0
