"""Tokens are kept, and asked for anew when four fifths of their life are over."""

import datetime as dt

import pytest

from kubetutor.embedded.clock import timestamp
from kubetutor.embedded.kubelet.volumes.contents import VolumeError
from kubetutor.embedded.kubelet.volumes.tokens import PodTokens
from kubetutor.errors import ApiError
from tests.embedded.hand_moved_clock import HandMovedClock

POD = {"metadata": {"name": "web", "namespace": "shop", "uid": "u-1"}, "spec": {"serviceAccountName": "till"}}


class Issuer:
    """Stands in for the one call on the API server that is under test."""

    def __init__(self, clock):
        self.clock, self.requests, self.refusal = clock, [], None

    def create(self, resource, obj, *, namespace=None, subresource=""):
        if self.refusal:
            raise self.refusal
        self.requests.append((resource, subresource, namespace, obj))
        end = self.clock.now() + dt.timedelta(seconds=obj["spec"]["expirationSeconds"])
        return {"status": {"token": f"token-{len(self.requests)}", "expirationTimestamp": timestamp(end)}}


@pytest.fixture
def clock():
    return HandMovedClock()


@pytest.fixture
def issuer(clock):
    return Issuer(clock)


@pytest.fixture
def tokens(issuer, clock):
    return PodTokens(issuer, clock)


def test_a_token_is_bound_to_its_pod(tokens, issuer):
    assert tokens.get(POD, {"path": "token", "expirationSeconds": 3607, "audience": "till"}) == "token-1"
    [(resource, subresource, namespace, body)] = issuer.requests
    assert (resource, subresource, namespace) == ("serviceaccounts", "token", "shop")
    assert body["metadata"] == {"name": "till"}
    assert body["spec"] == {
        "audiences": ["till"],
        "expirationSeconds": 3607,
        "boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "web", "uid": "u-1"},
    }


def test_it_is_kept_for_four_fifths_of_its_life(tokens, issuer, clock):
    source = {"path": "token", "expirationSeconds": 1000}
    tokens.get(POD, source)
    assert tokens.seconds_left() == 800
    clock.advance(799)
    assert tokens.get(POD, source) == "token-1"
    clock.advance(1)
    assert tokens.seconds_left() == 0
    assert tokens.get(POD, source) == "token-2"
    assert len(issuer.requests) == 2


def test_a_long_life_is_cut_at_a_day(tokens):
    tokens.get(POD, {"path": "token", "expirationSeconds": 10**6})
    assert tokens.seconds_left() == 24 * 3600


def test_what_is_for_others_is_another_token(tokens):
    assert tokens.get(POD, {"path": "a"}) == "token-1"
    assert tokens.get(POD, {"path": "b", "audience": "till"}) == "token-2"
    assert tokens.get(POD, {"path": "a"}) == "token-1"


def test_a_refusal_is_told(tokens, issuer):
    issuer.refusal = ApiError(404, "NotFound", 'serviceaccounts "till" not found')
    with pytest.raises(VolumeError, match='failed to fetch token: serviceaccounts "till" not found'):
        tokens.get(POD, {"path": "token"})
    assert tokens.seconds_left() is None
