"""Objects of a small namespace, tied as a cluster would tie them."""

import dataclasses

from kubetutor.widgets.live.feed import Objects
from kubetutor.widgets.object_tree.graph import RESOURCES


@dataclasses.dataclass
class Town:
    """Deployments, pods and services by resource, built step by step."""

    found: dict = dataclasses.field(default_factory=lambda: {name: [] for name in RESOURCES.values()})
    troubles: dict = dataclasses.field(default_factory=dict)

    def add(self, kind, name, *, owner=None, labels=None, spec=None, **more):
        metadata = {"name": name, "uid": f"{kind}-{name}", "namespace": "shop", "labels": labels or {}}
        if owner:
            of, called = owner
            metadata["ownerReferences"] = [
                {"kind": of, "name": called, "uid": f"{of}-{called}", "controller": True}
            ]
        metadata |= more.pop("metadata", {})
        self.found[RESOURCES[kind]].append({"metadata": metadata, "spec": spec or {}, **more})
        return self

    def deployment(self, name="web", *, pods=3, ready=3, revision="1", old=()):
        """Add a Deployment with its ReplicaSet, its pods, and `old` revisions that have none."""
        self.add(
            "Deployment", name, status={"readyReplicas": ready},
            spec={"replicas": pods, "selector": {"matchLabels": {"app": name}}},
        )  # fmt: skip
        for number in old:
            self.replica_set(name, hash_=f"old{number}", pods=0, ready=0, revision=number)
        self.replica_set(name, pods=pods, ready=ready, revision=revision)
        for number in range(pods):
            self.pod(f"{name}-h1-p{number:02}", app=name, ready=number < ready)
        return self

    def replica_set(self, app, *, hash_="h1", pods=3, ready=3, revision="1"):
        labels = {"app": app, "pod-template-hash": hash_}
        return self.add(
            "ReplicaSet", f"{app}-{hash_}", owner=("Deployment", app), labels=labels,
            spec={"replicas": pods, "selector": {"matchLabels": labels}}, status={"readyReplicas": ready},
            metadata={"annotations": {"deployment.kubernetes.io/revision": revision}},
        )  # fmt: skip

    def pod(self, name, *, app="web", ready=True, owner="h1", labels=None):
        return self.add(
            "Pod", name, owner=("ReplicaSet", f"{app}-{owner}") if owner else None,
            labels=labels or {"app": app, "pod-template-hash": "h1"},
            spec={"nodeName": "lab-worker", "containers": [{"name": app, "image": "my-app:1.0"}]},
            status={
                "phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}],
                "containerStatuses": [{"name": app, "ready": ready, "state": {"running": {}}}],
            },
            metadata={"generateName": name.rpartition("-")[0] + "-"},
        )  # fmt: skip

    def service(self, name="web", **selector):
        """Add a Service with a slice that lists the pods it selects."""
        self.add("Service", name, spec={"selector": selector})
        endpoints = [
            {
                "addresses": [f"10.0.0.{place}"],
                "conditions": {"ready": pod["status"]["conditions"][0]["status"] == "True"},
                "targetRef": {"kind": "Pod", "uid": pod["metadata"]["uid"]},
            }
            for place, pod in enumerate(self.found["pods"])
            if selector and selector.items() <= pod["metadata"]["labels"].items()
        ]
        return self.add("EndpointSlice", f"{name}-s1", owner=("Service", name), endpoints=endpoints)

    def objects(self):
        by_kind = {resource: tuple(objects) for resource, objects in self.found.items()}
        return Objects(by_kind, self.troubles, loaded=True)
