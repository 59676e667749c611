"""What tests of workloads do to them and read from them, in the words of kubectl."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from kubetutor.api.objects import condition

from .conftest import eventually

WHILE = "--timeout=50s"


def apply(kubectl, *objects):
    """Apply objects; answer what kubectl printed."""
    return kubectl.ok("apply", "-f", "-", stdin="\n---\n".join(json.dumps(item) for item in objects))


def create(kubectl, *objects):
    """Create objects as one list; answer kubectl's whole answer, a refusal too."""
    return kubectl("create", "-f", "-", stdin="\n---\n".join(json.dumps(item) for item in objects))


def wait_for(kubectl, condition, *things):
    """Wait until each has the condition, `Ready`, or has it at a value, `Ready=False`."""
    kind, _, wanted = condition.partition("=")
    for thing in things:
        eventually(
            lambda thing=thing: condition_of(kubectl.read(*thing.split("/")), kind)[0] == (wanted or "True")
        )


def wait_field(kubectl, thing, path, wanted):
    """Wait until the field at a path like `status.phase` has a value."""

    def has_it():
        found = kubectl.read(*thing.split("/"))
        for name in path.split("."):
            found = found.get(name, {})
        assert found == wanted, f"{path} of {thing} is {found!r}"
        return True

    eventually(has_it)


def rolled_out(kubectl, name="web"):
    kubectl.ok("rollout", "status", f"deployment/{name}", WHILE)


def patch(kubectl, thing, change):
    return kubectl.ok("patch", *thing.split("/"), "--type=merge", "-p", json.dumps(change))


def set_image(kubectl, image):
    kubectl.ok("set", "image", "deployment/web", f"web={image}")


def revision(item):
    return item["metadata"]["annotations"]["deployment.kubernetes.io/revision"]


def replica_sets_by_revision(kubectl):
    return {revision(item): item for item in kubectl.all("replicasets")}


def names(items):
    return [item["metadata"]["name"] for item in items]


def condition_of(item, kind):
    """Answer the condition of this type as its status, reason and message."""
    found = condition(item, kind)
    assert found, f"no condition {kind}: {item.get('status')}"
    return found["status"], found.get("reason"), found.get("message")


def container_status(item, name=None, field="containerStatuses"):
    for status in item["status"].get(field, ()):
        if name in {None, status["name"]}:
            return status
    raise AssertionError(f"no status of the container {name} yet: {item['status']}")


def waiting_with(kubectl, name, reason):
    """Wait until the first container of a pod waits for this reason; answer the message."""

    def message():
        waiting = container_status(kubectl.read("pod", name))["state"].get("waiting", {})
        assert waiting.get("reason") == reason, waiting
        return waiting.get("message", "no message")

    return eventually(message)


def ended(kubectl, name):
    """Wait until a pod's containers have all ended; answer the pod."""

    def over():
        pod = kubectl.read("pod", name)
        assert pod["status"]["phase"] in {"Succeeded", "Failed"}, pod["status"]
        return pod

    return eventually(over)


def printed(kubectl, name):
    """Wait for the end of a pod that runs once; answer what it printed, line by line."""
    pod = ended(kubectl, name)
    assert pod["status"]["phase"] == "Succeeded", pod["status"]
    return kubectl.ok("logs", name).splitlines()


def event_messages(kubectl, name, reason):
    """Answer the messages of the events about one object with this reason."""
    chosen = f"involvedObject.name={name},reason={reason}"
    return [item["message"] for item in kubectl.all("events", fields=chosen)]


def event(kubectl, name, reason):
    """Wait for an event; answer the first one's message."""
    return eventually(lambda: event_messages(kubectl, name, reason))[0]


@dataclass(frozen=True)
class Change:
    """One event of a watch."""

    type: str
    item: dict

    @property
    def name(self):
        return self.item["metadata"]["name"]


class Watch:
    """A `kubectl get --watch` in the background, which writes into a file."""

    def __init__(self, file):
        self.file = file

    def changes(self):
        """Answer every whole event that has come so far."""
        text, read, decoder = self.file.read_text(), [], json.JSONDecoder()
        at = text.find("{")
        while at >= 0:
            try:
                found, end = decoder.raw_decode(text, at)
            except json.JSONDecodeError:
                break  # the rest of it is still to come
            read.append(Change(found["type"], found["object"]))
            at = text.find("{", end)
        return read

    def moments(self):
        """Answer what was there after each event: a list of objects for each."""
        there, seen = {}, []
        for change in self.changes():
            there.pop(change.name, None)
            if change.type != "DELETED":
                there[change.name] = change.item
            seen.append(list(there.values()))
        return seen

    def until_gone(self, name):
        """Wait until an object was deleted; answer it as it was then."""

        def last():
            return next((c.item for c in self.changes() if (c.name, c.type) == (name, "DELETED")), None)

        return eventually(last)


@contextlib.contextmanager
def watching(kubectl, *resource):
    """Watch a resource until the end of the block, from the objects that are there now: there must be some."""
    there = len(kubectl.ok("get", *resource, "-o", "name").splitlines())
    assert there, f"there is nothing to watch in {resource}"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "changes.json"
        with file.open("w") as output:
            process = subprocess.Popen(
                kubectl.argv("get", *resource, "--watch", "--output-watch-events", "-o", "json"),
                env=kubectl.environment,
                stdout=output,
            )
            try:
                watch = Watch(file)
                eventually(lambda: len(watch.changes()) >= there)
                yield watch
            finally:
                process.kill()
                process.wait()
