"""Requests that the API server carries on to a pod or a service, and what it says when it cannot."""

import subprocess
import urllib.request

import pytest

from . import bodies
from .conftest import eventually, in_new_namespace
from .manifests import NOWHERE, service
from .raw import Api

PYTHON = "python:3.13-slim"
SHOP = """
import http.server, os, sys

PAGE = b'<!DOCTYPE html><p class=x>Salt &amp; pepper<a HREF="/cart/?a=1&amp;b=2#top">all</a><a href=cart>one</a>' \\
    b'<img src="/x.png" alt="1 > 0"/><script>if (1 < 2) "/x"</script><a href="http://example.com/x">away</a>'

class Shop(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        code, more, kind = 200, {}, "text/plain"
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = f"{self.command} {self.path}\\n{self.headers}".encode() + sent
        if self.path == "/old":
            code, more = 302, {"Location": "/new/?a=1"}
        elif self.path == "/moved":
            code, more = 302, {"Location": "http://example.com/shop"}
        elif self.path == "/page":
            kind, body = "text/html; charset=utf-8", PAGE
        elif self.path == "/teapot":
            code = 418
        elif self.path == "/silent":
            self.close_connection = True
            return
        self.send_response(code)
        for name, value in {"Content-Type": kind, "X-Shop": "open", **more}.items():
            self.send_header(name, value)
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        if self.path == "/pieces":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\\r\\nabc\\r\\n2\\r\\nde\\r\\n0\\r\\n\\r\\n")
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET

    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer((os.environ.get("KUBETUTOR_LISTEN", "0.0.0.0"), 8080), Shop).serve_forever()
"""


def running(api, *pods):
    """Create pods and wait until they are ready."""
    for pod in pods:
        api.made("pods", pod)
    for pod in pods:
        eventually(lambda name=pod["metadata"]["name"]: is_ready(api.read(f"pods/{name}")))


def is_ready(pod):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", ()))


def web_pod(name="web", *ports, **spec):
    """A pod of my-app that is ready when it answers."""
    pod = bodies.pod(name, image="my-app:1.0", **spec)
    probe = {"httpGet": {"path": "/healthz", "port": 3000}, "periodSeconds": 1}
    pod["spec"]["containers"][0] |= {"ports": list(ports), "readinessProbe": probe}
    pod["metadata"]["labels"] = {"app": "web"}
    return pod


def below(api, name):
    return f"/api/v1/namespaces/{api.namespace}/{name}/proxy"


def unavailable(message):
    return 503, "ServiceUnavailable", message


@pytest.fixture(scope="module")
def own(cluster):
    """The API server as seen from a namespace of these tests."""
    with in_new_namespace(Api(str(cluster.kubeconfig))) as api:
        yield api


@pytest.fixture(scope="module")
def web(own):
    """A service of one pod, with a port that answers and one that does not."""
    running(own, web_pod("web", {"containerPort": 3000}))
    ports = [
        {"name": "http", "port": 80, "targetPort": 3000},
        {"name": "closed", "port": 81, "targetPort": 3999},
    ]
    own.made("services", service(ports=ports))
    own.made("services", service("plain", selector={"app": "web"}))
    for name in ("web", "plain"):
        eventually(lambda name=name: own.read(f"endpoints/{name}").get("subsets"))
    return own


@pytest.fixture(scope="module")
def shop(own):
    """A pod that answers with the request that it was sent."""
    pod = bodies.pod("shop", "python3", "-u", "-c", SHOP, image=PYTHON)
    probe = {"tcpSocket": {"port": 8080}, "periodSeconds": 1}
    pod["spec"]["containers"][0] |= {"ports": [{"containerPort": 8080}], "readinessProbe": probe}
    running(own, pod)
    return own


@pytest.mark.parametrize("name", ["plain", "plain:80", "http:plain:80", ":plain:80", "web:http", "web:80"])
def test_a_service_answers_through_the_api_server(web, name):
    answer = web("GET", f"services/{name}/proxy/healthz")
    assert (answer.code, answer.body) == (200, b"ok\n")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("name", ["web", "web:3000", "http:web:3000"])
def test_a_pod_answers_through_the_api_server(web, name):
    answer = web("GET", f"pods/{name}/proxy/?json")
    assert answer.object["pod"] == "web"


