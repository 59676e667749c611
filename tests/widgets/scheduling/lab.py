"""A pod that looks for a node, the nodes, and what a cluster answers about them."""

from kubetutor.errors import ApiError
from kubetutor.widgets.live.feed import Objects

TAINT = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
FILTERS = ["NodeUnschedulable", "TaintToleration", "NodeAffinity", "NodeResourcesFit"]


def node(name, *, cpu="2", taints=(), labels=None, cordoned=False, pods="110"):
    return {
        "metadata": {"name": name, "uid": f"node-{name}", "labels": labels or {}},
        "spec": {"taints": list(taints), "unschedulable": cordoned},
        "status": {"allocatable": {"cpu": cpu, "memory": "4Gi", "pods": pods}},
    }


NODES = (node("lab-control-plane", taints=[TAINT]), node("lab-worker"), node("lab-worker2"))


def pod(name="web", *, on=None, cpu=None, born="2026-01-01T00:00:00Z", message="", **spec):
    container = {"name": "web", "resources": {"requests": {"cpu": cpu}} if cpu else {}}
    told = {"type": "PodScheduled", "status": str(bool(on)), "message": message}
    return {
        "metadata": {"name": name, "uid": f"pod-{name}", "namespace": "shop", "creationTimestamp": born},
        "spec": {"containers": [container], **({"nodeName": on} if on else {}), **spec},
        "status": {"phase": "Running" if on else "Pending", "conditions": [told]},
    }


def event(about, reason, message, *, count=1):
    return {
        "involvedObject": {"name": about, "namespace": "shop", "uid": f"pod-{about}"},
        "reason": reason, "message": message, "count": count, "lastTimestamp": "2026-01-01T00:00:01Z",
        "metadata": {"uid": f"event-{about}-{reason}", "name": f"{about}.{reason}"},
    }  # fmt: skip


def objects(*pods, nodes=NODES, events=(), troubles=None):
    by_kind = {"nodes": tuple(nodes), "pods": pods, "events": tuple(events)}
    return Objects(by_kind, troubles or {}, loaded=True)


def decision(chosen="lab-worker", *, worker=90, worker2=80, **more):
    """Answer what the scheduler tells of `web`: the control plane is tainted, the workers have scores."""
    scores = {"lab-worker": worker, "lab-worker2": worker2}
    rows = {
        name: {
            "scores": {
                "NodeResourcesFit": {"score": score, "weight": 1},
                "PodTopologySpread": {"score": 50.0, "weight": 2},
            }
        }
        for name, score in scores.items()
    }
    reason = "node(s) had untolerated taint(s)"
    rows["lab-control-plane"] = {"scores": {}, "rejectedBy": "TaintToleration", "reason": reason}
    told = {
        "pod": "shop/web",
        "uid": "pod-web",
        "node": chosen,
        "message": "",
        "filters": FILTERS,
        "nodes": rows,
    }
    return {**told, **more}


def refused():
    """Answer a decision without a node: somebody of lower priority must leave lab-worker2."""
    rows = {
        "lab-worker": {"scores": {}, "rejectedBy": "NodeAffinity", "reason": "node(s) didn't match Pod's node affinity/selector"},
        "lab-worker2": {"scores": {}, "rejectedBy": "NodeResourcesFit", "reason": "Insufficient cpu"},
    }  # fmt: skip
    nominated = {"node": "lab-worker2", "victims": ["shop/batch-1"]}
    return decision(
        None, nodes=rows, message="0/2 nodes are available: 1 Insufficient cpu.", nominated=nominated
    )


class Teller:
    """A source that tells decisions, or, without any, answers as a real API server does."""

    def __init__(self, *decisions, pods=(), tells=True, forbidden=False):
        self.decisions, self.pods, self.tells, self.forbidden = list(decisions), list(pods), tells, forbidden
        self.asked = 0

    def document(self, path, query):
        assert path == "/debug/scheduler/decisions"
        self.asked += 1
        if not self.tells:
            raise ApiError(404, None, "404 page not found")
        return {"decisions": [each for each in self.decisions if each["uid"] == query["uid"]]}

    def list(self, resource, namespace):
        assert (resource, namespace) == ("pods", None)
        if self.forbidden:
            raise ApiError(403, "Forbidden", "pods is forbidden")
        return self.pods, "1"
