"""Requests at a steady pace from a pod inside the cluster, through the address of a service, counted one by one."""

from __future__ import annotations

import contextlib
import json
import subprocess
from dataclasses import dataclass, field

from .manifests import pod, shell
from .workloads import apply, wait_for

PAUSE = 0.02  # seconds between two requests: about 50 a second

# Asks until its input has ended and enough is asked, and then says what it counted. Each request is a connection of its own.
ASK = """
import collections, concurrent.futures, http.client, json, sys, threading, time
host, pause, enough = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
over, counts = threading.Event(), collections.Counter()

def ask():
    connection = http.client.HTTPConnection(host, timeout=5)
    try:
        connection.request("GET", "/?json", headers={"Connection": "close"})
        answer = connection.getresponse()
        body = answer.read()
        return json.loads(body)["version"] if answer.status == 200 else f"lost: HTTP {answer.status}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"lost: {error!r}"
    finally:
        connection.close()

threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
begun = time.monotonic()
with concurrent.futures.ThreadPoolExecutor(256) as askers:
    asked = []
    while len(asked) < enough or not over.is_set():
        time.sleep(max(begun + pause * len(asked) - time.monotonic(), 0))
        asked.append(askers.submit(ask))
seconds = time.monotonic() - begun
counts.update(each.result() for each in asked)
print(json.dumps({"seconds": seconds, "counts": counts}))
"""


@dataclass
class Load:
    """What became of the requests, once they have ended."""

    seconds: float = 0.0
    answered: dict[str, int] = field(default_factory=dict)  # by the version that answered
    lost: dict[str, int] = field(default_factory=dict)  # by what went wrong

    @property
    def sent(self) -> int:
        return sum(self.answered.values()) + sum(self.lost.values())

    @property
    def per_second(self) -> float:
        return self.sent / self.seconds


def make_client(kubectl):
    """Run the pod that requests come from."""
    apply(kubectl, pod("client", shell(image="python:3.13-slim")))
    wait_for(kubectl, "Ready", "pod/client")


@contextlib.contextmanager
def under_load(kubectl, at_least, service="web"):
    """Send requests to a service until the end of the block, at least so many; what is answered is known after it."""
    load = Load()
    address = kubectl.read("service", service)["spec"]["clusterIP"]
    argv = kubectl.argv(
        "exec", "-i", "client", "--", "python3", "-c", ASK, address, str(PAUSE), str(at_least)
    )
    with subprocess.Popen(
        argv,
        env=kubectl.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield load
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 0, err
    told = json.loads(out)
    load.seconds = told["seconds"]
    for what, count in told["counts"].items():
        (load.lost if what.startswith("lost") else load.answered)[what] = count