def test_kubectl_get_raw_shows_what_a_service_answers(web, kubectl):
    assert kubectl.ok("get", "--raw", below(web, "services/plain:80") + "/healthz") == "ok\n"


def test_kubectl_proxy_is_a_way_to_a_service_for_a_browser(web, kubectl):
    process = subprocess.Popen(
        kubectl.argv("proxy", "--port=0"), env=kubectl.environment, stdout=subprocess.PIPE, text=True
    )
    try:
        address = process.stdout.readline().split()[-1]
        url = f"http://{address}{below(web, 'services/plain')}/healthz"
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.read() == b"ok\n"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("services/none", (404, "NotFound", 'services "none" not found')),
        ("services/none:80", (404, "NotFound", 'services "none" not found')),
        ("services/plain:81", unavailable('no service port 81 found for service "plain"')),
        ("services/web", unavailable('no endpoints available for service "web"')),
        ("services/web:shop", unavailable('no endpoints available for service "web:shop"')),
        ("services/ftp:plain:80", (400, "BadRequest", 'invalid service request "ftp:plain:80"')),
        ("services/a:b:c:d", (400, "BadRequest", 'invalid service request "a:b:c:d"')),
        (
            "services/https:plain:80",
            unavailable(
                "error trying to reach service: tls: first record does not look like a TLS handshake"
            ),
        ),
        ("pods/none", (404, "NotFound", 'pods "none" not found')),
        ("pods/ftp:web:3000", (400, "BadRequest", 'invalid pod request "ftp:web:3000"')),
        (
            "pods/web:99999",
            unavailable("error trying to reach service: dial tcp: address 99999: invalid port"),
        ),
    ],
)
def test_what_cannot_be_reached_is_told(web, name, refusal):
    assert web("GET", f"{name}/proxy/").refusal == refusal


def test_a_port_that_nobody_listens_on_is_unavailable(web):
    address = web.read("pods/web")["status"]["podIP"]
    refusal = unavailable(
        f"error trying to reach service: dial tcp {address}:3999: connect: connection refused"
    )
    assert web("GET", "services/web:closed/proxy/").refusal == refusal
    assert web("GET", "pods/web:3999/proxy/").refusal == refusal


@pytest.mark.parametrize("name", ["empty", "empty:80"])
def test_a_service_without_pods_is_unavailable(api, name):
    api.made("services", service("empty"))
    eventually(lambda: api("GET", "endpoints/empty").code == 200)
    refusal = unavailable('no endpoints available for service "empty"')
    assert api("GET", f"services/{name}/proxy/").refusal == refusal


def test_a_service_whose_pods_are_not_ready_is_unavailable(api):
    pod = web_pod("web")
    pod["spec"]["containers"][0]["readinessProbe"]["httpGet"]["path"] = "/nowhere"
    api.made("pods", pod)
    api.made("services", service())
    eventually(lambda: api.read("endpoints/web").get("subsets"))
    refusal = unavailable('no endpoints available for service "web:80"')
    assert api("GET", "services/web:80/proxy/").refusal == refusal


