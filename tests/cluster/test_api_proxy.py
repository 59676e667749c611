"""The way through the API server: open to services alone, and closed where the API server itself says no."""

import urllib.error
import urllib.request

import pytest

from kubetutor.cluster.api_proxy import ApiProxy, is_status
from kubetutor.cluster.port_forward import Target


@pytest.fixture
def proxy(cluster):
    made = ApiProxy(cluster.environment)
    yield made
    made.close()


@pytest.mark.kubectl
def test_nothing_but_services_is_let_through(proxy):
    address = proxy.path_to(Target("shop", "default", 80)).partition("/")[0]
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"http://{address}/api/v1/namespaces/default/secrets", timeout=5)
    refusal.value.close()
    assert refusal.value.code == 403


@pytest.mark.kubectl
def test_it_is_closed_to_a_service_that_is_not_there(proxy):
    assert not proxy.is_open(Target("nowhere", "default", 80))


@pytest.mark.kubectl
def test_a_proxy_that_was_ended_is_started_again(proxy):
    target = Target("shop", "default", 80, "http")
    assert proxy.path_to(target).endswith("/api/v1/namespaces/default/services/shop:http/proxy")
    proxy.close()
    assert proxy.path_to(target).startswith("127.0.0.1:")


@pytest.mark.parametrize("body", [b"", b"not found", b"[]", b'{"kind": "Basket"}'])
def test_what_an_application_says_is_no_status(body):
    assert not is_status(body)


def test_what_the_api_server_says_is_a_status():
    assert is_status(b'{"kind": "Status", "code": 403}')
