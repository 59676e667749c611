"""A Deployment in the middle of a rollout, as a cluster would hold it, built step by step."""

import dataclasses

import pytest

from kubetutor.widgets.live.feed import Objects

TEMPLATE_HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"


def template(image, **labels):
    return {
        "metadata": {"labels": {"app": "web", **labels}},
        "spec": {"containers": [{"name": "web", "image": image}]},
    }


@dataclasses.dataclass
class Rollout:
    """A Deployment, its ReplicaSets and their pods."""

    deployment: dict
    sets: list = dataclasses.field(default_factory=list)
    pods: list = dataclasses.field(default_factory=list)
    troubles: dict = dataclasses.field(default_factory=dict)

    def set(self, revision, image, size, *, available=0, cause=None):
        """Add the ReplicaSet of a revision. `size` is what it is to have, `available` what its status says."""
        hash_ = f"h{revision}"
        causes = {"kubernetes.io/change-cause": cause} if cause else {}
        self.sets.append({
            "metadata": {
                "name": f"web-app-{hash_}", "uid": f"set-{revision}", "labels": {"app": "web", TEMPLATE_HASH: hash_},
                "creationTimestamp": f"2026-01-01T00:0{revision}:00Z",
                "annotations": {REVISION: str(revision), **causes},
                "ownerReferences": [{"kind": "Deployment", "name": "web-app", "uid": "web-app", "controller": True}],
            },
            "spec": {"replicas": size, "template": template(image, **{TEMPLATE_HASH: hash_})},
            "status": {"replicas": size, "availableReplicas": available, "readyReplicas": available},
        })  # fmt: skip
        newest = max(int(each["metadata"]["annotations"][REVISION]) for each in self.sets)
        self.deployment["metadata"]["annotations"] = {REVISION: str(newest)}
        return self

    def pod(self, revision, letter, *, ready=True, ending=False, waiting=None):
        """Add a pod. `waiting` is the reason for which its container does not run."""
        name = f"web-app-h{revision}-{letter}"
        owner = {
            "kind": "ReplicaSet",
            "name": f"web-app-h{revision}",
            "uid": f"set-{revision}",
            "controller": True,
        }
        metadata = {
            "name": name, "uid": name, "ownerReferences": [owner],
            "creationTimestamp": f"2026-01-01T00:0{revision}:0{len(self.pods) % 10}Z",
        }  # fmt: skip
        if ending:
            metadata["deletionTimestamp"] = "2026-01-01T00:09:00Z"
        ready = ready and not waiting
        state = (
            {"waiting": {"reason": waiting, "message": f"{waiting} it is"}} if waiting else {"running": {}}
        )
        moment = f"2026-01-01T00:0{revision}:1{len(self.pods) % 10}Z"
        self.pods.append({
            "metadata": metadata,
            "spec": {"nodeName": "lab-worker", "containers": [{"name": "web", "image": "my-app"}]},
            "status": {
                "phase": "Pending" if waiting else "Running",
                "conditions": [{"type": "Ready", "status": str(ready), "lastTransitionTime": moment}],
                "containerStatuses": [{"name": "web", "ready": ready, "restartCount": 0, "state": state}],
            },
        })  # fmt: skip
        return self

    def spec(self, **values):
        self.deployment["spec"].update(values)
        return self

    def rolling(self, surge, unavailable):
        limits = {"maxSurge": surge, "maxUnavailable": unavailable}
        return self.spec(strategy={"type": "RollingUpdate", "rollingUpdate": limits})

    def condition(self, kind, status, reason, *, message="", since="2026-01-01T00:05:00Z"):
        entry = {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "lastUpdateTime": since,
        }
        self.deployment["status"]["conditions"].append(entry)
        return self

    def objects(self):
        by_kind = {
            "deployments.apps": (self.deployment,), "replicasets.apps": tuple(self.sets), "pods": tuple(self.pods),
        }  # fmt: skip
        return Objects(by_kind, self.troubles, loaded=True)


def rollout_of(replicas, image):
    return Rollout({
        "metadata": {"name": "web-app", "uid": "web-app", "generation": 2, "annotations": {}},
        "spec": {
            "replicas": replicas, "progressDeadlineSeconds": 600, "template": template(image),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
        },
        "status": {"observedGeneration": 2, "conditions": []},
    })  # fmt: skip


@pytest.fixture
def rollout():
    """Start with `rollout(3, "my-app:2.0")`: a Deployment of three pods whose template has this image."""
    return rollout_of


@pytest.fixture
def halfway():
    """Three wanted: two old pods and one new serve, one new starts, one old ends."""
    made = rollout_of(3, "my-app:2.0")
    made.set(1, "my-app:1.0", 2, available=2, cause="first version")
    made.set(2, "my-app:2.0", 2, available=1, cause="kubectl set image deployment/web-app web=my-app:2.0")
    made.pod(1, "aaaaa").pod(1, "bbbbb").pod(1, "ccccc", ending=True)
    made.pod(2, "ddddd").pod(2, "eeeee", ready=False)
    return made.condition("Progressing", "True", "ReplicaSetUpdated")
