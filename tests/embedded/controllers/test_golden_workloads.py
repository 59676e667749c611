"""A real cluster was watched while it ran jobs, a DaemonSet and a StatefulSet; ours must answer alike.

A trace says what became of each pod. That is replayed, with the commands of the trace; the status of the workload
before the next command is compared, and each Event about it.
"""

import json
from pathlib import Path

import pytest

from kubetutor.api.objects import name_of, uid_of
from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.controllers.daemonset import DaemonSetController
from kubetutor.embedded.controllers.daemonset_pods import target_of
from kubetutor.embedded.controllers.job import JobController
from kubetutor.embedded.controllers.statefulset import StatefulSetController
from kubetutor.embedded.timings import REAL
from tests.embedded import manifests
from tests.embedded.loops import Cluster

TRACES = Path(__file__).parents[2] / "upstream" / "traces"
RESOURCES = {"Job": "jobs.batch", "DaemonSet": "daemonsets.apps", "StatefulSet": "statefulsets.apps"}
CONTROLLERS = {"Job": JobController, "DaemonSet": DaemonSetController, "StatefulSet": StatefulSetController}
TAINT = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
AFTER_THE_SECOND = (
    0.85  # when the traces began: times of pods are in whole seconds, and waits count from them
)
HAPPENS_TO_BE = {
    "collisionCount",
    "startTime",
    "completionTime",
    "conditions",
}  # not in the traces, or elsewhere


def read(name):
    lines = [json.loads(line) for line in (TRACES / f"{name}.jsonl").read_text().splitlines()]
    return [line for line in lines if "event" in line]


def workload(kind, name, **spec):
    """Answer the object that the trace is about, named like its app; the container has the name that it needs."""
    template = manifests.template(name)
    template["spec"]["containers"][0]["name"] = {"agent": "a"}.get(name, name)
    if kind == "Job":
        template["spec"]["restartPolicy"] = "Never"
    else:
        spec["selector"] = {"matchLabels": {"app": name}}
    group = "batch/v1" if kind == "Job" else "apps/v1"
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": group, "kind": kind, "metadata": metadata, "spec": {"template": template, **spec}}


