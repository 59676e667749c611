"""Which concepts a text uses."""

import pytest

from kubetutor.lab.check import uses
from kubetutor.lab.check.uses import in_code, in_manifest, in_prose


@pytest.mark.parametrize(
    ("source", "concepts"),
    [
        ("!kubectl get pods -o wide", ["kubectl", "pod"]),
        ("!kubectl get deployments,rs", ["kubectl", "deployment", "replicaset"]),
        ("!kubectl -n shop rollout status deployment/web --timeout=60s", ["rollout", "deployment"]),
        ("!kubectl scale deploy web --replicas=5", ["scale", "deployment"]),
        ("!kubectl exec web -- kubectl get nodes", ["exec"]),
        ("!kubectl get pods | grep web && kubectl drain worker", ["kubectl", "pod", "drain"]),
        ("!kubectl delete -f svc.yaml", ["kubectl"]),
        ("!kubectl get pods web nodes", ["kubectl", "pod"]),
        ("!kubectl frobnicate web", ["kubectl frobnicate"]),
        ("!kubectl get controllerrevisions", ["kubectl", "kind: ControllerRevision"]),
        ("!kubectl explain pod.spec.containers", ["explain", "pod"]),
        ("lesson.view", []),
        ("!kubectl annotate deployment/web 'note=it", ["annotation", "deployment"]),
    ],
)
def test_a_cell_uses_the_subcommand_and_the_kinds_that_it_names(source, concepts):
    assert list(in_code(source)) == concepts


def test_prose_uses_only_what_stands_as_code():
    assert list(in_prose("A node drains its deployments; a taint is a mark.")) == []
    text = "A `Secret`, many `Jobs`, `readinessProbe: ...`, `kubectl drain worker`, and `web`.\n"
    assert list(in_prose(text)) == ["secret", "job", "readiness probe", "drain"]
    assert list(in_prose("```bash\nkubectl top nodes\n```\n")) == ["metrics", "node"]
    assert list(in_prose("```yaml\napiVersion: batch/v1\nkind: CronJob\n```\n")) == ["cronjob"]


def test_a_manifest_uses_its_kinds_and_fields():
    text = """
apiVersion: v1
kind: Pod
spec:
  initContainers: [{name: first, livenessProbe: {}}]
---
apiVersion: apps/v1
kind: ControllerRevision
"""
    assert list(in_manifest(text)) == [
        "pod",
        "init container",
        "liveness probe",
        "kind: ControllerRevision",
    ]
    assert list(in_manifest("a: [")) == []


def test_every_kind_and_every_subcommand_that_the_glossary_names_exists():
    kinds = set(uses.kinds_by_name()) | {"Gateway", "HTTPRoute", "Cluster"}  # no part of Kubernetes itself
    assert {kind for concept in uses.concepts.CONCEPTS for kind in concept.kinds} <= kinds
