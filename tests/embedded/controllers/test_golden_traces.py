"""Real clusters were watched; their pods do the same here, and our controllers must answer alike.

A trace says when each pod became ready and when it was gone. That is replayed, with the commands of the trace;
what Deployment and ReplicaSets said before the next command is compared, and each Event of the rollout.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kubetutor.api.objects import (
    annotations_of,
    controller_of,
    is_being_deleted,
    is_pod_ready,
    key_of,
    name_of,
)
from kubetutor.embedded.controllers.deployment import DeploymentController
from kubetutor.embedded.controllers.endpointslice import EndpointSliceController
from kubetutor.embedded.controllers.garbage_collector import GarbageCollector
from kubetutor.embedded.controllers.replicaset import ReplicaSetController
from tests.embedded import manifests
from tests.embedded.loops import Cluster

TRACES = Path(__file__).parents[2] / "upstream" / "traces"
MANIFESTS = {
    "example": {},
    "rollout": {},
    "recreate": {"strategy": {"type": "Recreate"}},
    "bad-image": {"progressDeadlineSeconds": 12},
    "kill": {"replicas": 1},
}
COMBINED = "(combined from similar events): "


def read(name):
    lines = [json.loads(line) for line in (TRACES / f"{name}.jsonl").read_text().splitlines()]
    return [line for line in lines if "event" in line]


class Replay:
    """Our cluster, driven by the pods and commands of a trace."""

    def __init__(self, name):
        self.cluster = Cluster()
        self.cluster.run(
            DeploymentController(self.cluster.context),
            ReplicaSetController(self.cluster.context),
            EndpointSliceController(self.cluster.context),
            GarbageCollector(self.cluster.context),
        )
        self.manifest = manifests.deployment(**MANIFESTS[name])
        self.messages = []
        self.now = 0.0
        self.ours = {}
        """Maps a pod of the trace to the key of ours."""
        self.sets = {}
        """Maps the uid of our replica set to its name in the trace."""
        self.deleting = set()
        self.cluster.client.watch("events", self._on_event)

    def _on_event(self, change):
        event = change.object
        if change.type != "DELETED" and event["source"]["component"] == "deployment-controller":
            self.messages.append(self.anonymous(event["message"]))

    def _age(self, obj):
        """Answer how many objects there were before this one."""
        uids = [each["metadata"]["uid"] for type_, _, each in self.cluster.client.changes if type_ == "ADDED"]
        return uids.index(obj["metadata"]["uid"])

    def anonymous(self, text):
        for replica_set in sorted(self.cluster.client.list("replicasets.apps"), key=self._age):
            self.sets.setdefault(replica_set["metadata"]["uid"], f"web-app-h{len(self.sets) + 1}")
            text = text.replace(name_of(replica_set), self.sets[replica_set["metadata"]["uid"]])
        return text

    def feed(self, line):
        self.cluster.advance(max(0.0, line["t"] - self.now))
        self.now = max(self.now, line["t"])
        if line["event"] == "STEP":
            self._command(line["step"].split())
        elif line["kind"] == "Pod":
            self._pod(line)
        elif line["kind"] == "Service" and line["event"] == "ADDED":
            self.cluster.client.create("services", manifests.service())
        self.cluster.settle()

    def _command(self, words):
        client, name = self.cluster.client, {"namespace": "default"}
        match words[1:3]:
            case ["apply", _]:
                client.create("deployments.apps", self.manifest)
            case ["scale", _]:
                replicas = int(words[-1].partition("=")[2])
                client.patch("deployments.apps", "web-app", {"spec": {"replicas": replicas}}, **name)
            case ["set", "image"]:
                self._set_image(words[-1].partition("=")[2])
            case ["rollout", "undo"]:
                self._set_image("my-app:1.0")
            case ["delete", "deployment"]:
                client.delete(
                    "deployments.apps", "web-app", options={"propagationPolicy": "Background"}, **name
                )
            case ["delete", "pod"]:
                for pod in self.cluster.pods():
                    client.delete("pods", name_of(pod), **name)
            case ["exec", _]:
                pass  # what it does to the pod is in the trace
            case _:
                pytest.fail(f"a new command: {words}")

    def _set_image(self, image):
        body = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}}
        self.cluster.client.patch("deployments.apps", "web-app", body, namespace="default")

    def _pod(self, line):
        pod = self._our_pod(line)
        if line["event"] == "DELETED":
            self.cluster.client.vanish("pods", key_of(pod))
            return
        if line["node"] and not pod["spec"].get("nodeName"):
            body = {"spec": {"nodeName": line["node"]}}
            self.cluster.client.patch("pods", name_of(pod), body, namespace="default", subresource="binding")
        facts = (is_pod_ready(pod), pod["status"]["phase"], "podIP" in pod["status"])
        ready = line["conditions"].get("Ready") == "True"
        if facts != (ready, line["phase"], line["ip"]):
            self.cluster.set_pod(pod, phase=line["phase"], ready=ready)
            if not line["ip"]:
                body = {"status": {"podIP": None}}
                self.cluster.client.patch(
                    "pods", name_of(pod), body, namespace="default", subresource="status"
                )

    def _our_pod(self, line):
        """Answer our pod for that of the trace. Where ours chose another pod to delete, the two swap names."""
        name = line["name"]
        if name not in self.ours:
            prefix, taken = name.rpartition("-")[0], set(self.ours.values())
            self.anonymous("")
            mine = [pod for pod in sorted(self.cluster.pods(), key=self._age) if key_of(pod) not in taken]
            self.ours[name] = next(
                key_of(pod) for pod in mine if self.sets[controller_of(pod)["uid"]] == prefix
            )
        if line.get("deleting") and not is_being_deleted(self._get(name)):
            prefix = name.rpartition("-")[0]
            other = next(
                each
                for each, key in self.ours.items()
                if each.startswith(prefix) and each not in self.deleting and self._is_ending(key)
            )
            self.ours[name], self.ours[other] = self.ours[other], self.ours[name]
        if line.get("deleting"):
            self.deleting.add(name)
        return self._get(name)

    def _find(self, key):
        return next((pod for pod in self.cluster.pods() if key_of(pod) == key), None)

    def _is_ending(self, key):
        pod = self._find(key)
        return pod is not None and is_being_deleted(pod)

    def _get(self, name):
        return self._find(self.ours[name])

    def deployment(self):
        found = self.cluster.client.list("deployments.apps")
        if not found:
            return None
        status = dict(found[0]["status"])
        conditions = {each["type"]: f"{each['status']}:{each['reason']}" for each in status.pop("conditions")}
        return {"generation": found[0]["metadata"]["generation"], "status": status,
                "conditions": conditions, "annotations": annotations_of(found[0])}  # fmt: skip

    def replica_sets(self):
        return {
            self.anonymous(name_of(each)): {
                "spec": {"replicas": each["spec"]["replicas"]},
                "status": each["status"],
                "annotations": annotations_of(each),
            }
            for each in self.cluster.client.list("replicasets.apps")
        }


def _endpoints(ours):
    """Map the pods, by their names in the trace, to their conditions as endpoints."""
    names = {key.rpartition("/")[2]: name for name, key in ours.ours.items()}
    return {
        names[each["targetRef"]["name"]]: each["conditions"]
        for endpoint_slice in ours.cluster.client.list("endpointslices.discovery.k8s.io")
        for each in endpoint_slice["endpoints"]
    }


def replay(name):
    """Yield (command, our replay, the newest line of each Deployment and ReplicaSet of the trace) per command."""
    ours = Replay(name)
    newest, command = {}, None
    for line in [*read(name), {"t": 0.0, "event": "END"}]:
        if line["event"] in {"STEP", "END"} and command is not None:
            yield command, ours, newest
        if line["event"] == "END":
            return
        if line["event"] == "STEP":
            command = line["step"]
        elif line["kind"] in {"Deployment", "ReplicaSet", "EndpointSlice"}:
            newest[line["kind"], line["name"]] = line if line["event"] != "DELETED" else None
        ours.feed(line)


@pytest.mark.parametrize("name", MANIFESTS)
def test_deployment_and_sets_say_the_same_before_each_next_command(name):
    for command, ours, newest in replay(name):
        theirs = newest["Deployment", "web-app"]
        mine = ours.deployment()
        if theirs is None:
            assert mine is None, command
        else:
            wanted = {part: theirs[part] for part in ("generation", "status", "conditions", "annotations")}
            assert mine == wanted, command
        sets = {key[1]: line for key, line in newest.items() if key[0] == "ReplicaSet" and line}
        assert ours.replica_sets().keys() == sets.keys(), command
        for each, found in ours.replica_sets().items():
            wanted = {part: sets[each][part] for part in ("spec", "status", "annotations")}
            assert found == wanted, (command, each)


@pytest.mark.parametrize("name", MANIFESTS)
def test_the_events_of_a_rollout_come_in_the_same_order(name):
    for _, ours, _ in replay(name):
        mine = ours.messages
    theirs = [
        line["message"].removeprefix(COMBINED)
        for line in read(name)
        if line["event"] != "STEP" and line["kind"] == "Event" and line["source"] == "deployment-controller"
    ]
    assert mine == theirs


@pytest.mark.parametrize("name", MANIFESTS)
def test_the_service_has_the_same_endpoints_before_each_next_command(name):
    for command, ours, newest in replay(name):
        theirs = newest.get(("EndpointSlice", "web-service-<id>"))
        wanted = {each["target"]: each["conditions"] for each in theirs["endpoints"]} if theirs else {}
        assert _endpoints(ours) == wanted, command
