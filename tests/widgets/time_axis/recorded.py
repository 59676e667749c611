"""A recording made by hand: objects that change at times that a test says."""

import copy

from kubetutor.widgets.live.feed import Change
from kubetutor.widgets.time_axis.history import History
from tests.widgets.conftest import Shop

START = 1_800_000_000.0
CREATING = {"waiting": {"reason": "ContainerCreating"}}
CRASHED = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}}


class Told:
    """Tells a history what changes: `told.at(2.0).pod("web-1", phase="Pending")`."""

    def __init__(self):
        self.history, self.now = History(START), 0.0

    def at(self, seconds):
        self.now = seconds
        return self

    def change(self, resource, obj, kind="MODIFIED"):
        self.history.take([Change(resource, kind, copy.deepcopy(obj))], START + self.now)
        return self

    def pod(self, name, node="lab-worker", *, gone=False, created=None, **facts):
        obj = Shop().pod(name, node, **facts).pods[0]
        if created is not None:
            obj["metadata"]["creationTimestamp"] = created
        return self.change("pods", obj, "DELETED" if gone else "MODIFIED")

    def replica_set(self, *facts, **more):
        return self.change("replicasets.apps", Shop().replica_set(*facts, **more).sets[0])

    def deployment(self, name="web-app", *, gone=False, **facts):
        obj = Shop().deployment(name, **facts).deployments[0]
        return self.change("deployments.apps", obj, "DELETED" if gone else "MODIFIED")

    def node(self, name, **facts):
        return self.change("nodes", Shop().node(name, **facts).nodes[0])

    def endpoints(self, *ready, service="web-app", part="a", gone=False):
        piece = {
            "metadata": {"name": f"{service}-{part}", "uid": f"{service}-{part}", "labels": {"kubernetes.io/service-name": service}},
            "endpoints": [
                {"addresses": [f"10.0.{part}.{number}"], "conditions": {"ready": is_ready}}
                for number, is_ready in enumerate(ready)
            ],
        }  # fmt: skip
        return self.change("endpointslices.discovery.k8s.io", piece, "DELETED" if gone else "MODIFIED")

    def event(self, reason, about="Pod web-app-h1-a", *, uid=None, when=None, **more):
        """Tell an event. `more`: type, message, count."""
        owner, name = about.split()
        event = {
            "metadata": {"name": f"{name}.{reason}", "uid": uid or f"{name}.{reason}"},
            "type": "Normal", "message": f"{reason} happened", "reason": reason, "lastTimestamp": when,
            "involvedObject": {"kind": owner, "name": name}, **more,
        }  # fmt: skip
        return self.change("events", event)

    def story(self):
        return [entry.sentence for entry in self.history.in_order()]


def rollout():
    """A Deployment of three that is scaled to five; one new pod crashes, an old one is deleted."""
    told = Told()
    told.at(0.1).node("lab-worker").replica_set().deployment(wanted=3, ready=3)
    for letter in "abc":
        told.pod(f"web-app-h1-{letter}", "lab-worker", created="2026-01-01T00:00:00Z")
    told.endpoints(True, True, True)
    told.at(8.0).deployment(wanted=5, ready=3)
    told.at(8.1).event("ScalingReplicaSet", "Deployment web-app", message="Scaled up to 5 from 3")
    for letter in "de":
        told.at(8.2).pod(f"web-app-h1-{letter}", None, phase="Pending").event(
            "SuccessfulCreate", uid=f"c{letter}"
        )
        told.at(8.5).pod(f"web-app-h1-{letter}", "lab-worker", phase="Pending", state=CREATING).event(
            "Scheduled", uid=f"s{letter}"
        )
        told.at(10.0).pod(f"web-app-h1-{letter}", "lab-worker", ready=False).event(
            "Started", uid=f"u{letter}"
        )
    told.at(12.5).pod("web-app-h1-d", "lab-worker").endpoints(True, True, True, True).deployment(
        wanted=5, ready=4
    )
    told.at(14.0).pod("web-app-h1-e", "lab-worker", ready=False, state=CRASHED, restarts=1)
    told.event("BackOff", "Pod web-app-h1-e", type="Warning", message="Back-off restarting failed container")
    told.at(24.0).pod("web-app-h1-e", "lab-worker", ready=False, restarts=1)
    told.at(26.0).pod("web-app-h1-e", "lab-worker", restarts=1).endpoints(*[True] * 5).deployment(
        wanted=5, ready=5
    )
    told.at(34.0).pod("web-app-h1-a", "lab-worker", deleted=True).event(
        "Killing", message="Stopping container web"
    )
    told.endpoints(False, *[True] * 4).deployment(wanted=5, ready=4).pod(
        "web-app-h1-f", None, phase="Pending"
    )
    told.at(35.0).pod("web-app-h1-f", "lab-worker", ready=False)
    told.at(36.0).pod("web-app-h1-a", gone=True)
    told.at(38.5).pod("web-app-h1-f", "lab-worker").endpoints(*[True] * 5).deployment(wanted=5, ready=5)
    return told
