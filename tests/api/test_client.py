"""The client against a server that plays the API: real HTTP, canned answers. The true API is met in tests/cluster."""

import http.server
import json
import threading

import pytest

from kubetutor.api import kubeconfig
from kubetutor.api.client import Client, error_of
from kubetutor.errors import ApiError, ClusterError

POD = {"metadata": {"name": "web", "uid": "1", "resourceVersion": "5"}}
ANSWERS = {
    "/version": {"gitVersion": "v1.36.0"},
    "/api/v1/namespaces/shop/pods": {"metadata": {"resourceVersion": "7"}, "items": [POD]},
    "/apis": {"groups": [{"name": "shop.example", "preferredVersion": {"version": "v1"}}]},
    "/apis/shop.example/v1": {
        "resources": [
            {"name": "tills/status", "kind": "Till", "namespaced": True},
            {"name": "tills", "kind": "Till", "namespaced": True},
        ]
    },
    "/apis/shop.example/v1/namespaces/default/tills/one": {"kind": "Till"},
}
REFUSAL = {"kind": "Status", "reason": "NotFound", "message": 'pods "x" not found', "details": {"name": "x"}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        path, _, query = self.path.partition("?")
        size = int(self.headers.get("Content-Length") or 0)
        sent = json.loads(self.rfile.read(size)) if size else None
        self.server.seen.append((self.command, path, query, self.headers.get("Content-Type"), sent))
        if path.endswith("/log"):
            return self.send(200, b"one\ntwo\n")
        if "watch=true" in query:
            line = {"type": "MODIFIED", "object": {"metadata": {**POD["metadata"], "resourceVersion": "8"}}}
            return self.send(200, json.dumps(line).encode() + b"\n")
        if self.command == "GET" and path not in ANSWERS:
            return self.send(404, json.dumps(REFUSAL).encode())
        return self.send(200, json.dumps(ANSWERS.get(path, sent)).encode())

    def send(self, code, body):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  # the names that http.server calls

    def log_message(self, *_args):
        """Say nothing."""


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        made.daemon_threads, made.seen = True, []
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def client(server, tmp_path):
    path = tmp_path / "kubeconfig"
    document = kubeconfig.compose(
        "t", server=f"http://127.0.0.1:{server.server_port}", ca=b"", token="secret"
    )
    kubeconfig.write(path, document)
    made = Client(path)
    yield made
    made.close()


def test_items_of_a_list_carry_their_kind(client):
    assert client.list("pods", namespace="shop") == [{"apiVersion": "v1", "kind": "Pod", **POD}]


def test_selectors_go_into_the_query(client, server):
    client.list("pods", namespace="shop", label_selector="app=web", field_selector="status.phase=Running")
    assert server.seen[-1][2] == "labelSelector=app%3Dweb&fieldSelector=status.phase%3DRunning"


def test_a_refusal_becomes_an_api_error(client):
    with pytest.raises(ApiError) as caught:
        client.get("pods", "x", namespace="shop")
    error = caught.value
    assert (error.code, error.reason, error.message, error.details) == (
        404, "NotFound", 'pods "x" not found', {"name": "x"},
    )  # fmt: skip


def test_find_answers_none_where_there_is_none(client):
    assert client.find("pods", "x", namespace="shop") is None
    found = client.find("tills.shop.example", "one", namespace="default")
    assert found == {"kind": "Till"}


def test_find_does_not_take_a_kind_that_the_server_lacks_for_an_object_that_is_not_there(client):
    with pytest.raises(ApiError, match="resource type"):
        client.find("nothings.example", "x", namespace="shop")


@pytest.mark.parametrize(
    ("patch_type", "content_type"),
    [
        ("merge", "application/merge-patch+json"),
        ("strategic", "application/strategic-merge-patch+json"),
    ],
)
def test_a_patch_says_what_it_is(client, server, patch_type, content_type):
    body = {"spec": {"replicas": None}}
    client.patch(
        "deployments.apps", "web", body, namespace="shop", subresource="scale", patch_type=patch_type
    )
    path = "/apis/apps/v1/namespaces/shop/deployments/web/scale"
    assert server.seen[-1] == ("PATCH", path, "", content_type, body)


def test_a_json_patch_is_a_list(client, server):
    body = [{"op": "remove", "path": "/spec/replicas"}]
    client.patch("deployments.apps", "web", body, namespace="shop", patch_type="json")
    assert server.seen[-1][3:] == ("application/json-patch+json", body)


def test_apply_names_its_field_manager(client, server):
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    client.apply(deployment, namespace="shop", force=True)
    path = "/apis/apps/v1/namespaces/shop/deployments/web"
    query = "fieldManager=kubetutor&force=true"
    assert server.seen[-1] == ("PATCH", path, query, "application/apply-patch+yaml", deployment)


def test_objects_of_the_whole_cluster_have_no_namespace(client, server):
    client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    assert server.seen[-1][1] == "/api/v1/namespaces/shop"


def test_create_update_and_delete(client, server):
    client.create("pods", POD, namespace="shop")
    client.update("nodes", {"metadata": {"name": "n"}}, subresource="status")
    client.delete("pods", "web", namespace="shop", options={"gracePeriodSeconds": 0})
    assert [(method, path, sent) for method, path, _query, _type, sent in server.seen] == [
        ("POST", "/api/v1/namespaces/shop/pods", POD),
        ("PUT", "/api/v1/nodes/n/status", {"metadata": {"name": "n"}}),
        ("DELETE", "/api/v1/namespaces/shop/pods/web", {"gracePeriodSeconds": 0}),
    ]


def test_a_kind_that_is_not_built_in_is_asked_of_the_server(client):
    assert client.get("tills.shop.example", "one", namespace="default") == {"kind": "Till"}


def test_an_unknown_kind_is_refused(client):
    with pytest.raises(ApiError, match=r'resource type "carts\.shop\.example"'):
        client.list("carts.shop.example")


def test_apply_finds_kinds_that_are_not_built_in(client, server):
    client.apply({"apiVersion": "shop.example/v1", "kind": "Till", "metadata": {"name": "two"}})
    assert server.seen[-1][1] == "/apis/shop.example/v1/namespaces/default/tills/two"


def test_a_watch_lists_and_then_follows(client):
    with client.watch("pods", namespace="shop", timeout=10) as watch:
        events = iter(watch)
        assert [next(events).type, next(events).type] == ["ADDED", "MODIFIED"]


def test_logs_are_text(client, server):
    assert client.logs("web", namespace="shop", tail_lines=2) == "one\ntwo\n"
    assert server.seen[-1][2] == "tailLines=2"


def test_the_token_is_sent_and_the_version_is_read(client):
    assert client.server_version() == "v1.36.0"


def test_a_server_that_is_gone_is_told_as_such(client, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(ClusterError, match="does not answer"):
        client.server_version()


def test_a_refusal_of_a_proxy_in_between_keeps_its_words():
    assert error_of(502, b"<html>bad gateway</html>").message == "<html>bad gateway</html>"
    assert error_of(500, None).message == "the server answered 500 without a message"
