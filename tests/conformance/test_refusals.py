"""117 requests that a real cluster refused, or surprisingly did not: ours answers alike.

What must differ stands in DIFFERENT with its reason; a case that no longer differs fails until it is taken off.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kubetutor.api import kubeconfig

from .conftest import eventually

CASES = json.loads((Path(__file__).parents[1] / "upstream" / "refusals.json").read_text())
UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

# name of the case: why ours differs
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
    "spec": {"containers": [{"name": "web", "image": "my-app:1.0"}], "nodeName": "kubetutor-worker"},
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
    "create-exists": [("/apis/apps/v1", "deployments", WEB_APP)],
    "update-deployment": [("/apis/apps/v1", "deployments", WEB_APP)],
    "scale-negative": [("/apis/apps/v1", "deployments", WEB_APP)],
    "update-pod": [("/api/v1", "pods", SHOP)],
    "update-service": [("/api/v1", "services", WEB_SERVICE)],
    "update-statefulset": [("/apis/apps/v1", "statefulsets", DB)],
    "update-stale": [("/api/v1", "configmaps", SETTINGS)],
    "put-name": [("/api/v1", "configmaps", SETTINGS)],
    "put-uid": [("/api/v1", "configmaps", SETTINGS)],
}


class Api:
    """Plain HTTPS to the API server."""

    def __init__(self, access: kubeconfig.Access) -> None:
        self._access = access
        self._tls = ssl.create_default_context(cadata=(access.ca or b"").decode())

    def __call__(self, method: str, path: str, body: bytes | None = None, content_type: str | None = None):
        where = urlsplit(self._access.server)
        connection = http.client.HTTPSConnection(where.hostname, where.port, context=self._tls, timeout=20)
        headers = {"Authorization": f"Bearer {self._access.token}"}
        if content_type:
            headers["Content-Type"] = content_type
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def api(cluster):
    return Api(kubeconfig.read(Path(cluster.kubeconfig)))


@pytest.fixture
def namespace(api):
    name = f"refuse-{uuid.uuid4().hex[:8]}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    assert api("POST", "/api/v1/namespaces", json.dumps(body).encode(), "application/json")[0] == 201
    path = f"/api/v1/namespaces/{name}"
    eventually(lambda: api("GET", f"{path}/serviceaccounts/default")[0] == 200)
    eventually(lambda: api("GET", f"{path}/configmaps/kube-root-ca.crt")[0] == 200)
    yield name
    api("DELETE", path)


def request_of(case, namespace):
    path = case["path"].replace("/namespaces/default/", f"/namespaces/{namespace}/")
    if case.get("query"):
        path += "?" + case["query"]
    raw = case.get("rawBody")
    body = BODIES.get(case["name"], case.get("body"))
    if case["name"] == "scale-negative":
        body = {**body, "metadata": {**body["metadata"], "namespace": namespace}}
    data = raw.encode() if raw is not None else None if body is None else json.dumps(body).encode()
    content_type = case.get("contentType") or ("application/json" if data is not None else None)
    return case["method"], path, data, content_type


def normalised(text):
    text = UID.sub("<uid>", text)
    return re.sub(r"current: \d+", "current: <rv>", text)


def essence(response, namespace):
    """What must be alike: status, reason, message, details."""
    if isinstance(response, dict):
        kept = {key: response.get(key) for key in ("status", "reason", "message", "details", "code")}
        text = json.dumps(kept, sort_keys=True)
    else:
        text = str(response)
    text = text.replace(f"/{namespace}/", "/default/").replace("kubetutor-", "lab-")
    return normalised(text)


def answer_of(api, case, namespace):
    for prefix, needed in NEEDED.items():
        if case["name"].startswith(prefix):
            for group, plural, obj in needed:
                path = f"{group}/namespaces/{namespace}/{plural}"
                code, text = api("POST", path, json.dumps(obj).encode(), "application/json")
                assert code == 201, text
    code, text = api(*request_of(case, namespace))
    try:
        return code, json.loads(text)
    except json.JSONDecodeError:
        return code, text.decode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_answer_is_upstreams(api, namespace, case):
    code, response = answer_of(api, case, namespace)
    same_code = code == case["code"]
    refused = case["code"] >= 400
    same = same_code and (not refused or essence(response, namespace) == essence(case["response"], namespace))
    if case["name"] in DIFFERENT:
        assert not same, f"{case['name']} is alike now: take it off the list of differences"
        return
    assert code == case["code"], response
    if refused:
        assert essence(response, namespace) == essence(case["response"], namespace)


def test_at_least_ninety_are_alike():
    assert len(CASES) - len(DIFFERENT) >= 90
