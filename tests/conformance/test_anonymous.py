"""Who shows neither token nor certificate is `system:anonymous`, who may ask for health and version alone."""

import pytest

OPEN = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
CLOSED = [
    "/",
    "/api",
    "/apis",
    "/metrics",
    "/openapi/v3",
    "/healthz/ping",
    "/openid/v1/jwks",
    "/no/such/path",
]


@pytest.mark.parametrize("path", OPEN)
def test_health_and_version_are_for_everybody(server, path):
    assert server.stranger()("GET", path).code == 200


@pytest.mark.parametrize("path", CLOSED)
def test_other_paths_are_closed(server, path):
    expected = f'forbidden: User "system:anonymous" cannot get path "{path}"'
    assert server.stranger()("GET", path).refusal == (403, "Forbidden", expected)


def test_resources_are_closed(server):
    answer = server.stranger()("GET", "/api/v1/pods")
    expected = 'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope'
    assert answer.refusal == (403, "Forbidden", expected)


def test_a_wrong_token_is_worse_than_none(server):
    answer = server.bearing("open-sesame")("GET", "/healthz")
    assert answer.refusal == (401, "Unauthorized", "Unauthorized")
    assert "details" not in answer.object


def test_nobody_can_act_as_somebody_without_a_name_of_their_own(server):
    answer = server.stranger()("GET", "/healthz", headers={"Impersonate-User": "mary"})
    expected = 'forbidden: User "system:anonymous" cannot impersonate-on:user-info:get path "/healthz"'
    assert answer.refusal == (403, "Forbidden", expected)