class Replay:
    """Our cluster, driven by the pods and commands of a trace."""

    def __init__(self, kind, trace, created):
        self.kind, self.lines, self.created = kind, read(trace), iter(created)
        self.cluster = Cluster(REAL)
        self.cluster.clock.advance(AFTER_THE_SECOND)
        for node, taints in (("lab-control-plane", [TAINT]), ("lab-worker", None), ("lab-worker2", None)):
            self.cluster.client.create("nodes", manifests.node(node, taints=taints))
        self.cluster.run(CONTROLLERS[kind](self.cluster.context))
        self.now, self.ours, self.theirs = 0.0, {}, {}
        """Maps a pod of the trace to the uid of ours; and a workload to its last status in the trace."""

    def run(self):
        for index, line in enumerate(self.lines):
            if (
                line["event"] == "STEP" and self.kind != "Job"
            ):  # which waits a second before it looks at pods there
                self.compare()
            self.cluster.advance(max(0.0, line["t"] - self.now))
            self.now = max(self.now, line["t"])
            if line["event"] == "STEP":
                self.command(line["step"])
            elif line["kind"] == "Pod":
                self.pod(line, index)
            elif line["kind"] == self.kind:
                conditions = dict(line["conditions"])
                self.theirs[line["name"]] = (self.without_names(line["status"]), conditions)
            self.cluster.settle()
        self.cluster.advance(1)
        self.compare()
        assert sorted(self.our_events()) == sorted(self.their_events())

    def command(self, text):
        words = text.split()
        if words[1] in {"apply", "create"}:
            self.cluster.client.create(RESOURCES[self.kind], next(self.created))
        elif words[1] == "scale":
            self.patch(replicas=int(words[-1].partition("=")[2]))
        else:
            assert words[1:3] == ["set", "image"]
            container, _, image = words[-1].partition("=")
            self.patch(template={"spec": {"containers": [{"name": container, "image": image}]}})

    def patch(self, **spec):
        (item,) = self.cluster.client.list(RESOURCES[self.kind])
        self.cluster.client.patch(RESOURCES[self.kind], name_of(item), {"spec": spec}, namespace="default")

    def pod(self, line, index):
        mine = self.our_pod(line, index)
        if line["event"] == "DELETED":
            self.cluster.client.vanish("pods", f"default/{name_of(mine)}")
            return
        if line["node"] and not mine["spec"].get("nodeName"):
            body = {"spec": {"nodeName": line["node"]}}
            self.cluster.client.patch("pods", name_of(mine), body, namespace="default", subresource="binding")
        self.note_end(mine, line)
        ready = line["conditions"].get("Ready") == "True"
        self.cluster.set_pod(mine, phase=line["phase"], ready=ready)

    def note_end(self, mine, line):
        """Say when the containers ended, as the trace says that they did."""
        ended = [each for each in line["containers"] if "terminated" in each["state"]]
        if ended and not mine["status"].get("containerStatuses"):
            state = {"exitCode": 0, "finishedAt": timestamp(self.cluster.clock.now())}
            entries = [
                {"name": each["name"], "image": "", "imageID": "", "ready": False, "restartCount": 0,
                 "state": {"terminated": state}}
                for each in ended
            ]  # fmt: skip
            body = {"status": {"containerStatuses": entries}}
            self.cluster.client.patch("pods", name_of(mine), body, namespace="default", subresource="status")

    def our_pod(self, line, index):
        """Answer our pod for that of the trace: the one of its name, or a new one for its node."""
        pods = {uid_of(pod): pod for pod in self.cluster.pods()}
        if line["event"] == "ADDED":
            self.ours.pop(line["name"], None)
        if line["name"] not in self.ours:
            later = (each for each in self.lines[index:] if each.get("name") == line["name"])
            node = next((each["node"] for each in later if each.get("node")), "")
            prefix = line["name"].rpartition("-")[0]
            new = [pod for uid, pod in pods.items() if uid not in self.ours.values()]
            self.ours[line["name"]] = next(
                uid_of(pod)
                for pod in new
                if name_of(pod) == line["name"]
                or (name_of(pod).startswith(f"{prefix}-") and target_of(pod) in {"", node})
            )
        return pods[self.ours[line["name"]]]

    def without_names(self, status):
        """Answer a status with its revisions numbered, and with how many pods there are in place of their uids."""
        status = {name: value for name, value in status.items() if name not in HAPPENS_TO_BE}
        if "currentRevision" in status:
            status["currentRevision"] = status["currentRevision"] == status.pop("updateRevision")
        return status

    def compare(self):
        for item in self.cluster.client.list(RESOURCES[self.kind]):
            if name_of(item) not in self.theirs:
                continue
            status = item.get("status", {})
            conditions = {
                each["type"]: f"{each['status']}:{each['reason']}" for each in status.get("conditions", ())
            }
            assert (self.without_names(status), conditions) == self.theirs[name_of(item)], self.now

    def our_events(self):
        return [
            (event["reason"], self.told(event["message"]), event["count"])
            for event in self.cluster.client.list("events")
        ]

    def their_events(self):
        counts = {}
        for line in self.lines:
            if line.get("kind") == "Event" and line["about"].startswith(f"{self.kind}/"):
                key = (line["about"], line["reason"], line["message"])
                counts[key] = max(line["count"], counts.get(key, 0))
        return [(reason, self.told(text), count) for (_, reason, text), count in counts.items()]

    def told(self, message):
        """Answer a message without the name of its pod, where that is random."""
        return message if self.kind == "StatefulSet" else message.partition(": ")[0]


@pytest.mark.parametrize(
    ("kind", "trace", "created"),
    [
        (
            "Job",
            "job",
            [workload("Job", "report"), workload("Job", "failing", backoffLimit=2)],
        ),
        ("DaemonSet", "daemonset", [workload("DaemonSet", "agent")]),
        ("StatefulSet", "statefulset", [workload("StatefulSet", "db", replicas=3, serviceName="db")]),
    ],
)
def test_ours_answers_as_the_real_one_did(kind, trace, created):
    Replay(kind, trace, created).run()
