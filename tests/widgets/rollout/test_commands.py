"""Pause, resume and undo do what kubectl does, and are refused where kubectl refuses: on a running cluster."""

import json

import pytest

from kubetutor.errors import CommandFailedError
from kubetutor.widgets.rollout.commands import PAUSE, RESUME, UNDO, Command, carry_out, target_of, undo_patch
from kubetutor.widgets.rollout.sets import sets_of

pytestmark = pytest.mark.kubectl

MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-app, annotations: {team: shop}}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "my-app:1.0"}]}
"""


@pytest.fixture
def kubectl(cluster, namespace):
    return lambda *args, **more: cluster.kubectl("-n", namespace, *args, **more)


@pytest.fixture
def shop(kubectl):
    """A Deployment with three revisions, none with a pod."""
    kubectl("apply", "-f", "-", input=MANIFEST)
    for number, image in enumerate(("my-app:2.0", "my-app:3.0"), start=2):
        kubectl("rollout", "status", "deployment/web-app")
        kubectl("set", "image", "deployment/web-app", f"web={image}")
        kubectl("annotate", "deployment/web-app", f"kubernetes.io/change-cause=ship {image}", "--overwrite")
        path = "{.metadata.annotations.deployment\\.kubernetes\\.io/revision}"
        kubectl("wait", "deployment/web-app", f"--for=jsonpath={path}={number}", "--timeout=30s")
    kubectl("rollout", "status", "deployment/web-app")
    return lambda verb, **more: Command(verb, "web-app", more.pop("namespace"), **more)


def read(kubectl):
    return json.loads(kubectl("get", "deployment/web-app", "-o", "json"))


def test_pause_and_resume(cluster, kubectl, shop, namespace):
    pause, resume = shop(PAUSE, namespace=namespace), shop(RESUME, namespace=namespace)
    assert carry_out(cluster.api, pause).said == "deployment.apps/web-app paused"
    assert read(kubectl)["spec"]["paused"] is True
    again = carry_out(cluster.api, pause)
    assert (again.said, again.went) == ('error: deployments.apps "web-app" is already paused', False)
    assert carry_out(cluster.api, resume).said == "deployment.apps/web-app resumed"
    assert "paused" not in read(kubectl)["spec"]
    assert carry_out(cluster.api, resume).said == 'error: deployments.apps "web-app" is not paused'


@pytest.mark.parametrize("revision", [0, 1, 3, 9])
def test_undo_says_and_leaves_what_kubectl_would(cluster, kubectl, shop, namespace, revision):
    """The same undo by dry run of kubectl and by us: the same words, the same template, the same annotations."""
    to = [f"--to-revision={revision}"] if revision else []
    before = read(kubectl)
    try:
        words = kubectl("rollout", "undo", "deployment/web-app", *to, "--dry-run=server").strip()
    except CommandFailedError as error:
        words = error.output.strip()
    outcome = carry_out(cluster.api, shop(UNDO, namespace=namespace, revision=revision))
    assert outcome.said.startswith(words.splitlines()[-1].removesuffix(" (server dry run)"))
    after = read(kubectl)
    image = after["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == {0: "my-app:2.0", 1: "my-app:1.0", 3: "my-app:3.0", 9: "my-app:3.0"}[revision]
    assert (after == before) is not outcome.went
    assert "pod-template-hash" not in after["spec"]["template"]["metadata"]["labels"]


def test_undo_restores_the_annotations_of_the_old_revision(cluster, kubectl, shop, namespace):
    outcome = carry_out(cluster.api, shop(UNDO, namespace=namespace, revision=2))
    assert outcome.said.endswith("the next `kubectl apply` of the newer one brings it back.")
    annotations = read(kubectl)["metadata"]["annotations"]
    assert annotations["kubernetes.io/change-cause"] == "ship my-app:2.0"
    assert annotations["team"] == "shop"
    assert "kubectl.kubernetes.io/last-applied-configuration" in annotations


def test_a_paused_deployment_cannot_be_undone(cluster, kubectl, shop, namespace):
    kubectl("rollout", "pause", "deployment/web-app")
    with pytest.raises(CommandFailedError) as refused:
        kubectl("rollout", "undo", "deployment/web-app")
    outcome = carry_out(cluster.api, shop(UNDO, namespace=namespace))
    assert "error: you cannot rollback a paused deployment; resume it first with" in refused.value.output
    assert outcome.said == (
        "error: you cannot rollback a paused deployment; resume it first with "
        "'kubectl rollout resume deployment/web-app' and try again"
    )
    assert read(kubectl)["spec"]["paused"] is True


def test_what_is_not_there_is_said(cluster, namespace):
    outcome = carry_out(cluster.api, Command(PAUSE, "web-app", namespace))
    assert (outcome.went, outcome.said) == (False, 'error: deployments.apps "web-app" not found')


def test_commands_read_as_a_learner_would_type_them():
    assert str(Command(UNDO, "web-app", "default")) == "kubectl rollout undo deployment/web-app"
    command = Command(UNDO, "web-app", "shop", 2)
    assert str(command) == "kubectl rollout undo deployment/web-app --to-revision=2 -n shop"


def test_the_patch_of_an_undo(halfway):
    halfway.deployment["metadata"]["annotations"] |= {
        "kubectl.kubernetes.io/last-applied-configuration": "{}"
    }
    sets = sets_of(halfway.deployment, halfway.sets)
    template, annotations = undo_patch(halfway.deployment, target_of(sets, 0))
    assert template["value"]["metadata"] == {"labels": {"app": "web"}}
    assert annotations["value"] == {
        "deployment.kubernetes.io/revision": "2",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
        "kubernetes.io/change-cause": "first version",
    }
