"""Every other command that a learner reaches for, with the real kubectl."""

import json
import os
import re
import select
import socket
import subprocess
import time
import urllib.request

import pytest

from .conftest import EXAMPLE, eventually

pytestmark = pytest.mark.kubectl


def running(kubectl, *arguments, **options):
    return subprocess.Popen(
        kubectl.argv(*arguments),
        env=kubectl.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **options,
    )


def read_until(process, wanted, within=20.0):
    """Read what a running command prints until it says what is wanted."""
    text, end = b"", time.monotonic() + within
    while wanted.encode() not in text:
        left = end - time.monotonic()
        ready = select.select([process.stdout], [], [], max(left, 0))[0]
        assert ready, f"{wanted!r} did not come within {within} s; seen: {text!r}"
        chunk = os.read(process.stdout.fileno(), 65536)
        assert chunk, f"the command ended before it said {wanted!r}; seen: {text!r}"
        text += chunk
    return text.decode()


@pytest.fixture
def background():
    processes = []

    def start(kubectl, *arguments):
        processes.append(running(kubectl, *arguments))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def test_get_in_every_output_form(example):
    assert "NODE" in example.ok("get", "pods", "-o", "wide").splitlines()[0]
    assert example.ok("get", "deployment", "web-app", "-o", "jsonpath={.spec.replicas}") == "3"
    assert example.ok("get", "deployment", "web-app", "-o", "yaml").startswith(
        "apiVersion: apps/v1\nkind: Deployment\n"
    )
    assert json.loads(example.ok("get", "deployment", "web-app", "-o", "json"))["kind"] == "Deployment"
    assert re.fullmatch(r"(pod/web-app-\S+\n){3}", example.ok("get", "pods", "-l", "app=web", "-o", "name"))
    assert example.ok("get", "pods", "-o", "custom-columns=N:.spec.nodeName").splitlines()[0] == "N"
    assert len(example.ok("get", "pods", "--sort-by=.metadata.name").splitlines()) == 4
    assert len(example.ok("get", "pods", "--field-selector", "status.phase=Running").splitlines()) == 4
    assert len(example.ok("get", "pods", "--chunk-size=2").splitlines()) == 4


def test_get_w_shows_changes_as_they_come(example, background):
    watch = background(example, "get", "pods", "-w")
    read_until(watch, "Running")
    victim = example.pods()[0]["metadata"]["name"]
    example.ok("delete", "pod", victim, "--wait=false")
    text = read_until(watch, "ContainerCreating")
    assert "Pending" in text or "Terminating" in text


def test_describe_tells_the_story(example):
    text = example.ok("describe", "deployment", "web-app")
    assert "Replicas:               3 desired | 3 updated | 3 total | 3 available | 0 unavailable" in text
    assert re.search(r"NewReplicaSet: +web-app-\S+ \(3/3 replicas created\)", text)
    assert re.search(r"ScalingReplicaSet .*Scaled up replica set web-app-\S+ from 0 to 3", text)
    pod = example.pods()[0]["metadata"]["name"]
    text = example.ok("describe", "pod", pod)
    assert re.search(r"State: +Running", text)
    assert "Controlled By:  ReplicaSet/web-app-" in text
    for reason in ("Scheduled", "Pulled", "Created", "Started"):
        assert re.search(rf"Normal +{reason} ", text)
    assert re.search(
        r"Endpoints: +\S+:3000,\S+:3000,\S+:3000", example.ok("describe", "service", "web-service")
    )
    node = example.pods()[0]["spec"]["nodeName"]
    text = example.ok("describe", "node", node)
    assert re.search(r"Ready +True .*KubeletReady", text)
    assert "Non-terminated Pods:" in text


