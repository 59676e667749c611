"""What a pod is told in files: its labels, its limits, several sources in one folder, and its account."""

import pytest

from .conftest import eventually
from .manifests import config_map, pod, python, shell
from .volumes import mount, projected
from .workloads import apply, event, printed, wait_for

pytestmark = [pytest.mark.kubectl, pytest.mark.usefixtures("mounts")]

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
INFO = [mount("info", "/info")]


def field(file, path, **more):
    return {"path": file, "fieldRef": {"fieldPath": path}, **more}


def downward(*items):
    return {"name": "info", "downwardAPI": {"items": list(items)}}


def run(kubectl, script, volume, labels=None, annotations=None, **container):
    """Run a script once that sees a volume at /info; answer the lines that it printed."""
    item = pod(
        "job",
        shell(script, volumeMounts=INFO, **container),
        labels=labels,
        restartPolicy="Never",
        volumes=[volume],
    )
    item["metadata"]["annotations"] = annotations or {}
    apply(kubectl, item)
    return printed(kubectl, "job")


def test_labels_are_lines_of_a_file(kubectl):
    labels = {"team": "kitchen", "app": "soup"}
    volume = downward(field("labels", "metadata.labels"))
    assert run(kubectl, "cat /info/labels; echo .", volume, labels) == ['app="soup"', 'team="kitchen".']


def test_annotations_are_quoted(kubectl):
    volume = downward(field("annotations", "metadata.annotations"))
    lines = run(kubectl, "grep ^note /info/annotations", volume, annotations={"note": 'say "hi"\nand\tbye é'})
    assert lines == ['note="say \\"hi\\"\\nand\\tbye é"']


def test_single_fields_are_files(kubectl):
    volume = downward(
        field("name", "metadata.name"),
        field("where/namespace", "metadata.namespace", mode=0o400),
        field("team", "metadata.labels['team']"),
        field("none", "metadata.labels['none']"),
    )
    script = "cat /info/name /info/where/namespace /info/team; echo; stat -L -c '%a %s' /info/where/namespace /info/none"
    lines = run(kubectl, script, volume, {"team": "kitchen"})
    assert lines == [f"job{kubectl.namespace}kitchen", f"400 {len(kubectl.namespace)}", "644 0"]


def test_requests_and_limits_are_files(kubectl):
    def amount(file, resource, divisor):
        reference = {"containerName": "main", "resource": resource, "divisor": divisor}
        return {"path": file, "resourceFieldRef": reference}

    volume = downward(amount("cpu", "requests.cpu", "1m"), amount("memory", "limits.memory", "1Mi"))
    resources = {"requests": {"cpu": "20m"}, "limits": {"memory": "64Mi"}}
    assert run(kubectl, "cat /info/cpu; echo; cat /info/memory; echo", volume, resources=resources) == [
        "20",
        "64",
    ]


def test_a_new_label_arrives_in_the_file(kubectl):
    volume = downward(field("labels", "metadata.labels"))
    apply(kubectl, pod("shop", shell(volumeMounts=INFO), volumes=[volume]))
    wait_for(kubectl, "Ready", "pod/shop")
    kubectl.ok("label", "pod", "shop", "open=yes")
    wanted = 'app="shop"\nopen="yes"'
    eventually(lambda: kubectl.ok("exec", "shop", "--", "cat", "/info/labels") == wanted, every=0.5)


def test_one_folder_has_several_sources(kubectl):
    apply(kubectl, config_map("menu", {"soup": "tomato"}))
    kubectl.ok("create", "secret", "generic", "keys", "--from-literal=password=s3cret")
    volume = projected(
        "info",
        {"configMap": {"name": "menu"}},
        {"secret": {"name": "keys", "items": [{"key": "password", "path": "my/password"}]}},
        {"downwardAPI": {"items": [field("name", "metadata.name")]}},
        defaultMode=0o600,
    )
    script = "cd /info; ls; cat soup my/password name; echo; stat -L -c %a soup my/password name"
    lines = run(kubectl, script, volume)
    assert lines == ["my", "name", "soup", "tomatos3cretjob", "600", "600", "600"]


def test_all_that_several_sources_lack_is_told_at_once(kubectl):
    volume = projected("info", {"configMap": {"name": "menu"}}, {"secret": {"name": "keys"}})
    apply(kubectl, pod("job", shell(volumeMounts=INFO), volumes=[volume]))
    assert event(kubectl, "job", "FailedMount") == (
        'MountVolume.SetUp failed for volume "info" : [configmap "menu" not found, secret "keys" not found]'
    )


def test_a_pod_has_the_token_of_its_account(kubectl):
    script = f"cd {ACCOUNT}; ls; cat namespace; echo; tr -dc . < token | wc -c; stat -L -c %a token"
    apply(kubectl, pod("job", shell(script), restartPolicy="Never"))
    assert printed(kubectl, "job") == ["ca.crt", "namespace", "token", kubectl.namespace, "2", "644"]


def test_a_pod_can_do_without_its_account(kubectl):
    script = f"ls {ACCOUNT} 2>&1 | grep -o 'No such file or directory'"
    apply(kubectl, pod("job", shell(script), restartPolicy="Never", automountServiceAccountToken=False))
    assert printed(kubectl, "job") == ["No such file or directory"]
    assert "volumes" not in kubectl.read("pod", "job")["spec"]


ASK = """
import json, os, ssl, urllib.error, urllib.request
folder = "/var/run/secrets/kubernetes.io/serviceaccount/"
server = "https://" + os.environ["KUBERNETES_SERVICE_HOST"] + ":" + os.environ["KUBERNETES_SERVICE_PORT"]
trust = ssl.create_default_context(cafile=folder + "ca.crt")
def ask(path):
    request = urllib.request.Request(server + path)
    {token}
    try:
        return json.load(urllib.request.urlopen(request, context=trust))
    except urllib.error.HTTPError as error:
        return json.load(error)
"""
WITH_TOKEN = 'request.add_header("Authorization", "Bearer " + open(folder + "token").read())'


def test_a_pod_reaches_the_api_server_and_knows_whom_it_talks_to(kubectl):
    script = ASK.replace("{token}", "") + "print(ask('/api/v1/pods')['kind'])"
    apply(kubectl, pod("job", python(script), restartPolicy="Never"))
    assert printed(kubectl, "job") == ["Status"]


def test_a_pod_speaks_to_the_api_server_as_its_account(kubectl):
    path = f"/api/v1/namespaces/{kubectl.namespace}/pods"
    script = ASK.replace("{token}", WITH_TOKEN) + f"print(ask('{path}')['message'])"
    apply(kubectl, pod("job", python(script), restartPolicy="Never"))
    who = f'User "system:serviceaccount:{kubectl.namespace}:default"'
    what = f'resource "pods" in API group "" in the namespace "{kubectl.namespace}"'
    assert printed(kubectl, "job") == [f"pods is forbidden: {who} cannot list {what}"]
