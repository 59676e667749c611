"""The ways to log in that a kubeconfig can name, through our client, the views' source and `asking.get`."""

import contextlib
import http.server
import select
import socket
import threading

import pytest

from kubetutor.api import kubeconfig
from kubetutor.api.client import Client
from kubetutor.cluster import asking
from kubetutor.errors import ClusterError, NoClusterError
from kubetutor.widgets.live.source import ApiSource

pytestmark = [pytest.mark.kubectl, pytest.mark.both]

SCRIPT = """#!/bin/sh
echo "$KUBERNETES_EXEC_INFO" > "$0.asked"
echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "'$TOKEN'"}}'
"""


@pytest.fixture
def token(document):
    if "token" not in document["users"][0]["user"]:
        pytest.skip("this cluster's kubeconfig logs in without a token")
    return document["users"][0]["user"]["token"]


@pytest.fixture
def plugin(tmp_path, token):
    """A login command, as `aws` or `gke-gcloud-auth-plugin` is one."""
    path = tmp_path / "bin" / "log-in"
    path.parent.mkdir()
    path.write_text(SCRIPT)
    path.chmod(0o700)
    return {
        "apiVersion": "client.authentication.k8s.io/v1", "command": str(path), "interactiveMode": "Never",
        "env": [{"name": "TOKEN", "value": token}],
    }  # fmt: skip


def all_see_the_namespaces(path, monkeypatch):
    """Ask in the three ways in which kubetutor asks."""
    client = Client(path)
    assert "default" in {item["metadata"]["name"] for item in client.list("namespaces")}
    client.close()
    monkeypatch.setenv("KUBECONFIG", str(path))
    assert ApiSource().list("namespaces", None)[0]
    assert asking.get(kubeconfig.read(path), path, "/api/v1/namespaces/default")["kind"] == "Namespace"


def test_a_login_command_with_its_environment(changed, plugin, monkeypatch, tmp_path):
    all_see_the_namespaces(changed(user={"exec": plugin}), monkeypatch)
    assert "ExecCredential" in (tmp_path / "bin" / "log-in.asked").read_text()


def test_a_login_command_that_is_missing_is_told(changed, plugin, monkeypatch):
    path = changed(user={"exec": {**plugin, "command": "no-such-login"}})
    with pytest.raises(ClusterError, match="'no-such-login', which is not on this machine"):
        Client(path).list("namespaces")
    monkeypatch.setenv("KUBECONFIG", str(path))
    with pytest.raises(NoClusterError, match="not on this machine"):
        ApiSource()


def test_a_login_command_that_fails_is_told_and_nobody_goes_on_without_a_name(changed, plugin):
    path = changed(user={"exec": {**plugin, "command": "false"}})
    with pytest.raises(
        ClusterError, match=r"'false', with which the kubeconfig .* logs in, gave no credentials"
    ):
        Client(path).list("namespaces")


def test_a_token_in_a_file(changed, token, monkeypatch, tmp_path):
    (tmp_path / "token").write_text(token)
    all_see_the_namespaces(changed(user={"tokenFile": str(tmp_path / "token")}), monkeypatch)


def test_a_server_that_has_another_name_in_its_certificate(changed, monkeypatch):
    all_see_the_namespaces(changed(cluster={"tls-server-name": "kubernetes.default.svc"}), monkeypatch)


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")  # that is what the file asks for
def test_a_server_that_is_not_to_be_verified(changed, monkeypatch):
    cluster = {"certificate-authority-data": None, "insecure-skip-tls-verify": True}
    all_see_the_namespaces(changed(cluster=cluster), monkeypatch)


class Proxy(http.server.BaseHTTPRequestHandler):
    """Carries bytes to where CONNECT says, and remembers where that was."""

    def do_CONNECT(self):
        host, _, port = self.path.partition(":")
        self.server.asked.append(self.path)
        with socket.create_connection((host, int(port))) as there:
            self.send_response(200)
            self.end_headers()
            other = {self.connection: there, there: self.connection}
            with contextlib.suppress(OSError):  # either side may hang up at any time
                while data := (one := select.select(list(other), [], [])[0][0]).recv(65536):
                    other[one].sendall(data)

    def log_message(self, *_args):
        """Say nothing."""


@pytest.fixture
def proxy():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as made:
        made.daemon_threads, made.asked = True, []
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        made.shutdown()


def test_a_proxy_on_the_way(changed, proxy, monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    all_see_the_namespaces(
        changed(cluster={"proxy-url": f"http://127.0.0.1:{proxy.server_port}"}), monkeypatch
    )
    assert len(proxy.asked) >= 3


@pytest.mark.kind
def test_a_client_certificate(cluster, changed, monkeypatch):
    """An administrator of kind and of most clusters made by kubeadm logs in with one."""
    user = kubeconfig.load(cluster.kubeconfig)["users"][0]["user"]
    if "client-certificate-data" not in user:
        pytest.skip("this cluster's kubeconfig has no client certificate")
    all_see_the_namespaces(changed(), monkeypatch)
