"""Installing `kind` from a server of the test's own: verified, whole or not at all."""

import hashlib
import http.server
import os
import re
import stat
import threading

import pytest

from kubetutor.cluster.kind import releases
from kubetutor.errors import ClusterError

CONTENT = b"#!/bin/sh\necho kind v0.33.0\n" * 9000


class Downloads(http.server.BaseHTTPRequestHandler):
    cut_off = False

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[: len(CONTENT) // 2] if self.server.cut_off else CONTENT)

    def log_message(self, *_):
        """Stay silent."""


@pytest.fixture
def server(monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Downloads) as made:
        made.asked, made.cut_off = [], False
        threading.Thread(target=made.serve_forever, daemon=True).start()
        monkeypatch.setenv(releases.VARIABLE, f"http://127.0.0.1:{made.server_port}/mirror/")
        yield made
        made.shutdown()


@pytest.fixture
def published(monkeypatch):
    """Let what the server has be what was published."""
    monkeypatch.setitem(releases.CHECKSUMS, releases.this_machine(), hashlib.sha256(CONTENT).hexdigest())


def nothing_left(home):
    return list((home.path / "bin").iterdir()) == []


@pytest.mark.usefixtures("published")
def test_it_is_installed_for_its_owner_and_progress_is_shown(home, server, steps):
    path = releases.install(home, os.environ, progress=steps.append)
    assert path.read_bytes() == CONTENT
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["kind"]
    assert server.asked == [f"/mirror/{releases.VERSION}/kind-{releases.this_machine()}"]
    assert any(step.startswith("downloaded 50 %") for step in steps)


def test_another_content_is_refused_and_nothing_stays(home, server, steps):
    with pytest.raises(
        ClusterError, match=f"its sha256 is {hashlib.sha256(CONTENT).hexdigest()}, and should be"
    ):
        releases.install(home, os.environ, progress=steps.append)
    assert server.asked
    assert nothing_left(home)


@pytest.mark.usefixtures("published")
def test_a_download_that_is_cut_off_is_refused_and_nothing_stays(home, server, steps):
    server.cut_off = True
    with pytest.raises(ClusterError, match=r"could not be downloaded: .*(cut off|read)"):
        releases.install(home, os.environ, progress=steps.append)
    assert nothing_left(home)


def test_a_server_that_is_not_there_is_told_with_the_mirror(home, monkeypatch, steps):
    monkeypatch.setenv(releases.VARIABLE, "http://127.0.0.1:9")
    with pytest.raises(ClusterError, match=f"refused.*{releases.VARIABLE}"):
        releases.install(home, os.environ, progress=steps.append)
    assert nothing_left(home)


@pytest.mark.usefixtures("published", "server")
def test_ctrl_c_while_it_is_downloaded_leaves_nothing(home):
    def interrupted(text):
        if "%" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        releases.install(home, os.environ, progress=interrupted)
    assert nothing_left(home)


def test_a_machine_that_kind_is_not_published_for_is_told(home, monkeypatch, steps):
    monkeypatch.setattr(releases.platform, "machine", lambda: "riscv64")
    with pytest.raises(ClusterError, match=r"not published for this machine \(.*riscv64"):
        releases.install(home, os.environ, progress=steps.append)


def test_there_is_a_checksum_for_each_machine_and_no_two_are_equal():
    assert set(releases.CHECKSUMS) == {"linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64"}
    assert len(set(releases.CHECKSUMS.values())) == 4
    assert all(re.fullmatch(r"[0-9a-f]{64}", each) for each in releases.CHECKSUMS.values())