def test_a_service_does_not_lead_to_what_is_no_pod(api):
    plain = service("elsewhere")
    del plain["spec"]["selector"]
    api.made("services", plain)
    subset = {"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}
    api.made("endpoints", {"metadata": {"name": "elsewhere"}, "subsets": [subset]})
    refusal = unavailable('no endpoints available for service "elsewhere"')
    assert api("GET", "services/elsewhere/proxy/").refusal == refusal


def test_a_pod_without_an_address_is_not_allowed(api):
    api.made("pods", bodies.pod("lost", nodeSelector=NOWHERE))
    assert api("GET", "pods/lost/proxy/").refusal == (400, "BadRequest", "address not allowed")


@pytest.mark.parametrize("query", ["", "?json"])
def test_the_root_of_a_pod_is_a_folder(shop, query):
    with shop.opened("GET", f"pods/shop/proxy{query}") as answer:
        assert answer.status == 301
        assert answer.headers["Location"] == f"{below(shop, 'pods/shop')}/{query}"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_is_carried_on_with_its_body(shop, method):
    body = "salt" if method in {"POST", "PUT", "PATCH"} else None
    answer = shop(method, "pods/shop/proxy/cart?of=jane&x=%20", body)
    assert answer.code == 200
    assert answer.body.startswith(f"{method} /cart?of=jane&x=%20\n".encode())
    assert answer.body.endswith((body or "\n").encode())


def test_head_has_the_headers_of_get_and_no_body(shop):
    answer = shop("HEAD", "pods/shop/proxy/cart")
    assert (answer.code, answer.headers["X-Shop"], answer.body) == (200, "open", b"")


def test_a_write_to_the_root_is_carried_on(shop):
    assert shop("POST", "pods/shop/proxy", "salt").body.startswith(b"POST /\n")


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("a%20b/", "/a%20b/"),
        ("a/../b//c", "/b/c"),
        ("a%2Fb", "/a/b"),
        ("%C3%A9", "/%C3%A9"),
        ("proxy/x", "/proxy/x"),
    ],
)
def test_a_path_is_cleaned_on_its_way(shop, path, seen):
    assert shop("GET", f"pods/shop/proxy/{path}").body.startswith(f"GET {seen}\n".encode())


def headers_seen(answer):
    lines = answer.body.decode().split("\n\n")[0].splitlines()[1:]
    return dict(line.split(": ", 1) for line in lines)


def test_headers_are_carried_on_and_those_for_the_api_server_are_not(shop):
    sent = {
        "X-Mine": "yes",
        "Cookie": "s=1",
        "Impersonate-User": "ann",
        "Impersonate-Group": "system:masters",
    }
    seen = headers_seen(shop("GET", "pods/shop/proxy/cart", headers=sent))
    assert (seen["X-Mine"], seen["Cookie"]) == ("yes", "s=1")
    assert seen["X-Forwarded-Uri"] == f"{below(shop, 'pods/shop')}/cart"
    assert "X-Forwarded-For" in seen
    assert not {"Authorization", "Impersonate-User", "Impersonate-Group"} & set(seen)


def test_headers_of_the_answer_come_back(shop):
    answer = shop("GET", "pods/shop/proxy/teapot")
    assert (answer.code, answer.headers["X-Shop"]) == (418, "open")
    assert answer.headers.getlist("Set-Cookie") == ["a=1", "b=2"]


def test_an_answer_in_pieces_comes_back_whole(shop):
    assert shop("GET", "pods/shop/proxy/pieces").body == b"abcde"


def test_a_long_body_is_carried_both_ways(shop):
    body = b"salt" * 500_000
    assert shop("POST", "pods/shop/proxy/cart", body).body.endswith(body)


def test_a_pod_that_hangs_up_is_unavailable(shop):
    refusal = unavailable("error trying to reach service: EOF")
    assert shop("GET", "pods/shop/proxy/silent").refusal == refusal


@pytest.mark.parametrize(
    ("path", "location"), [("old", "{proxy}/new/?a=1"), ("moved", "http://example.com/shop")]
)
def test_a_redirect_leads_through_the_api_server_if_it_is_to_the_pod(shop, path, location):
    with shop.opened("GET", f"pods/shop/proxy/{path}") as answer:
        assert answer.status == 302
        assert answer.headers["Location"] == location.format(proxy=below(shop, "pods/shop"))


def test_the_links_of_a_page_lead_through_the_api_server(shop):
    page = shop("GET", "pods/shop/proxy/page").body.decode()
    proxy = below(shop, "pods/shop")
    assert f'<a href="{proxy}/cart/?a=1&amp;b=2#top">all</a><a href=' in page
    assert f'<img src="{proxy}/x.png" alt="1 &gt; 0"/>' in page
    assert '<script>if (1 < 2) "/x"</script><a href="http://example.com/x">away</a>' in page
    assert page.startswith("<!DOCTYPE html><p class=")


def test_whoever_may_not_ask_is_refused(api):
    answer = api("GET", "services/web/proxy/", headers={"Impersonate-User": "jane"})
    message = (
        'services "web" is forbidden: User "jane" cannot get resource "services/proxy" '
        f'in API group "" in the namespace "{api.namespace}"'
    )
    assert answer.refusal == (403, "Forbidden", message)