def test_create_deployment_expose_and_run(kubectl):
    assert (
        kubectl.ok("create", "deployment", "cart", "--image=my-app:1.0") == "deployment.apps/cart created\n"
    )
    kubectl.ok("rollout", "status", "deployment/cart", "--timeout=30s")
    assert (
        kubectl.ok("expose", "deployment", "cart", "--port=80", "--target-port=3000")
        == "service/cart exposed\n"
    )
    eventually(lambda: kubectl.json("get", "endpointslices")["items"][0]["endpoints"])
    assert kubectl.ok("run", "lonely", "--image=my-app:1.0") == "pod/lonely created\n"
    out = kubectl.ok("wait", "--for=condition=Ready", "pod/lonely", "--timeout=20s")
    assert out == "pod/lonely condition met\n"
    assert kubectl.ok("delete", "pod", "lonely", "--now").startswith('pod "lonely" deleted')
    assert kubectl.ok("delete", "deployment,service", "cart").count("deleted") == 2


def test_label_annotate_and_patch(example):
    pod = example.pods()[0]["metadata"]["name"]
    assert example.ok("label", "pod", pod, "tier=front") == f"pod/{pod} labeled\n"
    assert example.ok("get", "pods", "-l", "tier=front", "-o", "name") == f"pod/{pod}\n"
    answer = example("label", "pod", pod, "tier=back")
    assert answer.code == 1
    assert "already has a value (front), and --overwrite is false" in answer.err
    assert (
        example.ok("annotate", "deployment", "web-app", "team=shop") == "deployment.apps/web-app annotated\n"
    )
    assert (
        example.ok("patch", "deployment", "web-app", "-p", '{"spec":{"replicas":4}}')
        == "deployment.apps/web-app patched\n"
    )
    eventually(lambda: len(example.pods()) == 4)
    json_patch = '[{"op":"replace","path":"/spec/replicas","value":3}]'
    example.ok("patch", "deployment", "web-app", "--type=json", "-p", json_patch)
    example.ok("patch", "deployment", "web-app", "--type=merge", "-p", '{"metadata":{"labels":{"a":"b"}}}')
    assert example.json("get", "deployment", "web-app")["metadata"]["labels"] == {"a": "b"}


def test_taking_a_label_off_a_pod_sets_it_free_and_brings_a_replacement(example):
    pod = example.pods()[0]["metadata"]["name"]
    example.ok("label", "pod", pod, "app-")
    eventually(lambda: len(example.pods()) == 3)
    assert "ownerReferences" not in example.json("get", "pod", pod)["metadata"]


def test_edit_through_an_editor(example, tmp_path):
    editor = tmp_path / "editor.sh"
    editor.write_text("#!/bin/sh\nsed -i 's/replicas: 3/replicas: 2/' \"$1\"\n")
    editor.chmod(0o755)
    example.environment["KUBE_EDITOR"] = str(editor)
    assert example.ok("edit", "deployment", "web-app") == "deployment.apps/web-app edited\n"
    eventually(lambda: len(example.pods()) == 2)


def test_logs_f_follows(example, background):
    pod = example.pods()[0]["metadata"]["name"]
    follow = background(example, "logs", "-f", pod)
    read_until(follow, "3000")
    ip = example.json("get", "pod", pod)["status"]["podIP"]
    example.ok(
        "exec",
        pod,
        "--",
        "python3",
        "-c",
        f"import urllib.request as u; u.urlopen('http://{ip}:3000/?order=7').read()",
    )
    read_until(follow, "/?order=7")


def test_logs_tail_since_timestamps_and_previous(example):
    pod = example.pods()[0]["metadata"]["name"]
    assert len(example.ok("logs", pod, "--tail=1").splitlines()) == 1
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ", example.ok("logs", pod, "--timestamps"))
    answer = example("logs", pod, "--previous")
    assert answer.code == 1
    assert f'previous terminated container "web" in pod "{pod}" not found' in answer.err


def test_port_forward_carries_requests(example, background):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    forward = background(example, "port-forward", "deployment/web-app", f"{port}:3000")
    read_until(forward, "Forwarding from 127.0.0.1")
    for _ in range(3):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/?json", timeout=5) as answer:
            assert json.loads(answer.read())["version"] == "1.0"


