"""117 requests that a real cluster refused, or surprisingly did not: every cluster answers alike.

Where the embedded cluster must differ stands in DIFFERENT with its reason; a case that no longer differs there
fails until it is taken off.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

CASES = json.loads((Path(__file__).parents[1] / "upstream" / "refusals.json").read_text())

# What tells one cluster from another, and what stands for it here.
ALIKE = {
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}": "<uid>",
    r"current: \d+": "current: <rv>",
    r"in scheme \\\"[^\"]+\"": "in scheme <where it was built>",
    r"@@ [-+, \d]+ @@": "@@ <lines> @@",  # in a dump of a Go struct, which has a line for each volume and toleration
}

# name of the case: why the embedded cluster differs
DIFFERENT = {
    "rolebinding-bad-roleref": "upstream answers 500, a defect of its own; ours is a 422 that names the field",
    "update-pod-node": "upstream's message ends with lines of a Go struct dump; ours ends before them",
}

# The recording left these bodies out; they follow from the names and the answers.
BODIES = {
    "put-name-mismatch": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "else"}},
    "put-uid-mismatch": {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "uid": "00000000-0000-0000-0000-000000000000"},
    },
    "scale-negative": {
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {"name": "web-app"},
        "spec": {"replicas": -2},
    },
}


def template(name):
    spec = {"containers": [{"name": name, "image": "my-app:1.0", "ports": [{"containerPort": 3000}]}]}
    return {"metadata": {"labels": {"app": name}}, "spec": spec}


WEB_APP = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web-app"},
    "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "web"}}, "template": template("web")},
}
WEB_SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web-service"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 3000}]},
}
SHOP = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "shop"},
    "spec": {"containers": [{"name": "web", "image": "my-app:1.0"}], "nodeName": "lab-worker"},
}
SETTINGS = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings"},
    "data": {"color": "blue"},
}
DB = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "db"},
    "spec": {
        "serviceName": "db",
        "replicas": 0,
        "selector": {"matchLabels": {"app": "db"}},
        "template": {
            "metadata": {"labels": {"app": "db"}},
            "spec": {"containers": [{"name": "db", "image": "my-app:1.0"}]},
        },
    },
}
NEEDED = {
    "create-exists": [("deployments", WEB_APP)],
    "update-deployment": [("deployments", WEB_APP)],
    "scale-negative": [("deployments", WEB_APP)],
    "update-pod": [("pods", SHOP)],
    "update-service": [("services", WEB_SERVICE)],
    "update-statefulset": [("statefulsets", DB)],
    "update-stale": [("configmaps", SETTINGS)],
    "put-name": [("configmaps", SETTINGS)],
    "put-uid": [("configmaps", SETTINGS)],
}


@pytest.fixture(scope="module")
def prefix(server):
    """What the names of this cluster's nodes begin with, where the recorded ones have `lab-`."""
    names = [node["metadata"]["name"] for node in server.read("/api/v1/nodes")["items"]]
    return min(name.removesuffix("worker") for name in names if name.endswith("worker"))


def request_of(case, namespace):
    """Make the case's request one in this namespace: method, path, body and what else is sent."""
    path = case["path"].replace("/namespaces/default/", f"/namespaces/{namespace}/")
    if case.get("query"):
        path += "?" + case["query"]
    body = BODIES.get(case["name"], case.get("body"))
    if case["name"] == "scale-negative":
        body = {**body, "metadata": {**body["metadata"], "namespace": namespace}}
    options = {"content_type": case["contentType"]} if case.get("contentType") else {}
    return case["method"], path, case.get("rawBody", body), options


def essence(code, response, namespace, prefix="lab-"):
    """What must be alike: status, reason, message, details; of a success only its code."""
    if code < 400:
        return code
    if isinstance(response, dict):
        kept = {key: response.get(key) for key in ("status", "reason", "message", "details", "code")}
        response = json.dumps(kept, sort_keys=True)
    text = response.replace(f"/{namespace}/", "/default/").replace(prefix, "lab-")
    for pattern, same in ALIKE.items():
        text = re.sub(pattern, same, text)
    return code, text


def answer_of(api, case, prefix):
    for beginning, needed in NEEDED.items():
        if case["name"].startswith(beginning):
            for path, obj in needed:
                api.made(path, json.dumps(obj).replace("lab-", prefix))
    method, path, body, options = request_of(case, api.namespace)
    answer = api(method, path, body, **options)
    is_json = answer.headers.get("Content-Type") == "application/json"
    return essence(answer.code, answer.object if is_json else answer.body.decode(), api.namespace, prefix)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_answer_is_upstreams(api, case, prefix, cluster):
    recorded = essence(case["code"], case["response"], "default")
    answer = answer_of(api, case, prefix)
    if case["name"] in DIFFERENT and cluster.backend == "embedded":
        assert answer != recorded, f"{case['name']} is alike now: take it off the list of differences"
    else:
        assert answer == recorded


def test_at_least_ninety_are_alike():
    assert len(CASES) - len(DIFFERENT) >= 90
