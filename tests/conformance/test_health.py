"""How one learns that the server is well: health checks and metrics, and who may ask; the old paths of watches."""

from __future__ import annotations

import re

import pytest

from .bodies import config_map
from .raw import APPLY

ENDPOINTS = ["livez", "readyz", "healthz"]
OK = (200, b"ok", "text/plain; charset=utf-8")


def told(answer):
    return answer.code, answer.body, answer.headers["Content-Type"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "below", ["", "/ping", "/etcd", "?exclude=ping", "?exclude=nothing", "/ping?verbose"]
)
def test_a_server_that_is_well_says_ok(server, method, endpoint, below):
    answer = server(method, f"/{endpoint}{below}")
    assert told(answer) == OK
    is_one_check = below.startswith("/")
    assert answer.headers.get("X-Content-Type-Options") == (None if is_one_check else "nosniff")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_health_has_a_head(server, endpoint):
    answer = server("HEAD", f"/{endpoint}")
    assert (answer.code, answer.body) == (200, b"")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("below", ["/", "/ping/", "/nothing"])
def test_a_check_that_is_not_there(server, endpoint, below):
    assert told(server("GET", f"/{endpoint}{below}"))[:2] == (404, b"404 page not found\n")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_check_can_be_seen(server, endpoint):
    first, *others, last = server("GET", f"/{endpoint}?verbose").body.decode().splitlines()
    assert (first, last) == ("[+]ping ok", f"{endpoint} check passed")
    assert "[+]etcd ok" in others
    assert all(re.fullmatch(r"\[\+\]\S+ ok", line) for line in others)


def test_checks_can_be_left_out(server):
    lines = (
        server("GET", "/livez?verbose&exclude=etcd&exclude=zero&exclude=nothing").body.decode().splitlines()
    )
    assert "[+]etcd excluded: ok" in lines
    warning = 'warn: some health checks cannot be excluded: no matches for "nothing","zero"'
    assert lines[-2:] == [warning, "livez check passed"]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz", "/version", "/version/", "/livez?verbose"])
def test_anybody_may_ask_whether_the_server_is_there(server, path):
    stranger = server.stranger()
    assert stranger("GET", path).code == 200
    assert stranger("GET", path, headers={"Authorization": "Basic eDp5"}).code == 200


@pytest.mark.parametrize("path", ["/livez", "/version", "/api", "/nothing", "/metrics", "/api/v1/pods"])
def test_a_wrong_token_opens_nothing(server, path):
    answer = server.stranger()("GET", path, headers={"Authorization": "Bearer wrong"})
    assert answer.refusal == (401, "Unauthorized", "Unauthorized")


@pytest.mark.parametrize("path", ["/api", "/metrics", "/livez/ping", "/nothing", "/api/v1/pods"])
def test_nothing_else_is_open_to_all(server, path):
    assert server.stranger()("GET", path).code == 403


def counts(server):
    """Map the labels of each counter to what it counted."""
    answer = server("GET", "/metrics")
    assert answer.code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.body.decode().splitlines()
    assert "# TYPE apiserver_request_total counter" in lines
    found = {}
    for line in lines:
        if line.startswith("apiserver_request_total{"):
            labels, _, value = line.removeprefix("apiserver_request_total{").rpartition("} ")
            found[frozenset(re.findall(r'(\w+)="([^"]*)"', labels))] = float(value)
    return found


def labels(verb, code="200", scope="resource", dry_run=""):
    return frozenset(
        {
            "verb": verb, "code": code, "scope": scope, "dry_run": dry_run, "component": "apiserver", "group": "",
            "resource": "podtemplates", "subresource": "", "version": "v1",
        }.items()
    )  # fmt: skip


def test_requests_are_counted(api):
    """Of PodTemplates, which nobody else asks for."""
    path, name = "podtemplates", "podtemplates/web"
    spec = {"containers": [{"name": "web", "image": "my-app:1.0"}]}
    body = {
        "apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "web"},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": spec},
    }  # fmt: skip
    before = counts(api)
    api.made(path, body, dryRun="All")
    api.made(path, body)
    codes = [
        api("POST", path, body).code,
        api("GET", name).code,
        api("GET", "podtemplates/nothing").code,
        api("GET", path).code,
        api("GET", "/api/v1/podtemplates").code,
        api("PATCH", name, body, content_type=APPLY, fieldManager="test").code,
        api("PUT", name, body).code,
        api("DELETE", name).code,
    ]
    assert codes == [409, 200, 404, 200, 200, 200, 200, 200]
    after = counts(api)
    for one in [
        labels("POST", "201"), labels("POST", "201", dry_run="All"), labels("POST", "409"), labels("GET"),
        labels("GET", "404"), labels("LIST", scope="namespace"), labels("LIST", scope="cluster"), labels("APPLY"),
        labels("PUT"), labels("DELETE"),
    ]:  # fmt: skip
        assert after[one] > before.get(one, 0), dict(one)


def test_questions_for_health_are_counted(server):
    labels = frozenset(
        {
            "verb": "GET", "code": "200", "scope": "", "dry_run": "", "component": "", "group": "", "resource": "",
            "subresource": "/healthz", "version": "",
        }.items()
    )  # fmt: skip
    before = counts(server).get(labels, 0)
    server("GET", "/healthz")
    assert counts(server)[labels] > before


def test_nobody_can_add_a_counter_by_asking(server):
    assert server("GET", "/openapi/v3/no-such%22thing%0A").code == 404
    assert not any("no-such" in value for labels in counts(server) for _, value in labels)


@pytest.mark.parametrize("path", ["/metrics/", "/metrics/nothing"])
def test_metrics_have_one_path(server, path):
    assert server("GET", path).code == 404


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        ("configmaps", ["one", "two"]),
        ("configmaps/two", ["two"]),
        ("configmaps/two/", ["two"]),
        ("configmaps?labelSelector=size=1", ["one"]),
    ],
    ids=["all", "one", "slash", "selected"],
)
def test_an_old_path_watches(api, below, expected):
    api.made("configmaps", config_map("one", labels={"size": "1"}))
    api.made("configmaps", config_map("two"))
    path = f"/api/v1/watch/namespaces/{api.namespace}/{below}"
    with api.watching(path, timeoutSeconds="1") as events:
        seen = [event["object"]["metadata"]["name"] for event in events if event["type"] == "ADDED"]
    assert [name for name in seen if name != "kube-root-ca.crt"] == expected


@pytest.mark.parametrize(
    "path", ["/apis/apps/v1/watch/deployments", "/api/v1/watch/namespaces/{}", "/api/v1/watch/pods"]
)
def test_old_paths_watch_any_scope(api, path):
    with api.watching(path.format(api.namespace), timeoutSeconds="1") as events:
        assert {event["type"] for event in events} <= {"ADDED", "MODIFIED", "DELETED"}


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("POST", "watch/pods", 405),
        ("HEAD", "watch/pods", 405),
        ("GET", "watch/nothing", 404),
        ("GET", "watch/bindings", 404),
        ("GET", "watch/namespaces/default/pods/web/status", 404),
        ("GET", "namespaces/default/watch/pods", 404),
    ],
)
def test_an_old_path_does_nothing_else(server, method, path, code):
    assert server(method, f"/api/v1/{path}").code == code