def test_explain_reads_the_published_schema(kubectl):
    text = kubectl.ok("explain", "deployment.spec.strategy")
    assert text.startswith("GROUP:      apps\nKIND:       Deployment\nVERSION:    v1\n")
    assert "FIELD: strategy <DeploymentStrategy>" in text
    assert "rollingUpdate\t<RollingUpdateDeployment>" in text
    assert "livenessProbe" in kubectl.ok("explain", "pod.spec.containers", "--recursive")


def test_api_resources_and_versions(kubectl):
    text = kubectl.ok("api-resources")
    assert re.search(r"deployments +deploy +apps/v1 +true +Deployment", text)
    assert re.search(r"nodes +no +v1 +false +Node", text)
    assert "apps/v1\n" in kubectl.ok("api-versions")


def test_wait_times_out_with_upstreams_words(kubectl):
    kubectl.ok("run", "stuck", "--image=my-app:9.9")
    answer = kubectl("wait", "--for=condition=Ready", "pod/stuck", "--timeout=1s")
    assert (answer.code, answer.err) == (1, "error: timed out waiting for the condition on pods/stuck\n")


def test_events_lists_what_happened(example):
    text = example.ok("events")
    assert re.search(r"Normal +Scheduled +Pod/web-app-\S+ +Successfully assigned", text)
    text = example.ok("events", "--for", "deployment/web-app")
    assert "ScalingReplicaSet" in text


def test_contexts_and_cluster_info(kubectl):
    assert kubectl.ok("config", "get-contexts").splitlines()[0].split()[:2] == ["CURRENT", "NAME"]
    assert "is running at" in kubectl.ok("cluster-info")
    assert "Server Version: v1.3" in kubectl.ok("version")


def test_nodes_are_ready_with_their_roles(kubectl):
    rows = [line.split() for line in kubectl.ok("get", "nodes").splitlines()[1:]]
    assert [row[1] for row in rows] == ["Ready"] * 3
    assert sorted(row[2] for row in rows) == ["<none>", "<none>", "control-plane"]


def test_diff_and_dry_run_change_nothing(kubectl):
    assert kubectl("diff", "-f", str(EXAMPLE)).code == 1
    out = kubectl.ok("apply", "-f", str(EXAMPLE), "--dry-run=server")
    assert "deployment.apps/web-app created (server dry run)" in out
    assert "NotFound" in kubectl("get", "deployment", "web-app").err
    kubectl.ok("apply", "-f", str(EXAMPLE))
    eventually(lambda: kubectl("diff", "-f", str(EXAMPLE)).code == 0)


def test_apply_server_side_and_conflicts(kubectl):
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {color: blue}\n"
    out = kubectl.ok("apply", "--server-side", "-f", "-", stdin=manifest)
    assert out == "configmap/settings serverside-applied\n"
    other = manifest.replace("blue", "red")
    answer = kubectl("apply", "--server-side", "--field-manager=other", "-f", "-", stdin=other)
    assert answer.code == 1
    assert "conflict" in answer.err
    kubectl.ok("apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f", "-", stdin=other)
    assert kubectl.json("get", "configmap", "settings")["data"] == {"color": "red"}


def test_config_maps_and_secrets_reach_the_environment(kubectl):
    kubectl.ok("create", "configmap", "settings", "--from-literal=COLOR=blue")
    kubectl.ok("create", "secret", "generic", "password", "--from-literal=KEY=s3cret")
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "shop"},
        "spec": {
            "containers": [
                {
                    "name": "web",
                    "image": "my-app:1.0",
                    "envFrom": [{"configMapRef": {"name": "settings"}}],
                    "env": [
                        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "password", "key": "KEY"}}}
                    ],
                }
            ]
        },
    }
    kubectl.ok("apply", "-f", "-", stdin=json.dumps(pod))
    kubectl.ok("wait", "--for=condition=Ready", "pod/shop", "--timeout=20s")
    assert kubectl.ok("exec", "shop", "--", "sh", "-c", "echo $COLOR $KEY") == "blue s3cret\n"


