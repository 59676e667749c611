"""A process that keeps the contract of the embedded cluster's main process, and is no cluster.

Only for tests of starting, finding and ending it. What it does is chosen by the environment variable STAND_IN:
serve (default), fail, die, slow, stubborn.
"""

import argparse
import fcntl
import http.server
import json
import os
import pathlib
import signal
import sys
import threading

NODES = {
    "items": [
        {
            "metadata": {
                "name": "trial-control-plane",
                "labels": {"node-role.kubernetes.io/control-plane": ""},
            },
            "status": {"conditions": [{"type": "Ready", "status": "True"}]},
        },
        {
            "metadata": {"name": "trial-worker"},
            "status": {"conditions": [{"type": "Ready", "status": "False"}]},
        },
    ]
}
ANSWERS = {"/api/v1/nodes": NODES, "/version": {"gitVersion": "v1.36.0"}}
KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: kubetutor
clusters: [{name: kubetutor, cluster: {server: "http://127.0.0.1:%d"}}]
contexts: [{name: kubetutor, context: {cluster: kubetutor, user: kubetutor}}]
users: [{name: kubetutor, user: {token: secret}}]
"""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # the name that http.server calls
        allowed = self.headers["Authorization"] == "Bearer secret"
        body = json.dumps(ANSWERS.get(self.path, {}) if allowed else {"message": "Unauthorized"}).encode()
        self.send_response(200 if allowed else 401)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Say nothing."""


def main():
    parser = argparse.ArgumentParser()
    for option in ("--home", "--name", "--spec", "--timings"):
        parser.add_argument(option, required=True)
    parser.add_argument("--ready-fd", type=int, required=True)
    arguments = parser.parse_args()
    home, mode = pathlib.Path(arguments.home), os.environ.get("STAND_IN", "serve")

    def tell(**message):
        os.write(arguments.ready_fd, json.dumps(message).encode() + b"\n")

    lock = (home / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    tell(step="store", text="opening the store")
    if mode == "die":
        sys.exit("the store said no")
    if mode == "fail":
        tell(error="The database is damaged. Move it away, then start again.")
        sys.exit(1)
    with (home / "starts").open("a") as starts:
        starts.write("started\n")
    if mode == "slow":
        threading.Event().wait(60)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    (home / "kubeconfig").write_text(KUBECONFIG % server.server_port)
    document = {
        "pid": os.getpid(),
        "name": arguments.name,
        "version": "v1.36.0",
        "timings": arguments.timings,
    }
    (home / "cluster.json").write_text(json.dumps(document))
    (home / "state.db").write_text("kept")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, signal.SIG_IGN if mode == "stubborn" else lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tell(ready=True)
    os.close(arguments.ready_fd)
    stop.wait()
    (home / "cluster.json").unlink()
    (home / "lock").unlink()


main()
