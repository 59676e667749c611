"""What goes wrong at the first contact: kubectl's own words, kept, and what to do about them."""

import http.server
import threading
import time

import pytest

from kubetutor.api import kubeconfig
from kubetutor.api.kubeconfig import Access
from kubetutor.cluster.context import contact
from kubetutor.errors import ClusterError

pytestmark = [pytest.mark.kubectl, pytest.mark.both]


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("error: You must be logged in to the server (Unauthorized)", "Log in again"),
        ("Please enter Username: error: EOF", "does not accept these credentials"),
        ("Unable to connect to the server: getting credentials: exec: executable aws not found", "Install it"),
        ("Unable to connect to the server: getting credentials: exec: executable aws failed with exit code 255", "has failed"),
        ("Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority", "not trusted"),
        ("tls: failed to verify certificate: x509: certificate has expired or is not yet valid", "clock"),
        ("Unable to connect to the server: dial tcp: lookup shop.example: no such host", "does not know that name"),
        ("The connection to the server 127.0.0.1:9 was refused - did you specify the right host or port?", "Nobody answers"),
        ("Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded)", "Nobody answers"),
        ("Error from server (Forbidden): forbidden: User cannot get path /version", "It knows you"),
    ],
)  # fmt: skip
def test_each_trouble_has_its_advice_and_keeps_what_was_seen(said, advice):
    trouble = contact.trouble_of(Access("classroom", "https://shop"), said)
    assert trouble.startswith("https://shop (context 'classroom') cannot be used.")
    assert advice in trouble
    assert said.removeprefix("error: ")[:40] in trouble


def refusal(path):
    with pytest.raises(ClusterError) as caught:
        contact.version_of(path, kubeconfig.read(path))
    return str(caught.value)


def test_a_cluster_that_is_well_says_its_version_and_who_we_are(changed):
    path = changed()
    assert contact.version_of(path, kubeconfig.read(path)).startswith("v1.")
    assert contact.user_of(path, kubeconfig.read(path))


def test_a_token_that_is_not_accepted(changed):
    path = changed(user={"token": "withdrawn"})
    with pytest.raises(ClusterError, match="does not accept these credentials"):
        contact.user_of(path, kubeconfig.read(path))


def test_a_certificate_that_is_not_trusted(changed):
    assert "certificate is not trusted" in refusal(changed(cluster={"certificate-authority-data": None}))


def test_a_name_that_the_certificate_has_not(changed):
    assert "certificate is not trusted" in refusal(changed(cluster={"tls-server-name": "bank.example"}))


def test_nobody_there(changed):
    assert "Nobody answers there" in refusal(changed(cluster={"server": "https://127.0.0.1:9"}))


def test_a_login_command_that_is_missing(changed):
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "no-such-login",
        "interactiveMode": "Never",
    }
    seen = refusal(changed(user={"exec": {**plugin, "installHint": "Install it with: apt install login"}}))
    assert "not on this machine" in seen
    assert "apt install login" in seen


def test_a_login_command_that_fails(changed):
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "interactiveMode": "Never"}
    seen = refusal(changed(user={"exec": {**plugin, "args": ["-c", "echo session expired >&2; exit 3"]}}))
    assert "has failed" in seen
    assert "session expired" in seen


@pytest.fixture
def mute():
    """Listen and never answer, as a firewall that swallows packets."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made.getsockname()[1]


def test_a_server_that_never_answers_is_given_up_within_seconds(changed, mute, monkeypatch):
    monkeypatch.setattr(contact, "SECONDS", 1)
    began = time.monotonic()
    assert "Nobody answers there" in refusal(changed(cluster={"server": f"https://127.0.0.1:{mute}"}))
    assert time.monotonic() - began < 15


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>welcome to the shop</html>")

    def log_message(self, *_args):
        """Say nothing."""


def test_a_server_that_is_no_kubernetes(changed):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as page:
        threading.Thread(target=page.serve_forever, args=(0.01,), daemon=True).start()
        path = changed(
            cluster={"server": f"http://127.0.0.1:{page.server_port}", "certificate-authority-data": None}
        )
        assert "it is no Kubernetes API" in refusal(path)
        page.shutdown()
