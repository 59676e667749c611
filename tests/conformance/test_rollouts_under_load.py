"""What requests notice of a new version: nothing where pods say when they are ready and end with care, else some get lost."""

from __future__ import annotations

import pytest

from .conftest import eventually
from .load import make_client, under_load
from .manifests import deployment, python, rolling, service, web
from .workloads import apply, patch, rolled_out, set_image, wait_for

pytestmark = [
    pytest.mark.kubectl,
    pytest.mark.alone,
]  # requests that are lost for want of a processor are not meant

READINESS = {"httpGet": {"path": "/", "port": 3000}, "periodSeconds": 1}
PRE_STOP = {"preStop": {"sleep": {"seconds": 2}}}  # seconds for every node to learn that the pod goes
CAREFUL = {"readinessProbe": READINESS, "lifecycle": PRE_STOP}
ENOUGH = 200  # requests that a measurement has at least
PACE = 40  # requests a second, at least

# A shop that needs a second to open, and a fifth of a second for a customer.
SHOP = """
import http.server, json, os, signal, socketserver, threading, time

class Shop(http.server.ThreadingHTTPServer):
    server_bind = socketserver.TCPServer.server_bind
    daemon_threads = False
    request_queue_size = 128

class Customer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.2)
        body = json.dumps({"version": os.environ["SHOP_VERSION"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

def close(number, frame):
    if os.environ["SHOP_ENDS"] == "at once":
        os._exit(0)
    threading.Thread(target=shop.shutdown).start()

signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))
time.sleep(1)
shop = Shop((os.environ.get("KUBETUTOR_LISTEN", "0.0.0.0"), 3000), Customer)
signal.signal(signal.SIGTERM, close)
shop.serve_forever(poll_interval=0.05)
shop.server_close()
"""


def shop(version, ends="with care", **more):
    """Answer the container of a shop; `ends` says what becomes of its customers when it is told to end."""
    env = [{"name": "SHOP_VERSION", "value": version}, {"name": "SHOP_ENDS", "value": ends}]
    return python(SHOP, "web", env=env, ports=[{"containerPort": 3000}], **more)


def two_of(container, **spec):
    return deployment(2, container, strategy=rolling(1, 0), **spec)


def opened(kubectl, wanted):
    """Run pods behind a service, and let all answer: a node learns of new pods a moment later than the API."""
    apply(kubectl, wanted, service())
    rolled_out(kubectl)
    make_client(kubectl)

    def all_well():
        with under_load(kubectl, at_least=20) as load:
            pass
        assert not load.lost, load
        return True

    eventually(all_well)


def updated(kubectl, container):
    """Answer what became of the requests from before a new version until the last old pod is gone."""
    with under_load(kubectl, at_least=ENOUGH) as load:
        patch(kubectl, "deployment/web", {"spec": {"template": {"spec": {"containers": [container]}}}})
        rolled_out(kubectl)
        eventually(lambda: len(kubectl.pods()) == 2)
    return load


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (web("my-app:1.0", **CAREFUL), web("my-app:2.0", **CAREFUL)),
        (shop("1.0", **CAREFUL), shop("2.0", **CAREFUL)),
    ],
    ids=["my-app", "a-shop-that-takes-its-time"],
)
def test_pods_that_say_when_they_are_ready_and_end_with_care_lose_no_request(kubectl, old, new):
    opened(kubectl, two_of(old))
    load = updated(kubectl, new)
    assert load.per_second >= PACE, load
    assert load.lost == {}
    assert set(load.answered) == {"1.0", "2.0"}


def test_pods_that_do_not_say_when_they_are_ready_lose_requests(kubectl):
    opened(kubectl, two_of(shop("1.0", lifecycle=PRE_STOP)))
    load = updated(kubectl, shop("2.0", lifecycle=PRE_STOP))
    assert load.lost


def test_pods_that_end_at_once_lose_requests(kubectl):
    opened(kubectl, two_of(shop("1.0", ends="at once", readinessProbe=READINESS)))
    load = updated(kubectl, shop("2.0", ends="at once", readinessProbe=READINESS))
    assert load.lost


def test_a_broken_version_loses_no_request(kubectl):
    opened(kubectl, two_of(web(**CAREFUL), progressDeadlineSeconds=3))
    with under_load(kubectl, at_least=ENOUGH) as load:
        set_image(kubectl, "my-app:broken")
        wait_for(kubectl, "Progressing=False", "deployment/web")
        kubectl.ok("rollout", "undo", "deployment/web")
        rolled_out(kubectl)
    assert load.per_second >= PACE, load
    assert load.lost == {}
    assert set(load.answered) == {"1.0"}


@pytest.mark.usefixtures("own_cluster")
def test_a_node_that_is_drained_within_a_budget_loses_no_request(kubectl):
    mark = {"drained-by": kubectl.namespace}  # a drain looks for pods in all namespaces
    careful = two_of(web(**CAREFUL))
    careful["spec"]["template"]["metadata"]["labels"] |= mark
    opened(kubectl, careful)
    kubectl.ok("create", "poddisruptionbudget", "web", "--selector=app=web", "--min-available=1")
    node = kubectl.pods()[0]["spec"]["nodeName"]
    chosen = f"--pod-selector=drained-by={kubectl.namespace}"
    try:
        with under_load(kubectl, at_least=ENOUGH) as load:
            kubectl.ok("drain", node, chosen, "--timeout=50s")
            rolled_out(kubectl)
    finally:
        kubectl.ok("uncordon", node)
    assert node not in {pod["spec"]["nodeName"] for pod in kubectl.pods()}
    assert load.lost == {}
