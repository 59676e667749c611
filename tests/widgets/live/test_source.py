"""List and watch over HTTP, through the official client and a kubeconfig."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from kubetutor.errors import ApiError, NoClusterError
from kubetutor.widgets.live.source import ApiSource, error_of, path_of


class Api(BaseHTTPRequestHandler):
    """A server that holds one pod, streams one event, and then says nothing more."""

    protocol_version = "HTTP/1.1"
    release = threading.Event()

    def do_GET(self):
        if self.headers.get("authorization") != "Bearer secret":
            return self.answer(401, {"kind": "Status", "message": "Unauthorized", "reason": "Unauthorized"})
        if "watch=true" in self.path:
            return self.stream()
        if "nodes" in self.path:
            return self.answer(
                403, {"kind": "Status", "message": "nodes is forbidden", "reason": "Forbidden"}
            )
        item = {"metadata": {"name": "a", "uid": "a"}}
        return self.answer(200, {"metadata": {"resourceVersion": "7"}, "items": [item]})

    def answer(self, code, body):
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def stream(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        line = b'{"type":"ADDED","object":{"metadata":{"name":"b","uid":"b"}}}\n'
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.release.wait(20)
        self.close_connection = True

    def log_message(self, *_values):
        pass


@pytest.fixture
def api(tmp_path, monkeypatch):
    Api.release.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    file = tmp_path / "config"
    file.write_text(yaml.safe_dump({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "users": [{"name": "u", "user": {"token": "secret"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }))  # fmt: skip
    monkeypatch.setenv("KUBECONFIG", str(file))
    yield file
    Api.release.set()
    server.shutdown()
    server.server_close()


def test_paths_follow_group_and_namespace():
    assert path_of("pods", "shop") == "/api/v1/namespaces/shop/pods"
    assert path_of("deployments.apps", "shop") == "/apis/apps/v1/namespaces/shop/deployments"
    assert path_of("nodes", None) == "/api/v1/nodes"


@pytest.mark.usefixtures("api")
def test_a_list_gives_plain_dicts_with_their_kind():
    items, version = ApiSource().list("pods", "shop")
    assert items == [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "uid": "a"}}]
    assert version == "7"


@pytest.mark.usefixtures("api")
def test_a_refusal_is_an_api_error_in_the_servers_words():
    with pytest.raises(ApiError, match="nodes is forbidden") as caught:
        ApiSource().list("nodes", None)
    assert caught.value.code == 403


@pytest.mark.usefixtures("api")
def test_a_watch_that_waits_can_be_closed_from_another_thread():
    stream = ApiSource().watch("pods", "shop", "7")
    seen, ended = [], threading.Event()

    def read():
        try:
            for event in stream:
                seen.append(event["object"]["metadata"]["name"])
                stream_started.set()
        except ConnectionError:
            pass  # how a watch may end when it is cut
        ended.set()

    stream_started = threading.Event()
    threading.Thread(target=read, daemon=True).start()
    assert stream_started.wait(5)
    stream.close()
    assert ended.wait(5), "the reader hangs although the watch was closed"
    assert seen == ["b"]


def test_nobody_there_is_a_connection_error(api):
    config = yaml.safe_load(api.read_text())
    config["clusters"][0]["cluster"]["server"] = "http://127.0.0.1:1"
    api.write_text(yaml.safe_dump(config))
    with pytest.raises(ConnectionError, match="does not answer"):
        ApiSource().list("pods", "shop")


def test_a_cluster_that_was_started_anew_is_found_again(api):
    good = api.read_text()
    api.write_text(good.replace("http://127.0.0.1", "http://127.0.0.2:1/x"))
    source = ApiSource()
    with pytest.raises(ConnectionError):
        source.list("pods", "shop")
    api.write_text(good)
    assert source.list("pods", "shop")[1] == "7"


def test_no_kubeconfig_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    with pytest.raises(NoClusterError, match="kubetutor up"):
        ApiSource()


def test_a_proxys_answer_is_no_status_and_still_readable():
    assert (
        error_of(502, b"<html>Bad Gateway</html>").message
        == "the server answered 502: <html>Bad Gateway</html>"
    )