def test_deleting_a_namespace_takes_everything_in_it(kubectl):
    name = f"{kubectl.namespace}-other"
    kubectl.ok("create", "namespace", name)
    kubectl.ok("apply", "-n", name, "-f", str(EXAMPLE))
    assert kubectl.ok("delete", "namespace", name, "--timeout=60s") == f'namespace "{name}" deleted\n'
    assert "NotFound" in kubectl("get", "namespace", name).err
    assert "No resources found" in kubectl("get", "pods", "-n", name).err


def test_cascade_orphan_leaves_the_pods(example):
    example.ok("delete", "deployment", "web-app", "--cascade=orphan")
    replica_sets = example.json("get", "replicasets")["items"]
    assert len(replica_sets) == 1
    assert (
        "ownerReferences"
        not in eventually(lambda: example.json("get", "replicasets")["items"][0])["metadata"]
    )
    assert len(example.pods()) == 3


def test_foreground_deletion_waits_for_the_pods(example):
    example.ok("delete", "deployment", "web-app", "--cascade=foreground", "--timeout=60s")
    assert not example.pods()


def test_a_refused_field_is_named(kubectl):
    text = EXAMPLE.read_text().replace("replicas: 3", "replica: 3")
    answer = kubectl("apply", "-f", "-", stdin=text)
    assert answer.code == 1
    assert 'strict decoding error: unknown field "spec.replica"' in answer.err


def test_an_immutable_field_is_refused(example):
    patch = '{"spec":{"selector":{"matchLabels":{"app":"other"}},"template":{"metadata":{"labels":{"app":"other"}}}}}'
    answer = example("patch", "deployment", "web-app", "-p", patch)
    assert answer.code == 1
    assert "field is immutable" in answer.err


def test_pause_and_resume(example):
    example.ok("rollout", "pause", "deployment/web-app")
    assert (
        example("rollout", "pause", "deployment/web-app").err
        == 'error: deployments.apps "web-app" is already paused\n'
    )
    example.ok("set", "image", "deployment/web-app", "web=my-app:2.0")
    assert len(example.json("get", "replicasets")["items"]) == 1
    example.ok("rollout", "resume", "deployment/web-app")
    example.ok("rollout", "status", "deployment/web-app", "--timeout=30s")
    assert len(example.json("get", "replicasets")["items"]) == 2


def test_rollout_restart_replaces_every_pod(example):
    before = {pod["metadata"]["name"] for pod in example.pods()}
    example.ok("rollout", "restart", "deployment/web-app")
    example.ok("rollout", "status", "deployment/web-app", "--timeout=30s")
    eventually(
        lambda: len(example.pods()) == 3 and not before & {pod["metadata"]["name"] for pod in example.pods()}
    )


def test_auth_and_whoami(kubectl):
    assert kubectl.ok("auth", "can-i", "create", "pods") == "yes\n"
    assert "kubernetes-admin" in kubectl.ok("auth", "whoami")


def test_acting_as_somebody_without_rights_is_refused_in_upstreams_words(kubectl):
    assert kubectl("auth", "can-i", "create", "deployments", "--as=ann").out == "no\n"
    answer = kubectl("get", "pods", "--as=ann")
    assert answer.code == 1
    assert answer.err == (
        'Error from server (Forbidden): pods is forbidden: User "ann" cannot list resource "pods" '
        f'in API group "" in the namespace "{kubectl.namespace}"\n'
    )


def test_deprecated_kinds_come_with_a_warning(example):
    answer = example("get", "endpoints", "web-service")
    assert answer.code == 0
    assert (
        answer.err == "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n"
    )
