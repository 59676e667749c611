"""Tokens as time passes and objects go, by a clock that is moved by hand; and the key that signs them."""

import stat

import pytest

from kubetutor.embedded.apiserver.accounts.issuer import TokenError, TokenIssuer
from kubetutor.embedded.apiserver.authentication import Authenticator, User
from kubetutor.errors import ApiError
from tests.embedded.api_server import RecordingClient, make_registry
from tests.embedded.hand_moved_clock import HandMovedClock


class Place:
    """A registry with one account, and who asks for tokens."""

    def __init__(self):
        self.clock = HandMovedClock()
        self.registry = make_registry(self.clock, namespaces=("shop",))
        self.client = RecordingClient(self.registry)
        self.authenticator = Authenticator({"secret": User("admin")}, self.registry)

    def token(self, **spec):
        request = {"metadata": {"name": "default"}, "spec": spec}
        answer = self.client.create("serviceaccounts", request, namespace="shop", subresource="token")
        return answer["status"]["token"]

    def holds(self, token):
        try:
            return self.authenticator.user(f"Bearer {token}").name
        except ApiError:
            return None


@pytest.fixture
def place():
    return Place()


ACCOUNT = "system:serviceaccount:shop:default"


def test_a_token_ends_when_its_time_has_come(place):
    token = place.token(expirationSeconds=600)
    assert place.holds(token) == ACCOUNT
    place.clock.advance(599)
    assert place.holds(token) == ACCOUNT
    place.clock.advance(2)
    assert place.holds(token) is None


def test_a_token_does_not_hold_before_it_was_made(place):
    token = place.token()
    place.clock.advance(-60)
    assert place.holds(token) is None


def test_a_token_outlives_the_deletion_of_its_pod_for_a_minute(place):
    container = {"name": "main", "image": "busybox:1.36"}
    pod = {"metadata": {"name": "till"}, "spec": {"containers": [container], "nodeName": "n"}}
    place.client.create("pods", pod, namespace="shop")
    token = place.token(boundObjectRef={"kind": "Pod", "apiVersion": "v1", "name": "till"})
    place.client.delete("pods", "till", namespace="shop", options={"gracePeriodSeconds": 10})
    assert place.holds(token) == ACCOUNT
    place.clock.advance(71)
    assert place.holds(token) is None


def test_an_account_of_the_same_name_is_another_one(place):
    token = place.token()
    place.client.delete("serviceaccounts", "default", namespace="shop")
    assert place.holds(token) is None
    place.client.create("serviceaccounts", {"metadata": {"name": "default"}}, namespace="shop")
    assert place.holds(token) is None
    assert place.holds(place.token()) == ACCOUNT


def test_a_known_token_stays_what_it_was(place):
    assert place.holds("secret") == "admin"
    assert place.holds("Secret") is None


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "e30.e30.e30", "ä.ö.ü", "..", "a" * 100_000])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(TokenError):
        TokenIssuer().read(token)


def test_the_key_is_kept_for_its_owner_alone(tmp_path):
    path = tmp_path / "sa.key"
    token = TokenIssuer(path).sign({"sub": "mary"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = TokenIssuer(path)
    assert again.read(token) == {"sub": "mary"}
    assert again.key_id == TokenIssuer(path).key_id


def test_a_damaged_key_is_made_anew(tmp_path):
    path = tmp_path / "sa.key"
    token = TokenIssuer(path).sign({"sub": "mary"})
    path.write_bytes(b"nonsense")
    with pytest.raises(TokenError):
        TokenIssuer(path).read(token)
    assert TokenIssuer(path).read(TokenIssuer(path).sign({"sub": "bob"})) == {"sub": "bob"}


def test_a_token_without_a_signature_is_refused():
    unsigned = TokenIssuer()._verified
    with pytest.raises(TokenError):
        unsigned("eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.")
